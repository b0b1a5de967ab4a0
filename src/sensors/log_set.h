/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many logs of one kind: those that a setting names, followed and read a bounded piece at a
 * time. None of them starves the others.
 */
#ifndef SENSORS_LOG_SET_H
#define SENSORS_LOG_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "model/account.h"

struct log_set;

/* Where a line came from. */
struct log_source {
	const char *path;
	const struct account *account; /* NULL: its lines say whose they are */
	uint64_t understood;
	uint64_t not_understood;
};

/* A line without its newline; the source may be noted in. */
typedef void log_line(
    void *context, struct log_source *source, const char *line, size_t length);

/* log_group: see follow.h. */
struct log_set *log_set_new(uint32_t log_group) must_use;
void log_set_free(struct log_set *set);

/*
 * The logs that the setting names for these accounts, which outlive it or the next call. A log
 * that stays in the list goes on where it is. floor: uids below are the system's.
 */
void log_set_name(struct log_set *set, const char *setting, const struct accounts *accounts,
    uint32_t floor);

/* Gives what was written since; a bounded piece of work. now: boot ms. */
void log_set_read(struct log_set *set, int64_t now, log_line *give, void *context);

/* Notes whether a line was understood; of a log of which no line is, it is said once, with the
 * format that it should have. */
void log_set_note(struct log_source *source, bool understood, const char *format);

/* How many logs there are to be followed, and how many of them are there. */
struct log_set_state {
	size_t named;
	size_t followed;
};
struct log_set_state log_set_state(const struct log_set *set);

#endif
