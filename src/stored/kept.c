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
	int64_t kept;	/* s; 0: not known */
	uint32_t owner; /* 0: nobody */
	bool is_staff;
	char sign[17]; /* "": all */
	int64_t more;  /* that are not told */
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

static bool
is_asked_for(const struct keeping *keeping, const char *file)
{
	auto_str ending = {0};
	str_addf(&ending, "%s%s" ASIDE_FACTS, *keeping->sign ? "." : "", keeping->sign);
	return text_ends_with(file, str_text(&ending));
}

static void
list_user(struct keeping *keeping, const char *user)
{
	auto_str path = {0};
	str_addf(&path, "removed/%s", user);
	DIR *listing = store_list(keeping->store, str_text(&path));
	if (!listing)
		return;
	for (const struct dirent *entry; (entry = readdir(listing));) {
		struct stat facts;
		if (!is_asked_for(keeping, entry->d_name) ||
		    fstatat(dirfd(listing), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW))
			continue;
		if (keeping->count < MOST_KEPT_LISTED)
			keep(keeping, user, entry->d_name, facts.st_mtim.tv_sec);
		else
			keeping->more++;
	}
	closedir(listing);
}

/* ---- the order ---- */

static int
read_owner(struct keeping *keeping, const char *text)
{
	char *end;
	errno = 0;
	unsigned long owner = strtoul(text, &end, 10);
	if (errno || end == text || *end || owner >= UINT32_MAX)
		return -EINVAL;
	keeping->owner = (uint32_t)owner;
	return 0;
}

static int
read_sign(struct keeping *keeping, const char *text)
{
	size_t length = strlen(text);
	if (length + 1 != sizeof(keeping->sign) || strspn(text, "0123456789abcdef") != length)
		return -EINVAL;
	memcpy(keeping->sign, text, length + 1);
	return 0;
}

static int
take_line(struct keeping *keeping, const char *line)
{
	static const char mailbox[] = "mailbox ", owner[] = "owner ", sign[] = "sign ";
	if (text_starts_with(line, owner))
		return read_owner(keeping, line + strlen(owner));
	if (text_starts_with(line, sign))
		return read_sign(keeping, line + strlen(sign));
	if (text_equal(line, "staff"))
		keeping->is_staff = true;
	else if (!text_starts_with(line, mailbox))
		return -EINVAL;
	else if (mail_user_is(line + strlen(mailbox)))
		list_user(keeping, line + strlen(mailbox));
	return 0;
}

static int
read_order(struct keeping *keeping, const char *order)
{
	size_t length;
	int status = 0;
	for (const char *at; !status && (at = text_next_line(&order, &length));) {
		auto_str line = {0};
		str_add_bytes(&line, at, length);
		if (length)
			status = take_line(keeping, str_text(&line));
	}
	return status;
}

static int
compare_latest(const void *one, const void *other)
{
	const struct kept_mail *a = one, *b = other;
	return a->aside != b->aside ? (a->aside < b->aside ? 1 : -1) : strcmp(a->name, b->name);
}

/* ---- said ---- */

static bool
may_be_told(const struct keeping *keeping, const json_t *facts)
{
	uint32_t owner = aside_owner(facts);
	return owner ? owner == keeping->owner : keeping->is_staff;
}

static json_t *
told_of(const struct keeping *keeping, const struct kept_mail *mail,
    const struct mail_place *place, const json_t *facts)
{
	int64_t until = keeping->kept ? mail->aside + keeping->kept : 0;
	json_t *object = json_pack("{ss ss sI ss sI ss sI sI sb sb}", "mail", mail->user, "box",
	    place->box, "uid", (json_int_t)place->uid, "check", place->sign, "size",
	    (json_int_t)row_number(facts, "size.virtual"), "in", row_text(facts, "mailbox"),
	    "aside", (json_int_t)mail->aside, "until", (json_int_t)until, "rest",
	    aside_rest(keeping->store, place) > 0, "again",
	    is_name_of_ours(row_text(facts, "guid")));
	if (object)
		json_object_set_new(object, "subject",
		    row_cut(row_text(facts, "hdr.subject.utf8"), ASIDE_SUBJECT));
	return object;
}

static void
say(struct keeping *keeping, const struct kept_mail *mail, struct str *out)
{
	struct mail_place place;
	auto_free char *name = memory_copy_text(mail->name);
	if (read_name(mail->user, name, &place))
		return;
	json_t *facts = aside_facts(keeping->store, &place);
	json_t *object =
	    facts && may_be_told(keeping, facts) ? told_of(keeping, mail, &place, facts) : NULL;
	auto_free char *line = object ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	json_decref(facts);
	if (line && out->length + strlen(line) < MOST_KEPT_TOLD)
		str_addf(out, "%s\n", line);
	else if (line)
		keeping->more++;
}

static void
say_all(struct keeping *keeping, struct str *out)
{
	size_t count = keeping->count;
	if (count)
		qsort(keeping->mails, count, sizeof(*keeping->mails), compare_latest);
	if (count > MOST_KEPT_READ) {
		keeping->more += (int64_t)(count - MOST_KEPT_READ);
		count = MOST_KEPT_READ;
	}
	for (size_t i = 0; i < count; i++)
		say(keeping, &keeping->mails[i], out);
	if (keeping->more)
		str_addf(out, "{\"more\":%lld}\n", (long long)keeping->more);
}

int
stored_kept_in(int store, const char *order, struct str *out)
{
	struct keeping keeping = {.store = store};
	json_t *seen = store_read(store);
	keeping.kept = row_number(seen, "kept");
	json_decref(seen);
	int status = read_order(&keeping, order);
	if (!status)
		say_all(&keeping, out);
	for (size_t i = 0; i < keeping.count; i++) {
		free(keeping.mails[i].user);
		free(keeping.mails[i].name);
	}
	free(keeping.mails);
	return status;
}

int
stored_kept(const char *order, struct str *out)
{
	auto_fd int store =
	    open(STORED_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* Nothing was ever put aside. */
	if (store < 0)
		return errno == ENOENT ? 0 : -errno;
	return stored_kept_in(store, order, out);
}
