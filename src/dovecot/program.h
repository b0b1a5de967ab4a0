/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which program the client is, by what it says itself (ID, RFC 2971), before it logs in or
 * after: two sessions from one address that say the same are taken for one client's.
 */
#ifndef DOVECOT_PROGRAM_H
#define DOVECOT_PROGRAM_H

#include "lib.h"

struct mail_user;

/* What it said before it logged in, if Dovecot was told to keep it. */
void program_begin(struct mail_user *user);

/* The arguments of an ID. Whether it is another program than it was known to be. */
bool program_heard(const char *arguments);

/* Stands for what it said, and has no more than digits and letters; "": it said nothing. */
const char *program_name(void);

#endif
