/* SPDX-License-Identifier: Apache-2.0 */
#include "forms/trace.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char magic[4] = "HWF1";

enum { PLACES = sizeof(((struct tracing *)NULL)->seen) / sizeof(uint32_t), MOST_BITS = 31 };

/* ---- addresses ---- */

static void
note_address(void *context, uint64_t hash)
{
	struct tracing *tracing = context;
	struct trace *trace = &tracing->trace;
	static const char *const recipients[] = {"to", "cc", "bcc"};
	bool added = false;
	for (size_t i = 0; i < sizeof(recipients) / sizeof(*recipients); i++)
		added |= tracing->line == LINE_VALUE &&
			 strlen(recipients[i]) == tracing->name_length &&
			 !strncasecmp(recipients[i], tracing->name, tracing->name_length);
	for (size_t i = 0; i < trace->address_count; i++)
		if (trace->addresses[i].hash == hash) {
			trace->addresses[i].added &= added;
			return;
		}
	if (trace->address_count < TRACE_MOST_ADDRESSES)
		trace->addresses[trace->address_count++] = (struct trace_address){hash, added};
}

/* ---- runs ---- */

static uint32_t *
place_of(struct tracing *tracing, uint32_t run)
{
	size_t at = run / TRACE_MOST_RUNS % PLACES;
	while (tracing->seen[at] && tracing->seen[at] != run)
		at = (at + 1) % PLACES;
	return &tracing->seen[at];
}

bool
trace_keeps_run(const struct trace *trace, uint32_t run)
{
	return run && !(run & ((UINT32_C(1) << trace->run_bits) - 1));
}

static void
thin_out(struct tracing *tracing)
{
	struct trace *trace = &tracing->trace;
	size_t kept = 0;
	trace->run_bits++;
	memset(tracing->seen, 0, sizeof(tracing->seen));
	for (size_t i = 0; i < trace->run_count; i++)
		if (trace_keeps_run(trace, trace->runs[i])) {
			*place_of(tracing, trace->runs[i]) = trace->runs[i];
			trace->runs[kept++] = trace->runs[i];
		}
	trace->run_count = kept;
}

static void
note_run(void *context, uint32_t run)
{
	struct tracing *tracing = context;
	struct trace *trace = &tracing->trace;
	while (trace->run_count == TRACE_MOST_RUNS && trace->run_bits < MOST_BITS)
		thin_out(tracing);
	if (!trace_keeps_run(trace, run) || trace->run_count == TRACE_MOST_RUNS)
		return;
	uint32_t *place = place_of(tracing, run);
	if (*place)
		return;
	*place = run;
	trace->runs[trace->run_count++] = run;
}

/* ---- headers that a value adds ---- */

/* "name of somebody\nBcc: many": a script that writes the value into a header writes what
 * stands behind the line's end as a header of its own. Behind an empty line, or one that is no
 * header, it would be text, which is where visitors quote such lines. */
static void
begin_line(struct tracing *tracing)
{
	if (tracing->line == LINE_NAME)
		tracing->line = LINE_OVER;
	if (tracing->line == LINE_OVER)
		return;
	/* The name stays: a line that begins with a blank goes on with it. */
	tracing->line = LINE_NAME;
}

static bool
is_of_name(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '-';
}

static void
read_name(struct tracing *tracing, char byte, bool is_first)
{
	if (is_first && (byte == ' ' || byte == '\t')) {
		tracing->line = LINE_VALUE;
		return;
	}
	if (is_first)
		tracing->name_length = 0;
	if (byte == ':' && tracing->name_length)
		tracing->line = LINE_VALUE;
	else if (!is_of_name(byte))
		tracing->line = LINE_OVER;
	else {
		if (tracing->name_length < sizeof(tracing->name))
			tracing->name[tracing->name_length] = byte;
		tracing->name_length++;
	}
}

static void
follow_line(struct tracing *tracing, char byte)
{
	bool is_second = tracing->after_return && byte == '\n';
	tracing->after_return = byte == '\r';
	if (is_second)
		return;
	if (byte == '\n' || byte == '\r') {
		begin_line(tracing);
		tracing->line_starts = true;
		return;
	}
	if (tracing->line == LINE_NAME)
		read_name(tracing, byte, tracing->line_starts);
	tracing->line_starts = false;
}

/* ---- values ---- */

/* How many bytes change nothing of what is known of lines; at least 1, which may. */
static size_t
until_line_end(const struct tracing *tracing, const char *bytes, size_t length)
{
	size_t count = 0;
	if (tracing->line == LINE_NAME)
		return 1;
	while (count < length && bytes[count] != '\n' && bytes[count] != '\r')
		count++;
	return count ? count : 1;
}

static void
take_bytes(void *context, const char *bytes, size_t length)
{
	struct tracing *tracing = context;
	if (tracing->size + length > TRACE_MOST_BYTES)
		tracing->trace.flags |= TRACE_CUT;
	while (length && tracing->size < TRACE_MOST_BYTES) {
		size_t step = until_line_end(tracing, bytes, length);
		if (step > TRACE_MOST_BYTES - tracing->size)
			step = TRACE_MOST_BYTES - tracing->size;
		/* An address ends with the byte behind it, which may end its line. */
		words_feed(&tracing->words, bytes, step);
		wrapped_feed(&tracing->wrapped, bytes, step);
		if (step == 1)
			follow_line(tracing, *bytes);
		else
			tracing->after_return = tracing->line_starts = false;
		tracing->size += step;
		bytes += step;
		length -= step;
	}
}

