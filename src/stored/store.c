/* SPDX-License-Identifier: Apache-2.0 */
#include "stored/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/program.h"
#include "base/siphash.h"
#include "base/str.h"
#include "stored/aside.h"
#include "stored/doveadm.h"

enum { LARGEST_SEEN = 64 << 20, DAY = 86400, THROWN_WITHIN = 5000 };

static const char seen_file[] = "seen";

int
store_open(void)
{
	if (mkdir(STORED_FOLDER, 0700) && errno != EEXIST)
		return -errno;
	int folder = open(STORED_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	if (!fchmod(folder, 0711) && (!mkdirat(folder, "removed", 0700) || errno == EEXIST))
		return folder;
	int status = -errno;
	close(folder);
	return status;
}

/* A mailbox has a byte of the file; two that share one wait for each other. */
static struct flock
part_of(const char *user)
{
	static const uint8_t key[16] = "hayward mailbox";
	struct flock part = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (user) {
		part.l_start = (off_t)(siphash(key, user, strlen(user)) >> 2);
		part.l_len = 1;
	}
	return part;
}

int
store_lock(int folder, const char *user, int64_t patience)
{
	static const struct timespec turn = {.tv_nsec = 100000000};
	struct flock part = part_of(user);
	int64_t end = clock_boot() + patience;
	auto_fd int file =
	    openat(folder, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return -errno;
	while (fcntl(file, F_OFD_SETLK, &part)) {
		if (errno != EAGAIN && errno != EACCES)
			return -errno;
		if (clock_boot() >= end)
			return -EBUSY;
		nanosleep(&turn, NULL);
	}
	return take_fd(file);
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

/* Facts go first: without them the others are nobody's, and go as well, if not now, then the
 * next time. */
static void
purge_mail(int folder, const char *facts)
{
	static const char *const endings[] = {ASIDE_FACTS, ".rest", ".mail"};
	for (size_t i = 0; i < array_length(endings); i++) {
		auto_str name = {0};
		str_addf(&name, "%.*s%s", (int)(strlen(facts) - strlen(ASIDE_FACTS)), facts,
		    endings[i]);
		if (unlinkat(folder, str_text(&name), 0) && errno != ENOENT) {
			log_warning(
			    "a removed mail cannot be thrown away: %s", strerror(errno));
			return;
		}
	}
}

/* Of one mail all is as old as its facts. */
static bool
has_facts(int folder, const char *name)
{
	const char *dot = strrchr(name, '.');
	auto_str facts = {0};
	str_addf(&facts, "%.*s" ASIDE_FACTS, dot ? (int)(dot - name) : 0, name);
	return !faccessat(folder, str_text(&facts), F_OK, AT_SYMLINK_NOFOLLOW);
}

static void
purge_entry(int folder, const char *name, int64_t before)
{
	struct stat facts;
	if (*name == '.' || fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) ||
	    !S_ISREG(facts.st_mode) || facts.st_mtim.tv_sec >= before)
		return;
	if (text_ends_with(name, ASIDE_FACTS))
		purge_mail(folder, name);
	else if (!has_facts(folder, name) && unlinkat(folder, name, 0))
		log_warning("a removed mail cannot be thrown away: %s", strerror(errno));
}

static void
purge_user(int folder, const char *user, int64_t before)
{
	DIR *listing = store_list(folder, user);
	if (!listing)
		return;
	for (const struct dirent *entry; (entry = readdir(listing));)
		purge_entry(dirfd(listing), entry->d_name, before);
	closedir(listing);
	/* Only one that is empty goes. */
	if (unlinkat(folder, user, AT_REMOVEDIR) && errno != ENOTEMPTY && errno != EEXIST)
		log_debug("the folder of a mailbox stays: %s", strerror(errno));
}

/* ---- what is thrown away, though somebody may have a hand in it ---- */

static const char gone[] = "removed/.gone-";

/* Who makes files in it meanwhile has it stay, where it is in nobody's way, till the next day.
 */
static void
throw_away(int folder, const char *name)
{
	auto_str path = {0}, said = {0};
	str_addf(&path, "/proc/%d/fd/%d/%s", (int)getpid(), folder, name);
	const char *const words[] = {
	    "/usr/bin/rm", "-rf", "--one-file-system", "--", str_text(&path), NULL};
	if (program_check(words, THROWN_WITHIN, &said))
		log_debug("what was on its way back stays for a day: %s", str_text(&said));
}

/*
 * SECURITY: a Maildir that is on its way back is its owner's, and a process of his can make
 * files in it while it is emptied, for ever. So it leaves its place first, whole.
 */
int
store_take_away(int folder, const char *name)
{
	uint64_t number;
	auto_str path = {0};
	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return -EIO;
	str_addf(&path, "%s%016llx", gone, (unsigned long long)number);
	if (renameat(folder, name, folder, str_text(&path)))
		return errno == ENOENT ? 0 : -errno;
	throw_away(folder, str_text(&path));
	return 0;
}

/* Those of agents that were cut off; nobody else is here now. */
static void
take_away_left(int folder)
{
	DIR *listing = store_list(folder, ".");
	if (!listing)
		return;
	for (const struct dirent *entry; (entry = readdir(listing));)
		if (text_starts_with(entry->d_name, ASIDE_BACK) &&
		    store_take_away(folder, entry->d_name))
			log_warning(
			    "what was on its way back stays there: %s", strerror(errno));
	closedir(listing);
}

void
store_purge(int folder, json_t *seen, int64_t kept, int64_t now)
{
	int64_t last = row_number(seen, "purged");
	if (!kept || (now >= last && now - last < DAY))
		return;
	json_object_set_new(seen, "purged", json_integer(now));
	take_away_left(folder);
	DIR *listing = store_list(folder, "removed");
	if (!listing)
		return;
	for (const struct dirent *entry; (entry = readdir(listing));) {
		auto_str path = {0};
		str_addf(&path, "removed/%s", entry->d_name);
		if (text_starts_with(str_text(&path), gone))
			throw_away(folder, str_text(&path));
		else if (*entry->d_name != '.')
			purge_user(dirfd(listing), entry->d_name, now - kept);
	}
	closedir(listing);
}
