/* SPDX-License-Identifier: Apache-2.0 */
#include "store/segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static const char header_words[] = "hayward-journal 1 ";

struct digest
digest_zero(void)
{
	struct digest zero;
	memset(zero.text, '0', sizeof(zero.text) - 1);
	zero.text[sizeof(zero.text) - 1] = '\0';
	return zero;
}

bool
is_digest(const char *text, size_t length)
{
	size_t digits = 0;
	while (digits < length && digits < DIGEST_TEXT_SIZE - 1 &&
	       ((text[digits] >= '0' && text[digits] <= '9') ||
		   (text[digits] >= 'a' && text[digits] <= 'f')))
		digits++;
	return digits == DIGEST_TEXT_SIZE - 1;
}

void
segment_name(uint32_t number, char name[SEGMENT_NAME_SIZE])
{
	snprintf(name, SEGMENT_NAME_SIZE, "journal-%06" PRIu32 ".log", number);
}

/* The number of a segment of that name, 0 if it is none. */
static uint32_t
number_of(const char *name)
{
	uint32_t number;
	char again[SEGMENT_NAME_SIZE];
	if (sscanf(name, "journal-%" SCNu32 ".log", &number) != 1)
		return 0;
	segment_name(number, again);
	return strcmp(name, again) == 0 ? number : 0;
}

int
segment_range(int directory, uint32_t *ret_lowest, uint32_t *ret_highest)
{
	/* Opened anew: a duplicate would share the position in the directory. */
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);
	if (!listing) {
		int status = -errno;
		cleanup_fd(&fd);
		return status;
	}
	uint32_t lowest = 0, highest = 0;
	for (struct dirent *entry; (entry = readdir(listing));) {
		uint32_t number = number_of(entry->d_name);
		if (number && (!lowest || number < lowest))
			lowest = number;
		highest = number > highest ? number : highest;
	}
	closedir(listing);
	*ret_lowest = lowest;
	*ret_highest = highest;
	return 0;
}

int
segment_create(int directory, const struct segment_header *header)
{
	char name[SEGMENT_NAME_SIZE];
	auto_str line = {0};
	segment_name(header->number, name);
	str_addf(&line, "%s%06" PRIu32 " %" PRIu64 " %s\n", header_words, header->number,
	    header->first, header->before.text);
	return file_replace(directory, name, 0640, line.data, line.length);
}

int
segment_header_parse(const char *line, size_t length, struct segment_header *ret_header)
{
	char copy[160];
	struct segment_header header = {0};
	int used = 0;
	if (length >= sizeof(copy) || memchr(line, '\0', length))
		return -EBADMSG;
	memcpy(copy, line, length);
	copy[length] = '\0';
	if (!text_starts_with(copy, header_words))
		return -EBADMSG;
	sscanf(copy + strlen(header_words), "%6" SCNu32 " %20" SCNu64 " %64[0-9a-f]%n",
	    &header.number, &header.first, header.before.text, &used);
	if (strlen(header_words) + (size_t)used != length || !header.number || !header.first ||
	    !is_digest(header.before.text, strlen(header.before.text)))
		return -EBADMSG;
	*ret_header = header;
	return 0;
}

int
line_reader_init(struct line_reader *reader, int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	if (fd < 0)
		return -errno;
	*reader = (struct line_reader){.fd = fd, .number = 1};
	return 0;
}

void
line_reader_done(struct line_reader *reader)
{
	cleanup_fd(&reader->fd);
	str_done(&reader->buffer);
	*reader = (struct line_reader){.fd = -1};
}

/* Reads on behind what is in the buffer; 1 if something came, 0 at the end, -errno. */
static int
fill(struct line_reader *reader)
{
	char chunk[32 * 1024];
	size_t kept = reader->buffer.length - reader->start;
	ssize_t got;
	do
		got = pread(reader->fd, chunk, sizeof(chunk), (off_t)(reader->offset + kept));
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return got < 0 ? -errno : 0;
	if (reader->start) {
		memmove(reader->buffer.data, reader->buffer.data + reader->start, kept);
		str_cut(&reader->buffer, kept);
		reader->start = 0;
	}
	str_add_bytes(&reader->buffer, chunk, (size_t)got);
	return 1;
}

int
line_next(struct line_reader *reader, struct line *ret_line)
{
	size_t searched = 0;
	for (;;) {
		size_t kept = reader->buffer.length - reader->start;
		const char *text = str_text(&reader->buffer) + reader->start;
		const char *end = memchr(text + searched, '\n', kept - searched);
		size_t length = end ? (size_t)(end - text) : kept;
		if (length > LONGEST_LINE)
			return -EFBIG;
		if (end) {
			*ret_line =
			    (struct line){text, length, reader->offset, reader->number++};
			reader->start += length + 1;
			reader->offset += length + 1;
			return 1;
		}
		searched = kept;
		int status = fill(reader);
		if (status <= 0)
			return status;
	}
}

void
line_back(struct line_reader *reader, const struct line *line)
{
	reader->start -= line->length + 1;
	reader->offset = line->offset;
	reader->number = line->number;
}
