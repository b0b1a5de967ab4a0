/* SPDX-License-Identifier: Apache-2.0 */
/* Quotas of a real file system, beneath the folder of the first argument; the second has none.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attributes.h"
#include "roles/quota.h"

enum { ALICE = 41001, BOB = 41002, KIB = 1024, MIB = 1024 * 1024 };

static int number, failed;

static void
check(const char *what, bool good)
{
	failed += !good;
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++number, what);
}

/* What writing so much into a new file of that user gives: 0 or an errno. */
static int
write_as(int folder, uid_t uid, const char *name, int kib)
{
	static const char block[KIB];
	int status = 0;
	pid_t child = fork();
	if (!child) {
		errno = 0;
		if (setgid(uid) || setuid(uid))
			_exit(255);
		int fd = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		for (int i = 0; fd >= 0 && i < kib && write(fd, block, KIB) == KIB; i++)
			errno = 0;
		_exit(errno);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
make_files(int folder, uid_t uid, int count)
{
	int status = 0;
	for (int i = 0; !status && i < count; i++) {
		char name[32];
		snprintf(name, sizeof(name), "%u.%d", uid, i);
		status = write_as(folder, uid, name, 0);
	}
	return status;
}

int
main(int argc, char **argv)
{
	if (argc != 3)
		return 1;
	auto_fd int folder = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_fd int other = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check("a file system without quotas says so",
	    quota_set(other, ALICE, MIB, 10) == -ENOTSUP);
	check("a limit is set", quota_set(folder, ALICE, MIB, 10) == 0);
	check("and set again", quota_set(folder, ALICE, MIB, 10) == 0);
	check("what is within it is written", write_as(folder, ALICE, "small", 900) == 0);
	check("what is over it is not", write_as(folder, ALICE, "large", 900) == EDQUOT);
	check("others are not limited by it", write_as(folder, BOB, "large.b", 3000) == 0);
	check("files are counted, too", make_files(folder, ALICE, 20) == EDQUOT);
	check("a larger limit lets more in", quota_set(folder, ALICE, 4L * MIB, 100) == 0 &&
						 write_as(folder, ALICE, "more", 1500) == 0 &&
						 make_files(folder, ALICE, 20) == 0);
	check("and none all",
	    quota_set(folder, ALICE, 0, 0) == 0 && write_as(folder, ALICE, "most", 6000) == 0);
	printf("1..%d\n", number);
	return failed != 0;
}
