/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether clamd finds something in a file, asked on the event loop. The file is handed over as a
 * descriptor; a clamd that may not read it, as one confined by AppArmor, is sent its bytes.
 *
 * Only a clear yes and a clear no are verdicts. Whatever else comes, or does not come in time,
 * is a failure, and what it was about is unscanned. Where nobody can be asked at all that is
 * said apart: it is no fault of the file's, and the next one fares no better.
 */
#ifndef GATES_CLAMD_H
#define GATES_CLAMD_H

#include <stdint.h>

#include "base/attributes.h"

struct event_base;
struct clamd;
struct scan;

enum clamd_verdict {
	CLAMD_CLEAN,
	CLAMD_FOUND,
	CLAMD_FAILED, /* no word, too late, or none that means anything */
	CLAMD_AWAY,   /* failed as well: nobody is there, or he hung up */
};

/*
 * What came of it, once for each scan, never from within clamd_scan(). words: the signature's
 * name, or why it failed; valid during the call. The scan is gone after it.
 */
typedef void clamd_done(void *context, enum clamd_verdict verdict, const char *words);

/* Asks at the UNIX socket of that path; patience: ms that a whole message may take, for those
 * who ask, see clamd_patience(). Nothing is opened. */
struct clamd *clamd_new(struct event_base *loop, const char *path, int patience) must_use;

/* Who asks for a scan says how much of it that one has. */
int clamd_patience(const struct clamd *clamd);

/* No scan may be left. */
void clamd_free(struct clamd *clamd);

/* Asks about all bytes of fd, which must be readable by pread() until it is done; patience: ms. */
struct scan *clamd_scan(
    struct clamd *clamd, int fd, int64_t patience, clamd_done *done, void *context) must_use;

/* Nobody wants to know any more: done is not called. */
void clamd_forget(struct scan *scan);

/* What one reply of clamd's means; words point into it, which is changed. */
enum clamd_verdict clamd_reply(char *reply, const char **ret_words);

#endif
