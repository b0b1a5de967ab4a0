/* SPDX-License-Identifier: Apache-2.0 */
#include "main/form/rate_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/digest.h"
#include "base/file.h"

static const char folder_name[] = ".hayward";

enum { DIGITS = 16, LOCK_TRIES = 250, LOCK_PAUSE_NS = 20000000 };

static int
open_in(int folder, const char *form)
{
	struct digest digest = digest_of(form, strlen(form), "", 0);
	auto_str name = {0};
	str_addf(&name, "mail-form-%.*s", DIGITS, digest.text);
	int fd = openat(folder, str_text(&name),
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	struct stat about;
	if (fd < 0 || (!fstat(fd, &about) && S_ISREG(about.st_mode) && about.st_nlink == 1))
		return fd < 0 ? -errno : fd;
	close(fd);
	return -EBADF;
}

static int
open_file(const struct rate_file *file)
{
	auto_fd int home = open(file->home, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (home < 0 || (mkdirat(home, folder_name, 0700) && errno != EEXIST))
		return -errno;
	auto_fd int folder = beneath_open(home, folder_name, O_RDONLY | O_DIRECTORY);
	return folder < 0 ? folder : open_in(folder, file->form);
}

/* Others hold it for as long as it takes to read and write it. */
static int
lock(int fd)
{
	for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB); tries++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (tries == LOCK_TRIES)
			return -ETIMEDOUT;
		nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE_NS}, NULL);
	}
	return 0;
}

/* Of a file that is larger than any of ours nothing is believed. */
static int
begin(const struct rate_file *file, struct str *text)
{
	int fd = open_file(file);
	int status = fd < 0 ? fd : lock(fd);
	if (!status)
		status = file_read_fd(fd, RATES_LARGEST, text);
	if (status == -EFBIG) {
		str_clear(text);
		status = 0;
	}
	if (status && fd >= 0)
		close(fd);
	return status ? status : fd;
}

/* Written over in place, then cut: where one dies between the two, some are counted twice for a
 * while, and never fewer. */
static int
save(int fd, const struct str *text)
{
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	int status = file_write_all(fd, str_text(text), text->length);
	if (!status && ftruncate(fd, (off_t)text->length))
		status = -errno;
	return status;
}

int
rate_file_take(const struct rate_file *file, const struct form_settings *settings,
    const char *visitor, int64_t now, int64_t *ret_wait)
{
	auto_str text = {0};
	auto_fd int fd = begin(file, &text);
	if (fd < 0)
		return fd;
	int taken = rates_take(&text, settings, visitor, now, ret_wait);
	int saved = save(fd, &text);
	return taken ? taken : saved;
}

int
rate_file_give_back(const struct rate_file *file, const char *visitor, int64_t then)
{
	auto_str text = {0};
	auto_fd int fd = begin(file, &text);
	if (fd < 0)
		return fd;
	rates_give_back(&text, visitor, then);
	return save(fd, &text);
}
