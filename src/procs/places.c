/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Some of these directories belong to unprivileged children, which may put
 * anything into them, links included. The parent therefore goes down by
 * descriptors, follows no link, and works only in what it has looked at.
 */
#include "procs/places.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "model/gate_sockets.h"
#include "model/tables.h"
#include "procs/sandbox.h"

enum { DIRECTORY_FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

static int
complain(struct str *error, const char *what, const char *path, int status)
{
	str_addf(error, "cannot %s '%s': %s", what, path, strerror(-status));
	return status;
}

/* Makes every directory on the way to an absolute path that the operator chose. */
static int
make_way(const char *path)
{
	auto_str way = {0};
	str_add(&way, path);
	for (char *slash = strchr(way.data + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(way.data, 0755) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
}

/* Ours to hand out: a directory that somebody else put there is refused. */
static int
give(int fd, struct identity owner, mode_t mode)
{
	struct stat status;
	if (fstat(fd, &status))
		return -errno;
	if (status.st_uid != owner.uid && status.st_uid != geteuid())
		return -EPERM;
	if (fchown(fd, owner.uid, owner.gid) || fchmod(fd, mode))
		return -errno;
	return 0;
}

static int
open_top(const char *path, struct identity owner, mode_t mode, int *ret_fd)
{
	int status = make_way(path);
	if (status)
		return status;
	auto_fd int fd = open(path, DIRECTORY_FLAGS);
	if (fd < 0)
		return -errno;
	status = give(fd, owner, mode);
	if (!status)
		*ret_fd = take_fd(fd);
	return status;
}

static int
open_below(int directory, const char *name, struct identity owner, mode_t mode, int *ret_fd)
{
	if (mkdirat(directory, name, 0700) && errno != EEXIST)
		return -errno;
	auto_fd int fd = openat(directory, name, DIRECTORY_FLAGS | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	int status = give(fd, owner, mode);
	if (!status)
		*ret_fd = take_fd(fd);
	return status;
}

static int
lock(int run, int *ret_fd)
{
	auto_fd int fd = openat(run, PID_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EALREADY : -errno;
	auto_str text = {0};
	str_addf(&text, "%d\n", (int)getpid());
	if (ftruncate(fd, 0))
		return -errno;
	int status = file_write_all(fd, text.data, text.length);
	if (!status)
		*ret_fd = take_fd(fd);
	return status;
}

static int
open_run(const char *path, struct places *places, struct str *error)
{
	struct identity ours = sandbox_identity(PROCESS_PARENT);
	int status = open_top(path, ours, 0755, &places->run);
	if (status)
		return complain(error, "use", path, status);
	status = lock(places->run, &places->pid_file);
	if (status == -EALREADY) {
		str_addf(error, "haywardd already runs in '%s'", path);
		return status;
	}
	auto_fd int empty = -1;
	if (!status)
		status = open_below(places->run, EMPTY_ROOT, ours, 0755, &empty);
	auto_fd int contained = -1;
	if (!status)
		status = open_below(places->run, CONTAINED_FOLDER, ours, 0755, &contained);
	return status ? complain(error, "make files in", path, status) : 0;
}

static int
open_state(const char *path, struct places *places, struct str *error)
{
	struct identity ours = sandbox_identity(PROCESS_PARENT);
	struct identity keeper = sandbox_identity(PROCESS_KEEPER);
	struct identity notifier = sandbox_identity(PROCESS_NOTIFIER);
	int status = open_top(path, keeper, 0755, &places->state);
	if (!status)
		status = open_below(places->state, "parent", ours, 0700, &places->parent);
	if (!status)
		status = open_below(places->state, "enforcer", ours, 0700, &places->enforcer);
	if (!status)
		status = open_below(places->state, "gate", ours, 0700, &places->gate);
	if (!status)
		status =
		    open_below(places->state, "notifier", notifier, 0700, &places->notifier);
	return status ? complain(error, "use", path, status) : 0;
}

static int
open_notices(const char *path, struct str *error)
{
	auto_fd int fd = -1;
	if (!path)
		return 0;
	int status = open_top(path, sandbox_identity(PROCESS_NOTIFIER), 0755, &fd);
	return status ? complain(error, "use", path, status) : 0;
}

int
places_open(const struct options *options, struct places *ret_places, struct str *ret_error)
{
	struct places places = PLACES_NONE;
	int status = open_run(options->run, &places, ret_error);
	if (!status)
		status = open_state(options->state, &places, ret_error);
	if (!status)
		status = open_notices(options->notices, ret_error);
	if (status)
		places_close(&places);
	else
		*ret_places = places;
	return status;
}

static void
remove_gate(int run)
{
	static const char *const sockets[] = {
#define GATE_PLACE(name, scanner, hands_on, logins, scripts)                                   \
	GATE_FOLDER "/" name "/" GATE_SMTP_SOCKET, GATE_FOLDER "/" name "/" GATE_LOCAL_SOCKET, \
	    GATE_FOLDER "/" name "/" GATE_INSIDE_SOCKET,                                       \
	    GATE_FOLDER "/" name "/" GATE_LOGIN_SOCKET,                                        \
	    GATE_FOLDER "/" name "/" GATE_REQUESTS_SOCKET,
#include "procs/gate_places.def"
#undef GATE_PLACE
	};
	for (size_t i = 0; i < array_length(sockets); i++)
		unlinkat(run, sockets[i], 0);
}

void
places_close(struct places *places)
{
	if (places->pid_file >= 0) {
		unlinkat(places->run, CONTROL_SOCKET, 0);
		unlinkat(places->run, CONTROL_SOCKET ".lock", 0);
		unlinkat(places->run, CONTAINED_FOLDER "/" CONTROL_SOCKET, 0);
		remove_gate(places->run);
		unlinkat(places->run, EMPTY_ROOT, AT_REMOVEDIR);
		unlinkat(places->run, PID_FILE, 0);
	}
	const int *fds[] = {&places->state, &places->run, &places->parent, &places->enforcer,
	    &places->notifier, &places->gate, &places->pid_file};
	for (size_t i = 0; i < array_length(fds); i++)
		cleanup_fd(fds[i]);
	*places = PLACES_NONE;
}

int
places_directory(const struct places *places, enum process process)
{
	if (process == PROCESS_KEEPER)
		return places->state;
	if (process == PROCESS_ENFORCER)
		return places->enforcer;
	if (process == PROCESS_GATE)
		return places->gate;
	return process == PROCESS_NOTIFIER ? places->notifier : -1;
}
