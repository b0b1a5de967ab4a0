/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel programs say of a new script, put together to a name. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "base/str.h"
#include "sensors/counters.h"
#include "sensors/names.h"

struct heard {
	unsigned times;
	uint64_t device;
	char path[512];
	char interpreter[64];
};

static void
hear(void *context, const struct script_name *name)
{
	struct heard *heard = context;
	heard->times++;
	heard->device = name->device;
	snprintf(heard->path, sizeof(heard->path), "%s", name->path);
	snprintf(heard->interpreter, sizeof(heard->interpreter), "%s", name->interpreter);
}

static struct name_event
event_of(enum name_kind kind, const char *program, const char *text)
{
	struct name_event event = {.head = {.script = 7, .base = 9, .uid = 61000}};
	static const char folder[] = "cgi-bin\0alice\0home";
	event.head.kind = (uint8_t)kind;
	event.head.length = (uint16_t)strlen(text);
	event.head.start = 3;
	event.head.interpreted = kind == NAME_SCRIPT;
	event.head.device = 8 << 20 | 300;
	memcpy(event.bytes + 3, text, strlen(text));
	memcpy(event.program, program, strlen(program));
	memcpy(event.folder, folder, sizeof(folder));
	event.head.folder_length = sizeof(folder);
	return event;
}

static size_t
size_of(const struct name_event *event)
{
	return offsetof(struct name_event, folder) + event->head.folder_length;
}

static void
expect(struct name_event event, const char *path, const char *interpreter)
{
	struct heard heard = {0};
	struct names *names = names_new();
	names_on_new(names, hear, &heard);
	assert_int_equal(names_take_event(names, &event, size_of(&event)), 0);
	assert_string_equal(heard.path, path);
	assert_string_equal(heard.interpreter, interpreter);
	assert_int_equal(heard.device, makedev(8, 300));
	/* The same again is no news; when asked it is told again. */
	assert_int_equal(names_take_event(names, &event, size_of(&event)), 0);
	assert_int_equal(heard.times, 1);
	names_repeat(names);
	assert_int_equal(heard.times, 2);
	assert_true(names_know(names, 61000, 7));
	assert_false(names_know(names, 61001, 7));
	names_free(names);
}

static void
test_texts(void **state)
{
	(void)state;
	expect(event_of(NAME_SCRIPT, "perl", "x.pl"), "/home/alice/cgi-bin/x.pl", "perl");
	expect(event_of(NAME_SCRIPT, "perl", "/srv/x.pl"), "/srv/x.pl", "perl");
	expect(event_of(NAME_BINARY, "miner", ""), "/home/alice/cgi-bin/miner", "");
	struct name_event code = event_of(NAME_CODE, "perl", "");
	code.head.letter = 'e';
	expect(code, "perl -e", "perl");
	code.head.letter = '-';
	expect(code, "perl (code)", "perl");
	struct name_event module = event_of(NAME_CODE, "python3.11", "http.server");
	module.head.letter = 'm';
	expect(module, "python3.11 -m http.server", "python3.11");
}

static void
test_alias(void **state)
{
	(void)state;
	struct heard heard = {0};
	struct names *names = names_new();
	names_on_new(names, hear, &heard);
	struct name_event event = event_of(NAME_BINARY, "httpd", "");
	struct script_key key = {.base = event.head.base, .uid = event.head.uid};
	event.head.script = script_called(&key);
	struct name_head alias = {
	    .kind = NAME_ALIAS,
	    .script = 8,
	    .base = event.head.base,
	    .uid = 61001,
	    .from_uid = 61000,
	};
	assert_int_equal(names_take_event(names, &alias, sizeof(alias)), -ENOENT);
	assert_int_equal(names_take_event(names, &event, size_of(&event)), 0);
	assert_int_equal(names_take_event(names, &alias, sizeof(alias)), 0);
	assert_true(names_know(names, 61001, 8));
	assert_string_equal(heard.path, "/home/alice/cgi-bin/httpd");
	names_drop(names, 61001, 8);
	assert_false(names_know(names, 61001, 8));
	names_free(names);
}

/* Bytes that are no event change nothing. */
static void
test_malformed(void **state)
{
	(void)state;
	struct names *names = names_new();
	struct name_event event = event_of(NAME_SCRIPT, "perl", "x.pl");
	for (size_t length = 0; length < size_of(&event); length++)
		assert_int_equal(names_take_event(names, &event, length), -EBADMSG);
	event.head.start = ARGV_WINDOW - 2;
	assert_int_equal(names_take_event(names, &event, size_of(&event)), -EBADMSG);
	event = event_of(NAME_SCRIPT, "perl", "x.pl");
	event.head.kind = 99;
	assert_int_equal(names_take_event(names, &event, size_of(&event)), -EBADMSG);
	event = event_of(NAME_SCRIPT, "perl", "x.pl");
	event.head.folder_length = sizeof(event.folder);
	assert_int_equal(names_take_event(names, &event, size_of(&event) - 1), -EBADMSG);
	assert_int_equal(names_count(names), 0);
	names_free(names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_alias),
	    cmocka_unit_test(test_malformed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
