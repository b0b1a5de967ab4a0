/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file is one line of header and the bytes:
 *
 *     hayward-checkpoint 1 <sequence> <length> <SHA-256 of what stands before it and of the
 * bytes>
 */
#include "store/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/crash.h"
#include "base/digest.h"
#include "base/file.h"

static const char newest[] = "checkpoint";
static const char older[] = "checkpoint.old";

enum { LONGEST_HEADER = 160 };

static void
header_print(uint64_t sequence, const void *bytes, size_t length, struct str *out)
{
	str_addf(out, "hayward-checkpoint 1 %" PRIu64 " %zu ", sequence, length);
	struct digest digest = digest_of(out->data, out->length, bytes, length);
	str_addf(out, "%s\n", digest.text);
}

/* Reads one file; -EBADMSG if it is not as it was saved. */
static int
load(int directory, const char *name, struct checkpoint *ret_checkpoint)
{
	auto_str text = {0}, header = {0};
	uint64_t sequence;
	int status = file_read(directory, name, LARGEST_CHECKPOINT + LONGEST_HEADER, &text);
	if (status)
		return status == -EFBIG ? -EBADMSG : status;
	const char *newline = memchr(str_text(&text), '\n', text.length);
	if (!newline || sscanf(text.data, "hayward-checkpoint 1 %20" SCNu64, &sequence) != 1)
		return -EBADMSG;
	size_t start = (size_t)(newline - text.data) + 1;
	header_print(sequence, text.data + start, text.length - start, &header);
	if (header.length != start || memcmp(header.data, text.data, start) != 0)
		return -EBADMSG;
	ret_checkpoint->sequence = sequence;
	str_clear(&ret_checkpoint->bytes);
	str_add_bytes(&ret_checkpoint->bytes, text.data + start, text.length - start);
	return 0;
}

int
checkpoint_save(int directory, uint64_t sequence, const void *bytes, size_t length)
{
	struct checkpoint present = {0};
	auto_str text = {0};
	if (length > LARGEST_CHECKPOINT)
		return -EFBIG;
	header_print(sequence, bytes, length, &text);
	str_add_bytes(&text, bytes, length);
	/* A damaged one must not push out the older one, which may be the only sound one. */
	int status = load(directory, newest, &present);
	checkpoint_done(&present);
	if (!status && renameat(directory, newest, directory, older))
		return -errno;
	crash_point(CRASH_CHECKPOINT_AGED);
	status = file_replace(directory, newest, 0640, text.data, text.length);
	crash_point(CRASH_CHECKPOINT_SAVED);
	return status;
}

int
checkpoint_load(
    int directory, uint64_t last, struct str *ret_said, struct checkpoint *ret_checkpoint)
{
	const char *const names[] = {newest, older};
	for (size_t i = 0; i < array_length(names); i++) {
		struct checkpoint checkpoint = {0};
		int status = load(directory, names[i], &checkpoint);
		if (!status && checkpoint.sequence <= last) {
			*ret_checkpoint = checkpoint;
			return 0;
		}
		if (!status)
			str_addf(ret_said,
			    "'%s' is of record %" PRIu64 ", the journal ends at %" PRIu64 "\n",
			    names[i], checkpoint.sequence, last);
		else if (status != -ENOENT)
			str_addf(ret_said, "'%s' cannot be used: %s\n", names[i],
			    status == -EBADMSG ? "it is damaged" : strerror(-status));
		checkpoint_done(&checkpoint);
	}
	return -ENOENT;
}

void
checkpoint_done(struct checkpoint *checkpoint)
{
	str_done(&checkpoint->bytes);
	*checkpoint = (struct checkpoint){0};
}
