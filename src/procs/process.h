/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame in which each process of haywardd is written. A process is one
 * event loop, no threads, and a set of handlers; the frame receives its blobs
 * and channels from the parent and calls the handlers:
 *
 *     prepare   full privilege, nothing heard yet: opens what will be forbidden
 *     (the sandbox closes, see sandbox.h)
 *     blob      once for each blob that it wants, and again after each reload
 *     start     all of them have come: begin to serve
 *     peer      a sibling is there, or gone (it died; the parent starts it anew)
 *     message   a sibling says something
 *     quit      the end is near: write down what must be; then the loop ends
 *
 * A handler is never called from within another one, nor from process_send().
 * Nothing sent is acknowledged by the frame: who must be sure re-sends when
 * `peer` says that the sibling is there again.
 */
#ifndef PROCS_PROCESS_H
#define PROCS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "model/config.h"
#include "model/message.h"
#include "procs/options.h"

struct event_base;
struct process_frame;

struct process_handlers {
	/* Each may be NULL. 0 or -errno, which ends the process: the parent tries again later.
	 */
	int (*prepare)(struct process_frame *frame);
	int (*start)(struct process_frame *frame);
	/* 0; -EBADMSG: it does not decode. A blob is kept by the handler, not by the frame. */
	int (*blob)(
	    struct process_frame *frame, enum blob kind, const void *bytes, size_t length);
	void (*peer)(struct process_frame *frame, enum process peer, bool connected);
	/*
	 * bytes are valid during the call; *fd (-1: none) is closed after it
	 * unless taken by take_fd(*fd). -EBADMSG: nonsense; the sibling is
	 * dropped and the parent starts it anew.
	 */
	int (*message)(struct process_frame *frame, enum process from, enum message message,
	    const void *bytes, size_t length, int *fd);
	void (*quit)(struct process_frame *frame);
};

/* What a handler is given. */
struct process_frame {
	void *state; /* whatever the process keeps */
	/* The settings in force; NULL in prepare; replaced before blob() tells of new ones. */
	const struct config *config;
	const struct options *options; /* state and run are set */
	enum process self;
	struct event_base *loop;
	int directory; /* its own directory below state, made by the parent; -1: none */
	struct process_inside *inside; /* the frame's */
};

/*
 * Sends to a sibling or the parent; fd as in channel_send(). 0; -ENOTCONN: it
 * is not there now; -ENOBUFS: it does not keep up.
 */
int process_send(struct process_frame *frame, enum process to, enum message message,
    const void *bytes, size_t length, int fd) must_use;

/* Whether a sibling is there, and how many messages wait for it to read. */
bool process_has_peer(const struct process_frame *frame, enum process peer);
size_t process_queued(const struct process_frame *frame, enum process peer);

/* Tells the parent that a sibling is of no use as it is: the parent starts it anew. */
void process_complain(struct process_frame *frame, enum process peer, const char *reason);

/* Tells the parent that this process serves; `hayward status` shows the line. May be said
 * again. */
void process_ready(struct process_frame *frame, const char *format, ...) printf_like(2, 3);

/* Ends this process after the present handler; what was sent is flushed first. */
void process_finish(struct process_frame *frame, int exit_status);

/* What is to be done now must not wait for what customers run; see urgency.h. */
void process_go_first(struct process_frame *frame);

/* For main(): runs the child named by options->role, whose channel to the parent is
 * descriptor 3. */
int process_run(enum process self, const struct options *options) must_use;

/* The descriptors that a child is born with. */
enum { PARENT_DESCRIPTOR = 3, DIRECTORY_DESCRIPTOR = 4 };

#endif
