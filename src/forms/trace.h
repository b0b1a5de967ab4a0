/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of a request to a script, for the moment in which a mail may come of it: the
 * mail addresses in it, and a sample of its runs of words, all by hashes under the web server's
 * key. Who has no key learns nothing of what the visitor wrote; who has it can only try whether
 * a text that he knows was in it.
 *
 *     tracing    on the way, in Apache's module: values go in
 *     trace      what it came to; it goes to the gate as bytes, between processes of one
 * machine
 *
 * Bounded, whatever is sent: addresses beyond the last that fit are left out, runs are sampled
 * more thinly as they become more (those whose lowest `run_bits` bits are zero are kept), and
 * after so many bytes nothing is read any more.
 */
#ifndef FORMS_TRACE_H
#define FORMS_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "forms/parameters.h"
#include "forms/words.h"
#include "forms/wrapped.h"

enum {
	TRACE_MOST_ADDRESSES = 256,
	TRACE_MOST_RUNS = 512,
	TRACE_MOST_BYTES = 256 * 1024, /* of values */
	TRACE_LONGEST_SCRIPT = 255,
	TRACE_LARGEST = 4 + WORDS_KEY + 4 + 1 + 8 + 1 + TRACE_LONGEST_SCRIPT + 2 +
			TRACE_MOST_ADDRESSES * 9 + 1 + 2 + TRACE_MOST_RUNS * 4,
};

/* What the web server knows of who asks. */
enum {
	TRACE_KNOWN = 1,  /* it has asked for a password, and got it */
	TRACE_COOKIE = 2, /* he brings cookies: the script may know him */
	TRACE_CUT = 4,	  /* there was more than what was read */
};

struct trace_address {
	uint64_t hash;
	bool added; /* it stands only where a value adds a header for recipients of its own */
};

struct trace {
	uint8_t key[WORDS_KEY];
	uint32_t uid; /* as whom the script runs */
	uint8_t flags;
	uint64_t visitor;		       /* where he asks from, by a hash */
	char script[TRACE_LONGEST_SCRIPT + 1]; /* the name of its file, without folders */
	size_t address_count;
	struct trace_address addresses[TRACE_MOST_ADDRESSES];
	unsigned run_bits;
	size_t run_count;
	uint32_t runs[TRACE_MOST_RUNS];
};

struct tracing {
	struct trace trace;
	struct words words;
	struct wrapped wrapped;
	size_t size;	     /* bytes of values so far */
	uint32_t seen[1024]; /* the runs, for finding them; 0: free */
	enum {
		LINE_FIRST,
		LINE_NAME,  /* of a header, if it is one */
		LINE_VALUE, /* of a header */
		LINE_OVER,  /* no header stands any more in this value */
	} line;
	char name[4]; /* the header's, so far */
	size_t name_length;
	bool line_starts;  /* the byte is the first of its line */
	bool after_return; /* the byte before was a "\r" */
};

/* To be fed by parameters_feed(), with the tracing as context. */
extern const struct parameters_events tracing_events;

void tracing_begin(struct tracing *tracing, const uint8_t key[WORDS_KEY]);

/* The bytes of a trace; gives how many. */
size_t trace_encode(const struct trace *trace, uint8_t out[TRACE_LARGEST]);

/* false: it is none. Addresses and runs come sorted, each once. */
bool trace_decode(const void *bytes, size_t length, struct trace *ret_trace);

/* In one that was decoded. NULL: it is not in there. */
const struct trace_address *trace_find_address(const struct trace *trace, uint64_t hash);
bool trace_has_run(const struct trace *trace, uint32_t run);

/* Whether a run of that hash would have been kept if it was there. */
bool trace_keeps_run(const struct trace *trace, uint32_t run);

#endif
