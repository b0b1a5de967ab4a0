/* SPDX-License-Identifier: Apache-2.0 */
#include "chroot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

static bool
makes_user_namespaces(void)
{
	pid_t child = fork();
	int status = 0;
	if (!child)
		_exit(unshare(CLONE_NEWUSER) ? 1 : 0);
	return child < 0 || waitpid(child, &status, 0) != child || status == 0;
}

/* Up from a folder that is outside of the root there is no end but the real root. */
static bool
climb(void)
{
	struct stat here, above;
	do {
		if (stat(".", &here) || chdir("..") || stat(".", &above))
			return false;
	} while (here.st_dev != above.st_dev || here.st_ino != above.st_ino);
	return chroot(".") == 0;
}

static bool
leave(int inside)
{
	char folder[] = "/tmp/chroot.XXXXXX";
	if (!mkdtemp(folder))
		return false;
	bool left = !chroot(folder) && !fchdir(inside) && climb();
	return unlinkat(inside, folder + 1, AT_REMOVEDIR) == 0 && left;
}

static bool
enter(int inside)
{
	char link[32], path[PATH_MAX];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", inside);
	ssize_t length = readlink(link, path, sizeof(path) - 1);
	if (length <= 0)
		return false;
	path[length] = '\0';
	return !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount(path, path, NULL, MS_BIND | MS_REC, NULL) && !chdir(path) &&
	       !syscall(SYS_pivot_root, ".", ".") && !umount2(".", MNT_DETACH) && !chdir("/");
}

void
chroot_become_root(void)
{
	if (geteuid() || makes_user_namespaces())
		return;
	/* Opened in the new namespace: what lies in the old one cannot be mounted here. */
	bool apart = unshare(CLONE_NEWNS) == 0;
	auto_fd int inside = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!apart || inside < 0 || !leave(inside) || !enter(inside))
		fatal("cannot make the chroot a root: %s", strerror(errno));
}
