/* SPDX-License-Identifier: Apache-2.0 */
/* What is an attempt on the server and what is not, and what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "sensors/guard_words.h"

static struct guarded paths, devices;

static bool
is_block_device(const char *name)
{
	return text_equal(name, "sda");
}

/* Process 7 is 1001's own. */
static int64_t
uid_of(uint32_t pid)
{
	return pid == 7 ? 1001 : pid == 8 ? 1002 : -1;
}

static void
name_device(struct str *out, bool block, uint32_t number)
{
	str_addf(out, "%s%u", block ? "block" : "char", number & 0xfffff);
}

static const struct guard_knowledge knowledge = {
    &paths, &devices, is_block_device, uid_of, name_device};

static __u8
row_of(const char *call)
{
	for (unsigned row = 0; row < guard_call_count(); row++)
		if (text_equal(guard_call_name(row), call))
			return (__u8)row;
	fail_msg("no call %s", call);
	return 0;
}

static struct guard_event
event_of(const char *call, enum guard_outcome outcome, const char *path)
{
	struct guard_event event = {.key = {.uid = 1001, .outcome = (__u8)outcome}};
	event.key.call = row_of(call);
	event.key.kind = guard_call_at(event.key.call).kind;
	snprintf(event.path, GUARD_TEXT, "%s", path);
	return event;
}

/* Names from the leaf up, each with a '/' for its NUL. */
static void
lead_from(struct guard_event *event, const char *names)
{
	event->folder_length = (__u16)strlen(names);
	for (size_t i = 0; names[i]; i++)
		event->folder[i] = names[i] == '/' ? '\0' : names[i];
}

/* What is said of it; "": it is no attempt. */
static const char *
said(const struct guard_event *event)
{
	static char kept[512];
	enum measure measure;
	int64_t value;
	auto_str text = {0};
	kept[0] = '\0';
	assert_true(
	    guard_is_event(event, offsetof(struct guard_event, folder) + event->folder_length));
	if (guard_judge(&knowledge, event, &measure, &value, &text))
		snprintf(kept, sizeof(kept), "%s", str_text(&text));
	return kept;
}

static const char *
refused(const char *call, const char *path)
{
	struct guard_event event = event_of(call, GUARD_REFUSED, path);
	return said(&event);
}

static const char *
reading(const char *path)
{
	struct guard_event event = event_of("openat", GUARD_READ_REFUSED, path);
	return said(&event);
}

static void
test_refused(void **state)
{
	(void)state;
	assert_string_equal(
	    refused("openat", "/etc/passwd"), "tried to write /etc/passwd: refused");
	assert_string_equal(refused("unlink", "//usr/./lib/../bin/perl"),
	    "tried to change /usr/bin/perl (unlink): refused");
	assert_string_equal(refused("mkdir", "/proc/self/root/etc/x"),
	    "tried to change /etc/x (mkdir): refused");
	assert_string_equal(refused("openat", "/dev/sda"), "tried to write /dev/sda: refused");
	assert_string_equal(
	    refused("mount", "/mnt"), "tried to mount or unmount /mnt: refused");
	assert_string_equal(refused("sendto", ""), "tried to administer the network: refused");
	assert_string_equal(refused("reboot", ""), "tried to restart the machine: refused");
	static const char *const fine[] = {"/home/bob/etc/passwd", "/etcetera", "/tmp/x",
	    "/etc/sites/bob.conf", "/var/www/x", "/dev/pts/3", "/dev/null", ""};
	for (size_t i = 0; i < array_length(fine); i++)
		assert_string_equal(refused("openat", fine[i]), "");
}

static void
test_habits(void **state)
{
	(void)state;
	static const char *const habits[] = {"/usr/lib/python3/dist-packages/x/__pycache__",
	    "/usr/lib/python3/__pycache__/x.cpython-311.pyc.140", "/etc/.passwd.swp",
	    "/etc/4913", "/usr/share/fonts/.uuid.TMP-x"};
	for (size_t i = 0; i < array_length(habits); i++)
		assert_string_equal(refused("openat", habits[i]), "");
}

static bool
looks(const char *call, enum guard_outcome outcome, const char *path, const char *other)
{
	struct guard_event event = event_of(call, outcome, path);
	snprintf(event.other, GUARD_TEXT, "%s", other);
	assert_string_not_equal(said(&event), "");
	return guard_only_looks(&knowledge, &event);
}

/* What is told once in a while, however much of it there is. */
static void
test_looking(void **state)
{
	(void)state;
	assert_true(looks("openat", GUARD_READ_REFUSED, "/etc/shadow", ""));
	/* A profiler keeps what it measured beside a link to it; a build touches its parts. */
	assert_true(looks("link", GUARD_REFUSED, "/home/bob/.debug/x", "/usr/bin/perl"));
	assert_true(looks("utimensat", GUARD_REFUSED, "/usr/lib/go/runtime.a", ""));
	assert_true(looks("sendto", GUARD_REFUSED, "", ""));
	assert_false(looks("link", GUARD_REFUSED, "/etc/cron.d/x", "/home/bob/x"));
	assert_false(looks("linkat", GUARD_REFUSED, "/usr/bin/x", "/usr/bin/perl"));
	assert_false(looks("openat", GUARD_REFUSED, "/etc/passwd", ""));
	assert_false(looks("reboot", GUARD_REFUSED, "", ""));
}

