/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hayward-role(8): the agent on a role's machine. It is started by the host, as
 * root, through lxc-attach(1) or ssh(1), does one thing, and ends:
 *
 *     hayward-role apply  < VIEW     make the machine as the view says
 *     hayward-role render FOLDER < VIEW     only write the files, below a folder
 *     hayward-role status            which generation it is at, and who runs
 *     hayward-role cgi-test ACCOUNT PATH [QUERY]     try a script as the web server would
 *     hayward-role gate why|mail NAME [SINCE]     what this machine's own gate has on record
 *     hayward-role database-times    how long MariaDB has worked for each of its users
 *     hayward-role stored-mail < ORDER      what is stored in mailboxes, see stored/look.h
 *     hayward-role mail-remove USER FOLDER UID SIGN      put one mail aside
 *     hayward-role mail-strip USER FOLDER UID SIGN       likewise, but its words stay
 *     hayward-role mail-restore USER FOLDER UID SIGN     and bring it back
 *     hayward-role mail-kept < ORDER        what is put aside, see stored/kept.h
 *     hayward-role dump DATABASE > DUMP     and load DATABASE < DUMP: to another site
 *
 * Exit status as hayward(1): 0 done, 1 wrong usage, 2 the view or its outcome is
 * wrong, 4 refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/escape.h"
#include "base/file.h"
#include "roles/apply.h"
#include "roles/apply_daemon.h"
#include "roles/cgi_test.h"
#include "roles/gatehouse.h"
#include "roles/refused.h"
#include "roles/render.h"
#include "roles/web_move.h"
#include "site/database_time.h"
#include "site/mail_queue.h"
#include "stored/kept.h"
#include "stored/look.h"
#include "stored/remove.h"

static const char state_folder[] = "/var/lib/hayward-role";

enum { DONE, USAGE, WRONG, REFUSED = 4, LARGEST_VIEW = 256 << 20, LARGEST_ORDER = 1 << 20 };

static int
complain(const char *what, const char *why)
{
	auto_str shown = {0};
	escape_text(&shown, why);
	fprintf(stderr, "hayward-role: %s: %s\n", what, str_text(&shown));
	return WRONG;
}

/* The view on standard input, in the arena. */
static int
read_view(struct arena *arena, struct view *ret_view)
{
	auto_str text = {0}, wrong = {0};
	int status = file_read_fd(STDIN_FILENO, LARGEST_VIEW, &text);
	if (status)
		return complain("cannot read the view", strerror(-status));
	if (view_decode(str_text(&text), text.length, arena, ret_view, &wrong))
		return complain("that is no view", str_text(&wrong));
	return DONE;
}

static int
run_apply(char **words)
{
	(void)words;
	auto_arena struct arena *arena = arena_new();
	struct view view;
	struct applied applied = {0};
	int status = read_view(arena, &view);
	if (!status && crash_allow())
		status = complain("HAYWARD_CRASH", "it names no point");
	if (status)
		return status;
	status = apply_view(&view, state_folder, &applied);
	fwrite(str_text(&applied.said), 1, applied.said.length, stdout);
	str_done(&applied.said);
	if (status && status != -EINVAL)
		return complain("cannot apply the view", strerror(-status));
	if (!status)
		printf("generation %lld\n", (long long)view.book.generation);
	return status ? WRONG : DONE;
}

static int
run_render(char **words)
{
	auto_arena struct arena *arena = arena_new();
	auto_str why = {0};
	struct view view;
	int status = read_view(arena, &view);
	if (status)
		return status;
	struct output *output = apply_render(&view);
	status = render_below(output, words[0], &why);
	output_free(output);
	return status ? complain("cannot write", str_text(&why)) : DONE;
}

static int
run_status(char **words)
{
	(void)words;
	auto_str text = {0};
	int status = apply_status(state_folder, &text);
	if (status)
		return complain("cannot tell", strerror(-status));
	refused_report(&text);
	fwrite(str_text(&text), 1, text.length, stdout);
	return DONE;
}

static int
run_cgi_test(char **words)
{
	auto_str told = {0};
	int status = cgi_test(words[0], words[1], words[2] ? words[2] : "", &told);
	fwrite(str_text(&told), 1, told.length, stdout);
	return status ? WRONG : DONE;
}

static int
run_mail(char **words)
{
	auto_str why = {0};
	int order = mail_order_find(words[0]);
	if (order < 0)
		return USAGE;
	int status = mail_queue_order((enum mail_order)order, words[1], &why);
	if (status)
		fwrite(str_text(&why), 1, why.length, stdout);
	return status ? WRONG : DONE;
}

static int
run_mail_queue(char **words)
{
	auto_str said = {0};
	(void)words;
	int status = mail_queue_read(&said);
	if (status)
		return complain("cannot read the queue", strerror(-status));
	fwrite(str_text(&said), 1, said.length, stdout);
	return DONE;
}

