/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/desk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/crash.h"
#include "main/hayward/connection.h"
#include "model/request.h"

enum { PATIENCE_MS = 120000 };

/* Lines that say why; those of the description's mistakes stand for themselves. */
static void
complain(const char *before, const struct str *why)
{
	fprintf(stderr, "%s%s", before, str_text(why));
}

int
desk_read(
    struct desk *desk, const struct arguments *arguments, const struct desk_places *places)
{
	auto_str why = {0};
	struct office_places where = {
	    .configuration = places->configuration, .description = places->description};
	*desk = (struct desk){.arguments = arguments};
	int status = office_read(&desk->office, &where, &why);
	complain(status && status != -EINVAL ? "hayward: " : "", &why);
	return status == 0 ? ANSWER_OK : status == -ENOENT ? ANSWER_NOT_FOUND : ANSWER_INVALID;
}

int
desk_open(
    struct desk *desk, const struct arguments *arguments, const struct desk_places *places)
{
	if (geteuid() != 0) {
		fprintf(stderr, "hayward: a site is administered by root\n");
		return ANSWER_REFUSED;
	}
	/* Who can set the variables could kill it anyway. */
	if (crash_allow()) {
		fprintf(stderr, "hayward: HAYWARD_CRASH names no point\n");
		return ANSWER_USAGE;
	}
	int status = desk_read(desk, arguments, places);
	if (status)
		return status;
	auto_str why = {0};
	status = office_open(&desk->office, PATIENCE_MS, &why);
	if (status) {
		complain("hayward: ", &why);
		desk_done(desk);
		return status == -EINVAL ? ANSWER_INVALID : ANSWER_REFUSED;
	}
	return ANSWER_OK;
}

static void
print_line(void *context, const char *line)
{
	(void)context;
	puts(line);
	fflush(stdout);
}

struct site_world
desk_world(const struct desk *desk)
{
	return office_world(&desk->office, print_line, NULL);
}

void
desk_reload(const struct desk *desk)
{
	auto_str socket = {0};
	arguments_socket(desk->arguments, &socket);
	if (access(str_text(&socket), F_OK))
		return;
	json_t *question = question_new(ASK_RELOAD), *answer;
	if (ask_for_data(desk->arguments, question, &answer) == ANSWER_OK)
		json_decref(answer);
	else
		fprintf(stderr, "hayward: haywardd does not know of this change yet\n");
}

static int
save(struct desk *desk)
{
	int status = book_save(&desk->office.file);
	if (status)
		fprintf(stderr, "hayward: nothing was changed: cannot write the book: %s\n",
		    strerror(-status));
	return status;
}

int
desk_finish(struct desk *desk, int status, unsigned roles)
{
	if (status) {
		fprintf(stderr, "hayward: %s\n", str_text(&desk->office.why));
		return status == -ENOENT ? ANSWER_NOT_FOUND : ANSWER_INVALID;
	}
	if (save(desk))
		return ANSWER_REFUSED;
	crash_point(CRASH_BOOK_SAVED);
	office_tell(&desk->office, roles, print_line, NULL);
	crash_point(CRASH_ROLES_TOLD);
	desk_reload(desk);
	return ANSWER_OK;
}

void
desk_done(struct desk *desk)
{
	office_done(&desk->office);
}
