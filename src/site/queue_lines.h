/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What postqueue(1) -j says of a queue, made short enough to be handed on whatever is in the
 * queue: an object a line, of each mail what is shown of it, those that are held first. How
 * many there was no room for is the last line.
 *
 * SECURITY: who sends chooses how many mails there are and how many recipients one has: no mail
 * is held in memory whole, and none vanishes without being counted.
 */
#ifndef SITE_QUEUE_LINES_H
#define SITE_QUEUE_LINES_H

#include <stdbool.h>

#include "base/str.h"

/* Bytes of lines of mails that are held, and as many of others. */
enum { MOST_QUEUE = 256 * 1024 };

struct queue_lines;

struct queue_lines *queue_lines_new(void) must_use;
void queue_lines_free(struct queue_lines *lines);

/* Takes some more bytes of it, as a program_reader does; context: struct queue_lines *. */
void queue_lines_read(void *context, const void *bytes, size_t length);

/*
 * Adds the lines, with the members of postqueue's that are shown: queue_id, queue_name, sender,
 * arrival_time, message_size, and of the recipients the first, cut where they are long; and
 * recipient_count. Then, if there is more, {"more":N}; with "unread":true if what was read
 * was not all.
 */
void queue_lines_tell(struct queue_lines *lines, bool was_all, struct str *out);

#endif
