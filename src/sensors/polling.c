/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In rounds: a sweep says who used what since the round before; who is suspect in two of
 * them is listened to for a moment, and judged by what that moment counted. Who turned out to
 * work is left alone for some minutes, and longer each time.
 */
#include "sensors/polling.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/map.h"
#include "base/memory.h"
#include "sensors/polling_choose.h"
#include "sensors/polling_judge.h"

enum {
	ROUNDS_SUSPECT = 2,
	FIRST_PAUSE = 2 * 60 * 1000,
	LONGEST_PAUSE = 32 * 60 * 1000,
	REPEATED_FOR = 60 * 60 * 1000,
	SWEEP_BUFFER = 65536,
};

/* A process of an account that has used enough to be looked at. */
struct waiter {
	struct polling_task task;  /* whose it is; its sums are of all its tasks */
	struct polling_use before; /* sums as of the begin of the round */
	uint64_t sweep;		   /* the last that saw it */
	unsigned rounds;	   /* it has been suspect in, without a break */
	int64_t pause;		   /* ms that it was last left alone for */
	int64_t left_alone;	   /* until then, boot clock in ms */
	bool heard;		   /* is listened to */
	uint64_t heard_in;	   /* the sweep with which it was last; 0: never */
	bool spins;
};

/* Of whom it was said that it spins: all processes of one script together. */
struct spinner {
	uint32_t uid;
	uint64_t script;
	int64_t over; /* since then it does not any more, boot clock in ms; 0: it does */
};

struct polling {
	int sweep_link;
	int heard_map;
	int program;
	int timer;
	int listening; /* the link that keeps the program running; -1: nobody is listened to */
	uint64_t sweeps;
	int64_t round; /* began then; 0: none did */
	struct map *waiters;
	struct spinner *told;
	size_t told_count, told_capacity;
};

/* The sweep. */

static struct waiter *
waiter_get(struct polling *polling, const struct polling_task *task)
{
	const uint64_t key[2] = {task->process, task->start};
	struct waiter *waiter = map_find(polling->waiters, key, sizeof(key));
	if (waiter)
		return waiter;
	waiter = memory_new(1, sizeof(*waiter));
	map_put(polling->waiters, key, sizeof(key), waiter);
	return waiter;
}

static void
take_task(struct polling *polling, const struct polling_task *task)
{
	struct waiter *waiter = waiter_get(polling, task);
	struct polling_task sums = *task;
	if (waiter->sweep == polling->sweeps) {
		sums.cpu_ns += waiter->task.cpu_ns;
		sums.wakes += waiter->task.wakes;
		sums.calls += waiter->task.calls;
		sums.bytes += waiter->task.bytes;
	}
	waiter->task = sums;
	waiter->sweep = polling->sweeps;
}

static int
sweep(struct polling *polling)
{
	struct polling_task tasks[SWEEP_BUFFER / sizeof(struct polling_task)];
	auto_fd int fd = bpf_iter_create(polling->sweep_link);
	if (fd < 0)
		return -errno;
	polling->sweeps++;
	for (;;) {
		ssize_t got = read(fd, tasks, sizeof(tasks));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : 0;
		for (size_t i = 0; i < (size_t)got / sizeof(*tasks); i++)
			take_task(polling, &tasks[i]);
	}
}

static struct polling_use
sums_of(const struct waiter *waiter)
{
	return (struct polling_use){
	    .cpu_ns = waiter->task.cpu_ns,
	    .wakes = waiter->task.wakes,
	    .calls = waiter->task.calls,
	    .bytes = waiter->task.bytes,
	};
}

/* What a thread that has ended had used is missing in the sums: that is no use below nothing.
 */
static uint64_t
grown(uint64_t before, uint64_t now)
{
	return now > before ? now - before : 0;
}

static struct polling_use
used_since(const struct polling_use *before, const struct waiter *waiter)
{
	struct polling_use now = sums_of(waiter);
	return (struct polling_use){
	    .cpu_ns = grown(before->cpu_ns, now.cpu_ns),
	    .wakes = grown(before->wakes, now.wakes),
	    .calls = grown(before->calls, now.calls),
	    .bytes = grown(before->bytes, now.bytes),
	};
}

/* A round: who may be one. */

/* Who is met for the first time is judged from the next round on. */
static void
look_at(struct waiter *waiter, int64_t ms)
{
	struct polling_use use = used_since(&waiter->before, waiter);
	bool met_before = waiter->before.cpu_ns;
	waiter->before = sums_of(waiter);
	waiter->rounds = met_before && polling_is_suspect(&use, ms) ? waiter->rounds + 1 : 0;
	if (!waiter->rounds)
		waiter->spins = false;
}

