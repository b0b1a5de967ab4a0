/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of JSON from anybody on this host, made into a typed request, or
 * refused with words. The only parser that stands between customers and the
 * processes behind control; it holds no power and keeps nothing.
 */
#ifndef PROCS_REQUEST_JSON_H
#define PROCS_REQUEST_JSON_H

#include <stddef.h>

#include "base/str.h"
#include "model/request.h"

enum {
	LONGEST_REQUEST_LINE = 65536,
	DEEPEST_REQUEST = 2, /* an object with plain members needs 1 */
};

/*
 * Parses {"ask":"case","case":12}. The request's id and asker are left zero.
 * -EINVAL: ret_wrong says what is wrong, in words that name the member.
 */
int request_parse(const char *line, size_t length, struct request *ret_request,
    struct str *ret_wrong) must_use;

/* "2027-01-31" to wall ms of that day's end (UTC), "revoked" to INT64_MAX; -EINVAL. */
int request_parse_until(const char *text, int64_t *ret_until) must_use;

#endif
