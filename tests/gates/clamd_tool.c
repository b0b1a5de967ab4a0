/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has clamd look at files, all at once, as often as is said: prints what came of each.
 *
 * usage: clamd-tool SOCKET PATIENCE-MS TIMES FILE...
 */
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gates/clamd.h"

struct one {
	const char *file;
	int fd;
};

static void
print(void *context, enum clamd_verdict verdict, const char *words)
{
	static const char *const names[] = {"clean", "found", "failed", "away"};
	const struct one *one = context;
	printf("%s\t%s\t%s\n", one->file, names[verdict],
	    verdict == CLAMD_CLEAN ? "" : words);
	close(one->fd);
}

int
main(int count, char **arguments)
{
	if (count < 5)
		return 1;
	struct event_base *loop = event_base_new();
	int patience = (int)strtol(arguments[2], NULL, 10);
	struct clamd *clamd = clamd_new(loop, arguments[1], patience);
	long times = strtol(arguments[3], NULL, 10);
	struct one *all = calloc((size_t)count, sizeof(*all));
	for (long time = 0; time < times; time++) {
		for (int i = 4; i < count; i++) {
			all[i] = (struct one){arguments[i], open(arguments[i], O_RDONLY)};
			if (!clamd_scan(clamd, all[i].fd, patience, print, &all[i]))
				return 1;
		}
		event_base_dispatch(loop);
	}
	clamd_free(clamd);
	event_base_free(loop);
	free(all);
	return 0;
}
