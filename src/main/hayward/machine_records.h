/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the gates of a site's machines have on record, for commands of the site's host that look
 * through its own journal: each role that has a gate of its own is asked by its agent, over
 * ssh(1), as root.
 */
#ifndef MAIN_HAYWARD_MACHINE_RECORDS_H
#define MAIN_HAYWARD_MACHINE_RECORDS_H

#include "main/hayward/desk.h"
#include "main/hayward/mail_records.h"

/* What is asked for, as the command line has it. */
struct machine_question {
	const char *command; /* "mail" or "why" */
	const char *name;    /* whose mail, or what a mail is called */
	const char *since;   /* NULL: all of it */
	const char *state;   /* not NULL: that journal alone is meant, and nobody is asked */
	struct desk_places places;
};

/*
 * Visits the records of those roles whose place in a mail's way is before the mail server
 * (is_server false), or of the mail server. Who cannot be asked is said on standard error; a
 * host without such a site has nobody to ask.
 */
void machine_records_visit(const struct machine_question *question, bool is_server,
    mail_record_visit *visit, void *context);

#endif
