/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/attack.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/memory.h"
#include "sensors/attack_words.h"
#include "sensors/hearing.h"
#include "sensors/mining.h"

struct attack {
	struct ring_buffer *ring;
	const struct attack_state *state;
	uint64_t strange; /* events that were none */
	struct mining mining;
	struct hearing hearing;
	/* While it looks. */
	int64_t now;
	deed_callback *tell;
	void *context;
};

static void
tell_deed(struct attack *attack, const struct attack_event *event)
{
	auto_str text = {0};
	attack_say(event, &text);
	struct deed deed = {
	    .uid = event->uid,
	    .script = event->script,
	    .pid = event->pid,
	    .pid_start = event->start,
	    .measure = MEASURE_PROCESS_ATTACK,
	    .at = attack->now,
	    .value = attack_value(event),
	    .text = str_text(&text),
	};
	attack->tell(attack->context, &deed);
}

static int
take_event(void *context, void *bytes, size_t length)
{
	struct attack *attack = context;
	if (attack_is_event(bytes, length))
		tell_deed(attack, bytes);
	else
		attack->strange++;
	return hearing_goes_on(&attack->hearing);
}

static int
take_said(void *context, void *bytes, size_t length)
{
	struct attack *attack = context;
	const struct mining_said *said = bytes;
	if (!mining_is_said(bytes, length))
		attack->strange++;
	else if (mining_hear(&attack->mining, said))
		tell_deed(attack, &said->who);
	return hearing_goes_on(&attack->hearing);
}

static void
attack_close(void *state)
{
	struct attack *attack = state;
	ring_buffer__free(attack->ring);
	if (attack->state)
		munmap((void *)(uintptr_t)attack->state, sizeof(*attack->state));
	free(attack);
}

static int
attack_open(const struct named_fd *fds, size_t count, const struct sensor_settings *settings,
    void **ret_state)
{
	(void)settings;
	int events = named_fd_find(fds, count, "attack.events");
	int shared = named_fd_find(fds, count, "attack.state");
	int said = named_fd_find(fds, count, "attack.said");
	if (events < 0 || shared < 0 || said < 0)
		return -ENOENT;
	struct attack *attack = memory_new(1, sizeof(*attack));
	attack->ring = ring_buffer__new(events, take_event, attack, NULL);
	void *memory = mmap(NULL, sizeof(*attack->state), PROT_READ, MAP_SHARED, shared, 0);
	attack->state = memory == MAP_FAILED ? NULL : memory;
	if (!attack->ring || !attack->state ||
	    ring_buffer__add(attack->ring, said, take_said, attack)) {
		int status = -errno;
		attack_close(attack);
		return status;
	}
	*ret_state = attack;
	return 0;
}

static int
attack_wakes(const void *state)
{
	const struct attack *attack = state;
	return ring_buffer__epoll_fd(attack->ring);
}

static int
attack_look(void *state, int64_t now, const struct part_listener *listener)
{
	struct attack *attack = state;
	attack->now = now;
	attack->tell = listener->deed;
	attack->context = listener->context;
	return hearing_turn(&attack->hearing, attack->ring);
}

static void
attack_describe(const void *state, struct str *out)
{
	const struct attack *attack = state;
	if (!attack->state->listens)
		str_add(out, "miners are not heard; ");
	if (attack->state->lost + attack->strange)
		str_addf(out, "%llu signs were lost; ",
		    (unsigned long long)(attack->state->lost + attack->strange));
	if (attack->state->unheard)
		str_addf(out, "%llu words of miners, perhaps, were lost; ",
		    (unsigned long long)attack->state->unheard);
	if (out->length >= 2)
		str_cut(out, out->length - 2);
}

const struct sensor_part attack_part = {
    .name = "attack",
    .sensor = SENSOR_ATTACK,
    .by = "BPF on forks, programs and connections",
    .load = attack_load,
    .open = attack_open,
    .wakes = attack_wakes,
    .look = attack_look,
    .describe = attack_describe,
    .close = attack_close,
};
