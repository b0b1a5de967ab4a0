/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits in the queues of several servers, made one list out of what each says of its own,
 * as site/queue_lines.h has it: a stranger's words. Mails that are held come first, whoever
 * holds them: those wait for staff.
 */
#ifndef PROCS_STEWARD_QUEUE_H
#define PROCS_STEWARD_QUEUE_H

#include "base/str.h"

struct queues;

struct queues *queues_new(void) must_use;
void queues_free(struct queues *queues);

void queues_add(struct queues *queues, const char *server, const struct str *said);

/* That one does not tell. */
void queues_miss(struct queues *queues, const char *server);

/* Adds the answer of ask `mail-queue`, docs/control.md, small enough to be a job's news. */
void queues_tell(const struct queues *queues, struct str *out);

#endif
