/* SPDX-License-Identifier: Apache-2.0 */
/* The queues of several servers are one list, which is never larger than an answer may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "procs/steward_job.h"
#include "procs/steward_queue.h"

static void
add_mail(struct str *out, const char *queue, const char *id, const char *to, int recipients)
{
	str_addf(out,
	    "{\"queue_id\":\"%s\",\"queue_name\":\"%s\",\"sender\":\"a@b.example\","
	    "\"arrival_time\":1795000000,\"message_size\":305,"
	    "\"recipients\":[{\"address\":\"%s\"}],\"recipient_count\":%d}\n",
	    id, queue, to, recipients);
}

static json_t *
told(const struct queues *queues)
{
	auto_str out = {0};
	queues_tell(queues, &out);
	assert_true(out.length > 0 && out.length < LARGEST_NEWS);
	json_t *data = json_loads(str_text(&out), 0, NULL);
	assert_non_null(data);
	return data;
}

static const char *
text_at(const json_t *data, size_t index, const char *name)
{
	json_t *mail = json_array_get(json_object_get(data, "mails"), index);
	return json_string_value(json_object_get(mail, name));
}

static size_t
mails_of(const json_t *data)
{
	return json_array_size(json_object_get(data, "mails"));
}

static int64_t
more_of(const json_t *data)
{
	return json_integer_value(json_object_get(data, "more"));
}

/* Whoever fills one server's queue does not hide what another one holds. */
static void
test_held_ones_first(void **state)
{
	(void)state;
	struct queues *queues = queues_new();
	auto_str mail = {0}, web = {0};
	for (int i = 0; i < 700; i++)
		add_mail(&mail, "deferred", "7A3F", "x@y.example", 1);
	str_add(&mail, "{\"more\":2300,\"unread\":true}\n");
	add_mail(&web, "hold", "9B00", "x@y.example", 7500);
	queues_add(queues, "mail", &mail);
	queues_add(queues, "web", &web);
	queues_miss(queues, "shell");
	json_t *data = told(queues);
	assert_int_equal(mails_of(data), 500);
	assert_int_equal(more_of(data), 201 + 2300);
	assert_string_equal(text_at(data, 0, "mail"), "9B00");
	assert_string_equal(text_at(data, 0, "server"), "web");
	assert_string_equal(text_at(data, 1, "mail"), "7A3F");
	json_t *first = json_array_get(json_object_get(data, "mails"), 0);
	assert_int_equal(json_integer_value(json_object_get(first, "recipients")), 7500);
	assert_string_equal(
	    json_string_value(json_array_get(json_object_get(data, "silent"), 0)), "shell");
	assert_string_equal(
	    json_string_value(json_array_get(json_object_get(data, "unread"), 0)), "mail");
	json_decref(data);
	queues_free(queues);
}

/* Each backslash is four in the end. */
static void
test_an_answer_has_its_size(void **state)
{
	(void)state;
	struct queues *queues = queues_new();
	auto_str to = {0}, said = {0};
	str_add_fill(&to, '\\', 600);
	for (int i = 0; i < 450; i++)
		add_mail(&said, "deferred", "7A3F", str_text(&to), 1);
	queues_add(queues, "mail", &said);
	json_t *data = told(queues);
	assert_in_range(mails_of(data), 200, 449);
	assert_int_equal(mails_of(data) + (size_t)more_of(data), 450);
	json_decref(data);
	queues_free(queues);
}

/* What another machine says, and an agent of before. */
static void
test_strange_lines(void **state)
{
	(void)state;
	struct queues *queues = queues_new();
	auto_str said = {0};
	str_add(&said,
	    "{\"queue_name\": \"active\", \"queue_id\": \"7A3F\", \"arrival_time\": "
	    "9223372036854775807, \"sender\": \"\", \"recipients\": [{\"address\": \"a@b\"}, "
	    "{\"address\": \"c@d\"}]}\nno "
	    "JSON\n\n[]\n{\"more\":-5}\n{\"more\":9223372036854775807}\n"
	    "{\"queue_id\":7}\n{\"queue_id\":\"7A40\",\"queue_na");
	queues_add(queues, "web", &said);
	json_t *data = told(queues);
	assert_int_equal(mails_of(data), 1);
	assert_int_equal(more_of(data), 0);
	json_t *mail = json_array_get(json_object_get(data, "mails"), 0);
	assert_int_equal(json_integer_value(json_object_get(mail, "recipients")), 2);
	assert_true(json_is_null(json_object_get(mail, "since")));
	json_decref(data);
	queues_free(queues);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_held_ones_first),
	    cmocka_unit_test(test_an_answer_has_its_size),
	    cmocka_unit_test(test_strange_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
