/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/polling_judge.h"

#include "base/attributes.h"

enum {
	/* Who takes part of a processor, in thousandths of one, or wakes so often, is looked
	   at. */
	SUSPECT_CPU = 20,
	SUSPECT_WAKES = 200,
	/* Who reads and writes as many bytes for a second of processor time has something to
	   do... */
	USEFUL_BYTES = 4096,
	/* ...unless they come in such crumbs as timers give, or a file of one word. */
	CRUMB = 64,
	/* Calls in vain a second, of who also uses the processor, and of who does hardly. */
	VAIN_BUSY = 100,
	VAIN_IDLE = 200,
	/* One call that does something, for so many in vain, and it is no spinning. */
	VAIN_FOR_ONE = 100,
	/* Bytes a second that do not count: a line of a log now and then. */
	CRUMBS = 4096,
	/* Who uses more processor time for each call in vain computes between them, ns. */
	COMPUTES_NS = 100000,
	NS_PER_MS = 1000000,
};

static const struct {
	const char *name;
	__u8 class;
} calls[] = {
#define CALL(name_, class_) {#name_, POLLING_##class_},
#include "sensors/polling_calls.def"
#undef CALL
};

/* What to do instead. */
static const char *const advice[] = {
    [POLLING_WAIT] = "let it sleep as long as nothing comes, it wakes by itself",
    [POLLING_SLEEP] = "wait in poll, epoll or inotify for what is to come",
    [POLLING_TIMED] = "wait without a limit of time, the other thread wakes it",
    [POLLING_READ] = "wait in poll or epoll until there is something to read, or in inotify "
		     "until a file changes",
    [POLLING_PART] = "inotify tells when a file changes",
    [POLLING_MOVE] = "wait in poll or epoll until more can be written",
    [POLLING_LOOK] = "inotify tells when a file changes",
    [POLLING_TAKE] = "wait in poll for a caller, for SIGCHLD for the end of a child",
    [POLLING_OPEN] = "inotify tells when a file is there; let pauses grow for who is not",
    [POLLING_TRY] = "wait for the lock itself, or let inotify tell when it is free",
    [POLLING_YIELD] = "wait for a condition variable or in poll",
    [POLLING_ASIDE] = "wait in poll or epoll", /* never counted as in vain */
};

_Static_assert(
    sizeof(calls) / sizeof(*calls) <= POLLING_ROWS, "each call has room to be counted");

unsigned
polling_call_count(void)
{
	return array_length(calls);
}

const char *
polling_call_name(unsigned row)
{
	return calls[row].name;
}

struct polling_call
polling_call_at(unsigned row)
{
	return (struct polling_call){.class = calls[row].class, .row = (__u8)row};
}

static uint64_t
a_second(uint64_t count, int64_t ms)
{
	return ms > 0 ? count * 1000 / (uint64_t)ms : 0;
}

/* Thousandths of a processor. */
static uint64_t
part_of_processor(uint64_t cpu_ns, int64_t ms)
{
	return ms > 0 ? cpu_ns / ((uint64_t)ms * NS_PER_MS / 1000) : 0;
}

bool
polling_is_suspect(const struct polling_use *use, int64_t ms)
{
	bool costs = part_of_processor(use->cpu_ns, ms) >= SUSPECT_CPU ||
		     a_second(use->wakes, ms) >= SUSPECT_WAKES;
	bool crumbs = use->bytes <= use->calls * CRUMB;
	return costs && (crumbs || use->bytes * NS_PER_MS * 1000 < USEFUL_BYTES * use->cpu_ns);
}

static uint64_t
all_in_vain(const struct polling_counts *counts)
{
	uint64_t all = 0;
	for (unsigned row = 0; row < POLLING_ROWS; row++)
		all += counts->vain[row];
	return all;
}

bool
polling_spins(const struct polling_counts *counts, uint64_t cpu_ns, int64_t ms)
{
	uint64_t vain = all_in_vain(counts);
	bool busy = part_of_processor(cpu_ns, ms) >= SUSPECT_CPU;
	return a_second(vain, ms) >= (busy ? VAIN_BUSY : VAIN_IDLE) &&
	       counts->done * VAIN_FOR_ONE <= vain && a_second(counts->bytes, ms) <= CRUMBS &&
	       cpu_ns <= vain * COMPUTES_NS;
}

/*
 * The call to speak of: the most frequent; but who sleeps and then looks should hear of the
 * looking, for that is what can be waited for.
 */
static unsigned
cause_of(const struct polling_counts *counts)
{
	unsigned most = 0, asking = 0;
	for (unsigned row = 0; row < array_length(calls); row++) {
		bool rests =
		    calls[row].class == POLLING_SLEEP || calls[row].class == POLLING_YIELD;
		if (counts->vain[row] > counts->vain[most])
			most = row;
		if (!rests && counts->vain[row] > counts->vain[asking])
			asking = row;
	}
	return counts->vain[asking] >= counts->vain[most] / 2 ? asking : most;
}

/* In steps of 1, 2 and 5, so that the same behaviour is said in the same words. */
static uint64_t
rounded(uint64_t rate)
{
	uint64_t step = 1;
	while (step * 10 <= rate)
		step *= 10;
	return rate >= step * 7	      ? step * 10
	       : rate * 2 >= step * 7 ? step * 5
	       : rate * 2 >= step * 3 ? step * 2
				      : step;
}

void
polling_say(const struct polling_counts *counts, int64_t ms, struct str *out)
{
	unsigned row = cause_of(counts);
	enum polling_class class = calls[row].class;
	bool rests = class == POLLING_SLEEP || class == POLLING_YIELD;
	str_addf(out, "%s %s() about %llu times a second and finds nothing: %s",
	    rests ? "wakes from" : "calls", calls[row].name,
	    (unsigned long long)rounded(a_second(counts->vain[row], ms)), advice[class]);
}
