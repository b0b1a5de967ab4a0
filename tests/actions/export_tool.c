/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs one export through the runner of errands, as the enforcer does, going on
 * from the point in FOLDER/point if there is one, and keeping points there.
 *
 * usage: export_tool FOLDER HOME UID ACCOUNT MOST OPTIONS [OTHER...]
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "actions/errand.h"
#include "base/file.h"
#include "base/memory.h"

struct run {
	int folder;
	bool ended;
	int status;
};

static void
hear(void *context, const struct errand_news *news)
{
	struct run *run = context;
	auto_str bytes = {0};
	if (news->point) {
		export_point_encode(news->point, &bytes);
		if (file_replace(run->folder, "point", 0600, bytes.data, bytes.length))
			exit(3);
		return;
	}
	run->ended = true;
	run->status = news->status;
	if (!news->result) {
		printf("failed %d %s\n", news->status, news->output);
		return;
	}
	printf("sha256 %s\nbytes %" PRId64 "\nentries %" PRIu64 "\nleft %" PRIu64 "\ncut %d\n",
	    news->result->digest.text, news->result->end.kept, news->result->end.entries,
	    news->result->end.left_out, news->result->end.cut);
}

int
main(int count, char **words)
{
	if (count < 7)
		return 2;
	struct run run = {.folder = open(words[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	struct export_point *from = memory_new(1, sizeof(*from));
	struct errands *errands = errands_start();
	auto_str bytes = {0};
	uint64_t errand;
	int archive = openat(run.folder, "archive.tar.zst", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int list = openat(run.folder, "list", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	while (flock(archive, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		usleep(10000);
	if (!file_read(run.folder, "point", 1 << 20, &bytes) &&
	    export_point_decode(bytes.data, bytes.length, from))
		return 3;
	const char *begun = getenv("BEGUN");
	struct errand_export order = {
	    .uid = (uint32_t)strtoul(words[3], NULL, 10),
	    .account = words[4],
	    .home = words[2],
	    .others = (const char *const *)(words + 7),
	    .options = words[6],
	    .begun = begun ? strtoll(begun, NULL, 10) : 1000000000,
	    .most = strtoll(words[5], NULL, 10),
	    .limit = 10 * 60 * 1000,
	    .floor = 1000,
	    .from = from,
	    .archive = archive,
	    .list = list,
	    .folder = run.folder,
	};
	if (!errands || errands_export(errands, &order, &errand))
		return 3;
	close(archive);
	close(list);
	while (!run.ended) {
		if (errands_heed(errands, hear, &run))
			return 3;
		usleep(2000);
	}
	errands_free(errands);
	free(from);
	return run.status ? 1 : 0;
}
