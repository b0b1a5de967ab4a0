/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders of sent mail. Of each is kept, by its GUID, up to which UID it was read and what has
 * attachments: what is there already is not read a second time, whatever comes and goes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "stored/attachments.h"
#include "stored/doveadm.h"
#include "stored/looking.h"

enum {
	PAGE = 500,	  /* UIDs that are asked about at a time */
	MOST_TEXTS = 300, /* mails that are read in one look */
	MOST_FOUND = 200, /* kept of a folder */
	ASKED_WITHIN = 20000,
	FORGOTTEN = 30 * 86400, /* s */
};

/* ---- what is kept ---- */

static json_t *
member(json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);
	if (!json_is_object(value)) {
		value = json_object();
		json_object_set_new(object, name, value);
	}
	return value;
}

static json_t *
kept_of(struct looking *looking, const char *box)
{
	return member(member(looking->seen, "sent"), box);
}

bool
sent_has_told(const struct looking *looking, const char *box, int64_t uid)
{
	char number[24];
	snprintf(number, sizeof(number), "%lld", (long long)uid);
	const json_t *kept = json_object_get(json_object_get(looking->seen, "sent"), box);
	return json_object_get(json_object_get(kept, "found"), number) != NULL;
}

void
sent_forget_old(struct looking *looking)
{
	json_t *all = member(looking->seen, "sent"), *kept;
	const char *box;
	void *next;
	json_object_foreach_safe(all, next, box, kept)
	{
		if (looking->now - row_number(kept, "seen") > FORGOTTEN)
			json_object_del(all, box);
	}
}

/* ---- reading ---- */

/* -1: it cannot be told now. */
static int64_t
count_in(struct looking *looking, struct looked_at *owner, const char *box, uint32_t uid)
{
	int64_t length = 0, count = 0;
	auto_fd int file = memfd_create("message", MFD_CLOEXEC);
	int status = file < 0 ? -errno : doveadm_message(owner->name, box, uid, file, &length);
	if (status == -ETIMEDOUT)
		looking_failed(looking, owner);
	if (status)
		return -1;
	if (length <= 0)
		return 0;
	char *bytes = mmap(NULL, (size_t)length, PROT_READ, MAP_PRIVATE, file, 0);
	if (bytes == MAP_FAILED)
		return -1;
	count = attachments_count(bytes, (size_t)length);
	munmap(bytes, (size_t)length);
	return count;
}

static bool
may_have_some(const json_t *row)
{
	return !attachments_none(row_text(row, "hdr.content-type"),
		   row_text(row, "hdr.content-disposition")) &&
	       row_number(row, "size.virtual") <= LARGEST_MESSAGE;
}

/* One folder being read. */
struct reading {
	struct looking *looking;
	struct looked_at *owner;
	const char *box;
	const char *name;
	json_t *found;
};

/* false: there is no time for it now. */
static bool
read_mail(struct reading *reading, const json_t *row)
{
	struct looking *looking = reading->looking;
	char number[24];
	if (!may_have_some(row))
		return true;
	if (looking->texts == MOST_TEXTS || clock_boot() > looking->end)
		return false;
	looking->texts++;
	int64_t uid = row_number(row, "uid");
	int64_t count = count_in(looking, reading->owner, reading->box, (uint32_t)uid);
	if (count <= 0 || json_object_size(reading->found) >= MOST_FOUND)
		return count >= 0;
	json_t *mail = looking_mail(reading->owner->name, reading->box, row, reading->name);
	snprintf(number, sizeof(number), "%lld", (long long)uid);
	json_object_set_new(mail, "attachments", json_integer(count));
	json_object_set_new(reading->found, number, mail);
	return true;
}

static int
ask(const struct reading *reading, const char *fields, const char *uids, json_t **ret_rows)
{
	auto_str errors = {0};
	const char *const words[] = {"fetch", "-u", reading->owner->name, fields,
	    "mailbox-guid", reading->box, "uid", uids, NULL};
	int status = doveadm_rows(words, NULL, ASKED_WITHIN, ret_rows, &errors);
	if (status == -ETIMEDOUT)
		looking_failed(reading->looking, reading->owner);
	return status;
}

/* Up to which UID it is read now. */
static int64_t
read_page(struct reading *reading, int64_t from, int64_t to)
{
	char uids[48];
	json_t *rows = NULL, *row;
	size_t i;
	int64_t read = to;
	snprintf(uids, sizeof(uids), "%lld:%lld", (long long)from, (long long)(to - 1));
	if (ask(reading,
		"uid guid size.virtual date.saved.unixtime hdr.subject.utf8 hdr.content-type "
		"hdr.content-disposition",
		uids, &rows))
		return from;
	json_array_foreach(rows, i, row)
	{
		int64_t uid = row_number(row, "uid");
		if (uid < from || uid >= to || read_mail(reading, row))
			continue;
		read = uid;
		break;
	}
	json_decref(rows);
	return read;
}

/* Those that are not there any more, by what is; false: that is not known now. */
static bool
forget_gone(struct reading *reading)
{
	auto_str uids = {0};
	json_t *rows = NULL, *row, *still, *mail;
	const char *number;
	size_t i;
	json_object_foreach(reading->found, number, mail)
	{
		str_addf(&uids, "%s%s", uids.length ? "," : "", number);
	}
	if (!uids.length)
		return true;
	if (reading->owner->is_silent || ask(reading, "uid", str_text(&uids), &rows)) {
		reading->owner->is_cut = true;
		return false;
	}
	still = json_object();
	json_array_foreach(rows, i, row)
	{
		mail = json_object_get(reading->found, row_text(row, "uid"));
		if (mail)
			json_object_set(still, row_text(row, "uid"), mail);
	}
	json_object_clear(reading->found);
	json_object_update(reading->found, still);
	json_decref(still);
	json_decref(rows);
	return true;
}

static void
tell_found(struct reading *reading)
{
	const char *number;
	json_t *mail;
	json_object_foreach(reading->found, number, mail)
	{
		looking_tell(reading->looking, reading->owner, json_incref(mail));
	}
}

void
sent_look(struct looking *looking, struct looked_at *owner, const json_t *row)
{
	const char *box = row_text(row, "guid");
	int64_t next_new = row_number(row, "uidnext"),
		change = row_number(row, "highestmodseq");
	if (!is_box(box) || owner->is_silent)
		return;
	json_t *kept = kept_of(looking, box);
	struct reading reading = {
	    looking, owner, box, row_text(row, "mailbox"), member(kept, "found")};
	int64_t next = row_number(kept, "next"), before;
	next = next ? next : 1;
	/* UIDs are given anew where an index was lost. */
	if (next > next_new) {
		json_object_clear(reading.found);
		next = 1;
	}
	do {
		int64_t to = next + PAGE < next_new ? next + PAGE : next_new;
		before = next;
		next = next < to ? read_page(&reading, next, to) : next;
	} while (next > before && next < next_new && !owner->is_silent &&
		 clock_boot() <= looking->end);
	owner->is_cut |= next < next_new;
	if (row_number(kept, "change") != change && forget_gone(&reading))
		json_object_set_new(kept, "change", json_integer(change));
	json_object_set_new(kept, "next", json_integer(next));
	json_object_set_new(kept, "seen", json_integer(looking->now));
	tell_found(&reading);
}
