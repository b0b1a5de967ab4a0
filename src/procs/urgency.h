/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who goes first. The processes between what was seen and what is done go before what
 * customers run, always by their nice value. That is not enough against a fork bomb: of two
 * thousand others that all want the processor, one at nice -10 gets half a percent. So whoever
 * has part in ending one goes before all of them, for a moment.
 */
#ifndef PROCS_URGENCY_H
#define PROCS_URGENCY_H

#include "model/message.h"

struct event_base;
struct event;

/* What the process gives itself while it still may. */
void urgency_prepare(enum process self);

/*
 * From now on this process runs before all that is not of the real time, until two seconds have
 * gone by without another call. *timer is the caller's, NULL before the first call, to be freed
 * with event_free() before the loop. Where it is not allowed nothing happens.
 */
void urgency_begin(struct event_base *loop, struct event **timer);

#endif
