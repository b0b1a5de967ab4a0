/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hayward-role(8): the agent on a role's machine. It is started by the host, as
 * root, through lxc-attach(1) or ssh(1), does one thing, and ends:
 *
 *     hayward-role apply  < VIEW     make the machine as the view says
 *     hayward-role render FOLDER < VIEW     only write the files, below a folder
 *     hayward-role status            which generation it is at, and who runs
 *     hayward-role cgi-test ACCOUNT PATH [QUERY]     try a script as the web server would
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

#include "base/escape.h"
#include "base/file.h"
#include "roles/apply.h"
#include "roles/apply_daemon.h"
#include "roles/cgi_test.h"
#include "roles/render.h"

static const char state_folder[] = "/var/lib/hayward-role";

enum { DONE, USAGE, WRONG, REFUSED = 4, LARGEST_VIEW = 256 << 20 };

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
run_apply(const char *folder)
{
	(void)folder;
	auto_arena struct arena *arena = arena_new();
	struct view view;
	struct applied applied = {0};
	int status = read_view(arena, &view);
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
run_render(const char *folder)
{
	auto_arena struct arena *arena = arena_new();
	auto_str why = {0};
	struct view view;
	int status = read_view(arena, &view);
	if (status)
		return status;
	struct output *output = apply_render(&view);
	status = render_below(output, folder, &why);
	output_free(output);
	return status ? complain("cannot write", str_text(&why)) : DONE;
}

static int
run_status(const char *folder)
{
	(void)folder;
	auto_str text = {0};
	int status = apply_status(state_folder, &text);
	if (status)
		return complain("cannot tell", strerror(-status));
	fwrite(str_text(&text), 1, text.length, stdout);
	return DONE;
}

static int
run_cgi_test(int argc, char **argv)
{
	auto_str told = {0};
	int status = cgi_test(argv[2], argv[3], argc > 4 ? argv[4] : "", &told);
	fwrite(str_text(&told), 1, told.length, stdout);
	return status ? WRONG : DONE;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int words;
		int (*run)(const char *folder);
	} commands[] = {
	    {"apply", 2, run_apply}, {"render", 3, run_render}, {"status", 2, run_status}};
	/* What the caller's umask is must not decide who can read our files. */
	umask(022);
	if ((argc == 4 || argc == 5) && strcmp(argv[1], "cgi-test") == 0)
		return run_cgi_test(argc, argv);
	for (size_t i = 0; i < array_length(commands); i++)
		if (argc == commands[i].words && strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc > 2 ? argv[2] : NULL);
	fputs("usage: hayward-role apply < VIEW | render FOLDER < VIEW | status |\n"
	      "       cgi-test ACCOUNT PATH [QUERY]\n",
	    stderr);
	return USAGE;
}
