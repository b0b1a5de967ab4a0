/* SPDX-License-Identifier: Apache-2.0 */
/* What was moved aside of an account's mail, for its owner. */
#ifndef MAIN_HAYWARD_MAIL_KEPT_H
#define MAIN_HAYWARD_MAIL_KEPT_H

#include "main/hayward/arguments.h"

/* All of it; account NULL: the asker's own. Gives the exit status. */
int mail_removed(const struct arguments *arguments, const char *account);

/* Has the one that the second word names brought back. Gives the exit status. */
int mail_restore(const struct arguments *arguments, const char *account, const char *note);

#endif
