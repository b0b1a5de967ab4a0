/* SPDX-License-Identifier: Apache-2.0 */
#include "stored/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "stored/aside.h"
#include "stored/doveadm.h"

enum { LARGEST_SEEN = 64 << 20, DAY = 86400 };

static const char seen_file[] = "seen";

static int
lock(int folder, int64_t patience)
{
	static const struct timespec turn = {.tv_nsec = 100000000};
	int64_t end = clock_boot() + patience;
	while (flock(folder, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK)
			return -errno;
		if (clock_boot() >= end)
			return -EBUSY;
		nanosleep(&turn, NULL);
	}
	return 0;
}

int
store_open(int64_t patience)
{
	if (mkdir(STORED_FOLDER, 0700) && errno != EEXIST)
		return -errno;
	int folder = open(STORED_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	int status = 0;
	if (fchmod(folder, 0711) || (mkdirat(folder, "removed", 0700) && errno != EEXIST))
		status = -errno;
	else
		status = lock(folder, patience);
	if (status)
		close(folder);
	return status ? status : folder;
}

json_t *
store_read(int folder)
{
	auto_str text = {0};
	int status = file_read(folder, seen_file, LARGEST_SEEN, &text);
	json_t *seen =
	    status ? NULL : json_loadb(str_text(&text), text.length, JSON_ALLOW_NUL, NULL);
	if (json_is_object(seen))
		return seen;
	json_decref(seen);
	if (status != -ENOENT)
		log_warning("what was seen of stored mail cannot be read: all is read anew");
	return json_object();
}

int
store_write(int folder, json_t *seen)
{
	auto_free char *text = json_dumps(seen, JSON_COMPACT);
	if (!text)
		return -ENOMEM;
	return file_replace(folder, seen_file, 0600, text, strlen(text));
}

DIR *
store_list(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);
	if (!listing && fd >= 0)
		close(fd);
	return listing;
}

/* ---- what is thrown away ---- */

/* When it was put there. Of one mail all is as old as its facts, or for a day one could be told of
 * a mail that is there no more. */
static int
put_there(int folder, const char *name, int64_t *ret_at)
{
	const char *dot = strrchr(name, '.');
	auto_str facts_name = {0};
	struct stat facts;
	str_addf(&facts_name, "%.*s" ASIDE_FACTS, dot ? (int)(dot - name) : 0, name);
	bool is_found = !fstatat(folder, str_text(&facts_name), &facts, AT_SYMLINK_NOFOLLOW) ||
			!fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW);
	if (!is_found || !S_ISREG(facts.st_mode))
		return -ENOENT;
	*ret_at = facts.st_mtim.tv_sec;
	return 0;
}

static void
purge_user(int folder, const char *user, int64_t before)
{
	DIR *listing = store_list(folder, user);
	if (!listing)
		return;
	int fd = dirfd(listing);
	for (const struct dirent *entry; (entry = readdir(listing));) {
		int64_t at;
		if (*entry->d_name == '.' || put_there(fd, entry->d_name, &at) || at >= before)
			continue;
		if (unlinkat(fd, entry->d_name, 0))
			log_warning(
			    "a removed mail cannot be thrown away: %s", strerror(errno));
	}
	closedir(listing);
	/* Only one that is empty goes. */
	if (unlinkat(folder, user, AT_REMOVEDIR) && errno != ENOTEMPTY && errno != EEXIST)
		log_debug("the folder of a mailbox stays: %s", strerror(errno));
}

void
store_purge(int folder, json_t *seen, int64_t kept, int64_t now)
{
	int64_t last = row_number(seen, "purged");
	if (!kept || (now >= last && now - last < DAY))
		return;
	json_object_set_new(seen, "purged", json_integer(now));
	DIR *listing = store_list(folder, "removed");
	if (!listing)
		return;
	for (const struct dirent *entry; (entry = readdir(listing));)
		if (*entry->d_name != '.')
			purge_user(dirfd(listing), entry->d_name, now - kept);
	closedir(listing);
}
