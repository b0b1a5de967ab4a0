/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/log.h"

const char *
place_path(const char *given, const char *usual)
{
	const char *chosen = getenv("HAYWARD_STATE");
	if (given)
		return given;
	if (chosen && *chosen)
		return chosen;
	return usual ? usual : "/var/lib/hayward";
}

static int
become_owner(int directory)
{
	struct stat status;
	if (fstat(directory, &status))
		return -errno;
	if (geteuid() != 0 || status.st_uid == 0)
		return 0;
	return setegid(status.st_gid) || seteuid(status.st_uid) ? -errno : 0;
}

int
place_open(struct store_place *place)
{
	int directory = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return -errno;
	place->directory = directory;
	return become_owner(directory);
}

void
place_leave(struct store_place *place)
{
	cleanup_fd(&place->directory);
	place->directory = -1;
	if (seteuid(getuid()) || setegid(getgid()))
		fatal("cannot become again who I was");
}
