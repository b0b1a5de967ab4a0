/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/mail_report.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/attributes.h"
#include "gates/mime.h"

enum {
	MOST_RECIPIENTS = 1000,
	LONGEST_LINE = 1000, /* of what is read; RFC 5322 allows 998 */
};

/* A report being read. */
struct reading {
	struct mail_report report;
	bool is_report;
	const char
	    *behind; /* where the part that makes it one ends; what is sent back follows */
};

/* ---- lines ---- */

struct lines {
	const char *at;
	const char *end;
};

/* The next line without its end, cut to LONGEST_LINE, as text; false: there is none. */
static bool
take_line(struct lines *lines, char line[static LONGEST_LINE + 1])
{
	if (lines->at >= lines->end)
		return false;
	const char *end = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
	size_t length = (size_t)((end ? end : lines->end) - lines->at);
	size_t kept = length < LONGEST_LINE ? length : LONGEST_LINE;
	memcpy(line, lines->at, kept);
	line[kept] = '\0';
	if (kept == length && kept && line[kept - 1] == '\r')
		line[kept - 1] = '\0';
	lines->at = end ? end + 1 : lines->end;
	return true;
}

/* What stands behind "Name:", blanks left out; NULL: the line has another name. */
static const char *
value_of(const char *line, const char *name)
{
	size_t length = strlen(name);
	if (strncasecmp(line, name, length) != 0 || line[length] != ':')
		return NULL;
	line += length + 1;
	return line + strspn(line, " \t");
}

static bool
is_word(const char *value, const char *word)
{
	size_t length = strlen(word);
	return value && strncasecmp(value, word, length) == 0 &&
	       !isalnum((unsigned char)value[length]);
}

bool
mail_status_is_unknown(const char *status)
{
	static const char *const unknown[] = {"5.1.1", "5.1.2", "5.1.10"};
	size_t length = strspn(status, "0123456789.");
	for (size_t i = 0; i < array_length(unknown); i++)
		if (strlen(unknown[i]) == length && memcmp(status, unknown[i], length) == 0)
			return true;
	return false;
}

/* ---- the two kinds ---- */

/* Fields of the message, and behind an empty line those of each recipient (RFC 3464, 2.1). */
static void
read_status(struct reading *reading, struct lines lines)
{
	char line[LONGEST_LINE + 1];
	bool failed = false, unknown = false;
	uint32_t blocks = 0;
	for (bool more = true; more && blocks <= MOST_RECIPIENTS;) {
		more = take_line(&lines, line);
		if (more && *line) {
			const char *status = value_of(line, "Status");
			failed |= is_word(value_of(line, "Action"), "failed");
			unknown |= status && mail_status_is_unknown(status);
			continue;
		}
		reading->report.failed += failed;
		reading->report.unknown += failed && unknown;
		failed = unknown = false;
		blocks++;
	}
	reading->is_report |= reading->report.failed > 0;
	reading->report.kind = MAIL_REPORT_BOUNCE;
}

static void
read_feedback(struct reading *reading, struct lines lines)
{
	char line[LONGEST_LINE + 1];
	for (uint32_t count = 0; count < MOST_RECIPIENTS && take_line(&lines, line); count++) {
		const char *type = value_of(line, "Feedback-Type");
		if (!is_word(type, "abuse") && !is_word(type, "fraud") &&
		    !is_word(type, "virus"))
			continue;
		reading->is_report = true;
		reading->report.kind = MAIL_REPORT_COMPLAINT;
	}
}

/* The first such part counts; further ones are of what is sent back. */
static void
visit(void *context, const struct mime_part *part)
{
	struct reading *reading = context;
	struct lines body = {part->start + part->body, part->start + part->length};
	if (reading->is_report)
		return;
	if (strcmp(part->type, "message/delivery-status") == 0)
		read_status(reading, body);
	else if (strcmp(part->type, "message/feedback-report") == 0)
		read_feedback(reading, body);
	if (reading->is_report)
		reading->behind = body.end;
}

/* ---- which mail it is about ---- */

static bool
copy_reference(const char *value, char out[static 24])
{
	static const char allowed[] = "0123456789abcdef-";
	const char *found = strstr(value, "reference=HW-");
	if (!found)
		return false;
	found += strlen("reference=");
	size_t length = strlen("HW-") + strspn(found + strlen("HW-"), allowed);
	if (length >= 24)
		return false;
	memcpy(out, found, length);
	out[length] = '\0';
	return true;
}

/* The gate puts its header above all others, so what the author wrote comes later. */
static void
find_reference(struct reading *reading, const char *end)
{
	char line[LONGEST_LINE + 1];
	struct lines lines = {reading->behind, end};
	while (take_line(&lines, line)) {
		const char *value = value_of(line, "X-Hayward-Sender");
		if (value && copy_reference(value, reading->report.reference))
			return;
	}
}

bool
mail_report_read(const char *message, size_t length, struct mail_report *ret_report)
{
	struct reading reading = {0};
	/* What is deeper than is looked into is no report of ours. */
	bool whole = mime_walk(message, length, visit, &reading);
	(void)whole;
	if (!reading.is_report)
		return false;
	find_reference(&reading, message + length);
	*ret_report = reading.report;
	return true;
}
