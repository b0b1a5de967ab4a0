/* SPDX-License-Identifier: Apache-2.0 */
#include "stored/kept.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "stored/aside.h"
#include "stored/doveadm.h"
#include "stored/store.h"

/* One that is put aside, as its file says. */
struct kept_mail {
	char *user;
	char *name; /* BOX.UID.SIGN */
	int64_t aside;
};

struct keeping {
	int store;
	int64_t kept; /* s; 0: not known */
	size_t count;
	size_t capacity;
	struct kept_mail *mails;
};

/* ---- names ---- */

/* BOX.UID.SIGN, in a copy whose dots become ends. */
static int
read_name(const char *user, char *name, struct mail_place *ret_place)
{
	char *uid = strchr(name, '.');
	char *sign = uid ? strchr(uid + 1, '.') : NULL;
	if (!sign)
		return -EINVAL;
	*uid++ = '\0';
	*sign++ = '\0';
	char copy[256];
	if (strlen(user) >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, user, strlen(user) + 1);
	char *const words[] = {copy, name, uid, sign};
	int status = mail_place_read(words, ret_place);
	ret_place->user = user;
	return status;
}

/* Whether we gave that name: to one that was brought back. */
static bool
is_name_of_ours(const char *guid)
{
	struct mail_place place;
	auto_free char *copy = memory_copy_text(guid);
	return !read_name("x", copy, &place);
}

/* ---- what there is ---- */

static void
keep(struct keeping *keeping, const char *user, const char *file, int64_t aside)
{
	memory_grow(
	    &keeping->mails, keeping->count, &keeping->capacity, sizeof(*keeping->mails));
	char *name = memory_copy_text(file);
	name[strlen(name) - strlen(ASIDE_FACTS)] = '\0';
	keeping->mails[keeping->count++] =
	    (struct kept_mail){memory_copy_text(user), name, aside};
}

static void
list_user(struct keeping *keeping, const char *user)
{
	auto_str path = {0};
	str_addf(&path, "removed/%s", user);
	DIR *listing = store_list(keeping->store, str_text(&path));
	if (!listing)
		return;
	for (const struct dirent *entry;
	     keeping->count < MOST_KEPT_READ && (entry = readdir(listing));) {
		struct stat facts;
		if (text_ends_with(entry->d_name, ASIDE_FACTS) &&
		    !fstatat(dirfd(listing), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW))
			keep(keeping, user, entry->d_name, facts.st_mtim.tv_sec);
	}
	closedir(listing);
}

static int
read_order(struct keeping *keeping, const char *order)
{
	static const char word[] = "mailbox ";
	size_t length;
	for (const char *line; (line = text_next_line(&order, &length));) {
		auto_str user = {0};
		if (!length)
			continue;
		if (length < strlen(word) || strncmp(line, word, strlen(word)) != 0)
			return -EINVAL;
		str_add_bytes(&user, line + strlen(word), length - strlen(word));
		if (mail_user_is(str_text(&user)))
			list_user(keeping, str_text(&user));
	}
	return 0;
}

static int
compare_latest(const void *one, const void *other)
{
	const struct kept_mail *a = one, *b = other;
	return a->aside != b->aside ? (a->aside < b->aside ? 1 : -1) : strcmp(a->name, b->name);
}

/* ---- said ---- */

static void
say(const struct keeping *keeping, const struct kept_mail *mail, struct str *out)
{
	struct mail_place place;
	auto_free char *name = memory_copy_text(mail->name);
	if (read_name(mail->user, name, &place))
		return;
	json_t *facts = aside_facts(keeping->store, &place);
	int64_t until = keeping->kept ? mail->aside + keeping->kept : 0;
	json_t *object = json_pack("{ss ss sI ss sI ss ss sI sI sb sb}", "mail", mail->user,
	    "box", place.box, "uid", (json_int_t)place.uid, "check", place.sign, "size",
	    (json_int_t)row_number(facts, "size.virtual"), "in", row_text(facts, "mailbox"),
	    "subject", row_text(facts, "hdr.subject.utf8"), "aside", (json_int_t)mail->aside,
	    "until", (json_int_t)until, "rest", aside_rest(keeping->store, &place) > 0, "again",
	    is_name_of_ours(row_text(facts, "guid")));
	auto_free char *line = object && facts ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	json_decref(facts);
	if (line && out->length + strlen(line) < MOST_KEPT_TOLD)
		str_addf(out, "%s\n", line);
}

static int
tell(struct keeping *keeping, const char *order, struct str *out)
{
	json_t *seen = store_read(keeping->store);
	keeping->kept = row_number(seen, "kept");
	json_decref(seen);
	int status = read_order(keeping, order);
	if (keeping->count)
		qsort(keeping->mails, keeping->count, sizeof(*keeping->mails), compare_latest);
	for (size_t i = 0; !status && i < keeping->count; i++)
		say(keeping, &keeping->mails[i], out);
	for (size_t i = 0; i < keeping->count; i++) {
		free(keeping->mails[i].user);
		free(keeping->mails[i].name);
	}
	free(keeping->mails);
	return status;
}

int
stored_kept(const char *order, struct str *out)
{
	auto_fd int store =
	    open(STORED_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct keeping keeping = {.store = store};
	/* Nothing was ever put aside. */
	if (store < 0)
		return errno == ENOENT ? 0 : -errno;
	return tell(&keeping, order, out);
}
