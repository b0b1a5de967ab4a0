/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the homes of a view on standard input, as the file role does before others apply it. */
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "roles/role.h"

enum { LARGEST_VIEW = 64 << 20 };

int
main(void)
{
	auto_str text = {0}, wrong = {0};
	auto_arena struct arena *arena = arena_new();
	struct view view;
	int status = file_read_fd(STDIN_FILENO, LARGEST_VIEW, &text);
	if (!status)
		status = view_decode(str_text(&text), text.length, arena, &view, &wrong);
	if (!status)
		status = file_role.prepare(&view, &wrong);
	if (status)
		fprintf(stderr, "make_homes: %s\n", str_text(&wrong));
	return status != 0;
}
