/* SPDX-License-Identifier: Apache-2.0 */
#include "procs/steward_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "procs/answer_json.h"
#include "procs/steward_job.h"

enum {
	MOST_MAILS = 500,
	MOST_BYTES =
	    LARGEST_NEWS - 8192, /* of JSON: what is escaped twice is four times as long */
	MOST_MORE = 1000000000,
	LONGEST_WHY = 200,
};

#define LATEST_S INT64_C(253402300800) /* the year 10000 */

struct queues {
	json_t *held;
	json_t *others;
	json_t *silent; /* servers that do not tell */
	json_t *unread; /* servers that could not tell all */
	int64_t more;	/* mails of which they tell no more */
};

struct queues *
queues_new(void)
{
	struct queues *queues = memory_new(1, sizeof(*queues));
	*queues = (struct queues){
	    json_new_array(), json_new_array(), json_new_array(), json_new_array(), 0};
	return queues;
}

void
queues_free(struct queues *queues)
{
	if (!queues)
		return;
	json_decref(queues->held);
	json_decref(queues->others);
	json_decref(queues->silent);
	json_decref(queues->unread);
	free(queues);
}

void
queues_miss(struct queues *queues, const char *server)
{
	json_push(queues->silent, json_shown(server));
}

/* ---- a line ---- */

/* An agent of before says all of them, and not how many they are. */
static int64_t
count_of(const json_t *line, const json_t *list)
{
	const json_t *count = json_object_get(line, "recipient_count");
	int64_t value = json_integer_value(count);
	return json_is_integer(count) && value > 0 ? value : (int64_t)json_array_size(list);
}

/* Of one that has several recipients, the first. */
static void
set_recipients(json_t *mail, const json_t *line)
{
	const json_t *list = json_object_get(line, "recipients"),
		     *first = json_array_get(list, 0);
	const char *to = json_string_value(json_object_get(first, "address"));
	const char *reason = json_string_value(json_object_get(first, "delay_reason"));
	auto_str why = {0};
	if (reason)
		str_add_bytes(&why, reason, strnlen(reason, LONGEST_WHY));
	json_set_shown(mail, "to", to ? to : "");
	json_set_integer(mail, "recipients", count_of(line, list));
	json_set_shown(mail, "why", str_text(&why));
}

/* Wall ms; 0: it is none. */
static int64_t
moment_of(const json_t *line)
{
	int64_t seconds = json_integer_value(json_object_get(line, "arrival_time"));
	return seconds > 0 && seconds < LATEST_S ? 1000 * seconds : 0;
}

static json_t *
mail_of(const char *where, const json_t *line)
{
	const char *id = json_string_value(json_object_get(line, "queue_id"));
	const char *queue = json_string_value(json_object_get(line, "queue_name"));
	const char *from = json_string_value(json_object_get(line, "sender"));
	if (!id || !queue || !from)
		return NULL;
	json_t *mail = json_new_object();
	json_set_shown(mail, "server", where);
	json_set_shown(mail, "mail", id);
	json_set_shown(mail, "queue", queue);
	json_set_shown(mail, "from", from);
	json_set_integer(
	    mail, "bytes", json_integer_value(json_object_get(line, "message_size")));
	json_set(mail, "since", json_moment(moment_of(line)));
	set_recipients(mail, line);
	return mail;
}

static void
add_line(struct queues *queues, const char *server, const json_t *line)
{
	json_t *mail = mail_of(server, line);
	int64_t more = json_integer_value(json_object_get(line, "more"));
	if (mail)
		json_push(text_equal(json_string_value(json_object_get(mail, "queue")), "hold")
			      ? queues->held
			      : queues->others,
		    mail);
	else if (more > 0 && more < MOST_MORE)
		queues->more += more;
	if (json_is_true(json_object_get(line, "unread")))
		json_push(queues->unread, json_shown(server));
}

void
queues_add(struct queues *queues, const char *server, const struct str *said)
{
	const char *text = str_text(said);
	size_t length;
	for (const char *at; (at = text_next_line(&text, &length));) {
		json_t *line = json_loadb(at, length, 0, NULL);
		add_line(queues, server, line);
		json_decref(line);
	}
}

/* ---- the answer ---- */

/* What there is room for. Gives how many there was none for. */
static int64_t
fill(json_t *mails, const json_t *from, size_t *bytes)
{
	json_t *mail;
	size_t index;
	int64_t more = 0;
	json_array_foreach(from, index, mail)
	{
		size_t size = json_dumpb(mail, NULL, 0, JSON_COMPACT) + 1;
		if (json_array_size(mails) == MOST_MAILS || *bytes + size > MOST_BYTES) {
			more++;
			continue;
		}
		*bytes += size;
		json_push(mails, json_incref(mail));
	}
	return more;
}

void
queues_tell(const struct queues *queues, struct str *out)
{
	json_t *data = json_new_object(), *mails = json_new_array();
	size_t bytes = 0;
	int64_t more = queues->more + fill(mails, queues->held, &bytes);
	more += fill(mails, queues->others, &bytes);
	json_set(data, "mails", mails);
	json_set(data, "silent", json_incref(queues->silent));
	json_set(data, "unread", json_incref(queues->unread));
	json_set_integer(data, "more", more);
	auto_free char *text = json_dumps(data, JSON_COMPACT);
	str_add(out, text ? text : "");
	json_decref(data);
}
