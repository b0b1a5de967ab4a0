/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the verb cancel share. */
#ifndef ACTIONS_CANCEL_PARTS_H
#define ACTIONS_CANCEL_PARTS_H

#include "actions/cancel.h"

enum cancel_stage {
	CANCEL_WAYS,
	CANCEL_MAIL,
	CANCEL_EXPORT,
	CANCEL_BILLING,
	CANCEL_HELD,
	RELEASE_WAYS,
	RELEASE_MAIL,
	RELEASE_BILLING,
	CANCEL_OVER, /* released; its archive waits for its date */
	CANCEL_STAGE_COUNT
};

/* The operator's program, for one of the two things that it is told. */
struct billing {
	uint32_t tries; /* begun, noted before each */
	bool done;	/* it ended with 0 */
	int64_t status; /* of the last try that ended */
};

enum { NOTE_WAYS, NOTE_PANEL, NOTE_MAIL, NOTE_EXPORT, NOTE_BILLING, NOTE_COUNT };

/* Times named _at are of cancels_time(), ms. */
struct cancel {
	uint32_t account;
	uint32_t generation;
	uint64_t action;
	uint64_t release; /* the action that takes it back; 0: none */
	uint64_t case_number;
	char name[64];
	enum cancel_stage stage;
	bool told;	      /* the outcome was reported */
	int64_t begun;	      /* wall, ms */
	int64_t final_at;     /* mail is refused for good */
	int64_t removed_at;   /* the archive goes; 0: there is none yet */
	struct str addresses; /* one a line */
	char archive[160];    /* name of the file; "": none */
	struct billing cancelled, reinstated;
	struct str notes[NOTE_COUNT]; /* what was done, for people */
	/* Not on disk. */
	uint64_t errand;    /* of the export or the program; 0: none runs */
	int64_t again_at;   /* boot ms: the stage not before */
	int64_t billing_at; /* boot ms: a further try of billing not before */
	uint32_t failures;
	int archive_fd; /* locked while an export runs; -1 */
	int list_fd;
};

struct cancels {
	struct cancel_settings settings;
	size_t count;
	size_t capacity;
	struct cancel **items;
	int64_t time;	  /* of the last tick */
	int64_t boot;	  /* of the last tick; -1: none yet */
	int64_t saved_at; /* boot */
	int64_t mail_at;  /* boot: when the table was looked at */
};

/* The file (cancel_file.c). A loaded list's time has gone on with the wall clock's. */
int cancels_save(struct cancels *cancels) must_use;
int cancels_load(struct cancels *cancels) must_use;
struct cancel *cancels_add(struct cancels *cancels);
void cancels_forget(struct cancels *cancels, struct cancel *cancel);

/* The action as it came, for those who want one. */
struct action cancel_action(const struct cancel *cancel, enum operation operation);

/* The export (cancel_export.c). 0: the archive is whole; -EINPROGRESS; else it failed for now.
 */
int cancel_export(struct cancels *cancels, struct cancel *cancel) must_use;
void cancel_export_hear(
    struct cancels *cancels, struct cancel *cancel, const struct errand_news *news);
/* Ends one that runs, and removes what is of it. */
void cancel_export_stop(struct cancels *cancels, struct cancel *cancel);
/* Removes the archive whose date has come. */
void cancel_export_remove(struct cancels *cancels, struct cancel *cancel);

/* The program (cancel_billing.c): as above; 0 too when there is none to be told. */
int cancel_billing(
    struct cancels *cancels, struct cancel *cancel, struct billing *billing) must_use;
void cancel_billing_hear(
    struct cancels *cancels, struct cancel *cancel, const struct errand_news *news);

/* The mail (cancel_mail.c). */
void cancel_mail_begin(struct cancels *cancels, struct cancel *cancel);
/* Whether there is a table to be written at all. */
bool cancel_mail_is_asked(const struct cancels *cancels) must_use;
void cancel_mail_render(struct cancels *cancels, struct str *ret_problem);

#endif
