/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays a written past through the same flow that the daemon runs, with a
 * virtual clock and a notebook instead of hands: `hayward rehearse FILE`, and
 * tests/cases/. The language is in docs/casefile.md.
 */
#ifndef REHEARSE_REHEARSE_H
#define REHEARSE_REHEARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/str.h"

/* Appends the file that a `policy` line names, relative to the scenario. 0 or -errno. */
typedef int rehearse_read(void *context, const char *path, struct str *out);

struct rehearsal {
	rehearse_read *read; /* NULL: no policy files can be read */
	void *context;
	uint64_t
	    most_steps; /* intervals of virtual time after which it stands still; 0: no limit */
	bool verbose;	/* tell every record, action and notice, not only what was expected */
};

/*
 * Plays the text (name is for messages). What happened is told in out; what is
 * written wrongly, and every expectation that was not met, goes to diag with
 * its place. 0: all were met; -ESTALE: some were not; -EINVAL: it cannot be
 * played.
 */
int rehearse_run(const struct rehearsal *rehearsal, const char *name, const char *text,
    struct str *out, struct diag *diag) must_use;

#endif
