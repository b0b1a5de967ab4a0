/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's side of the port rules, of the site and the book in a view on
 * standard input: `site_tool rules | settings | links`.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "site/ports.h"
#include "site/view.h"

int
main(int argc, char **argv)
{
	auto_arena struct arena *arena = arena_new();
	auto_str text = {0}, wrong = {0}, out = {0};
	struct view view;
	if (argc != 2 || file_read_fd(STDIN_FILENO, 1 << 28, &text) ||
	    view_decode(str_text(&text), text.length, arena, &view, &wrong)) {
		fprintf(stderr, "site_tool: %s\n", str_text(&wrong));
		return 1;
	}
	if (text_equal(argv[1], "rules"))
		site_ports_render(&view.site, &view.book, &out);
	else if (text_equal(argv[1], "settings"))
		site_ports_settings(&view.site, &out);
	else
		site_ports_links(&view.site, &out);
	fwrite(str_text(&out), 1, out.length, stdout);
	return 0;
}
