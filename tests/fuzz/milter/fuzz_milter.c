/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a mail server that somebody took over may send. The first byte chooses the size of the
 * pieces and how answers come; nothing is heard of a message that did not begin, none is
 * forgotten twice, and what goes out are whole packets.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gates/milter.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { LONGEST = 256 * 1024 };

struct listener {
	struct milter *milter;
	bool later;
	bool in_message;
	size_t questions;
};

static void
demand(bool condition)
{
	if (!condition)
		abort();
}

static void
question(void *context, enum milter_stage stage, const char *argument)
{
	struct listener *listener = context;
	demand(milter_waits(listener->milter) && strlen(argument) <= LONGEST);
	demand(stage == MILTER_SENDER ? !listener->in_message
				      : listener->in_message == (stage != MILTER_CONNECT));
	listener->in_message = stage != MILTER_CONNECT;
	listener->questions++;
	if (listener->later)
		return;
	bool refuse = listener->questions % 7 == 6;
	int status =
	    milter_answer(listener->milter, refuse ? MILTER_REPLY : MILTER_CONTINUE, argument);
	(void)status;
}

static void
header(void *context, const char *name, const char *value)
{
	const struct listener *listener = context;
	demand(listener->in_message && strlen(name) + strlen(value) <= LONGEST);
}

static void
end_of_headers(void *context)
{
	const struct listener *listener = context;
	demand(listener->in_message);
}

static void
body(void *context, const void *bytes, size_t length)
{
	const struct listener *listener = context;
	demand(listener->in_message && bytes && length);
}

static void
forget(void *context)
{
	struct listener *listener = context;
	demand(listener->in_message);
	listener->in_message = false;
}

static void
check_output(struct milter *milter)
{
	struct str *out = milter_output(milter);
	size_t at = 0;
	while (at < out->length) {
		const unsigned char *size = (const unsigned char *)out->data + at;
		demand(out->length - at >= 5);
		at += 4 + ((size_t)size[0] << 24 | (size_t)size[1] << 16 |
			      (size_t)size[2] << 8 | size[3]);
	}
	demand(at == out->length);
	str_clear(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const struct milter_events events = {
	    question, header, end_of_headers, body, forget};
	if (!length)
		return 0;
	struct listener listener = {.later = bytes[0] & 1};
	size_t piece = 1 + bytes[0] / 2;
	int status = 0;
	listener.milter = milter_new(&events, &listener);
	for (size_t at = 1; at < length && !status; at += piece) {
		size_t size = length - at < piece ? length - at : piece;
		status = milter_read(listener.milter, bytes + at, size);
		while (!status && milter_waits(listener.milter))
			status = milter_answer(listener.milter, MILTER_CONTINUE, "");
		check_output(listener.milter);
	}
	milter_free(listener.milter);
	return 0;
}
