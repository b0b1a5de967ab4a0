/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One question to Dovecot about all mailboxes of a look. They are asked about together, which
 * costs next to nothing; if that fails, in halves, and those in halves, until it is known whose
 * mailbox it is. He is remembered, and asked about alone the next time, behind all others:
 *
 *     together ─▶ fails ─▶ halves ─▶ … ─▶ one that fails ─▶ alone, behind the others, each time
 *         ▲                                                    │ answers at once
 *         └────────────────────────────────────────────────────┘
 *
 * SECURITY: how long Dovecot takes for a mailbox and how much it says of it is up to its owner
 * (a fifo among his mails, a lock that he keeps) and to who writes to him (subjects of 100 KB).
 * Whatever one does, the others are told.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "stored/doveadm.h"
#include "stored/looking.h"

enum {
	/* ms for the first try, and as much again for each mailbox; later ones are there to
	 * find out who it is. */
	FIRST = 10000,
	FIRST_EACH = 50,
	LONGEST = 25000,
	LATER = 2000,
	LATER_EACH = 20,
	TOGETHER = 55000, /* for all of a question's tries */
	ALONE = 5000,
	ALL_ALONE = 10000,	/* for all of those */
	AT_ONCE = 1000,		/* who takes less is asked about with the others again */
	MOST_IN_VAIN = 64,	/* tries, if nobody answers at all */
	FORGOTTEN = 30 * 86400, /* s */
};

struct group {
	size_t first;
	size_t count;
};

struct asking {
	struct looking *looking;
	const struct looking_question *question;
	json_t *rows;
	struct looked_at **who; /* together */
	struct group *groups;	/* in the order in which they are asked about */
	size_t group_count;
	size_t group_capacity;
	uint32_t answers;
	uint32_t failures;
	int failure;   /* the last one */
	int64_t until; /* boot ms */
};

/* ---- who is remembered ---- */

static json_t *
remembered(struct looking *looking)
{
	json_t *all = json_object_get(looking->seen, "alone");
	if (!json_is_object(all)) {
		all = json_object();
		json_object_set_new(looking->seen, "alone", all);
	}
	return all;
}

/* As the last of them, so that each has his turn while there is time. */
static void
remember(struct looking *looking, struct looked_at *box)
{
	json_t *all = remembered(looking);
	box->is_hard = true;
	box->is_news |= box->has_failed && !box->was_told;
	box->was_told |= box->has_failed;
	json_object_del(all, box->name);
	json_object_set_new(all, box->name,
	    json_pack("{sI sb}", "at", (json_int_t)looking->now, "told", box->was_told));
}

void
looking_failed(struct looking *looking, struct looked_at *box)
{
	box->is_cut = box->is_silent = box->has_failed = true;
	remember(looking, box);
}

static void
begin_with(struct looking *looking, bool was_told)
{
	json_t *all = remembered(looking), *entry;
	const char *name;
	void *next;
	json_object_foreach_safe(all, next, name, entry)
	{
		struct looked_at *box = looking_box(looking, name);
		if (!box && looking->now - row_number(entry, "at") > FORGOTTEN)
			json_object_del(all, name);
		if (!box || json_is_true(json_object_get(entry, "told")) != was_told)
			continue;
		box->is_alone = true;
		box->was_told = was_told;
		memory_grow(&looking->alone, looking->alone_count, &looking->alone_capacity,
		    sizeof(struct looked_at *));
		looking->alone[looking->alone_count++] = box;
	}
}

/* First those of whom it is only known that one of them is hard. */
void
looking_begin(struct looking *looking)
{
	begin_with(looking, false);
	begin_with(looking, true);
}

void
looking_end(struct looking *looking)
{
	for (size_t i = 0; i < looking->alone_count; i++)
		if (!looking->alone[i]->is_hard)
			json_object_del(remembered(looking), looking->alone[i]->name);
}

/* ---- one try ---- */

/* "doveadm(USER): Error: …": of him it does not know all. */
static void
note_failures(struct looking *looking, const struct str *errors)
{
	static const char mark[] = "doveadm(";
	const char *text = str_text(errors);
	size_t length;
	for (const char *line; (line = text_next_line(&text, &length));) {
		const char *end = memchr(line, ')', length);
		if (!text_starts_with(line, mark) || !end)
			continue;
		auto_str name = {0};
		str_add_bytes(&name, line + strlen(mark), (size_t)(end - line) - strlen(mark));
		struct looked_at *box = looking_box(looking, str_text(&name));
		if (box)
			box->is_cut = true;
	}
}

