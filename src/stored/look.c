/* SPDX-License-Identifier: Apache-2.0 */
#include "stored/look.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/memory.h"
#include "stored/doveadm.h"
#include "stored/folders.h"
#include "stored/looking.h"
#include "stored/store.h"

/* ms, of the same beginning; and whoever asks waits for 200 s. */
enum {
	LOOKED_WITHIN = 60000,
	LOOKED_LEAST = 30000, /* after it was known what there is */
};

/* ---- the order ---- */

/* Names that stand in a command line and in lines: the site's own rules are narrower. */
static bool
is_name(const char *name)
{
	size_t length = strlen(name);
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)name[i] <= ' ' || name[i] == '/' || name[i] == '"' ||
		    (unsigned char)name[i] >= 127)
			return false;
	return length && length < 256 && *name != '-' && *name != '.';
}

/* One that has no name of ours is not told of, which is enough. */
static bool
add_mailbox(struct looking *looking, const char *name)
{
	if (!is_name(name) || map_find_text(looking->by_name, name))
		return true;
	memory_grow(&looking->boxes, looking->box_count, &looking->box_capacity,
	    sizeof(*looking->boxes));
	struct looked_at *box = memory_new(1, sizeof(*box));
	box->name = memory_copy_text(name);
	looking->boxes[looking->box_count++] = box;
	map_put_text(looking->by_name, name, box);
	return looking->box_count <= MOST_LOOKED_AT;
}

static bool
add_catch_all(struct looking *looking, char *words)
{
	char *user = strchr(words, ' ');
	if (!user)
		return false;
	*user++ = '\0';
	if (!is_name(words) || !is_name(user))
		return true;
	memory_grow(&looking->catch_alls, looking->catch_all_count,
	    &looking->catch_all_capacity, sizeof(*looking->catch_alls));
	looking->catch_alls[looking->catch_all_count++] =
	    (struct catch_all){memory_copy_text(words), memory_copy_text(user)};
	return looking->catch_all_count <= MOST_LOOKED_AT;
}

static bool
read_number(const char *text, int64_t *ret_number)
{
	char *end;
	errno = 0;
	*ret_number = strtoll(text, &end, 10);
	return !errno && end != text && !*end && *ret_number >= 0;
}

static bool
take_line(struct looking *looking, char *line)
{
	char *rest = strchr(line, ' ');
	if (!rest)
		return false;
	*rest++ = '\0';
	if (strcmp(line, "size") == 0)
		return read_number(rest, &looking->size);
	if (strcmp(line, "age") == 0)
		return read_number(rest, &looking->age);
	if (strcmp(line, "kept") == 0)
		return read_number(rest, &looking->kept);
	if (strcmp(line, "mailbox") == 0)
		return add_mailbox(looking, rest);
	return strcmp(line, "catch-all") == 0 && add_catch_all(looking, rest);
}

static int
read_order(struct looking *looking, const char *order)
{
	size_t length;
	for (const char *at; (at = text_next_line(&order, &length));) {
		auto_str line = {0};
		str_add_bytes(&line, at, length);
		if (!line.length)
			continue;
		if (!take_line(looking, line.data))
			return -EINVAL;
	}
	return 0;
}

/* ---- what is told ---- */

struct mail_sign
mail_sign_of(const char *box, uint32_t uid, const char *guid, int64_t size, int64_t saved)
{
	static const uint8_t key[16] = "hayward mailsign";
	auto_str text = {0};
	struct mail_sign sign;
	str_addf(
	    &text, "%s %u %lld %lld %s", box, uid, (long long)size, (long long)saved, guid);
	snprintf(sign.text, sizeof(sign.text), "%016llx",
	    (unsigned long long)siphash(key, text.data, text.length));
	return sign;
}

void
looking_say(struct looking *looking, const json_t *object)
{
	auto_free char *text = json_dumps(object, JSON_COMPACT);
	if (text)
		str_addf(looking->out, "%s\n", text);
}

json_t *
looking_mail(const char *user, const char *box, const json_t *row, const char *folder)
{
	int64_t size = row_number(row, "size.virtual"), uid = row_number(row, "uid");
	int64_t saved = row_number(row, "date.saved.unixtime");
	if (!is_box(box) || uid <= 0 || uid > UINT32_MAX || !size)
		return NULL;
	struct mail_sign sign =
	    mail_sign_of(box, (uint32_t)uid, row_text(row, "guid"), size, saved);
	json_t *mail = json_pack("{ss ss sI ss sI sI si}", "mail", user, "box", box, "uid",
	    (json_int_t)uid, "check", sign.text, "size", (json_int_t)size, "saved",
	    (json_int_t)saved, "folder", (int)folder_of(folder));
	if (!mail)
		return NULL;
	json_object_set_new(mail, "in", row_cut(folder, 60));
	json_object_set_new(mail, "subject", row_cut(row_text(row, "hdr.subject.utf8"), 80));
	return mail;
}

/* Takes the mail. */
void
looking_tell(struct looking *looking, struct looked_at *box, json_t *mail)
{
	if (!mail)
		return;
	if (box->told == MOST_OF_MAILBOX || looking->out->length > MOST_TOLD)
		box->is_cut = true;
	else {
		box->told++;
		looking_say(looking, mail);
	}
	json_decref(mail);
}

struct looked_at *
looking_box(const struct looking *looking, const char *user)
{
	return map_find_text(looking->by_name, user);
}

/* ---- the two commands for all ---- */

