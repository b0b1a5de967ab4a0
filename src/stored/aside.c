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
#include "stored/doveadm.h"
#include "stored/mailbox.h"

#define OWNER "owner"

enum {
	LARGEST_FACTS = 64 * 1024,
	LARGEST_READ = 1024 * 1024, /* an older hayward wrote what there was */
	LONGEST_FLAGS = 4096,
};

void
aside_name(const struct mail_place *place, struct str *out)
{
	str_addf(out, "%s.%u.%s", place->box, place->uid, place->sign);
}

void
aside_path(const struct mail_place *place, const char *ending, struct str *out)
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
	aside_path(place, ASIDE_FACTS, &path);
	return !faccessat(store, str_text(&path), F_OK, AT_SYMLINK_NOFOLLOW);
}

/* ---- its bytes ---- */

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
	aside_path(place, ".mail", &path);
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

/* ---- its facts ---- */

json_t *
aside_facts(int store, const struct mail_place *place)
{
	auto_str path = {0}, text = {0};
	aside_path(place, ASIDE_FACTS, &path);
	if (file_read(store, str_text(&path), LARGEST_READ, &text))
		return NULL;
	return json_loadb(str_text(&text), text.length, JSON_ALLOW_NUL, NULL);
}

uint32_t
aside_owner(const json_t *facts)
{
	int64_t owner = row_number(facts, OWNER);
	return owner < UINT32_MAX ? (uint32_t)owner : 0;
}

/* As many whole words as there is room for: of keywords somebody may have thousands. */
static void
cut_flags(json_t *facts)
{
	auto_str flags = {0};
	const char *at = row_text(facts, "flags");
	size_t length;
	for (const char *word; (word = text_next_word(&at, &length));)
		if (flags.length + length < LONGEST_FLAGS)
			str_addf(&flags, "%s%.*s", flags.length ? " " : "", (int)length, word);
	json_object_set_new(facts, "flags", json_string(str_text(&flags)));
}

/*
 * SECURITY: subject and flags are strangers' words, of any length. What could not be read again
 * could not be brought back, so they are cut; and with facts that are too large all the same
 * nothing is taken out.
 */
static int
write_facts(int store, const struct mail_place *place, const json_t *row, uint32_t owner)
{
	auto_str path = {0};
	json_t *facts = json_deep_copy(row);
	json_object_set_new(facts, "hdr.subject.utf8",
	    row_cut(row_text(row, "hdr.subject.utf8"), ASIDE_SUBJECT));
	json_object_set_new(facts, OWNER, json_integer(owner));
	cut_flags(facts);
	auto_free char *text = json_dumps(facts, JSON_COMPACT);
	json_decref(facts);
	size_t length = text ? strlen(text) : 0;
	if (!text || length >= LARGEST_FACTS)
		return text ? -EFBIG : -ENOMEM;
	aside_path(place, ASIDE_FACTS, &path);
	int status = file_replace(store, str_text(&path), 0600, text, length);
	if (status)
		return status;
	facts = aside_facts(store, place);
	status = facts ? 0 : -EIO;
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
		aside_path(place, endings[i], &path);
		if (unlinkat(store, str_text(&path), 0) && errno != ENOENT)
			return -errno;
	}
	return 0;
}

/* ---- put aside ---- */

/* Whole, and of the one whose mailbox it is now. */
static bool
is_taken(int store, const struct mail_place *place, int64_t size, uint32_t owner)
{
	auto_str path = {0};
	int64_t count = -1;
	json_t *facts = aside_facts(store, place);
	bool is_his = facts && aside_owner(facts) == owner;
	json_decref(facts);
	aside_path(place, ".mail", &path);
	auto_fd int file = openat(store, str_text(&path), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return is_his && file >= 0 && !count_bytes(file, &count) && count == size;
}

static int
take_copy(int store, const struct mail_place *place, int64_t size)
{
	auto_str folder = {0};
	str_addf(&folder, "removed/%s", place->user);
	if (mkdirat(store, str_text(&folder), 0700) && errno != EEXIST)
		return -errno;
	int status = sync_folder(store, "removed");
	/* Facts say that there is a whole copy. */
	if (!status)
		status = aside_forget(store, place);
	if (!status)
		status = copy_mail(store, place, size);
	if (!status)
		status = sync_folder(store, str_text(&folder));
	if (!status)
		crash_point(CRASH_MAIL_COPIED);
	return status;
}

int
aside_take(int store, const struct mail_place *place, const json_t *row)
{
	int64_t size = row_number(row, "size.virtual");
	uint32_t owner;
	int status = mailbox_number(place->user, "uid", &owner);
	if (!status && !is_taken(store, place, size, owner))
		status = take_copy(store, place, size);
	/* Each time: how long it is kept is counted from when it is taken out. */
	return status ? status : write_facts(store, place, row, owner);
}

/* ---- read ---- */

int
aside_map(int store, const struct mail_place *place, char **ret_bytes, size_t *ret_length)
{
	auto_str path = {0};
	struct stat facts;
	aside_path(place, ".mail", &path);
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
	aside_path(place, ".rest", &path);
	return file_replace(store, str_text(&path), 0600, str_text(rest), rest->length);
}

int64_t
aside_rest(int store, const struct mail_place *place)
{
	auto_str path = {0};
	int64_t count = 0;
	aside_path(place, ".rest", &path);
	auto_fd int file = openat(store, str_text(&path), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (file < 0)
		return errno == ENOENT ? 0 : -errno;
	int status = count_bytes(file, &count);
	return status ? status : count;
}