static int
try(struct asking *asking, struct looked_at *const *who, size_t count, int64_t milliseconds)
{
	auto_str users = {0}, errors = {0};
	json_t *rows = NULL;
	const struct looking_question *question = asking->question;
	for (size_t i = 0; i < count; i++)
		str_addf(&users, "%s\n", who[i]->name);
	int status = doveadm_rows(question->words, &users, (int)milliseconds, &rows, &errors);
	if (status == -EFBIG && count == 1 && question->fewer) {
		str_clear(&errors);
		status =
		    doveadm_rows(question->fewer, &users, (int)milliseconds, &rows, &errors);
		if (!status)
			remember(asking->looking, who[0]);
	}
	if (!status) {
		note_failures(asking->looking, &errors);
		json_array_extend(asking->rows, rows);
	}
	json_decref(rows);
	return status;
}

/* What one mailbox can bring about; else there is no Dovecot, or no memory. */
static bool
is_somebodys(int status)
{
	return status == -ETIMEDOUT || status == -EFBIG || status == -EIO;
}

/* ---- together ---- */

static void
add_group(struct asking *asking, size_t first, size_t count)
{
	if (!count)
		return;
	memory_grow(&asking->groups, asking->group_count, &asking->group_capacity,
	    sizeof(*asking->groups));
	asking->groups[asking->group_count++] = (struct group){first, count};
}

static void
leave_out(const struct asking *asking, const struct group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		struct looked_at *box = asking->who[group->first + i];
		box->is_cut = box->is_silent = true;
	}
}

static int64_t
time_for(const struct asking *asking, size_t index, int64_t left)
{
	size_t count = asking->groups[index].count;
	int64_t time =
	    index ? LATER + LATER_EACH * (int64_t)count : FIRST + FIRST_EACH * (int64_t)count;
	time = time < LONGEST ? time : LONGEST;
	return time < left ? time : left;
}

static int
ask_group(struct asking *asking, size_t index)
{
	const struct group group = asking->groups[index];
	int64_t left = asking->until - clock_boot();
	bool is_in_vain = !asking->answers && asking->failures >= MOST_IN_VAIN;
	if (left <= 0 || is_in_vain) {
		leave_out(asking, &group);
		return 0;
	}
	int status =
	    try(asking, asking->who + group.first, group.count, time_for(asking, index, left));
	asking->answers += !status;
	if (!is_somebodys(status))
		return status;
	asking->failures++;
	asking->failure = status;
	if (group.count == 1) {
		leave_out(asking, &group);
		asking->who[group.first]->has_failed = true;
		return 0;
	}
	add_group(asking, group.first, group.count / 2);
	add_group(asking, group.first + group.count / 2, group.count - group.count / 2);
	return 0;
}

/* Larger groups first: when time is over, those who are left out are few. */
static int
ask_together(struct asking *asking)
{
	const struct looking *looking = asking->looking;
	size_t count = 0;
	int status = 0;
	asking->who = memory_new(looking->box_count + 1, sizeof(struct looked_at *));
	for (size_t i = 0; i < looking->box_count; i++)
		if (!looking->boxes[i]->is_alone && !looking->boxes[i]->is_silent)
			asking->who[count++] = looking->boxes[i];
	add_group(asking, 0, count);
	for (size_t i = 0; !status && i < asking->group_count; i++)
		status = ask_group(asking, i);
	return status;
}

/* ---- alone ---- */

static int
ask_one(struct asking *asking, struct looked_at *box, int64_t until)
{
	int64_t began = clock_boot();
	if (began >= until) {
		box->is_cut = box->is_silent = box->is_hard = true;
		return 0;
	}
	int status = try(asking, &box, 1, box->was_told ? ALONE : LATER);
	asking->answers += !status;
	if (is_somebodys(status)) {
		looking_failed(asking->looking, box);
		return 0;
	}
	if (!status && clock_boot() - began > AT_ONCE)
		remember(asking->looking, box);
	return status;
}

static int
ask_alone(struct asking *asking)
{
	int status = 0;
	int64_t until = clock_boot() + ALL_ALONE;
	for (size_t i = 0; !status && i < asking->looking->alone_count; i++)
		if (!asking->looking->alone[i]->is_silent)
			status = ask_one(asking, asking->looking->alone[i], until);
	return status;
}

/* ---- from outside ---- */

int
looking_ask(struct looking *looking, const struct looking_question *question, json_t **ret_rows)
{
	struct asking asking = {.looking = looking,
	    .question = question,
	    .rows = json_array(),
	    .until = clock_boot() + TOGETHER};
	int status = ask_together(&asking);
	if (!status)
		status = ask_alone(&asking);
	/* Where nobody answers it is nobody's mailbox. */
	if (!status && asking.failures && !asking.answers)
		status = asking.failure;
	for (size_t i = 0; !status && i < looking->box_count; i++)
		if (looking->boxes[i]->is_silent && !looking->boxes[i]->is_hard)
			remember(looking, looking->boxes[i]);
	free(asking.who);
	free(asking.groups);
	if (status)
		json_decref(asking.rows);
	else
		*ret_rows = asking.rows;
	return status;
}
