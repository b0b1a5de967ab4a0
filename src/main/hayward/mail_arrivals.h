/* SPDX-License-Identifier: Apache-2.0 */
/* What came to the addresses of an account, for `hayward mail`. */
#ifndef MAIN_HAYWARD_MAIL_ARRIVALS_H
#define MAIN_HAYWARD_MAIL_ARRIVALS_H

#include <jansson.h>

#include "main/hayward/view.h"
#include "model/record.h"

struct mail_arrivals;

struct mail_arrivals *mail_arrivals_new(void);
void mail_arrivals_free(struct mail_arrivals *arrivals);

/* Counts a record of the kind "received", if it is about that account or address. */
bool mail_arrivals_count(
    struct mail_arrivals *arrivals, const struct record *record, const char *who);

/* Whether there is anything to show. */
bool mail_arrivals_any(const struct mail_arrivals *arrivals);

void mail_arrivals_print(const struct mail_arrivals *arrivals, const struct look *look);

/* A list, the caller's. */
json_t *mail_arrivals_json(const struct mail_arrivals *arrivals);

#endif
