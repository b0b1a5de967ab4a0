/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A queue file is a row of records: a letter, a length in groups of seven bits of which the
 * lowest come first and all but the last have their top bit set, the data. The envelope comes
 * first, from M on the message follows, a line in each N (or several L and an N).
 *
 * SECURITY: how long the envelope is its author says, so it is read through a window, and what
 * is in records that mean nothing here is stepped over.
 */
#include "gates/queue_file.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	LONGEST_HEADER = 1024,
	LONGEST_TIME = 40,
	MOST_GROUPS = 4,
	DIGITS = 10,
	WINDOW = 16 * 1024,
};

struct record {
	char type;
	size_t length;
};

struct reader {
	int fd;
	off_t at;    /* in the file: what comes next */
	off_t begin; /* of the window */
	size_t length;
	char window[WINDOW];
};

/* The next length bytes, at most a window full; NULL: there are not so many. */
static const char *
look_at(struct reader *reader, size_t length, int *ret_status)
{
	off_t end = reader->begin + (off_t)reader->length;
	if (reader->at >= reader->begin && reader->at + (off_t)length <= end)
		return reader->window + (reader->at - reader->begin);
	reader->begin = reader->at;
	reader->length = 0;
	while (reader->length < length) {
		ssize_t got = pread(reader->fd, reader->window + reader->length,
		    WINDOW - reader->length, reader->begin + (off_t)reader->length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			*ret_status = got ? -errno : -EBADMSG;
			return NULL;
		}
		reader->length += (size_t)got;
	}
	return reader->window;
}

/* Behind it the reader stands before the record's data. */
static int
next_record(struct reader *reader, struct record *ret_record)
{
	int status = -EBADMSG;
	const char *byte = look_at(reader, 1, &status);
	size_t length = 0;
	if (!byte)
		return status;
	ret_record->type = *byte;
	reader->at++;
	for (int group = 0; group < MOST_GROUPS; group++) {
		byte = look_at(reader, 1, &status);
		if (!byte)
			return status;
		reader->at++;
		length |= (size_t)(*byte & 0x7f) << (7 * group);
		if (*byte & 0x80)
			continue;
		ret_record->length = length;
		return 0;
	}
	return -EBADMSG;
}

/* The record's data as a text. -EBADMSG: it is too long for that, or none. */
static int
read_text(struct reader *reader, const struct record *record, char *out, size_t size)
{
	int status = -EBADMSG;
	if (record->length >= size)
		return -EBADMSG;
	const char *data = look_at(reader, record->length, &status);
	if (!data)
		return status;
	if (memchr(data, '\0', record->length))
		return -EBADMSG;
	memcpy(out, data, record->length);
	out[record->length] = '\0';
	return 0;
}

/*
 * "Received: by HOST (NAME, from userid N)" as it begins, and as it ends, or "Received: by HOST
 * (NAME)"; the mail server's name is Postfix, unless its operator calls it otherwise.
 */
static int
uid_of(const char *line, uint32_t *ret_uid)
{
	static const char begin[] = "Received: by ", middle[] = ", from userid ";
	if (strncmp(line, begin, strlen(begin)) != 0)
		return -EBADMSG;
	const char *name = line + strlen(begin), *at = NULL;
	name += strcspn(name, " ");
	if (strncmp(name, " (", 2) != 0)
		return -EBADMSG;
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
		return -EBADMSG;
	*ret_uid = (uint32_t)uid;
	return 0;
}

/* "SECONDS MICROSECONDS" */
static int64_t
time_of(const char *text)
{
	int64_t seconds, microseconds;
	if (sscanf(text, "%11" SCNd64 " %6" SCNd64, &seconds, &microseconds) != 2 ||
	    seconds <= 0 || microseconds < 0)
		return 0;
	return seconds * 1000 + microseconds / 1000;
}

/* Up to the message; the first time counts. */
static int
read_envelope(struct reader *reader, int64_t *ret_at)
{
	bool is_timed = false;
	while (reader->at < QUEUE_FILE_MOST_ENVELOPE) {
		char text[LONGEST_TIME];
		struct record record;
		int status = next_record(reader, &record);
		if (status)
			return status;
		if (record.type == 'T' && !is_timed) {
			is_timed = true;
			status = read_text(reader, &record, text, sizeof(text));
			*ret_at = status ? 0 : time_of(text);
		}
		reader->at += (off_t)record.length;
		if (record.type == 'M')
			return 0;
	}
	return -EBADMSG;
}

int
queue_file_read(int fd, struct handed_in *ret_handed)
{
	struct reader reader = {.fd = fd};
	struct handed_in handed = {0};
	struct record record;
	char line[LONGEST_HEADER];
	int status = read_envelope(&reader, &handed.at);
	if (!status)
		status = next_record(&reader, &record);
	if (!status && record.type != 'N')
		status = -EBADMSG;
	if (!status)
		status = read_text(&reader, &record, line, sizeof(line));
	if (!status)
		status = uid_of(line, &handed.uid);
	if (!status)
		*ret_handed = handed;
	return status;
}
