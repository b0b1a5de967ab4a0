/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends one notice as the notifier would, for tests to look at what arrives:
 *
 *     send_notice [NAME=VALUE]... [-- [NAME=VALUE]...]...
 *
 * Behind each -- comes another notice, sent when the one before is.
 * Settings: eml relay notices host sender operator undelivered first-wait
 * patience, and replies, with a key; the notice: id kind wall to times case; `fact.NAME=VALUE`
 * its facts, `evidence=SUBJECT|WHEN|VALUE|OF` a line of evidence (| becomes the border). Each
 * report is printed as `ID STATUS TEXT`; ends after `reports` of them (1).
 */
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actions/post.h"
#include "base/memory.h"

enum { MOST = 64 };

static struct config config;
static struct notice notice;
static struct notice_field facts[MOST];
static struct notice_evidence evidence[MOST];
static struct post_settings settings;
static int reports_wanted = 1, times = 1;

static void
print_report(void *context, const struct delivery *delivery)
{
	printf("%016" PRIx64 " %" PRId64 " %s\n", delivery->notice, delivery->status,
	    delivery->text);
	fflush(stdout);
	if (--reports_wanted <= 0)
		event_base_loopbreak(context);
}

static const char *
next_field(char **rest)
{
	const char *field = strsep(rest, "|");
	return field ? field : "";
}

static void
add_evidence(char *value)
{
	struct notice_evidence *line = &evidence[notice.evidence_count++];
	line->subject = next_field(&value);
	line->when = next_field(&value);
	line->value = next_field(&value);
	line->of_limit = next_field(&value);
}

static bool
set_text(const char *name, const char *value)
{
	const struct {
		const char *name;
		const char **member;
	} texts[] = {{"eml", &config.eml}, {"relay", &config.relay},
	    {"notices", &config.notices}, {"host", &config.host}, {"sender", &config.sender},
	    {"operator", &config.operator}, {"replies", &config.replies}, {"to", &notice.to}};
	for (size_t i = 0; i < array_length(texts); i++)
		if (strcmp(texts[i].name, name) == 0) {
			*texts[i].member = value;
			return true;
		}
	return false;
}

static bool
set_number(const char *name, const char *value)
{
	long long number = strtoll(value, NULL, 0);
	if (strcmp(name, "id") == 0)
		notice.id = (uint64_t)number;
	else if (strcmp(name, "wall") == 0)
		notice.wall = number;
	else if (strcmp(name, "kind") == 0)
		notice.kind = (enum notice_kind)number;
	else if (strcmp(name, "case") == 0)
		notice.matter = (struct answer_matter){(uint64_t)number, 1001, 1};
	else if (strcmp(name, "times") == 0)
		times = (int)number;
	else if (strcmp(name, "reports") == 0)
		reports_wanted = (int)number;
	else if (strcmp(name, "undelivered") == 0)
		config.undelivered = number;
	else if (strcmp(name, "first-wait") == 0)
		settings.first_wait = number;
	else if (strcmp(name, "patience") == 0)
		settings.patience = (int)number;
	else
		return false;
	return true;
}

static void
take_argument(char *argument)
{
	const char *name = strsep(&argument, "=");
	if (!argument) {
		fprintf(stderr, "send_notice: no value for '%s'\n", name);
		exit(1);
	}
	if (strncmp(name, "fact.", 5) == 0)
		facts[notice.field_count++] = (struct notice_field){name + 5, argument};
	else if (strcmp(name, "evidence") == 0)
		add_evidence(argument);
	else if (!set_text(name, argument) && !set_number(name, argument)) {
		fprintf(stderr, "send_notice: what is '%s'?\n", name);
		exit(1);
	}
}

static void
send_one(int count, char **arguments)
{
	config = config_default();
	config.directory = "/";
	config.eml = "";
	notice = (struct notice){.id = 1, .to = "", .fields = facts, .evidence = evidence};
	settings = (struct post_settings){0};
	reports_wanted = times = 1;
	for (int i = 0; i < count; i++)
		take_argument(arguments[i]);
	struct event_base *base = event_base_new();
	settings.config = &config;
	settings.base = base;
	settings.key = (const uint8_t *)"thirty-two bytes that are no NUL";
	settings.report = print_report;
	settings.context = base;
	struct post *post = post_new(&settings);
	for (int i = 0; i < times; i++)
		post_send(post, &notice);
	if (reports_wanted > 0)
		event_base_dispatch(base);
	post_free(post);
	event_base_free(base);
}

int
main(int count, char **arguments)
{
	for (int first = 1, end; first <= count; first = end + 1) {
		for (end = first; end < count && strcmp(arguments[end], "--") != 0;)
			end++;
		send_one(end - first, arguments + first);
	}
	return 0;
}
