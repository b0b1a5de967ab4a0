/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of the site and the book in a view on standard input: the host's side of the
 * port rules, `site_tool rules | settings | links`; or a role's agent is run,
 * wherever it is, `site_tool run ROLE WORD...`. And what the terms and a description make of
 * the mail server's filters: `site_tool filters CONFIGURATION`.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "site/members.h"
#include "site/office.h"
#include "site/ports.h"
#include "site/push.h"
#include "site/view.h"

static int
run(const struct view *view, char **words)
{
	struct site_paths paths = {.state = "/nowhere"};
	struct pushed results[ROLE_COUNT] = {0};
	int role = role_find(words[0]);
	if (role < 0)
		return 2;
	push_run(&view->site, &paths, (enum role)role, (const char *const *)words + 1, 20000,
	    &results[role]);
	fwrite(str_text(&results[role].said), 1, results[role].said.length, stdout);
	int status = results[role].status;
	pushed_done(results);
	return status ? 1 : 0;
}

static int
print_filters(const char *configuration)
{
	struct office office;
	struct office_places places = {.configuration = configuration};
	auto_str text = {0};
	if (office_read(&office, &places, &text)) {
		fputs(str_text(&text), stderr);
		return 1;
	}
	json_encode(members_filters, &office.site, &text);
	fputs(str_text(&text), stdout);
	office_done(&office);
	return 0;
}

int
main(int argc, char **argv)
{
	auto_arena struct arena *arena = arena_new();
	auto_str text = {0}, wrong = {0}, out = {0};
	struct view view;
	if (argc > 2 && text_equal(argv[1], "filters"))
		return print_filters(argv[2]);
	if (argc < 2 || file_read_fd(STDIN_FILENO, 1 << 28, &text) ||
	    view_decode(str_text(&text), text.length, arena, &view, &wrong)) {
		fprintf(stderr, "site_tool: %s\n", str_text(&wrong));
		return 1;
	}
	if (text_equal(argv[1], "run") && argc > 3)
		return run(&view, argv + 2);
	if (text_equal(argv[1], "rules"))
		site_ports_render(&view.site, &view.book, &out);
	else if (text_equal(argv[1], "settings"))
		site_ports_settings(&view.site, &out);
	else
		site_ports_links(&view.site, &out);
	fwrite(str_text(&out), 1, out.length, stdout);
	return 0;
}
