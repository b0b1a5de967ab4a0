/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/handing.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/memory.h"
#include "sensors/handing_events.h"
#include "sensors/hearing.h"

enum { NS_PER_MS = 1000000 };

struct handing_reader {
	struct ring_buffer *ring;
	const struct handing_state *state;
	struct hearing hearing;
	uint64_t strange;		      /* events that were none */
	const struct part_listener *listener; /* while it looks */
};

static int
take_event(void *context, void *bytes, size_t length)
{
	struct handing_reader *reader = context;
	const struct handing_event *event = bytes;
	if (length != sizeof(*event)) {
		reader->strange++;
		return hearing_goes_on(&reader->hearing);
	}
	const struct handing handing = {
	    .uid = event->uid,
	    .script = event->script,
	    .at = (int64_t)(event->at / NS_PER_MS),
	    .port = event->port,
	    .starter = event->starter < STARTER_COUNT ? event->starter : STARTER_UNKNOWN,
	};
	reader->listener->handing(reader->listener->context, &handing);
	return hearing_goes_on(&reader->hearing);
}

static void
handing_close(void *state)
{
	struct handing_reader *reader = state;
	ring_buffer__free(reader->ring);
	if (reader->state)
		munmap((void *)(uintptr_t)reader->state, sizeof(*reader->state));
	free(reader);
}

static int
handing_open(const struct named_fd *fds, size_t count, const struct sensor_settings *settings,
    void **ret_state)
{
	(void)settings;
	int events = named_fd_find(fds, count, "handing.events");
	int shared = named_fd_find(fds, count, "handing.state");
	if (events < 0 || shared < 0)
		return -ENOENT;
	struct handing_reader *reader = memory_new(1, sizeof(*reader));
	reader->ring = ring_buffer__new(events, take_event, reader, NULL);
	void *memory = mmap(NULL, sizeof(*reader->state), PROT_READ, MAP_SHARED, shared, 0);
	reader->state = memory == MAP_FAILED ? NULL : memory;
	if (!reader->ring || !reader->state) {
		int status = -errno;
		handing_close(reader);
		return status;
	}
	*ret_state = reader;
	return 0;
}

static int
handing_wakes(const void *state)
{
	const struct handing_reader *reader = state;
	return ring_buffer__epoll_fd(reader->ring);
}

static int
handing_look(void *state, int64_t now, const struct part_listener *listener)
{
	struct handing_reader *reader = state;
	(void)now;
	reader->listener = listener;
	return hearing_turn(&reader->hearing, reader->ring);
}

static void
handing_describe(const void *state, struct str *out)
{
	const struct handing_reader *reader = state;
	if (reader->state->lost + reader->strange)
		str_addf(out, "%llu mails were not seen being handed in; ",
		    (unsigned long long)(reader->state->lost + reader->strange));
	if (reader->state->unheard)
		str_addf(out, "%llu mails were handed in faster than one uid is heard; ",
		    (unsigned long long)reader->state->unheard);
	if (out->length >= 2)
		str_cut(out, out->length - 2);
}

const struct sensor_part handing_part = {
    .name = "handing",
    .sensor = SENSOR_HANDING,
    .by = "BPF on programs that hand mails in",
    .load = handing_load,
    .open = handing_open,
    .wakes = handing_wakes,
    .look = handing_look,
    .describe = handing_describe,
    .close = handing_close,
};
