/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent's children: started from the one binary, each with a channel to
 * the parent and one to every sibling that it talks with; started again, with
 * a growing pause, when they die; given blobs and kernel descriptors unread.
 */
#ifndef PROCS_FAMILY_H
#define PROCS_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include "model/message.h"
#include "procs/options.h"
#include "procs/places.h"

struct event_base;
struct family;

struct family_events {
	/* A child says something that is not the family's own business. As in channel.h. */
	int (*message)(void *context, enum process from, enum message message,
	    const void *bytes, size_t length, int *fd);
	/* A one-shot has ended, or any child after family_stop(). status: as of waitpid(). */
	void (*ended)(void *context, enum process process, int status);
};

/* Everything given is borrowed; options and places may be filled in later, before the first
 * start. */
struct family *family_new(struct event_base *loop, const struct options *options,
    const struct places *places, const struct family_events *events, void *context) must_use;
void family_free(struct family *family);

/* Starts a process, now; from then on it is kept running unless it is a one-shot. */
void family_start(struct family *family, enum process process);

bool family_runs(const struct family *family, enum process process);

/* The last line that it said with READY; "" if none. */
const char *family_line(const struct family *family, enum process process);

/* Kills it at once; it is then started again as after any death. */
void family_kill(struct family *family, enum process process);

/* Says QUIT to it and does not start it again. */
void family_stop(struct family *family, enum process process);

/* Sends it a message if it runs. */
void family_send(struct family *family, enum process to, enum message message,
    const void *bytes, size_t length, int fd);

/* Keeps a blob (takes fd) and hands it to all who want it, now and whenever one starts. */
void family_set_blob(struct family *family, enum blob kind, int fd);

/* Keeps a kernel object (takes fd) for the sensor under its name, in place of one of that name.
 */
void family_add_kernel_object(struct family *family, const void *name, size_t length, int fd);

/* To be called on SIGCHLD. */
void family_reap(struct family *family);

#endif
