/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "actions/place.h"
#include "base/file.h"

enum { LARGEST_FILE = 64 * 1024 * 1024, LOCK_TRIES = 50, LOCK_PAUSE_NS = 20 * 1000 * 1000 };

static const char group_file[] = "etc/group";
static const char lock_file[] = "etc/.pwd.lock";

/* Where the line of the text that starts with this word and a colon begins and ends. */
static bool
find_line(const char *text, const char *word, const char **ret_line, const char **ret_end)
{
	size_t length = strlen(word);
	for (const char *line = text; *line;) {
		const char *end = strchrnul(line, '\n');
		if (!strncmp(line, word, length) && line[length] == ':') {
			*ret_line = line;
			*ret_end = end;
			return true;
		}
		line = *end ? end + 1 : end;
	}
	return false;
}

/* name:password:gid:members. Gives where the members begin. */
static const char *
find_members(const char *line, const char *end)
{
	for (int colons = 0; line < end; line++)
		if (*line == ':' && ++colons == 3)
			return line + 1;
	return NULL;
}

/* Where the name stands among members between commas; NULL: it does not. */
static const char *
find_member(const char *members, const char *end, const char *login)
{
	size_t length = strlen(login);
	while (members < end) {
		const char *comma = memchr(members, ',', (size_t)(end - members));
		const char *stop = comma ? comma : end;
		if ((size_t)(stop - members) == length && !memcmp(members, login, length))
			return members;
		members = stop + 1;
	}
	return NULL;
}

static int
find_group(
    const struct str *text, const char *group, const char **ret_members, const char **ret_end)
{
	const char *line, *end, *other, *other_end;
	if (text->length != strlen(str_text(text)))
		return -EBADMSG;
	if (!find_line(str_text(text), group, &line, &end))
		return -ENOENT;
	if (find_line(end, group, &other, &other_end))
		return -EBADMSG;
	*ret_members = find_members(line, end);
	*ret_end = end;
	return *ret_members ? 0 : -EBADMSG;
}

int
group_has(int root, const char *group, const char *login)
{
	auto_str text = {0};
	const char *members, *end;
	int status = place_read(root, group_file, LARGEST_FILE, &text);
	status = status ? status : find_group(&text, group, &members, &end);
	return status ? status : find_member(members, end, login) != NULL;
}

int
group_exists(int root, const char *group)
{
	int status = group_has(root, group, "");
	return status == -ENOENT ? 0 : status < 0 ? status : 1;
}

/* The lock of lckpwdf(3), taken below this root; it is gone when the descriptor is closed. */
static int
lock_users(int root)
{
	auto_fd int fd =
	    openat(root, lock_file, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct timespec pause = {0, LOCK_PAUSE_NS};
	if (fd < 0)
		return -errno;
	for (int i = 0; fcntl(fd, F_SETLK, &lock); i++) {
		if (errno != EAGAIN && errno != EACCES)
			return -errno;
		if (i >= LOCK_TRIES)
			return -EBUSY;
		nanosleep(&pause, NULL);
	}
	return take_fd(fd);
}

/* The text up to at, and what is put there. */
static void
join(struct str *out, const struct str *text, const char *at, const char *put)
{
	str_add_bytes(out, text->data, (size_t)(at - text->data));
	str_add(out, put);
}

static void
edit_members(const struct str *text, const char *members, const char *end, const char *login,
    struct str *out)
{
	const char *found = find_member(members, end, login);
	size_t length = strlen(login);
	if (!found) {
		join(out, text, end, end > members ? "," : "");
		str_add(out, login);
		str_add(out, end);
		return;
	}
	const char *rest = found + length;
	if (*rest == ',')
		rest++;
	else if (found > members)
		found--; /* the last one takes the comma before it along */
	join(out, text, found, rest);
}

/* Owned by root, read by all, whatever it was: a group file that is anything else is broken. */
int
group_set(int root, const char *group, const char *login, bool member)
{
	auto_str text = {0};
	auto_str edited = {0};
	const char *members, *end;
	auto_fd int lock = lock_users(root);
	if (lock < 0)
		return lock;
	int status = place_read(root, group_file, LARGEST_FILE, &text);
	status = status ? status : find_group(&text, group, &members, &end);
	if (status || (find_member(members, end, login) != NULL) == member)
		return status;
	edit_members(&text, members, end, login, &edited);
	return file_replace(root, group_file, 0644, edited.data, edited.length);
}

/* Where the whole line stands in the text, or NULL. */
static const char *
find_whole(const char *text, const char *wanted)
{
	size_t length = strlen(wanted);
	for (const char *line = text; *line;) {
		const char *end = strchrnul(line, '\n');
		if ((size_t)(end - line) == length && !memcmp(line, wanted, length))
			return line;
		line = *end ? end + 1 : end;
	}
	return NULL;
}

static int
read_listing(int root, const char *path, struct str *out)
{
	int status = place_read(root, path, LARGEST_FILE, out);
	return status == -ENOENT ? 0 : status;
}

int
listing_has(int root, const char *path, const char *line)
{
	auto_str text = {0};
	int status = read_listing(root, path, &text);
	return status ? status : find_whole(str_text(&text), line) != NULL;
}

int
listing_set(int root, const char *path, const char *line, bool present)
{
	auto_str text = {0};
	auto_str edited = {0};
	int status = read_listing(root, path, &text);
	const char *found = status ? NULL : find_whole(str_text(&text), line);
	if (status || (found != NULL) == present)
		return status;
	if (found) {
		const char *rest = found + strlen(line);
		join(&edited, &text, found, *rest ? rest + 1 : rest);
	} else {
		str_add(&edited, str_text(&text));
		if (edited.length && edited.data[edited.length - 1] != '\n')
			str_add_char(&edited, '\n');
		str_addf(&edited, "%s\n", line);
	}
	return file_replace(root, path, 0644, edited.data, edited.length);
}