#define LARGE_FACTS "user mailbox-guid mailbox uid guid size.virtual date.saved.unixtime"

static int
list_large(struct looking *looking, json_t **ret_rows)
{
	char size[24], until[24];
	snprintf(size, sizeof(size), "%lld", (long long)looking->size);
	snprintf(until, sizeof(until), "%lld", (long long)(looking->now - looking->age + 1));
	const char *const words[] = {"fetch", "-F", "/dev/stdin",
	    LARGE_FACTS " hdr.subject.utf8", "larger", size, "savedbefore", until, NULL};
	/* Whoever writes long subjects keeps no mail from being told. */
	const char *const fewer[] = {"fetch", "-F", "/dev/stdin", LARGE_FACTS, "larger", size,
	    "savedbefore", until, NULL};
	const struct looking_question question = {words, fewer};
	return looking_ask(looking, &question, ret_rows);
}

static int
list_folders(struct looking *looking, json_t **ret_rows)
{
	static const char *const words[] = {"mailbox", "status", "-F", "/dev/stdin",
	    "guid uidnext highestmodseq vsize", "*", NULL};
	static const struct looking_question question = {words, NULL};
	return looking_ask(looking, &question, ret_rows);
}

static void
tell_large(struct looking *looking, const json_t *rows)
{
	size_t i;
	json_t *row;
	json_array_foreach(rows, i, row)
	{
		const char *box = row_text(row, "mailbox-guid");
		struct looked_at *owner = looking_box(looking, row_text(row, "user"));
		int64_t saved = row_number(row, "date.saved.unixtime");
		if (!owner || saved > looking->now - looking->age ||
		    sent_has_told(looking, box, row_number(row, "uid")))
			continue;
		looking_tell(looking, owner,
		    looking_mail(owner->name, box, row, row_text(row, "mailbox")));
	}
}

static void
look_into_folders(struct looking *looking, const json_t *rows)
{
	size_t i;
	json_t *row;
	json_array_foreach(rows, i, row)
	{
		struct looked_at *owner = looking_box(looking, row_text(row, "username"));
		if (!owner)
			continue;
		owner->bytes += row_number(row, "vsize");
		owner->next += row_number(row, "uidnext");
		if (folder_of(row_text(row, "mailbox")) == FOLDER_SENT)
			sent_look(looking, owner, row);
	}
}

static void
tell_mailboxes(struct looking *looking)
{
	for (size_t i = 0; i < looking->box_count; i++) {
		const struct looked_at *box = looking->boxes[i];
		json_t *object = json_pack("{ss sI sb}", "mailbox", box->name, "bytes",
		    (json_int_t)box->bytes, "whole", !box->is_cut);
		if (box->is_news)
			json_object_set_new(object, "silent", json_true());
		looking_say(looking, object);
		json_decref(object);
	}
}

static int
look(struct looking *looking)
{
	json_t *folders = NULL, *large = NULL;
	looking_begin(looking);
	int status = list_folders(looking, &folders);
	if (!status)
		status = list_large(looking, &large);
	if (!status) {
		int64_t least = clock_boot() + LOOKED_LEAST;
		looking->end = least < looking->end ? looking->end : least;
		look_into_folders(looking, folders);
		tell_large(looking, large);
		for (size_t i = 0; i < looking->catch_all_count; i++)
			catch_all_look(looking, &looking->catch_alls[i]);
		looking_end(looking);
		tell_mailboxes(looking);
		sent_forget_old(looking);
	}
	json_decref(folders);
	json_decref(large);
	return status;
}

/* ---- from outside ---- */

static void
looking_done(struct looking *looking)
{
	for (size_t i = 0; i < looking->box_count; i++) {
		free(looking->boxes[i]->name);
		free(looking->boxes[i]);
	}
	for (size_t i = 0; i < looking->catch_all_count; i++) {
		free(looking->catch_alls[i].domain);
		free(looking->catch_alls[i].user);
	}
	free(looking->boxes);
	free(looking->catch_alls);
	free(looking->alone);
	map_free(looking->by_name);
	json_decref(looking->seen);
}

static int
look_in_store(struct looking *looking, struct str *why)
{
	auto_fd int folder = store_open();
	auto_fd int lock =
	    folder < 0 ? folder : store_lock(folder, NULL, STORE_PATIENCE_OF_LOOK);
	if (lock < 0) {
		str_add(why, lock == -EBUSY ? "another look goes on, or a mail is moved"
					    : strerror(-lock));
		return lock;
	}
	looking->end = clock_boot() + LOOKED_WITHIN;
	looking->seen = store_read(folder);
	int status = looking->box_count ? look(looking) : 0;
	if (status) {
		str_add(why,
		    status == -ENODEV ? "there is no Dovecot here" : "Dovecot does not answer");
		return status;
	}
	json_object_set_new(looking->seen, "kept", json_integer(looking->kept));
	store_purge(folder, looking->seen, looking->kept, looking->now);
	status = store_write(folder, looking->seen);
	if (status)
		str_addf(why, "cannot note what was seen: %s", strerror(-status));
	return status;
}

int
stored_look(const char *order, struct str *out, struct str *why)
{
	struct looking looking = {.by_name = map_new(), .out = out, .now = clock_wall() / 1000};
	int status = read_order(&looking, order);
	if (status)
		str_add(why, "that is no order");
	else
		status = look_in_store(&looking, why);
	looking_done(&looking);
	return status;
}
