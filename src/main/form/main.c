/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail-form FILE: the supported mail form (S3). FILE is a customer's own, executable, with
 * `#!/usr/lib/hayward/mail-form` as its first line and the configuration below it:
 *
 *     web server --suexec--> contact.cgi = mail-form contact.cgi --> sendmail --> postdrop
 *
 * So it runs as its owner and has no power but his; the web server runs the file and never
 * shows it; and hayward knows each mail by the file's name. A visitor chooses the words,
 * and one address to be answered at: never who gets the mail, and nothing of its headers.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "main/form/answer.h"
#include "main/form/fastcgi.h"

static const char *
variable(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

static int
read_some(void *context, char *buffer, int length)
{
	(void)context;
	ssize_t got;
	do
		got = read(STDIN_FILENO, buffer, (size_t)length);
	while (got < 0 && errno == EINTR);
	return (int)got;
}

static int
serve_cgi(const struct form_place *place)
{
	struct form_door door = {NULL, variable, read_some};
	struct form_request request = form_request_read(&door);
	struct form_answer answer = {0};
	form_answer(place, &request, clock_wall(), &answer);
	int said =
	    file_write_all(STDERR_FILENO, str_text(&answer.errors), answer.errors.length);
	int status = file_write_all(STDOUT_FILENO, str_text(&answer.text), answer.text.length);
	form_answer_done(&answer);
	form_request_done(&request);
	return said || status ? EX_IOERR : EX_OK;
}

/* Somebody started the file at a shell: he wants to know whether it is in order. */
static int
check(const struct form_place *place)
{
	auto_str told = {0};
	int status = form_check(place, &told);
	fputs(str_text(&told), status ? stderr : stdout);
	return status;
}

/* The web server may give further words: of a query without '=' each is an argument. */
int
main(int count, char **arguments)
{
	const struct passwd *user = getpwuid(getuid());
	if (count < 2) {
		fputs("usage: mail-form FILE; see hayward-mail-form(5)\n", stderr);
		return EX_USAGE;
	}
	if (!user) {
		fprintf(stderr, "mail-form: there is no user of the uid %u\n", getuid());
		return EX_NOUSER;
	}
	struct form_place place = {arguments[1], user->pw_dir, "/usr/sbin/sendmail"};
	if (fastcgi_is_asked())
		return fastcgi_serve(&place);
	return getenv("REQUEST_METHOD") ? serve_cgi(&place) : check(&place);
}
