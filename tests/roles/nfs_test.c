/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mail server on a machine of its own and its file server, both at 127.0.0.1.
 * `nfs_test exports FILE` writes what the file server exports;
 * `nfs_test mount OWN` mounts it as the mail server's agent does, and works there;
 * OWN is a mount of the machine's own in the way. See nfs_kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "roles/mounts.h"
#include "roles/role.h"

enum { ALICE = 20001, NFS_MAGIC = 0x6969 };

static int number, failed;

static void
check(const char *what, bool good)
{
	failed += !good;
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++number, what);
}

static struct view
view_of(enum role role, const char *address)
{
	struct view view = {.role = role,
	    .site = {.name = "example.net",
		.operator= "",
		.homes = "/home",
		.mail = "/srv/mail",
		.bridge = "",
		.network = "127.0.0.0/24",
		.gateway = "127.0.0.9",
		.uid_first = 20000,
		.uid_last = 59999}};
	for (int i = 0; i < ROLE_COUNT; i++)
		view.site.roles[i] = (struct site_role){
		    .machine = "", .host = "", .address = "", .address6 = ""};
	view.site.roles[ROLE_FILE].place = view.site.roles[ROLE_MAIL].place = PLACE_MACHINE;
	view.site.roles[ROLE_FILE].address = view.site.roles[ROLE_MAIL].address = address;
	return view;
}

static int
write_exports(const char *to)
{
	struct view view = view_of(ROLE_FILE, "127.0.0.1");
	struct output *output = output_new();
	role_render(&view, output);
	const struct output_file *file = output_find(output, "/etc/exports.d/hayward.exports");
	int status = file ? file_replace(AT_FDCWD, to, 0644, str_text(&file->content),
				file->content.length)
			  : -ENOENT;
	output_free(output);
	return status ? 1 : 0;
}

/* What making a file there as that user gives: 0 or an errno. */
static int
make_as(uid_t uid, const char *path)
{
	int status = 0;
	pid_t child = fork();
	if (!child) {
		if (setgid(uid) || setuid(uid))
			_exit(255);
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		_exit(fd >= 0 && write(fd, "mail\n", 5) == 5 && !fsync(fd) ? 0 : errno);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool
is_nfs(const char *path)
{
	struct statfs facts;
	return !statfs(path, &facts) && facts.f_type == NFS_MAGIC;
}

static bool
is_without(const char *path, unsigned long flags)
{
	struct statvfs facts;
	return !statvfs(path, &facts) && (facts.f_flag & flags) == flags;
}

static bool
is_of(const char *path, uid_t uid)
{
	struct stat facts;
	return !lstat(path, &facts) && facts.st_uid == uid;
}

static int
try_mounts(const char *own)
{
	struct view view = view_of(ROLE_MAIL, "127.0.0.1");
	struct view astray = view_of(ROLE_MAIL, "127.0.0.77");
	auto_str wrong = {0}, why = {0};
	astray.site.homes = "/tmp/nobody";
	int status = mounts_prepare(&astray, &why);
	check("a file server that is not there is complained of", status && why.length);
	str_cut(&why, 0);
	check("what else is mounted there stays",
	    mounts_prepare(&view, &why) == -EBUSY && why.length && !is_nfs(own));
	check("it is put away", !umount2(own, MNT_DETACH));
	check("the machine mounts homes and mail", !mounts_prepare(&view, &wrong));
	if (wrong.length)
		printf("# %s\n", str_text(&wrong));
	check("homes come by NFS", is_nfs("/home"));
	check("mail comes by NFS", is_nfs("/srv/mail"));
	check("nobody becomes another by a file there",
	    is_without("/home", ST_NOSUID | ST_NODEV));
	check("said again nothing is done", !mounts_prepare(&view, &wrong));
	check("alice writes in her home", make_as(ALICE, "/home/alice/new") == 0);
	check("and it is hers", is_of("/home/alice/new", ALICE));
	check("a neighbour does not", make_as(ALICE + 1, "/home/alice/not") == EACCES);
	check("root of that machine is nobody there", make_as(0, "/home/alice/root") == EACCES);
	printf("1..%d\n", number);
	return failed != 0;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && text_equal(argv[1], "exports"))
		return write_exports(argv[2]);
	return argc == 3 ? try_mounts(argv[2]) : 2;
}
