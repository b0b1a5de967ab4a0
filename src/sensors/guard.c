/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/guard.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "sensors/guard_events.h"
#include "sensors/guard_words.h"

/*
 * Whoever searches a whole disk for a word opens what he should not, and whoever watches over
 * his programs asks for it every minute. What only looks counts, of one script, once within
 * this time, however much it is: so seldom that it is never the ten of a warning.
 */
enum { LOOKING_MS = 2 * 60 * 1000, LOOKERS = 256 };

struct looker {
	uint64_t script;
	uint32_t uid;
	int64_t at; /* 0: nobody */
};

struct guard {
	struct ring_buffer *ring;
	int counts;
	const struct guard_state *state;
	struct guarded paths;
	struct guarded devices;
	struct guard_knowledge knowledge;
	struct looker lookers[LOOKERS];
	uint64_t strange; /* events that were none */
	/* While it looks. */
	int64_t now;
	deed_callback *tell;
	void *context;
};

/* How often it was done since it was said, and from now on it is new again. */
static int64_t
take_count(const struct guard *guard, const struct guard_key *key)
{
	uint64_t count = 0;
	if (bpf_map_lookup_and_delete_elem(guard->counts, key, &count) || !count)
		return 1;
	return count > INT32_MAX ? INT32_MAX : (int64_t)count;
}

static bool
looks_again(struct guard *guard, const struct guard_key *key)
{
	struct looker *at = &guard->lookers[(key->script ^ key->uid) % LOOKERS];
	bool same = at->at && at->script == key->script && at->uid == key->uid;
	if (same && guard->now - at->at < LOOKING_MS)
		return true;
	*at = (struct looker){key->script, key->uid, guard->now};
	return false;
}

static int
take_event(void *context, void *bytes, size_t length)
{
	struct guard *guard = context;
	const struct guard_event *event = bytes;
	auto_str text = {0};
	if (!guard_is_event(bytes, length)) {
		guard->strange++;
		return 0;
	}
	int64_t count = take_count(guard, &event->key);
	struct deed deed = {
	    .uid = event->key.uid,
	    .script = event->key.script,
	    .pid = event->pid,
	    .pid_start = event->start,
	    .at = guard->now,
	};
	if (!guard_judge(&guard->knowledge, event, &deed.measure, &deed.value, &text))
		return 0;
	bool refused = event->key.outcome != GUARD_DONE,
	     looks = guard_only_looks(&guard->knowledge, event);
	if (refused && looks && looks_again(guard, &event->key))
		return 0;
	if (refused)
		deed.value = looks ? 1 : count;
	if (text.length >= LONGEST_DEED)
		str_cut(&text, LONGEST_DEED - 1);
	deed.text = str_text(&text);
	guard->tell(guard->context, &deed);
	return 0;
}

static void
guard_close(void *state)
{
	struct guard *guard = state;
	ring_buffer__free(guard->ring);
	if (guard->state)
		munmap((void *)(uintptr_t)guard->state, sizeof(*guard->state));
	if (guard->counts >= 0)
		close(guard->counts);
	free(guard);
}

static int
open_all(struct guard *guard, const struct named_fd *fds, size_t count)
{
	int events = named_fd_find(fds, count, "guard.events");
	int counts = named_fd_find(fds, count, "guard.counts");
	int state = named_fd_find(fds, count, "guard.state");
	if (events < 0 || counts < 0 || state < 0)
		return -ENOENT;
	guard->counts = fcntl(counts, F_DUPFD_CLOEXEC, 3);
	guard->ring = ring_buffer__new(events, take_event, guard, NULL);
	void *memory = mmap(NULL, sizeof(*guard->state), PROT_READ, MAP_SHARED, state, 0);
	guard->state = memory == MAP_FAILED ? NULL : memory;
	return guard->counts >= 0 && guard->ring && guard->state ? 0 : -errno;
}

static int
guard_open(const struct named_fd *fds, size_t count, const struct sensor_settings *settings,
    void **ret_state)
{
	struct guard *guard = memory_new(1, sizeof(*guard));
	guard->counts = -1;
	guarded_parse(settings->guarded_paths ? settings->guarded_paths : "", &guard->paths);
	guarded_parse(
	    settings->guarded_devices ? settings->guarded_devices : "", &guard->devices);
	guard->knowledge = guard_this_host;
	guard->knowledge.paths = &guard->paths;
	guard->knowledge.devices = &guard->devices;
	int status = open_all(guard, fds, count);
	if (status)
		guard_close(guard);
	else
		*ret_state = guard;
	return status;
}

static int
guard_wakes(const void *state)
{
	const struct guard *guard = state;
	return ring_buffer__epoll_fd(guard->ring);
}

static int
guard_look(void *state, int64_t now, const struct part_listener *listener)
{
	struct guard *guard = state;
	guard->now = now;
	guard->tell = listener->deed;
	guard->context = listener->context;
	return ring_buffer__consume(guard->ring) < 0 ? -EIO : 0;
}

static void
guard_describe(const void *state, struct str *out)
{
	const struct guard *guard = state;
	const __u64 *unheard = guard->state->unheard;
	if (!guard->state->devices)
		str_add(out, "devices that are opened are not seen; ");
	if (unheard[GUARD_REFUSED] + unheard[GUARD_DONE])
		str_addf(out, "%llu attempts were too many to tell apart; ",
		    (unsigned long long)(unheard[GUARD_REFUSED] + unheard[GUARD_DONE]));
	if (guard->state->lost + guard->strange)
		str_addf(out, "%llu attempts were lost; ",
		    (unsigned long long)(guard->state->lost + guard->strange));
	if (out->length >= 2)
		str_cut(out, out->length - 2);
}

const struct sensor_part guard_part = {
    .name = "guard",
    .sensor = SENSOR_GUARD,
    .by = "BPF on capabilities, changes of inodes and opened devices",
    .load = guard_load,
    .open = guard_open,
    .wakes = guard_wakes,
    .look = guard_look,
    .describe = guard_describe,
    .close = guard_close,
};