/* Whoever looks everywhere is no attacker; a few things nobody looks at by chance. */
static void
test_reading(void **state)
{
	(void)state;
	assert_string_equal(reading("/etc/ssl/private/key.pem"), "");
	assert_string_equal(reading("/root/x"), "");
	assert_string_equal(reading("/etc/shadow"), "tried to read /etc/shadow: refused");
	assert_string_equal(reading("/dev/sda"), "tried to read /dev/sda: refused");
	assert_string_equal(reading("/dev/sda/x"), "");
}

static void
test_relative(void **state)
{
	(void)state;
	struct guard_event event = event_of("openat", GUARD_REFUSED, "../shadow");
	lead_from(&event, "cron.d/etc/");
	assert_string_equal(said(&event), "tried to write /etc/shadow: refused");
	event = event_of("fchmod", GUARD_REFUSED, "");
	lead_from(&event, "passwd/etc/");
	assert_string_equal(said(&event), "tried to change /etc/passwd (fchmod): refused");
	event = event_of("rename", GUARD_REFUSED, "/home/bob/x");
	snprintf(event.other, GUARD_TEXT, "/etc/fstab");
	assert_string_equal(said(&event), "tried to change /etc/fstab (rename): refused");
}

static void
test_traced(void **state)
{
	(void)state;
	struct guard_event event = event_of("ptrace", GUARD_REFUSED, "");
	event.number = 7;
	assert_string_equal(said(&event), "");
	event.number = 9;
	assert_string_equal(said(&event), "");
	event.number = 8;
	assert_string_equal(said(&event), "tried to trace a process of somebody else: refused");
}

static void
test_done(void **state)
{
	(void)state;
	struct guard_event event = event_of("openat", GUARD_DONE, "./evil");
	event.key.kind = GUARD_WRITTEN;
	lead_from(&event, "cron.d/");
	assert_string_equal(said(&event), "changed /etc/cron.d (openat evil)");
	event = event_of("chmod", GUARD_DONE, "passwd");
	event.key.kind = GUARD_WRITTEN;
	lead_from(&event, "passwd/");
	assert_string_equal(said(&event), "changed /etc/passwd");
	event.place = (__u16)paths.count;
	assert_string_equal(said(&event), "");
	event = (struct guard_event){
	    .key = {.kind = GUARD_DEVICE, .outcome = GUARD_DONE}, .number = 3, .place = 6};
	event.is_block = 1;
	assert_string_equal(said(&event), "opened /dev/block3 for writing");
}

static void
test_strange(void **state)
{
	(void)state;
	size_t head = offsetof(struct guard_event, folder);
	struct guard_event event = event_of("openat", GUARD_REFUSED, "/etc/x");
	assert_true(guard_is_event(&event, head));
	assert_false(guard_is_event(&event, head - 1));
	assert_false(guard_is_event(&event, head + 1));
	event.key.call = 255;
	assert_false(guard_is_event(&event, head));
	event = event_of("openat", GUARD_REFUSED, "/etc/x");
	memset(event.path, 'x', GUARD_TEXT);
	assert_false(guard_is_event(&event, head));
	event = event_of("openat", GUARD_REFUSED, "/etc/\x1b[2J\xff\n");
	assert_string_equal(said(&event), "tried to write /etc/\x1b[2J\xff\n: refused");
	memset(event.path + 5, 'y', GUARD_TEXT - 6);
	assert_true(strlen(said(&event)) < 200);
}

static void
test_lists(void **state)
{
	(void)state;
	assert_true(guarded_are_fine("/etc !/etc/sites", true));
	assert_true(guarded_are_fine("", true));
	assert_false(guarded_are_fine("/etc !/etc/sites", false));
	static const char *const wrong[] = {"etc", "/", "/etc/", "!", "/a !b"};
	for (size_t i = 0; i < array_length(wrong); i++)
		assert_false(guarded_are_fine(wrong[i], true));
	assert_true(guarded_has(&paths, "/etc"));
	assert_false(guarded_has(&paths, "/etc/sites"));
	assert_true(guarded_has(&paths, "/etc/sites/ours/x"));
	assert_true(guarded_has(&paths, "/etc/sitesx"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_habits),
	    cmocka_unit_test(test_looking),
	    cmocka_unit_test(test_reading),
	    cmocka_unit_test(test_relative),
	    cmocka_unit_test(test_traced),
	    cmocka_unit_test(test_done),
	    cmocka_unit_test(test_strange),
	    cmocka_unit_test(test_lists),
	};
	guarded_parse("/etc /usr /root !/etc/sites /etc/sites/ours", &paths);
	guarded_parse("/etc/shadow /dev/mem", &devices);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