static void
look_at_all(struct polling *polling, int64_t ms)
{
	size_t position = 0;
	const void *key;
	size_t length;
	struct waiter *waiter;
	while ((waiter = map_next_key(polling->waiters, &position, &key, &length))) {
		if (waiter->sweep == polling->sweeps) {
			look_at(waiter, ms);
			continue;
		}
		map_remove(polling->waiters, key, length);
		free(waiter);
	}
}

static size_t
suspects_of(const struct polling *polling, int64_t now, struct polling_candidate **ret_suspects)
{
	struct polling_candidate *suspects =
	    memory_new(map_count(polling->waiters) + 1, sizeof(*suspects));
	size_t position = 0, count = 0;
	for (struct waiter *waiter; (waiter = map_next(polling->waiters, &position));)
		if (waiter->rounds >= ROUNDS_SUSPECT && now >= waiter->left_alone)
			suspects[count++] = (struct polling_candidate){
			    .uid = waiter->task.uid,
			    .spins = waiter->spins,
			    .heard = waiter->heard_in,
			    .cpu_ns = waiter->task.cpu_ns,
			    .whose = waiter,
			};
	*ret_suspects = suspects;
	return polling_choose(suspects, count);
}

/* A moment of listening. */

static void
set_timer(const struct polling *polling, int64_t ms)
{
	struct itimerspec time = {.it_value = {ms / 1000, ms % 1000 * 1000000}};
	(void)timerfd_settime(polling->timer, 0, &time, NULL);
}

static int
listen_to(struct polling *polling, const struct polling_candidate *suspects, size_t count)
{
	static const struct polling_counts nothing;
	for (size_t i = 0; i < count; i++) {
		struct waiter *suspect = suspects[i].whose;
		suspect->heard_in = polling->sweeps;
		suspect->heard = !bpf_map_update_elem(
		    polling->heard_map, &suspect->task.process, &nothing, BPF_ANY);
	}
	polling->listening = bpf_raw_tracepoint_open(NULL, polling->program);
	return polling->listening < 0 ? -errno : 0;
}

static void
stop_listening(struct polling *polling)
{
	if (polling->listening >= 0)
		close(take_fd(polling->listening));
}

static void
tell(const struct waiter *waiter, const char *text, int64_t now, deed_callback *callback,
    void *context)
{
	const struct deed deed = {
	    .uid = waiter->task.uid,
	    .script = waiter->task.script,
	    .pid = waiter->task.pid,
	    .pid_start = waiter->task.start,
	    .measure = MEASURE_PROCESS_SPINS,
	    .at = now,
	    .value = 1,
	    .text = text,
	};
	callback(context, &deed);
}

/* Who is not there any more has nothing to answer for. */
static void
judge(struct polling *polling, struct waiter *waiter, int64_t now, deed_callback *callback,
    void *context)
{
	struct polling_counts counts;
	uint32_t process = waiter->task.process;
	bool known = !bpf_map_lookup_elem(polling->heard_map, &process, &counts);
	bpf_map_delete_elem(polling->heard_map, &process);
	waiter->heard = false;
	int64_t ms = now - polling->round;
	uint64_t cpu_ns = used_since(&waiter->before, waiter).cpu_ns;
	waiter->spins =
	    known && waiter->sweep == polling->sweeps && polling_spins(&counts, cpu_ns, ms);
	if (!waiter->spins) {
		waiter->pause = waiter->pause ? waiter->pause * 2 : FIRST_PAUSE;
		if (waiter->pause > LONGEST_PAUSE)
			waiter->pause = LONGEST_PAUSE;
		waiter->left_alone = now + waiter->pause;
		return;
	}
	auto_str text = {0};
	waiter->pause = 0;
	polling_say(&counts, ms, &text);
	tell(waiter, str_text(&text), now, callback, context);
}

/* What was said and is so no more. */

static bool
still_spins(const struct polling *polling, const struct spinner *spinner)
{
	size_t position = 0;
	for (struct waiter *waiter; (waiter = map_next(polling->waiters, &position));)
		if (waiter->spins && waiter->task.uid == spinner->uid &&
		    waiter->task.script == spinner->script)
			return true;
	return false;
}

static void
tell_over(const struct spinner *told, int64_t now, deed_callback *callback, void *context)
{
	const struct deed deed = {
	    .uid = told->uid,
	    .script = told->script,
	    .measure = MEASURE_PROCESS_SPINS,
	    .at = now,
	    .text = "",
	};
	callback(context, &deed);
}

/* Said again for an hour: a level that nobody repeats is not known for long, and terms want it
 * kept for a while. */
static void
take_back(struct polling *polling, int64_t now, deed_callback *callback, void *context)
{
	size_t kept = 0;
	for (size_t i = 0; i < polling->told_count; i++) {
		struct spinner told = polling->told[i];
		bool spins = still_spins(polling, &told);
		told.over = spins ? 0 : told.over ? told.over : now;
		if (!spins)
			tell_over(&told, now, callback, context);
		if (spins || now - told.over < REPEATED_FOR)
			polling->told[kept++] = told;
	}
	polling->told_count = kept;
}

