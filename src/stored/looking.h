/* SPDX-License-Identifier: Apache-2.0 */
/* One look while it goes on, for stored/look.c and those that it asks. */
#ifndef STORED_LOOKING_H
#define STORED_LOOKING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/str.h"

struct map;

/* A mailbox. */
struct looked_at {
	char *name;
	int64_t bytes;	 /* all that it holds */
	int64_t next;	 /* the next UIDs of all its folders, summed up */
	uint32_t told;	 /* mails */
	bool is_cut;	 /* not all of it is known, or told */
	bool is_alone;	 /* it is asked about alone */
	bool is_silent;	 /* Dovecot gives no answer: it is not asked about again in this look */
	bool has_failed; /* nor did it when it was asked about alone */
	bool is_hard;	 /* it stays alone */
	bool is_news;	 /* that it has failed is to be told, which is done once */
	bool was_told;
};

struct catch_all {
	char *domain;
	char *user; /* whose mailbox takes all else */
};

struct looking {
	int64_t size;	/* bytes */
	int64_t age;	/* s */
	int64_t kept;	/* s */
	int64_t now;	/* wall, s */
	int64_t end;	/* boot ms: nothing new is begun after that */
	uint32_t texts; /* mails that were read */
	size_t box_count;
	size_t box_capacity;
	struct looked_at **boxes;
	size_t catch_all_count;
	size_t catch_all_capacity;
	struct catch_all *catch_alls;
	size_t alone_count;
	size_t alone_capacity;
	struct looked_at **alone; /* in the order in which they are asked about */
	struct map *by_name;	  /* struct looked_at */
	json_t *seen;
	struct str *out;
};

struct looked_at *looking_box(const struct looking *looking, const char *user);
void looking_say(struct looking *looking, const json_t *object);

/* What doveadm is asked about each mailbox. */
struct looking_question {
	const char *const *words;
	const char *const
	    *fewer; /* of one of whom it says too much; NULL: nothing is left out */
};

/* Who is to be asked about alone, as it was found before; and at the end, who still is.
 * asking.c */
void looking_begin(struct looking *looking);
void looking_end(struct looking *looking);

/* Its rows, the caller's, for all who can be told: the others are cut. Those who are asked
 * about alone come last. 0 or as doveadm_rows(). */
int looking_ask(struct looking *looking, const struct looking_question *question,
    json_t **ret_rows) must_use;

/* Dovecot gave no answer for it in time: nothing more is asked, and next time it is alone. */
void looking_failed(struct looking *looking, struct looked_at *box);

/* What is told of a mail, of a row of doveadm's; NULL: it is no mail. The caller's. */
json_t *looking_mail(const char *user, const char *box, const json_t *row, const char *folder);

/* Takes the mail (NULL: none) and tells it, if there is room. */
void looking_tell(struct looking *looking, struct looked_at *box, json_t *mail);

/* A folder of sent mail, as "mailbox status" has it: what is new there is read, and what has
 * attachments told. sent.c */
void sent_look(struct looking *looking, struct looked_at *owner, const json_t *row);

/* Whether it is told already, for its attachments. */
bool sent_has_told(const struct looking *looking, const char *box, int64_t uid);

/* Folders that have not been there for a month. */
void sent_forget_old(struct looking *looking);

/* How much came by the catch-all and is still there. catch_all.c */
void catch_all_look(struct looking *looking, const struct catch_all *catch_all);

#endif
