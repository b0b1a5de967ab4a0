/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/mail_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/str.h"
#include "gates/mail_pass.h"

enum { WRITTEN_AT_ONCE = 256 * 1024, LONGEST_ID = 998 /* of a line, RFC 5322 */ };

static const char *const counted[] = {MAIL_TEXT_SENDER, MAIL_TEXT_PASS};

struct mail_text {
	int fd;	    /* -1: nothing was written yet */
	int failed; /* -errno */
	struct str waiting;
	uint64_t size;
	char *id;
	char *pass;
	bool is_report;
	struct mail_body body;
	uint32_t counts[array_length(counted)];
};

struct mail_text *
mail_text_new(void)
{
	struct mail_text *text = memory_new(1, sizeof(*text));
	text->fd = -1;
	mail_body_begin(&text->body);
	str_add(&text->waiting, MAIL_TEXT_BEGIN);
	text->size = text->waiting.length;
	return text;
}

void
mail_text_free(struct mail_text *text)
{
	if (!text)
		return;
	cleanup_fd(&text->fd);
	str_done(&text->waiting);
	free(text->id);
	free(text->pass);
	free(text);
}

static int
write_out(struct mail_text *text)
{
	if (text->fd < 0)
		text->fd = memfd_create("message", MFD_CLOEXEC);
	if (text->fd < 0)
		return -errno;
	for (size_t at = 0; at < text->waiting.length;) {
		ssize_t written =
		    write(text->fd, text->waiting.data + at, text->waiting.length - at);
		if (written < 0 && errno != EINTR)
			return -errno;
		at += written > 0 ? (size_t)written : 0;
	}
	str_clear(&text->waiting);
	return 0;
}

static void
add(struct mail_text *text, const void *bytes, size_t length)
{
	text->size += length;
	if (text->failed)
		return;
	str_add_bytes(&text->waiting, bytes, length);
	if (text->waiting.length >= WRITTEN_AT_ONCE)
		text->failed = write_out(text);
}

static void
add_text(struct mail_text *text, const char *words)
{
	add(text, words, strlen(words));
}

static void
note(struct mail_text *text, const char *name, const char *value)
{
	for (size_t i = 0; i < array_length(counted); i++)
		text->counts[i] += strcasecmp(name, counted[i]) == 0;
	if (!text->pass && strcasecmp(name, MAIL_TEXT_PASS) == 0)
		text->pass = memory_copy_text(value);
	if (strcasecmp(name, "Content-Type") == 0)
		text->is_report |= strcasestr(value, "multipart/report") != NULL;
	if (text->id || strcasecmp(name, "Message-ID") != 0)
		return;
	auto_str id = {0};
	value += strspn(value, " \t\n\r");
	str_add_bytes(&id, value, strcspn(value, " \t\n\r"));
	str_cut(&id, LONGEST_ID);
	text->id = str_take(&id);
}

void
mail_text_header(struct mail_text *text, const char *name, const char *value)
{
	note(text, name, value);
	add_text(text, name);
	add_text(text, ":");
	for (const char *line = value; line;) {
		const char *end = strchr(line, '\n');
		size_t length = end ? (size_t)(end - line) : strlen(line);
		length -= length && line[length - 1] == '\r';
		add(text, line, length);
		add_text(text, "\r\n");
		line = end ? end + 1 : NULL;
	}
}

void
mail_text_end_headers(struct mail_text *text)
{
	add_text(text, "\r\n");
}

void
mail_text_body(struct mail_text *text, const void *bytes, size_t length)
{
	add(text, bytes, length);
	mail_body_add(&text->body, bytes, length);
}

int
mail_text_file(struct mail_text *text)
{
	if (!text->failed && text->waiting.length)
		text->failed = write_out(text);
	return text->failed ? text->failed : text->fd;
}

uint64_t
mail_text_size(const struct mail_text *text)
{
	return text->size;
}

const char *
mail_text_id(const struct mail_text *text)
{
	return text->id ? text->id : "";
}

bool
mail_text_is_report(const struct mail_text *text)
{
	return text->is_report;
}

const char *
mail_text_pass(const struct mail_text *text)
{
	return text->pass ? text->pass : "";
}

struct mail_body *
mail_text_sealed(struct mail_text *text)
{
	return &text->body;
}

uint32_t
mail_text_count(const struct mail_text *text, const char *name)
{
	for (size_t i = 0; i < array_length(counted); i++)
		if (strcasecmp(name, counted[i]) == 0)
			return text->counts[i];
	return 0;
}
