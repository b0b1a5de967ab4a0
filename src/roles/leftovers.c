/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/leftovers.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const char mark[] = "applying";

void
leftovers_name(const char *path, struct str *out)
{
	str_addf(out, "%s.hayward-new", path);
}

static bool
sweep(void *context, const char *path, enum daemon daemon)
{
	auto_str beside = {0};
	(void)context, (void)daemon;
	leftovers_name(path, &beside);
	unlink(str_text(&beside));
	return true;
}

int
leftovers_begin(int state, struct manifest *manifest)
{
	auto_fd int fd = openat(state, mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	manifest_sift(manifest, sweep, NULL);
	return 0;
}

void
leftovers_end(int state)
{
	unlinkat(state, mark, 0);
}
