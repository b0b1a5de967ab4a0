/* SPDX-License-Identifier: Apache-2.0 */
/* What waits in the queues of all mail servers. */
#ifndef MAIN_HAYWARD_MAIL_QUEUE_H
#define MAIN_HAYWARD_MAIL_QUEUE_H

#include "main/hayward/arguments.h"

/* All that waits. Gives the exit status. */
int mail_queue(const struct arguments *arguments);

#endif
