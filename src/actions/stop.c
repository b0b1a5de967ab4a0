/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "actions/catch.h"
#include "base/memory.h"

enum {
	LOOK_EVERY = 100,   /* ms */
	ASKED_FOR = 2000,   /* ms that they have to end by themselves */
	ENDING_FOR = 10000, /* ms after which we say that they do not die */
};

enum phase { PHASE_ASKED, PHASE_ENDING };

struct stop {
	struct stop *next;
	struct action action;
	struct catch catch;
	enum phase phase;
	int64_t deadline;
	uint32_t by_force;
};

struct stops {
	const struct tools *tools;
	stop_report *report;
	void *context;
	struct stop *first;
};

struct stops *
stops_new(const struct tools *tools, stop_report *report, void *context)
{
	struct stops *stops = memory_new(1, sizeof(*stops));
	*stops = (struct stops){tools, report, context, NULL};
	catch_clean(tools);
	return stops;
}

static void
stop_free(struct stop *stop, const struct tools *tools)
{
	catch_done(&stop->catch, tools);
	free(stop);
}

void
stops_free(struct stops *stops)
{
	while (stops && stops->first) {
		struct stop *stop = stops->first;
		stops->first = stop->next;
		stop_free(stop, stops->tools);
	}
	free(stops);
}

static bool
is_under_way(const struct stops *stops, uint64_t action)
{
	for (const struct stop *stop = stops->first; stop; stop = stop->next)
		if (stop->action.id == action)
			return true;
	return false;
}

/* A subject that is not the whole account is known to us only by its processes. */
static int
check_order(const struct action *action, struct str *text)
{
	if (action->target_count || action->subject.kind == KIND_ACCOUNT)
		return 0;
	str_addf(text, "already so: no process of this %s was running",
	    kind_name(action->subject.kind));
	return 1;
}

int
stops_apply(struct stops *stops, const struct order *order, struct str *text)
{
	if (is_under_way(stops, order->action->id))
		return -EINPROGRESS;
	if (check_order(order->action, text))
		return 0;
	struct stop *stop = memory_new(1, sizeof(*stop));
	stop->action = *order->action;
	if (catch_begin(&stop->catch, stops->tools, order))
		stop->catch.freezer = NULL; /* no pen: signals hold them */
	catch_go_first(true);
	if (!catch_all(&stop->catch, stops->tools)) {
		str_add(text, "already so: nothing of it was running");
		stop_free(stop, stops->tools);
		catch_go_first(stops->first != NULL);
		return 0;
	}
	catch_signal(&stop->catch, stops->tools, SIGTERM);
	catch_let_run(&stop->catch, stops->tools);
	stop->phase = PHASE_ASKED;
	stop->deadline = order->now + ASKED_FOR;
	stop->next = stops->first;
	stops->first = stop;
	return -EINPROGRESS;
}

static void
use_force(struct stop *stop, const struct tools *tools)
{
	catch_all(&stop->catch, tools);
	uint32_t ended = catch_signal(&stop->catch, tools, SIGKILL);
	if (ended > stop->by_force)
		stop->by_force = ended;
	/* A frozen process of version 1 dies when it is thawed, before it runs another step. */
	catch_let_run(&stop->catch, tools);
}

/* Whether it is over; then status and text are set. */
static bool
go_on(struct stop *stop, const struct tools *tools, int64_t now, int *status, struct str *text)
{
	uint32_t living = catch_living(&stop->catch, tools);
	if (!living)
		living = catch_all(&stop->catch, tools);
	if (!living) {
		str_addf(text, "%zu processes ended, %u of them by force", stop->catch.count,
		    stop->by_force);
		*status = 0;
		return true;
	}
	if (stop->phase == PHASE_ASKED && now < stop->deadline) {
		catch_signal(&stop->catch, tools, SIGTERM);
		catch_let_run(&stop->catch, tools);
		return false;
	}
	if (stop->phase == PHASE_ASKED) {
		stop->phase = PHASE_ENDING;
		stop->deadline = now + ENDING_FOR;
	} else if (now >= stop->deadline) {
		str_addf(text, "%u of %zu processes do not die", living, stop->catch.count);
		*status = -EBUSY;
		return true;
	}
	use_force(stop, tools);
	return false;
}

int64_t
stops_tick(struct stops *stops, int64_t now)
{
	for (struct stop **at = &stops->first; *at;) {
		struct stop *stop = *at;
		auto_str text = {0};
		int status = 0;
		if (!go_on(stop, stops->tools, now, &status, &text)) {
			at = &stop->next;
			continue;
		}
		*at = stop->next;
		stops->report(stops->context, &stop->action, status, str_text(&text));
		stop_free(stop, stops->tools);
		catch_go_first(stops->first != NULL);
	}
	return stops->first ? now + LOOK_EVERY : INT64_MAX;
}
