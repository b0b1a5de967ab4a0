/* SPDX-License-Identifier: Apache-2.0 */
/* What the database knows of lists of scripts, and of what must not be removed. */
#ifndef STORE_DATABASE_REVIEW_H
#define STORE_DATABASE_REVIEW_H

#include "base/digest.h"
#include "store/database.h"

struct database_review {
	uint32_t account;
	uint32_t generation;
	char list[DIGEST_TEXT_SIZE];	      /* the last that is recorded */
	char reviewed_list[DIGEST_TEXT_SIZE]; /* "": none was signed off */
};

/* By account and generation; -ENOENT: nothing of it was listed (yet), -EBADF, -errno. */
int database_review_of(struct database *database, uint32_t account, uint32_t generation,
    struct database_review *ret_review) must_use;

/*
 * By login name and the list that was shown under it: a later holder of the
 * name has other lists. -ENOENT, -EBADF, -errno.
 */
int database_review_named(struct database *database, const char *account, const char *list,
    struct database_review *ret_review) must_use;

/* Whether a case of the account is under legal hold; true also if that cannot be told. */
bool database_is_held(struct database *database, uint32_t account, uint32_t generation);

#endif