static void
take_end(void *context)
{
	struct tracing *tracing = context;
	words_break(&tracing->words);
	wrapped_end(&tracing->wrapped);
	tracing->line = LINE_FIRST;
	tracing->name_length = 0;
	tracing->after_return = tracing->line_starts = false;
}

const struct parameters_events tracing_events = {take_bytes, take_end};

void
tracing_begin(struct tracing *tracing, const uint8_t key[WORDS_KEY])
{
	static const struct words_events events = {note_run, note_address};
	*tracing = (struct tracing){.line = LINE_FIRST};
	memcpy(tracing->trace.key, key, WORDS_KEY);
	words_begin(&tracing->words, key, &events, tracing);
	wrapped_begin(&tracing->wrapped, key, &events, tracing);
}

/* ---- as bytes ---- */

static uint8_t *
put(uint8_t *at, const void *bytes, size_t length)
{
	memcpy(at, bytes, length);
	return at + length;
}

size_t
trace_encode(const struct trace *trace, uint8_t out[TRACE_LARGEST])
{
	uint8_t length = (uint8_t)strnlen(trace->script, TRACE_LONGEST_SCRIPT);
	uint8_t bits = (uint8_t)trace->run_bits;
	uint16_t addresses = (uint16_t)trace->address_count, runs = (uint16_t)trace->run_count;
	uint8_t *at = put(out, magic, sizeof(magic));
	at = put(at, trace->key, WORDS_KEY);
	at = put(at, &trace->uid, sizeof(trace->uid));
	at = put(at, &trace->flags, sizeof(trace->flags));
	at = put(at, &trace->visitor, sizeof(trace->visitor));
	at = put(at, &length, sizeof(length));
	at = put(at, trace->script, length);
	at = put(at, &addresses, sizeof(addresses));
	for (size_t i = 0; i < addresses; i++) {
		uint8_t added = trace->addresses[i].added;
		at = put(at, &trace->addresses[i].hash, sizeof(trace->addresses[i].hash));
		at = put(at, &added, sizeof(added));
	}
	at = put(at, &bits, sizeof(bits));
	at = put(at, &runs, sizeof(runs));
	at = put(at, trace->runs, runs * sizeof(*trace->runs));
	return (size_t)(at - out);
}

struct reading {
	const uint8_t *at;
	size_t left;
	bool failed;
};

static void
get(struct reading *reading, void *out, size_t length)
{
	memset(out, 0, length);
	if (reading->failed || length > reading->left) {
		reading->failed = true;
		return;
	}
	memcpy(out, reading->at, length);
	reading->at += length;
	reading->left -= length;
}

static int
compare_addresses(const void *one, const void *other)
{
	uint64_t a = ((const struct trace_address *)one)->hash;
	uint64_t b = ((const struct trace_address *)other)->hash;
	return (a > b) - (a < b);
}

static int
compare_runs(const void *one, const void *other)
{
	uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
	return (a > b) - (a < b);
}

static void
get_addresses(struct reading *reading, struct trace *trace)
{
	uint16_t count;
	get(reading, &count, sizeof(count));
	reading->failed |= count > TRACE_MOST_ADDRESSES;
	for (size_t i = 0; i < count && !reading->failed; i++) {
		uint8_t added;
		get(reading, &trace->addresses[i].hash, sizeof(trace->addresses[i].hash));
		get(reading, &added, sizeof(added));
		trace->addresses[i].added = added != 0;
		trace->address_count = i + 1;
	}
	qsort(trace->addresses, trace->address_count, sizeof(*trace->addresses),
	    compare_addresses);
}

static void
get_runs(struct reading *reading, struct trace *trace)
{
	uint8_t bits;
	uint16_t count;
	get(reading, &bits, sizeof(bits));
	get(reading, &count, sizeof(count));
	reading->failed |= bits > MOST_BITS || count > TRACE_MOST_RUNS;
	if (reading->failed)
		return;
	trace->run_bits = bits;
	trace->run_count = count;
	get(reading, trace->runs, count * sizeof(*trace->runs));
	qsort(trace->runs, trace->run_count, sizeof(*trace->runs), compare_runs);
}

bool
trace_decode(const void *bytes, size_t length, struct trace *ret_trace)
{
	struct reading reading = {bytes, length, false};
	char head[sizeof(magic)];
	uint8_t name;
	*ret_trace = (struct trace){0};
	get(&reading, head, sizeof(head));
	get(&reading, ret_trace->key, WORDS_KEY);
	get(&reading, &ret_trace->uid, sizeof(ret_trace->uid));
	get(&reading, &ret_trace->flags, sizeof(ret_trace->flags));
	get(&reading, &ret_trace->visitor, sizeof(ret_trace->visitor));
	get(&reading, &name, sizeof(name));
	get(&reading, ret_trace->script, name);
	get_addresses(&reading, ret_trace);
	get_runs(&reading, ret_trace);
	return !reading.failed && !reading.left && !memcmp(head, magic, sizeof(magic)) &&
	       strlen(ret_trace->script) == name;
}

const struct trace_address *
trace_find_address(const struct trace *trace, uint64_t hash)
{
	const struct trace_address wanted = {hash, false};
	return trace->address_count ? bsearch(&wanted, trace->addresses, trace->address_count,
					  sizeof(wanted), compare_addresses)
				    : NULL;
}

bool
trace_has_run(const struct trace *trace, uint32_t run)
{
	return trace->run_count &&
	       bsearch(&run, trace->runs, trace->run_count, sizeof(run), compare_runs);
}
