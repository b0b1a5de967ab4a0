/* SPDX-License-Identifier: Apache-2.0 */
#include "stored/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/file.h"
#include "base/program.h"
#include "stored/doveadm.h"
#include "stored/store.h"

#define BACK "back"

enum { LARGEST_FACTS = 64 * 1024, WITHIN = 20000, MOST_KEYWORDS = 26 };

void
aside_name(const struct mail_place *place, struct str *out)
{
	str_addf(out, "%s.%u.%s", place->box, place->uid, place->sign);
}

static void
add_path(const struct mail_place *place, const char *ending, struct str *out)
{
	str_addf(out, "removed/%s/", place->user);
	aside_name(place, out);
	str_add(out, ending);
}

static int
sync_folder(int store, const char *path)
{
	auto_fd int folder =
	    openat(store, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return folder < 0 || fsync(folder) ? -errno : 0;
}

void
aside_rest_name(const struct mail_place *place, struct str *out)
{
	aside_name(place, out);
	str_add(out, ".rest");
}

bool
aside_has(int store, const struct mail_place *place)
{
	auto_str path = {0};
	/* The facts are written last. */
	add_path(place, ASIDE_FACTS, &path);
	return !faccessat(store, str_text(&path), F_OK, AT_SYMLINK_NOFOLLOW);
}

/* ---- put aside ---- */

/* As IMAP counts: each line ends with two bytes. */
static int
count_bytes(int file, int64_t *ret_count)
{
	static char buffer[64 * 1024];
	char last = '\0';
	int64_t count = 0;
	off_t at = 0;
	for (;;) {
		ssize_t got = pread(file, buffer, sizeof(buffer), at);
		if (got < 0)
			return -errno;
		if (!got)
			break;
		for (ssize_t i = 0; i < got; i++) {
			count += 1 + (buffer[i] == '\n' && last != '\r');
			last = buffer[i];
		}
		at += got;
	}
	*ret_count = count;
	return 0;
}

static int
copy_mail(int store, const struct mail_place *place, int64_t size)
{
	auto_str path = {0};
	int64_t length = 0, count = 0;
	add_path(place, ".mail", &path);
	auto_fd int file = openat(
	    store, str_text(&path), O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return -errno;
	int status = doveadm_message(place->user, place->box, place->uid, file, &length);
	if (!status)
		status = count_bytes(file, &count);
	if (!status && (!length || count != size))
		status = -EIO;
	if (!status && fsync(file))
		status = -errno;
	if (status && unlinkat(store, str_text(&path), 0))
		return status; /* the next try writes over it */
	return status;
}

static int
write_facts(int store, const struct mail_place *place, const json_t *row)
{
	auto_str path = {0};
	auto_free char *text = json_dumps(row, JSON_COMPACT);
	add_path(place, ASIDE_FACTS, &path);
	return text ? file_replace(store, str_text(&path), 0600, text, strlen(text)) : -ENOMEM;
}

int
aside_take(int store, const struct mail_place *place, const json_t *row)
{
	auto_str folder = {0};
	if (aside_has(store, place))
		return 0;
	str_addf(&folder, "removed/%s", place->user);
	if (mkdirat(store, str_text(&folder), 0700) && errno != EEXIST)
		return -errno;
	int status = sync_folder(store, "removed");
	if (!status)
		status = copy_mail(store, place, row_number(row, "size.virtual"));
	if (!status)
		status = sync_folder(store, str_text(&folder));
	if (status)
		return status;
	crash_point(CRASH_MAIL_COPIED);
	return write_facts(store, place, row);
}

/* ---- read ---- */

int
aside_map(int store, const struct mail_place *place, char **ret_bytes, size_t *ret_length)
{
	auto_str path = {0};
	struct stat facts;
	add_path(place, ".mail", &path);
	auto_fd int file = openat(store, str_text(&path), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (file < 0 || fstat(file, &facts))
		return -errno;
	if (!facts.st_size)
		return -EIO;
	char *bytes = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, file, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	*ret_bytes = bytes;
	*ret_length = (size_t)facts.st_size;
	return 0;
}

/* ---- what is left of it ---- */

int
aside_keep_rest(int store, const struct mail_place *place, const struct str *rest)
{
	auto_str path = {0};
	add_path(place, ".rest", &path);
	return file_replace(store, str_text(&path), 0600, str_text(rest), rest->length);
}

int64_t
aside_rest(int store, const struct mail_place *place)
{
	auto_str path = {0};
	int64_t count = 0;
	add_path(place, ".rest", &path);
	auto_fd int file = openat(store, str_text(&path), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (file < 0)
		return errno == ENOENT ? 0 : -errno;
	int status = count_bytes(file, &count);
	return status ? status : count;
}

/* ---- laid out ---- */

json_t *
aside_facts(int store, const struct mail_place *place)
{
	auto_str path = {0}, text = {0};
	add_path(place, ASIDE_FACTS, &path);
	if (file_read(store, str_text(&path), LARGEST_FACTS, &text))
		return NULL;
	return json_loadb(str_text(&text), text.length, JSON_ALLOW_NUL, NULL);
}

/* As Maildir names them: in the order of their letters. */
static void
add_flags(const char *flags, struct str *out)
{
	static const struct {
		const char *name;
		char letter;
	} known[] = {{"\\Draft", 'D'}, {"\\Flagged", 'F'}, {"\\Answered", 'R'}, {"\\Seen", 'S'},
	    {"\\Deleted", 'T'}};
	for (size_t i = 0; i < array_length(known); i++)
		if (text_has_word(flags, known[i].name, strlen(known[i].name)))
			str_add_char(out, known[i].letter);
}

/* What else a mail was marked with, as Dovecot keeps it: a letter each, and a file that says
 * what they stand for. */
static int
add_keywords(int store, const char *flags, struct str *name)
{
	auto_str list = {0};
	size_t count = 0, length;
	for (const char *word;
	     count < MOST_KEYWORDS && (word = text_next_word(&flags, &length));) {
		if (*word == '\\')
			continue;
		str_addf(&list, "%zu %.*s\n", count, (int)length, word);
		str_add_char(name, (char)('a' + count++));
	}
	return count ? file_replace(
			   store, BACK "/dovecot-keywords", 0644, str_text(&list), list.length)
		     : 0;
}

static int
number_of_user(const char *user, const char *field, uint32_t *ret_number)
{
	const char *const words[] = {"/usr/bin/doveadm", "user", "-f", field, user, NULL};
	auto_str said = {0};
	char *end;
	int status = program_run(words, NULL, WITHIN, &said);
	if (status)
		return status == 67 ? -ENOENT : status < 0 ? status : -EIO;
	unsigned long number = strtoul(str_text(&said), &end, 10);
	if (end == str_text(&said) || (*end && *end != '\n') || !number || number >= UINT32_MAX)
		return -EIO;
	*ret_number = (uint32_t)number;
	return 0;
}

void
aside_clear(int store)
{
	static const char *const words[] = {
	    "/usr/bin/rm", "-rf", "--one-file-system", "--", STORED_FOLDER "/" BACK, NULL};
	auto_str said = {0};
	(void)store;
	if (program_check(words, WITHIN, &said))
		return; /* before the next one is laid out it is tried again */
}

static int
copy_file(int from, int to)
{
	static char buffer[64 * 1024];
	for (;;) {
		ssize_t got = read(from, buffer, sizeof(buffer));
		int status = got < 0 ? -errno
			     : got   ? file_write_all(to, buffer, (size_t)got)
				     : 0;
		if (status || !got)
			return status;
	}
}

static int
lay_mail(int store, const struct mail_place *place, const json_t *facts,
    const struct aside_copy *copy, const uint32_t owner[2])
{
	auto_str path = {0}, name = {0};
	add_path(place, copy->is_rest ? ".rest" : ".mail", &path);
	str_addf(&name, BACK "/cur/%s:2,", copy->guid);
	add_flags(row_text(facts, "flags"), &name);
	int status = add_keywords(store, row_text(facts, "flags"), &name);
	if (status)
		return status;
	auto_fd int from = openat(store, str_text(&path), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	auto_fd int to =
	    openat(store, str_text(&name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (from < 0 || to < 0)
		return -errno;
	int64_t received = row_number(facts, "date.received.unixtime");
	const struct timespec times[] = {{.tv_sec = received}, {.tv_sec = received}};
	status = copy_file(from, to);
	if (!status && (fchown(to, owner[0], owner[1]) || futimens(to, times)))
		status = -errno;
	return status;
}

/* Its owner is told the folder when all is in it: until then nobody else is in there. */
static int
lay_out(int store, const struct mail_place *place, const json_t *facts,
    const struct aside_copy *copy)
{
	static const char *const folders[] = {BACK "/cur", BACK "/new", BACK "/tmp", BACK};
	uint32_t owner[2];
	int status = number_of_user(place->user, "uid", &owner[0]);
	if (!status)
		status = number_of_user(place->user, "gid", &owner[1]);
	if (!status && mkdirat(store, BACK, 0700))
		status = -errno;
	for (size_t i = 0; !status && i < 3; i++)
		if (mkdirat(store, folders[i], 0700))
			status = -errno;
	if (!status)
		status = lay_mail(store, place, facts, copy, owner);
	for (size_t i = 0; !status && i < array_length(folders); i++)
		if (fchownat(store, folders[i], owner[0], owner[1], AT_SYMLINK_NOFOLLOW))
			status = -errno;
	return status;
}

int
aside_lay_out(int store, const struct mail_place *place, const struct aside_copy *copy,
    struct str *location, struct str *folder)
{
	json_t *facts = aside_facts(store, place);
	if (!facts)
		return -EIO;
	aside_clear(store);
	int status = lay_out(store, place, facts, copy);
	str_add(folder, row_text(facts, "mailbox"));
	str_add(location, "maildir:" STORED_FOLDER "/" BACK);
	json_decref(facts);
	return status;
}

int
aside_forget(int store, const struct mail_place *place)
{
	/* The facts first: without them the others are nobody's, and time takes them. */
	static const char *const endings[] = {ASIDE_FACTS, ".rest", ".mail"};
	for (size_t i = 0; i < array_length(endings); i++) {
		auto_str path = {0};
		add_path(place, endings[i], &path);
		if (unlinkat(store, str_text(&path), 0) && errno != ENOENT)
			return -errno;
	}
	return 0;
}
