/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steward and its hand. The steward itself hears siblings and may do nothing;
 * before its sandbox closes it forks the hand, which keeps all of root's privileges
 * and starts a child for each job; the child opens the book, changes it, tells the
 * roles, and says what came of it:
 *
 *     control, engine, enforcer ──▶ steward ──job──▶ hand ──fork──▶ child
 *                                      ◀──────────news─────────────────┘
 *
 * SECURITY: who takes the steward over can ask for the jobs of jobs.def and for nothing
 * else; the hand takes each job apart anew, as if it came from a stranger.
 */
#ifndef PROCS_STEWARD_JOB_H
#define PROCS_STEWARD_JOB_H

#include "base/str.h"
#include "base/wire.h"
#include "model/action.h"
#include "model/request.h"
#include "model/stewardship.h"
#include "site/office.h"

enum job_kind {
#define JOB(symbol, word, holds) JOB_##symbol,
#include "procs/jobs.def"
#undef JOB
	JOB_COUNT
};

enum {
	MOST_JOBS = 8,		/* at a time */
	LARGEST_JOB = 3 << 20,	/* bytes */
	LARGEST_NEWS = 1 << 19, /* below MESSAGE_ERRAND_REPLY's */
};

const char *job_word(enum job_kind kind);

/* Whose mailboxes are looked through this time, and for what. */
struct stored_turn {
	uint32_t first; /* account, in the order of the book */
	int64_t size;	/* bytes: mails that have more */
	int64_t age;	/* ms: and are older */
	int64_t kept;	/* ms: what was moved aside longer ago is thrown away */
};

void stored_turn_encode(const struct stored_turn *turn, struct str *out);

struct job {
	uint64_t id;
	enum job_kind kind;
	uint32_t account;	/* its uid; 0: nobody's */
	struct request request; /* what of these there is depends on the kind */
	struct opening opening;
	struct closed_scripts scripts;
	struct action action;
	struct stored_turn turn;
};

/* payload: the message that asked for it. */
void job_encode(uint64_t id, enum job_kind kind, uint32_t account, const struct str *payload,
    struct str *out);
int job_decode(
    const void *bytes, size_t length, struct arena *arena, struct job *ret_job) must_use;

enum job_stage { JOB_SAVED, JOB_ENDED, JOB_STAGE_COUNT };

/* A word of a child. Texts live in the arena. */
struct news {
	uint64_t job;
	enum job_stage stage;
	int64_t status;	  /* ENDED: 0, or -errno; -EBUSY: to be tried again */
	const char *text; /* SAVED: what the journal is told; ENDED: more for who asked */
	const char *data; /* ENDED: JSON, or a salt; "" */
	int64_t next;	  /* MIND: wall ms of the next end of an opening; INT64_MAX: none */
	uint32_t untold;  /* roles that could not be reached */
	uint32_t wrong;	  /* roles that could not do all */
};

void news_encode(const struct news *news, struct str *out);
int news_decode(
    const void *bytes, size_t length, struct arena *arena, struct news *ret_news) must_use;

/*
 * Forks the hand, while this process has every privilege. The places must live as long
 * as it. Gives our end of a SOCK_SEQPACKET, or -errno; the hand ends when it is closed.
 */
int steward_hand_start(const struct office_places *places) must_use;

/* In the child: does the job and says its news to the socket. */
struct working;
void steward_work(const struct job *job, const struct office_places *places, int socket);

/* One job while it is done. */
struct working {
	const struct job *job;
	struct office office;
	struct book_account *account; /* whose job it is; NULL: nobody's */
	struct str text;	      /* for the journal and for who asked */
	struct str remarks;	      /* for who asked */
	struct str data;
	int64_t next;
	uint32_t untold;
	uint32_t wrong;
	int socket;
};

/* Says that it has happened: from then on it is told to the journal. */
void work_saved(struct working *working);

/* Makes the change the book's: from then on it has happened, and that is said. 0 or -errno. */
int work_save(struct working *working) must_use;

/* Whose job it is, by the book that was opened or looked into; -ENOENT: nobody of this site. */
int work_find_account(struct working *working) must_use;

/* -EACCES: its owner asks, and it is not open. */
int work_check_standing(struct working *working) must_use;

/* Tells the roles of the set of it, and keeps who could not be told. */
void work_tell(struct working *working, unsigned roles);

/* Openings that ended, roles that are behind, and once a day all that time changes. */
int work_mind(struct working *working) must_use;

/* The jobs that only look; 0 or -errno with words in text. steward_look.c */
int work_usage(struct working *working) must_use;
int work_cgi_test(struct working *working) must_use;

/* What waits in queues, and staff's word on one mail: with a site's servers, or of this machine
 * alone. steward_mail.c */
bool is_about_mail(enum job_kind kind) must_use;
int work_mail(struct working *working) must_use;
int work_mail_here(struct working *working) must_use;

/* What MariaDB has done for whom, as site/database_time.h has it, into data: that of the
 * site's web server, or, where there is no site, of this machine. -ENODEV: there is none. */
int work_databases(struct working *working) must_use;
int work_databases_here(struct working *working) must_use;

/*
 * Some mailboxes are looked through: of the site's mail server, or of this machine. Into data,
 * in lines: "next N", where the next turn begins; "account NAME" and "asked USER", of whom all
 * is told; and what stored/look.h has. And one mail is put aside or brought back.
 * steward_stored_work.c
 */
bool is_about_stored_mail(enum job_kind kind) must_use;
int work_stored_mail(struct working *working) must_use;
int work_stored_mail_here(struct working *working) must_use;

/* What is put aside of an account's mail, as JSON into data; and one of them is brought back
 * because somebody asks for it. steward_kept.c */
int work_kept_mail(struct working *working) must_use;

/* Whether a mailbox is that of the account whose job it is, by the book. */
bool work_owns_mailbox(const struct working *working, const char *user);

/* The last line that an agent said, a stranger's words, into text. */
void work_take_last_line(struct working *working, const struct str *said);

#endif
