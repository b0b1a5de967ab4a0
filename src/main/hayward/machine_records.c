/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/machine_records.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/file.h"
#include "site/push.h"

enum { LARGEST_ANSWER = 1 << 30 };

static void
complain(const struct machine_question *question, const struct site_role *role, const char *why)
{
	auto_str shown = {0};
	escape_text(&shown, why);
	fprintf(stderr, "hayward %s: %s is left out: %s\n", question->command, role->host,
	    str_text(&shown));
}

/* A line each; what is none is left out, as a torn one is. */
static void
visit_lines(const struct str *lines, mail_record_visit *visit, void *context)
{
	const char *text = str_text(lines);
	struct record record;
	size_t length;
	for (const char *line; (line = text_next_line(&text, &length));)
		if (length && !record_parse(line, length, &record))
			visit(context, &record);
}

static int
ask(const struct machine_question *question, const struct office *office, enum role role,
    struct str *ret_lines, struct str *ret_why)
{
	const char *const words[] = {
	    "gate", question->command, question->name, question->since, NULL};
	auto_fd int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	auto_fd int answer = memfd_create("records", MFD_CLOEXEC);
	const int files[2] = {nothing, answer};
	if (nothing < 0 || answer < 0)
		return -errno;
	int status = push_stream(&office->site, &office->paths, role, words, files, ret_why);
	if (!status && lseek(answer, 0, SEEK_SET) < 0)
		status = -errno;
	return status ? status : file_read_fd(answer, LARGEST_ANSWER, ret_lines);
}

static void
ask_role(const struct machine_question *question, const struct office *office, enum role role,
    mail_record_visit *visit, void *context)
{
	auto_str lines = {0}, why = {0};
	const struct site_role *facts = &office->site.roles[role];
	if (geteuid() != 0)
		return complain(question, facts, "only root reaches it");
	int status = ask(question, office, role, &lines, &why);
	if (status)
		return complain(
		    question, facts, why.length ? str_text(&why) : strerror(-status));
	visit_lines(&lines, visit, context);
}

void
machine_records_visit(const struct machine_question *question, bool is_server,
    mail_record_visit *visit, void *context)
{
	struct office office;
	auto_str why = {0};
	const struct office_places places = {.configuration = question->places.configuration,
	    .description = question->places.description};
	/* A description that is wrong, or none, is the business of `hayward site check`. */
	if (question->state || office_read(&office, &places, &why))
		return;
	for (enum role role = 0; role < ROLE_COUNT; role++)
		if (site_has_own_gate(&office.site, role) && (role == ROLE_MAIL) == is_server)
			ask_role(question, &office, role, visit, context);
	office_done(&office);
}
