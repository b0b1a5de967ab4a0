/* SPDX-License-Identifier: Apache-2.0 */
/* A mail that is put aside, laid out for its way back into its mailbox. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/siphash.h"
#include "stored/aside.h"
#include "stored/doveadm.h"
#include "stored/mailbox.h"
#include "stored/store.h"

enum { MOST_KEYWORDS = 26 };

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
add_keywords(int store, const char *back, const char *flags, struct str *name)
{
	auto_str list = {0}, path = {0};
	size_t count = 0, length;
	for (const char *word;
	     count < MOST_KEYWORDS && (word = text_next_word(&flags, &length));) {
		if (*word == '\\')
			continue;
		str_addf(&list, "%zu %.*s\n", count, (int)length, word);
		str_add_char(name, (char)('a' + count++));
	}
	str_addf(&path, "%s/dovecot-keywords", back);
	return count ? file_replace(store, str_text(&path), 0644, str_text(&list), list.length)
		     : 0;
}

/* A name that has nothing in it which Dovecot reads in a location. */
static void
add_folder(const char *user, struct str *out)
{
	static const uint8_t key[16] = "hayward mailback";
	str_addf(
	    out, ASIDE_BACK "-%016llx", (unsigned long long)siphash(key, user, strlen(user)));
}

int
aside_clear(int store, const char *user)
{
	auto_str folder = {0};
	add_folder(user, &folder);
	return store_take_away(store, str_text(&folder));
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

/* What is laid out, and where. */
struct laying {
	int store;
	const struct mail_place *place;
	const struct aside_copy *copy;
	const json_t *facts;
	const char *back;
	uint32_t owner[2]; /* uid and gid */
};

static int
lay_mail(const struct laying *laying)
{
	auto_str path = {0}, name = {0};
	const char *flags = row_text(laying->facts, "flags");
	aside_path(laying->place, laying->copy->is_rest ? ".rest" : ".mail", &path);
	str_addf(&name, "%s/cur/%s:2,", laying->back, laying->copy->guid);
	add_flags(flags, &name);
	int status = add_keywords(laying->store, laying->back, flags, &name);
	if (status)
		return status;
	auto_fd int from =
	    openat(laying->store, str_text(&path), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	auto_fd int to = openat(
	    laying->store, str_text(&name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (from < 0 || to < 0)
		return -errno;
	int64_t received = row_number(laying->facts, "date.received.unixtime");
	const struct timespec times[] = {{.tv_sec = received}, {.tv_sec = received}};
	status = copy_file(from, to);
	if (!status && (fchown(to, laying->owner[0], laying->owner[1]) || futimens(to, times)))
		status = -errno;
	return status;
}

/* Its owner is told the folder when all is in it: until then nobody else is in there. */
static int
lay_out(const struct laying *laying)
{
	static const char *const folders[] = {"", "/cur", "/new", "/tmp"};
	int status = 0;
	for (size_t i = 0; !status && i < array_length(folders); i++) {
		auto_str path = {0};
		str_addf(&path, "%s%s", laying->back, folders[i]);
		status = mkdirat(laying->store, str_text(&path), 0700) ? -errno : 0;
	}
	if (!status)
		status = lay_mail(laying);
	for (size_t i = array_length(folders); !status && i-- > 0;) {
		auto_str path = {0};
		str_addf(&path, "%s%s", laying->back, folders[i]);
		if (fchownat(laying->store, str_text(&path), laying->owner[0], laying->owner[1],
			AT_SYMLINK_NOFOLLOW))
			status = -errno;
	}
	return status;
}

int
aside_lay_out(int store, const struct mail_place *place, const struct aside_copy *copy,
    struct str *location, struct str *folder)
{
	auto_str back = {0};
	json_t *facts = aside_facts(store, place);
	if (!facts)
		return -EIO;
	add_folder(place->user, &back);
	struct laying laying = {store, place, copy, facts, str_text(&back), {0}};
	int status = mailbox_number(place->user, "uid", &laying.owner[0]);
	if (!status)
		status = mailbox_number(place->user, "gid", &laying.owner[1]);
	if (!status)
		status = aside_clear(store, place->user);
	if (!status)
		status = lay_out(&laying);
	str_add(folder, row_text(facts, "mailbox"));
	str_addf(location, "maildir:" STORED_FOLDER "/%s", str_text(&back));
	json_decref(facts);
	return status;
}
