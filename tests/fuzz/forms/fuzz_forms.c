/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a request to a script: the first line is its Content-Type, the rest its body;
 * then as a mail, and as a trace. However the body comes in pieces, the trace is the same; it
 * is bounded, and comes back from its own bytes as it was.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "forms/trace.h"
#include "gates/mail_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const uint8_t key[WORDS_KEY] = "some key of ours";

static void
demand(bool condition)
{
	if (!condition)
		abort();
}

static bool
read_request(
    struct tracing *tracing, const char *type, const char *body, size_t length, size_t piece)
{
	struct parameters parameters;
	tracing_begin(tracing, key);
	if (!parameters_begin_body(&parameters, type, &tracing_events, tracing))
		return false;
	for (size_t at = 0; at < length; at += piece)
		parameters_feed(
		    &parameters, body + at, length - at < piece ? length - at : piece);
	parameters_end(&parameters);
	return true;
}

static void
check_trace(const struct trace *trace)
{
	static struct trace back;
	static uint8_t out[TRACE_LARGEST];
	demand(trace->address_count <= TRACE_MOST_ADDRESSES);
	demand(trace->run_count <= TRACE_MOST_RUNS);
	size_t length = trace_encode(trace, out);
	demand(length <= TRACE_LARGEST && trace_decode(out, length, &back));
	demand(
	    back.address_count == trace->address_count && back.run_count == trace->run_count);
	for (size_t i = 0; i < trace->run_count; i++)
		demand(trace_keeps_run(trace, trace->runs[i]) &&
		       trace_has_run(&back, trace->runs[i]));
	for (size_t i = 0; i < trace->address_count; i++) {
		const struct trace_address *found =
		    trace_find_address(&back, trace->addresses[i].hash);
		demand(found && found->added == trace->addresses[i].added);
	}
}

static void
check_same(const struct trace *one, const struct trace *other)
{
	static uint8_t a[TRACE_LARGEST], b[TRACE_LARGEST];
	size_t length = trace_encode(one, a);
	demand(length == trace_encode(other, b) && !memcmp(a, b, length));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static struct tracing whole, pieces;
	static struct mail_words mail;
	static struct trace any;
	const uint8_t *end = length ? memchr(bytes, '\n', length) : NULL;
	size_t type_length = end ? (size_t)(end - bytes) : 0;
	auto_str type = {0};
	str_add_bytes(&type, bytes, type_length);
	const char *body = (const char *)bytes + type_length;
	size_t left = length - type_length;
	if (read_request(&whole, end ? str_text(&type) : NULL, body, left, left + 1)) {
		read_request(&pieces, end ? str_text(&type) : NULL, body, left, 1);
		whole.trace.flags = pieces.trace.flags =
		    0; /* cut within a piece, or behind it */
		check_same(&whole.trace, &pieces.trace);
		check_trace(&whole.trace);
	}
	mail_words_read(&mail, key, (const char *)bytes, length);
	demand(mail.count <= MAIL_WORDS_MOST);
	if (trace_decode(bytes, length, &any))
		demand(any.address_count <= TRACE_MOST_ADDRESSES &&
		       any.run_count <= TRACE_MOST_RUNS);
	return 0;
}