static bool
was_told(const struct polling *polling, const struct waiter *waiter)
{
	for (size_t i = 0; i < polling->told_count; i++)
		if (polling->told[i].uid == waiter->task.uid &&
		    polling->told[i].script == waiter->task.script)
			return true;
	return false;
}

static void
remember_told(struct polling *polling)
{
	size_t position = 0;
	for (struct waiter *waiter; (waiter = map_next(polling->waiters, &position));) {
		if (!waiter->spins || was_told(polling, waiter))
			continue;
		memory_grow(&polling->told, polling->told_count, &polling->told_capacity,
		    sizeof(*polling->told));
		polling->told[polling->told_count++] = (struct spinner){
		    .uid = waiter->task.uid,
		    .script = waiter->task.script,
		};
	}
}

static void
rest(struct polling *polling, int64_t now, deed_callback *callback, void *context)
{
	remember_told(polling);
	take_back(polling, now, callback, context);
	int64_t left = polling->round + POLLING_ROUND - now;
	set_timer(polling, left > 0 ? left : 1);
}

static int
begin_round(struct polling *polling, int64_t now, deed_callback *callback, void *context)
{
	auto_free struct polling_candidate *suspects = NULL;
	int64_t ms = now - polling->round;
	int status = sweep(polling);
	if (status)
		return status;
	look_at_all(polling, ms);
	polling->round = now;
	size_t count = suspects_of(polling, now, &suspects);
	status = count ? listen_to(polling, suspects, count) : 0;
	if (polling->listening < 0)
		rest(polling, now, callback, context);
	else
		set_timer(polling, POLLING_MOMENT);
	return status;
}

static int
end_round(struct polling *polling, int64_t now, deed_callback *callback, void *context)
{
	stop_listening(polling);
	int status = sweep(polling);
	size_t position = 0;
	for (struct waiter *waiter; (waiter = map_next(polling->waiters, &position));)
		if (waiter->heard)
			judge(polling, waiter, now, callback, context);
	rest(polling, now, callback, context);
	return status;
}

/* The part. */

static void
polling_close(void *state)
{
	struct polling *polling = state;
	stop_listening(polling);
	size_t position = 0;
	for (struct waiter *waiter;
	     polling->waiters && (waiter = map_next(polling->waiters, &position));)
		free(waiter);
	map_free(polling->waiters);
	cleanup_fd(&polling->timer);
	free(polling->told);
	free(polling);
}

/* That listening is allowed is tried once; then nobody has to find out later. */
static int
try_listening(struct polling *polling)
{
	int status = listen_to(polling, NULL, 0);
	stop_listening(polling);
	return status;
}

static int
polling_open(const struct named_fd *fds, size_t count, const struct sensor_settings *settings,
    void **ret_state)
{
	(void)settings;
	struct polling found = {
	    .sweep_link = named_fd_find(fds, count, "polling.sweep"),
	    .heard_map = named_fd_find(fds, count, "polling.heard"),
	    .program = named_fd_find(fds, count, "polling.return"),
	    .listening = -1,
	};
	if (found.sweep_link < 0 || found.heard_map < 0 || found.program < 0)
		return -ENOENT;
	struct polling *polling = memory_copy(&found, sizeof(found));
	polling->waiters = map_new();
	polling->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	int status = polling->timer < 0 ? -errno : try_listening(polling);
	if (status) {
		polling_close(polling);
		return status;
	}
	set_timer(polling, 1);
	*ret_state = polling;
	return 0;
}

static int
polling_wakes(const void *state)
{
	const struct polling *polling = state;
	return polling->timer;
}

static int
polling_look(void *state, int64_t now, const struct part_listener *listener)
{
	deed_callback *callback = listener->deed;
	void *context = listener->context;
	struct polling *polling = state;
	uint64_t times;
	if (read(polling->timer, &times, sizeof(times)) < 0 && errno != EAGAIN)
		return -errno;
	if (polling->listening >= 0)
		return now - polling->round < POLLING_MOMENT
			   ? 0
			   : end_round(polling, now, callback, context);
	if (polling->round && now - polling->round < POLLING_ROUND)
		return 0;
	return begin_round(polling, now, callback, context);
}

static void
polling_describe(const void *state, struct str *out)
{
	(void)state, (void)out; /* nothing can be lost */
}

const struct sensor_part polling_part = {
    .name = "polling",
    .sensor = SENSOR_POLLING,
    .by = "BPF on tasks, and for moments on the calls of suspects",
    .load = polling_load,
    .open = polling_open,
    .wakes = polling_wakes,
    .look = polling_look,
    .describe = polling_describe,
    .close = polling_close,
};
