/* SPDX-License-Identifier: Apache-2.0 */
#include "procs/urgency.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"
#include "base/priority.h"

enum { URGENT = -10 };

static const struct timeval lasts = {.tv_sec = 2};

void
urgency_prepare(enum process self)
{
	static const struct rlimit lowest = {1, 1};
	bool urgent = self == PROCESS_SENSOR || self == PROCESS_PEEKER ||
		      self == PROCESS_ENGINE || self == PROCESS_KEEPER ||
		      self == PROCESS_ENFORCER;
	if (urgent &&
	    (setpriority(PRIO_PROCESS, 0, URGENT) || setrlimit(RLIMIT_RTPRIO, &lowest)))
		log_debug("no priority: %s", strerror(errno));
}

static void
go_first(bool first)
{
	int status = priority_first(first);
	if (status)
		log_debug("no other priority: %s", strerror(-status));
}

static void
on_time(evutil_socket_t fd, short events, void *context)
{
	(void)fd;
	(void)events;
	(void)context;
	go_first(false);
}

void
urgency_begin(struct event_base *loop, struct event **timer)
{
	if (!*timer)
		*timer = evtimer_new(loop, on_time, NULL);
	/* Without an end there is no beginning. */
	if (*timer && !evtimer_add(*timer, &lasts))
		go_first(true);
}
