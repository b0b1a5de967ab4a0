/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of mails at the gate, and of what came to whom, for commands that look for some of them. They are read from
 * the journal's own files, so that it works also when nothing else does.
 */
#ifndef MAIN_HAYWARD_MAIL_RECORDS_H
#define MAIN_HAYWARD_MAIL_RECORDS_H

#include "model/record.h"
#include "model/request.h"

/* Says "hayward mail: " and the words on standard error, and gives the status. */
int mail_complain(enum answer_status status, const char *words);

/* Gets one record, which is valid during the call. */
typedef void mail_record_visit(void *context, const struct record *record);

/* Visits all in their order. ANSWER_OK, or the exit status after a complaint. */
int mail_records_visit(const char *state, mail_record_visit *visit, void *context);

/* What a mail is asked for by; what is longer is cut, and "" is what it has none of. */
struct mail_names {
	char reference[32];
	char queue_id[32];
};

struct mail_names mail_names_of(const struct record *record);

#endif