static int
run_stored_mail(char **words)
{
	auto_str order = {0}, out = {0}, why = {0};
	(void)words;
	int status = file_read_fd(STDIN_FILENO, LARGEST_ORDER, &order);
	if (!status)
		status = stored_look(str_text(&order), &out, &why);
	if (status)
		return complain("stored mail cannot be told",
		    why.length ? str_text(&why) : strerror(-status));
	fwrite(str_text(&out), 1, out.length, stdout);
	return DONE;
}

/* Its last line is what was done, or why not. */
static int
place_mail(char **words, int (*act)(const struct mail_place *place, struct str *words))
{
	auto_str said = {0};
	struct mail_place place;
	if (mail_place_read(words, &place))
		return USAGE;
	if (crash_allow())
		return complain("HAYWARD_CRASH", "it names no point");
	int status = act(&place, &said);
	printf("%s\n", str_text(&said));
	return !status ? DONE : status == -ENOENT ? REFUSED : WRONG;
}

static int
run_mail_remove(char **words)
{
	return place_mail(words, stored_remove);
}

static int
run_mail_strip(char **words)
{
	return place_mail(words, stored_strip);
}

static int
run_mail_restore(char **words)
{
	return place_mail(words, stored_restore);
}

/* A record a line, as that command of hayward's finds them; none if the gate has never run. */
static int
run_gate(char **words)
{
	auto_str since = {0};
	if (!text_equal(words[0], "why") && !text_equal(words[0], "mail"))
		return USAGE;
	if (access(GATEHOUSE_STATE "/journal.head", F_OK))
		return errno == ENOENT ? DONE : complain("no journal", strerror(errno));
	char hayward[] = GATEHOUSE_PROGRAMS "/hayward", records[] = "--records", state[] = "--state",
	     folder[] = GATEHOUSE_STATE, rest[] = "--";
	str_addf(&since, "--since=%s", words[2] ? words[2] : "");
	char *const all[] = {hayward, words[0], records, state, folder, rest, words[1], NULL};
	char *const some[] = {
	    hayward, words[0], records, state, folder, since.data, rest, words[1], NULL};
	execv(hayward, words[2] ? some : all);
	return complain(hayward, strerror(errno));
}

static int
run_mail_kept(char **words)
{
	auto_str order = {0}, out = {0};
	(void)words;
	int status = file_read_fd(STDIN_FILENO, LARGEST_ORDER, &order);
	if (!status)
		status = stored_kept(str_text(&order), &out);
	if (status)
		return complain("cannot tell what is put aside", strerror(-status));
	fwrite(str_text(&out), 1, out.length, stdout);
	return DONE;
}

static int
run_dump(char **words)
{
	auto_str wrong = {0};
	return web_dump(words[0], &wrong) ? complain("cannot dump", str_text(&wrong)) : DONE;
}

static int
run_load(char **words)
{
	auto_str wrong = {0};
	return web_load(words[0], &wrong) ? complain("cannot load", str_text(&wrong)) : DONE;
}

static int
run_database_times(char **words)
{
	auto_str said = {0};
	(void)words;
	int status = database_time_is_here() ? database_time_ask(true, &said) : -ENOENT;
	if (status)
		return complain("MariaDB does not tell", strerror(-status));
	fwrite(str_text(&said), 1, said.length, stdout);
	return DONE;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int least; /* words behind it */
		int most;
		int (*run)(char **words);
	} commands[] = {{"apply", 0, 0, run_apply}, {"render", 1, 1, run_render},
	    {"status", 0, 0, run_status}, {"cgi-test", 2, 3, run_cgi_test},
	    {"mail", 2, 2, run_mail}, {"mail-queue", 0, 0, run_mail_queue},
	    {"dump", 1, 1, run_dump}, {"load", 1, 1, run_load},
	    {"gate", 2, 3, run_gate}, {"database-times", 0, 0, run_database_times},
	    {"stored-mail", 0, 0, run_stored_mail}, {"mail-remove", 4, 4, run_mail_remove},
	    {"mail-strip", 4, 4, run_mail_strip},
	    {"mail-kept", 0, 0, run_mail_kept}, {"mail-restore", 4, 4, run_mail_restore}};
	int words = argc - 2;
	/* What the caller's umask is must not decide who can read our files. */
	umask(022);
	for (size_t i = 0; argc > 1 && i < array_length(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0 && words >= commands[i].least &&
		    words <= commands[i].most)
			return commands[i].run(argv + 2);
	fputs("usage: hayward-role apply < VIEW | render FOLDER < VIEW | status |\n"
	      "       cgi-test ACCOUNT PATH [QUERY] | dump DATABASE | load DATABASE |\n"
	      "       gate why|mail NAME [SINCE] | database-times | mail hold|release|reject QUEUE-ID |\n"
	      "       mail-queue | stored-mail < ORDER | mail-kept < ORDER |\n"
	      "       mail-remove|mail-strip|mail-restore USER FOLDER UID SIGN\n",
	    stderr);
	return USAGE;
}
