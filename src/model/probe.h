/* SPDX-License-Identifier: Apache-2.0 */
/* The services of this host that are asked again and again whether they serve; see
 * procs/prober.c. */
#ifndef MODEL_PROBE_H
#define MODEL_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/str.h"

enum probe_kind {
#define PROBE(symbol, name, port, first, answer, last) PROBE_##symbol,
#include "model/probes.def"
#undef PROBE
	PROBE_COUNT
};

enum { MOST_PROBES = 64, LONGEST_PROBE = 127 };

/* A service, as the setting names it: http (at 127.0.0.1), smtp://[2001:db8::1]:2525. */
struct probe {
	enum probe_kind kind;
	char text[LONGEST_PROBE + 1];
	struct sockaddr_storage address;
	socklen_t length;
};

/* The next word; *at moves behind it. 1; 0 at the end; -EINVAL for a word that is none. */
int probe_next(const char **at, struct probe *ret_probe);

/* What is said as soon as it is connected, and when it has answered; "": nothing. */
const char *probe_first(enum probe_kind kind);
const char *probe_last(enum probe_kind kind);

enum probe_answer {
	PROBE_WAITS, /* more must be heard */
	PROBE_SERVES,
	PROBE_FAILS,
};

/* What it comes to that it has said so much so far. */
enum probe_answer probe_judge(enum probe_kind kind, const char *bytes, size_t length);

/* How the services do, as the prober tells the engine. */
struct probed {
	uint32_t known;	  /* that served once */
	uint32_t failing; /* of them, that do not now */
	const char *by;	  /* the known ones, a blank between them */
	const char *why;  /* what fails how, in words; "": nothing */
};

void probed_encode(const struct probed *probed, struct str *out);
int probed_decode(
    const void *bytes, size_t length, struct arena *arena, struct probed *ret_probed) must_use;

#endif
