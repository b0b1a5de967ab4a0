/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the steward hears from its siblings besides the commands of people, and
 * what it tells them: destinations to be let through, scripts that nobody may run,
 * and what was changed, for the journal.
 */
#ifndef MODEL_STEWARDSHIP_H
#define MODEL_STEWARDSHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wire.h"

enum { LONGEST_DESTINATION = 96, MOST_CLOSED_SCRIPTS = 512, LONGEST_CLOSED_PATH = 4096 };

/* One destination of an approved request. */
struct opening {
	uint64_t request;
	uint32_t account;
	uint32_t generation;
	bool shut;			       /* not any more */
	int64_t until;			       /* wall ms */
	char destination[LONGEST_DESTINATION]; /* "shell 192.0.2.7 5432/tcp" */
	char by[64];			       /* who of the staff */
};

/* A script that nobody may run. */
struct closed_script {
	const char *account; /* its name */
	const char *path;    /* absolute */
};

/* All of them on this host. */
struct closed_scripts {
	uint32_t count;
	struct closed_script *list;
};

/* One change of the book. */
struct changed {
	uint64_t id; /* of the telling; comes back when it is on disk */
	uint32_t account;
	uint32_t generation;
	uint64_t request; /* that it fulfils; 0: none */
	int64_t status;	  /* 0, or -errno: it could not be */
	char account_name[64];
	char actor[64];
	char what[32];	/* one word: password, mailbox, opened ... */
	char text[512]; /* in words; never a secret */
};

void opening_encode(const struct opening *opening, struct str *out);
int opening_decode(const void *bytes, size_t length, struct opening *ret_opening) must_use;

void closed_scripts_encode(const struct closed_scripts *closed, struct str *out);
int closed_scripts_decode(const void *bytes, size_t length, struct arena *arena,
    struct closed_scripts *ret_closed) must_use;

void changed_encode(const struct changed *changed, struct str *out);
int changed_decode(const void *bytes, size_t length, struct changed *ret_changed) must_use;

#endif
