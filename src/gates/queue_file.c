/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A queue file is a row of records: a letter, a length in groups of seven bits of which the
 * lowest come first and all but the last have their top bit set, the data. The envelope comes
 * first, from M on the message follows, a line in each N (or several L and an N).
 */
#include "gates/queue_file.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_HEADER = 1024, MOST_GROUPS = 4, DIGITS = 10 };

struct record {
	char type;
	const char *data;
	size_t length;
};

struct rest {
	const unsigned char *at;
	const unsigned char *end;
};

static bool
next_record(struct rest *rest, struct record *ret_record)
{
	size_t length = 0;
	if (rest->at == rest->end)
		return false;
	ret_record->type = (char)*rest->at++;
	for (int group = 0; group < MOST_GROUPS && rest->at < rest->end; group++) {
		unsigned char byte = *rest->at++;
		length |= (size_t)(byte & 0x7f) << (7 * group);
		if (byte & 0x80)
			continue;
		if (length > (size_t)(rest->end - rest->at))
			return false;
		ret_record->data = (const char *)rest->at;
		ret_record->length = length;
		rest->at += length;
		return true;
	}
	return false;
}

/* "Received: by HOST (NAME, from userid N)" as it begins, and as it ends; the mail server's name is
 * Postfix, unless its operator calls it otherwise. */
static int
uid_of(const struct record *record, uint32_t *ret_uid)
{
	static const char begin[] = "Received: by ", middle[] = ", from userid ";
	char line[LONGEST_HEADER];
	if (record->length >= sizeof(line) || memchr(record->data, '\0', record->length))
		return -ENOENT;
	memcpy(line, record->data, record->length);
	line[record->length] = '\0';
	if (strncmp(line, begin, strlen(begin)) != 0)
		return -ENOENT;
	const char *name = line + strlen(begin), *at = NULL;
	name += strcspn(name, " ");
	if (strncmp(name, " (", 2) != 0)
		return -ENOENT;
	while ((name = strstr(name, middle))) {
		at = name;
		name += strlen(middle);
	}
	if (!at)
		return -ENOENT;
	uint64_t uid = 0;
	at += strlen(middle);
	const char *digits = at;
	for (; isdigit((unsigned char)*at) && at - digits < DIGITS; at++)
		uid = uid * 10 + (uint64_t)(*at - '0');
	if (at == digits || strcmp(at, ")") != 0 || uid >= UINT32_MAX)
		return -ENOENT;
	*ret_uid = (uint32_t)uid;
	return 0;
}

int
queue_file_uid(const void *bytes, size_t length, uint32_t *ret_uid)
{
	struct rest rest = {bytes, (const unsigned char *)bytes + length};
	struct record record;
	bool in_message = false;
	while (next_record(&rest, &record)) {
		if (in_message)
			return record.type == 'N' ? uid_of(&record, ret_uid) : -ENOENT;
		in_message = record.type == 'M';
	}
	return -EBADMSG;
}

/* "SECONDS MICROSECONDS" */
static int64_t
time_of(const struct record *record)
{
	enum { LONGEST = 40 };
	char text[LONGEST];
	int64_t seconds, microseconds;
	if (record->length >= sizeof(text))
		return 0;
	memcpy(text, record->data, record->length);
	text[record->length] = '\0';
	if (sscanf(text, "%11" SCNd64 " %6" SCNd64, &seconds, &microseconds) != 2 ||
	    seconds <= 0 || microseconds < 0)
		return 0;
	return seconds * 1000 + microseconds / 1000;
}

int64_t
queue_file_time(const void *bytes, size_t length)
{
	struct rest rest = {bytes, (const unsigned char *)bytes + length};
	struct record record;
	while (next_record(&rest, &record) && record.type != 'M')
		if (record.type == 'T')
			return time_of(&record);
	return 0;
}
