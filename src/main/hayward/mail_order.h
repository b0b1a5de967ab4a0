/* SPDX-License-Identifier: Apache-2.0 */
/* What staff have done with one mail. */
#ifndef MAIN_HAYWARD_MAIL_ORDER_H
#define MAIN_HAYWARD_MAIL_ORDER_H

#include "main/hayward/arguments.h"

/* Its words are hold|release|reject and the mail's queue id or reference. Gives the exit
 * status. */
int mail_order(const struct arguments *arguments, const char *state, const char *note);

#endif
