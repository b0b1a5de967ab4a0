/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of change.h share. */
#ifndef SITE_CHANGE_PARTS_H
#define SITE_CHANGE_PARTS_H

#include "site/change.h"

/* Says why, and gives the status. */
int change_refuse(struct change *change, int status, const char *format, ...)
    printf_like(3, 4) must_use;

/* Refuses if there is a reason: "'NAME' is no WHAT: WRONG". */
int change_check_name(
    struct change *change, const char *what, const char *name, const char *wrong) must_use;

/* NULL, and it is said: there is none of that name. */
struct book_account *change_account(struct change *change, const char *name);

/* Refuses if the plan has no room for one more. most: what the plan says. */
int change_check_room(
    struct change *change, size_t count, int64_t most, const char *what) must_use;

/* What the account's plan says; an account whose plan is gone keeps what it has. */
const struct site_plan *change_plan_of(
    struct change *change, const struct book_account *account);

/* A copy of the items with room for one more behind them. */
void *change_grown(
    struct change *change, const void *items, size_t count, size_t size) must_use;

/* Takes the item at the index out of an array. */
void change_take_out(void *items, size_t *count, size_t size, size_t index);

/* The zone of a domain is another from now on. */
void change_touch_domain(struct change *change, struct book_domain *domain);

#endif
