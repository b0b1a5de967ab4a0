/* SPDX-License-Identifier: Apache-2.0 */
/* Stored mail over weeks, as the terms have it: told on day 23, moved aside on day 30. */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/siphash.h"
#include "base/str.h"
#include "cases/review.h"
#include "flow/stored.h"
#include "stage.h"

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS, KIB = 1024 };

static const char terms[] =
    "plan basic { quota 1000B }\n"
    "terms \"t\" revision \"1\" grace 3d\n"
    "clause A13 \"Large mails\" for each message { when message.size > 251KiB and message.age "
    "> 23d then warn; after 7d remove }\n"
    "clause A14 \"Attachments\" for each message { when message.folder is sent and "
    "message.attachments > 0 then at once remove }\n"
    "clause A18 \"Catch-alls\" for each address { when address.catch-all and "
    "address.storage-share > 10% and address.storage > 10MiB then at once warn }\n";

static struct stored_mail
mail_of(uint32_t uid, int64_t size, int64_t saved, const char *subject)
{
	struct stored_mail mail = {.place = {.user = "info@alice.example",
				       .box = "0123456789abcdef0123456789abcdef",
				       .uid = uid,
				       .sign = "00000000deadbeef"},
	    .size = size,
	    .saved = saved,
	    .attachments = -1,
	    .in = "INBOX",
	    .subject = subject};
	return mail;
}

static void
hear_account(struct stage *stage, struct stored_account *account)
{
	struct stored stored = {.works = true,
	    .why = "",
	    .wall = stage->now.wall,
	    .boot = stage->now.boot,
	    .count = 1,
	    .accounts = account};
	flow_stored(stage->flow, &stored, stage->now);
}

static void
hear_of(
    struct stage *stage, const struct account *owner, struct stored_mail *mails, uint32_t count)
{
	struct stored_account account = {.account = owner->id,
	    .generation = owner->generation,
	    .whole = true,
	    .bytes = 100 * KIB * KIB,
	    .mail_count = count,
	    .mails = mails};
	hear_account(stage, &account);
}

static void
hear(struct stage *stage, struct stored_mail *mails, uint32_t count)
{
	hear_of(stage, stage->alice, mails, count);
}

static void
settle(struct stage *stage)
{
	flow_tick(stage->flow, stage->now);
	flow_handed_over(stage->flow);
	flow_durable(stage->flow, flow_sequence(stage->flow));
}

/* Six hours at a time, for as many hours; the mails are heard of each time. */
static void
wait_hours(struct stage *stage, int hours, struct stored_mail *mails, uint32_t count)
{
	for (int passed = 0; passed < hours; passed += 6) {
		stage->now.boot += 6 * HOUR_MS;
		stage->now.policy += 6 * HOUR_MS;
		stage->now.wall += 6 * HOUR_MS;
		hear(stage, mails, count);
		settle(stage);
	}
}

static bool
next_notice(struct stage *stage, struct arena *arena, struct notice *notice)
{
	if (!flow_next_notice(stage->flow, arena, notice))
		return false;
	struct delivery delivery = {.notice = notice->id, .text = "sent"};
	flow_delivery(stage->flow, &delivery, stage->now);
	settle(stage);
	return true;
}

static size_t
open_cases(const struct stage *stage, const char *clause)
{
	size_t position = 0, count = 0;
	const struct casefile *casefile;
	while ((casefile = cases_next(flow_cases(stage->flow), &position)))
		count += case_is_open(casefile) && strcmp(casefile->clause, clause) == 0;
	return count;
}

static void
test_weeks(void **state)
{
	(void)state;
	struct stage stage;
	auto_arena struct arena *arena = arena_new();
	struct notice notice;
	struct action action;
	stage_begin(&stage, terms);
	struct stored_mail mails[] = {mail_of(1, 251 * KIB + 1, stage.now.wall, "first"),
	    mail_of(2, 251 * KIB, stage.now.wall, "just small enough"),
	    mail_of(3, 9000 * KIB, stage.now.wall, "] [second"),
	    mail_of(4, 9000 * KIB, stage.now.wall + DAY_MS, "a day later")};
	wait_hours(&stage, 23 * 24, mails, 4);
	assert_int_equal(open_cases(&stage, "A13"), 0);
	assert_false(next_notice(&stage, arena, &notice));
	wait_hours(&stage, 6, mails, 4);
	assert_int_equal(open_cases(&stage, "A13"), 2);
	assert_true(next_notice(&stage, arena, &notice));
	assert_int_equal(notice.evidence_count, 2);
	assert_non_null(strstr(notice.evidence[0].subject, "first"));
	assert_null(strstr(notice.evidence[0].subject, "deadbeef"));
	assert_false(next_notice(&stage, arena, &notice));
	/* The next day's mail is in a list of the next day. */
	wait_hours(&stage, 24, mails, 4);
	assert_true(next_notice(&stage, arena, &notice));
	assert_int_equal(notice.evidence_count, 3);
	assert_false(next_notice(&stage, arena, &notice));
	assert_false(flow_next_action(stage.flow, &action));
	/* One of them is fetched in time. */
	mails[0] = mails[3];
	wait_hours(&stage, 5 * 24 + 18, mails, 3);
	assert_int_equal(open_cases(&stage, "A13"), 2);
	assert_false(flow_next_action(stage.flow, &action));
	wait_hours(&stage, 12, mails, 3);
	assert_true(flow_next_action(stage.flow, &action));
	assert_int_equal(action.verb, VERB_REMOVE);
	assert_int_equal(action.subject.kind, KIND_MESSAGE);
	struct stored_place place;
	assert_int_equal(stored_place_read(action.path, &place), 0);
	assert_int_equal(place.uid, 3);
	assert_string_equal(place.user, "info@alice.example");
	assert_int_equal(cases_breaches(flow_cases(stage.flow), stage.alice->id,
			     stage.alice->generation, INT64_MIN),
	    0);
	stage_end(&stage);
}

static const struct casefile *
first_case(const struct stage *stage)
{
	size_t position = 0;
	return cases_next(flow_cases(stage->flow), &position);
}

static void
test_brought_back_after_the_end(void **state)
{
	(void)state;
	struct stage stage;
	auto_str text = {0};
	struct action action;
	stage_begin(&stage, terms);
	struct stored_mail mail = mail_of(7, 2000, stage.now.wall, "photos");
	mail.folder = 1;
	mail.attachments = 2;
	hear(&stage, &mail, 1);
	settle(&stage);
	assert_true(flow_next_action(stage.flow, &action));
	struct outcome outcome = {.action = action.id, .text = "moved aside"};
	flow_outcome(stage.flow, &outcome, stage.now);
	hear(&stage, NULL, 0);
	wait_hours(&stage, 6, NULL, 0);
	assert_false(case_is_open(first_case(&stage)));
	assert_string_equal(first_case(&stage)->reason, "cured");
	struct case_request request = {.verb = REQUEST_LIFT,
	    .case_number = first_case(&stage)->number,
	    .actor = "dora",
	    .note = "by phone"};
	assert_int_equal(flow_request(stage.flow, &request, stage.now, &text), 0);
	settle(&stage);
	assert_true(flow_next_action(stage.flow, &action));
	assert_int_equal(action.operation, OPERATION_RELEASE);
	outcome.operation = OPERATION_RELEASE;
	flow_outcome(stage.flow, &outcome, stage.now);
	/* Once. */
	assert_int_not_equal(flow_request(stage.flow, &request, stage.now, &text), 0);
	stage_end(&stage);
}

/* What was not seen is not gone; and of a folder that is no one's sent mail nothing follows. */
static void
test_unknown_is_no_end(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, terms);
	struct stored_mail mail =
	    mail_of(7, 300 * KIB, stage.now.wall - 24 * (int64_t)DAY_MS, "x");
	hear(&stage, &mail, 1);
	settle(&stage);
	assert_int_equal(open_cases(&stage, "A13"), 1);
	struct stored_account account = {
	    .account = stage.alice->id, .generation = stage.alice->generation};
	hear_account(&stage, &account);
	settle(&stage);
	assert_int_equal(open_cases(&stage, "A13"), 1);
	hear(&stage, NULL, 0);
	settle(&stage);
	wait_hours(&stage, 6, NULL, 0);
	assert_int_equal(open_cases(&stage, "A13"), 0);
	stage_end(&stage);
}

static void
hear_catch_all_of(struct stage *stage, bool whole, int64_t bytes, int64_t all)
{
	struct stored_catch_all catch_all = {"alice.example", bytes};
	struct stored_account account = {.account = stage->alice->id,
	    .generation = stage->alice->generation,
	    .whole = whole,
	    .bytes = all,
	    .catch_all_count = 1,
	    .catch_alls = &catch_all};
	hear_account(stage, &account);
	settle(stage);
}

static void
hear_catch_all(struct stage *stage, int64_t bytes, int64_t all)
{
	hear_catch_all_of(stage, true, bytes, all);
}

/* One of her mailboxes could not be counted: of a part of all nothing follows. */
static void
test_part_is_no_share(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, terms);
	const int64_t mib = KIB * KIB;
	hear_catch_all(&stage, 15 * mib, 10000 * mib);
	hear_catch_all_of(&stage, false, 15 * mib, 100 * mib);
	assert_int_equal(open_cases(&stage, "A18"), 0);
	hear_catch_all(&stage, 15 * mib, 100 * mib);
	assert_int_equal(open_cases(&stage, "A18"), 1);
	stage_end(&stage);
}

static void
test_catch_all(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, terms);
	const int64_t mib = KIB * KIB;
	hear_catch_all(&stage, 10 * mib, 20 * mib);
	hear_catch_all(&stage, 100 * mib, 1000 * mib);
	assert_int_equal(open_cases(&stage, "A18"), 0);
	hear_catch_all(&stage, 102 * mib, 1000 * mib);
	assert_int_equal(open_cases(&stage, "A18"), 1);
	assert_string_equal(first_case(&stage)->label, "@alice.example");
	stage_end(&stage);
}

static void
test_wanted(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, terms);
	struct stored_wanted wanted = flow_stored_wanted(stage.flow);
	assert_true(wanted.wanted);
	assert_int_equal(wanted.size, 251 * KIB);
	assert_int_equal(wanted.age, 23 * (int64_t)DAY_MS);
	stage_end(&stage);
	stage_begin(
	    &stage, "plan basic { quota 1000B }\nterms \"t\" revision \"1\" grace 3d\n");
	assert_false(flow_stored_wanted(stage.flow).wanted);
	stage_end(&stage);
}

/* ---- very many ---- */

enum { VERY_MANY = 20500, BOUND = 1000, REST = 200, LISTED = 900, LATE = 3 };

static struct stored_mail very_many[VERY_MANY];

static void
make_very_many(const struct stage *stage, uint32_t folder)
{
	for (uint32_t i = 0; i < VERY_MANY; i++) {
		very_many[i] = mail_of(i + 1, folder ? 1000 : 300 * KIB,
		    stage->now.wall - 24 * (int64_t)DAY_MS, "one of many");
		very_many[i].folder = folder;
		very_many[i].attachments = folder ? 1 : -1;
	}
}

static size_t
cases_of(const struct stage *stage, const struct account *owner)
{
	size_t position = 0, count = 0;
	const struct casefile *casefile;
	while ((casefile = cases_next(flow_cases(stage->flow), &position)))
		count += casefile->subject.account == owner->id;
	return count;
}

static size_t
alarms_of_no_case(const struct stage *stage)
{
	size_t count, alarms = 0;
	const struct record *records = flow_records(stage->flow, &count);
	for (size_t i = 0; i < count; i++)
		alarms += records[i].kind == RECORD_ALARM && !records[i].case_number;
	return alarms;
}

static void
do_all(struct stage *stage)
{
	struct action action;
	while (flow_next_action(stage->flow, &action)) {
		struct outcome outcome = {.action = action.id, .text = "moved aside"};
		flow_outcome(stage->flow, &outcome, stage->now);
	}
}

/* Who fills his folder of sent mail for ever is the only one who has to wait for it. */
static void
test_nobody_starves_another(void **state)
{
	(void)state;
	struct stage stage;
	auto_str words = {0}, none = {0};
	stage_begin(&stage, terms);
	const struct account *bob = accounts_find_name(stage.host.accounts, "bob");
	make_very_many(&stage, 1);
	hear(&stage, very_many, VERY_MANY);
	hear(&stage, very_many, VERY_MANY);
	assert_int_equal(alarms_of_no_case(&stage), 1);
	struct stored_mail his = very_many[0];
	his.place.box[0] = 'f';
	hear_of(&stage, bob, &his, 1);
	assert_int_equal(cases_of(&stage, bob), 1);
	assert_int_equal(cases_of(&stage, stage.alice), BOUND);
	flow_stored_waiting(stage.flow, &words);
	assert_non_null(strstr(str_text(&words), "alice: "));
	assert_null(strstr(str_text(&words), "bob"));
	/* What was moved aside is remembered; what waits is there still, and has its turn
	 * later. */
	settle(&stage);
	do_all(&stage);
	struct stored_mail *rest = &very_many[VERY_MANY - REST];
	wait_hours(&stage, 29 * 24, rest, REST);
	assert_int_equal(open_cases(&stage, "A14"), 1 /* bob's */);
	wait_hours(&stage, 2 * 24, rest, REST);
	assert_int_equal(open_cases(&stage, "A14"), REST + 1);
	flow_stored_waiting(stage.flow, &none);
	assert_string_equal(str_text(&none), "");
	stage_end(&stage);
}

static size_t
cases_in(const struct stage *stage, enum case_state which)
{
	size_t position = 0, count = 0;
	const struct casefile *casefile;
	while ((casefile = cases_next(flow_cases(stage->flow), &position)))
		count += casefile->state == which;
	return count;
}

/* The third list goes after a day: nothing is wrong with a mail that waits for it. */
static void
test_waiting_is_not_late(void **state)
{
	(void)state;
	struct stage stage;
	auto_arena struct arena *arena = arena_new();
	struct notice notice;
	size_t lists = 0;
	stage_begin(&stage, terms);
	make_very_many(&stage, 0);
	hear(&stage, very_many, LISTED);
	settle(&stage);
	for (int hours = 0; hours < 72; hours += 6) {
		while (next_notice(&stage, arena, &notice)) {
			assert_int_equal(notice.kind, NOTICE_WARNING);
			lists++;
		}
		wait_hours(&stage, 6, very_many, LISTED);
		assert_int_equal(cases_in(&stage, CASE_STAFF), 0);
	}
	assert_int_equal(lists, 3);
	assert_int_equal(cases_in(&stage, CASE_WARNED), LISTED);
	stage_end(&stage);
}

/* Whoever may have a mail now hears of that, too, however many of his mails wait for a list. */
static void
test_what_may_go_goes(void **state)
{
	(void)state;
	struct stage stage;
	auto_arena struct arena *arena = arena_new();
	struct notice notice;
	stage_begin(&stage, terms);
	make_very_many(&stage, 0);
	hear(&stage, very_many, LISTED);
	settle(&stage);
	assert_true(next_notice(&stage, arena, &notice));
	wait_hours(&stage, 6, very_many, LISTED);
	assert_false(next_notice(&stage, arena, &notice));
	hear_catch_all(&stage, 102 * (int64_t)KIB * KIB, 1000 * (int64_t)KIB * KIB);
	assert_int_equal(open_cases(&stage, "A18"), 1);
	assert_true(next_notice(&stage, arena, &notice));
	assert_int_equal(cases_in(&stage, CASE_ACTED), 1);
	assert_false(next_notice(&stage, arena, &notice));
	stage_end(&stage);
}

static void
restart(struct stage *stage, size_t without)
{
	static const uint8_t key[16] = "hayward flow sum";
	auto_str bytes = {0};
	flow_checkpoint(stage->flow, &bytes);
	bytes.length -= without;
	uint64_t sum = htole64(siphash(key, bytes.data + 16, bytes.length - 16));
	memcpy(bytes.data + 8, &sum, sizeof(sum));
	flow_free(stage->flow);
	stage->flow = flow_new(&stage->rules);
	assert_int_equal(flow_restore(stage->flow, bytes.data, bytes.length, stage->now), 0);
	flow_resume(stage->flow, stage->now);
	settle(stage);
}

/* A list is handed over, is under way for 18 hours, then everything starts anew. */
static void
begin_late(struct stage *stage, struct arena *arena, size_t without)
{
	struct notice notice;
	stage_begin(stage, terms);
	make_very_many(stage, 0);
	hear(stage, very_many, LATE);
	settle(stage);
	assert_true(flow_next_notice(stage->flow, arena, &notice));
	wait_hours(stage, 18, very_many, LATE);
	assert_false(flow_next_notice(stage->flow, arena, &notice));
	restart(stage, without);
	assert_true(flow_next_notice(stage->flow, arena, &notice));
	assert_int_equal(notice.kind, NOTICE_WARNING);
}

/* One mail to the staff for the whole list, and a restart does not put it off. */
static void
test_late_is_told_once(void **state)
{
	(void)state;
	struct stage stage;
	auto_arena struct arena *arena = arena_new();
	struct notice notice;
	begin_late(&stage, arena, 0);
	wait_hours(&stage, 6, very_many, LATE);
	assert_int_equal(cases_in(&stage, CASE_STAFF), LATE);
	assert_true(flow_next_notice(stage.flow, arena, &notice));
	assert_int_equal(notice.kind, NOTICE_ALARM);
	assert_string_equal(notice.to, "");
	assert_int_equal(notice.evidence_count, LATE);
	assert_false(flow_next_notice(stage.flow, arena, &notice));
	stage_end(&stage);
}

/* A checkpoint of before it was known what is under way: it counts from the restart. */
static void
test_late_by_an_older_checkpoint(void **state)
{
	(void)state;
	struct stage stage;
	auto_arena struct arena *arena = arena_new();
	begin_late(&stage, arena, 4 + LATE * 16);
	wait_hours(&stage, 18, very_many, LATE);
	assert_int_equal(cases_in(&stage, CASE_STAFF), 0);
	wait_hours(&stage, 6, very_many, LATE);
	assert_int_equal(cases_in(&stage, CASE_STAFF), LATE);
	stage_end(&stage);
}

/* ---- labels and messages ---- */

static void
test_labels(void **state)
{
	(void)state;
	static const char *const subjects[] = {"", "hello", "] [", "\n\t\033[2J",
	    "[0123456789abcdef0123456789abcdef.9.0000000000000000]",
	    "\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
	    "\303\244\303\244\303\244\303\244\303\244\303\244"
	    "\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
	    "\303\244\303\244\303\244\303\244\303\244\303\244"
	    "\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
	    "\303\244\303\244\303\244\303\244\303\244\303\244"
	    "\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
	    "\303\244\303\244\303\244\303\244\303\244\303\244"};
	for (size_t i = 0; i < array_length(subjects); i++) {
		struct stored_mail mail = mail_of(4294967295U, INT64_MAX / 2, 0, subjects[i]);
		struct stored_place place;
		auto_str label = {0};
		stored_label(&mail, &label);
		assert_true(label.length < STORED_LABEL);
		assert_int_equal(stored_place_read(str_text(&label), &place), 0);
		assert_memory_equal(&place.uid, &mail.place.uid, sizeof(place.uid));
		assert_string_equal(place.user, mail.place.user);
		assert_string_equal(place.sign, mail.place.sign);
		assert_true(stored_label_words(str_text(&label)) < label.length);
	}
	static const char *const wrong[] = {"", "]", "[]", "a b", "x [0123.1.2]",
	    "../x in [0123456789abcdef0123456789abcdef.9.0000000000000000]",
	    " x [0123456789abcdef0123456789abcdef.9.0000000000000000]",
	    "-u x [0123456789abcdef0123456789abcdef.9.0000000000000000]",
	    "a x [0123456789abcdef0123456789abcdef.0.0000000000000000]",
	    "a x [0123456789abcdef0123456789abcdef.9.0000000000000000]x"};
	struct stored_place place;
	for (size_t i = 0; i < array_length(wrong); i++)
		assert_int_not_equal(stored_place_read(wrong[i], &place), 0);
}

static void
test_comes_back(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	struct stored_mail mail = mail_of(3, 10, 20, "a subject");
	struct stored_catch_all catch_all = {"alice.example", 30};
	struct stored_account account = {7, 1, true, 99, 1, &mail, 1, &catch_all};
	struct stored stored = {true, "", 5, 6, 1, &account}, found;
	auto_str bytes = {0};
	stored_encode(&stored, &bytes);
	assert_int_equal(stored_decode(bytes.data, bytes.length, arena, &found), 0);
	assert_string_equal(found.accounts[0].mails[0].subject, "a subject");
	assert_int_equal(found.accounts[0].catch_alls[0].bytes, 30);
	for (size_t length = 0; length < bytes.length; length++)
		assert_int_not_equal(stored_decode(bytes.data, length, arena, &found), 0);
	/* A place that is none is nowhere let in. */
	mail.place.box[0] = 'x';
	str_clear(&bytes);
	stored_encode(&stored, &bytes);
	assert_int_not_equal(stored_decode(bytes.data, bytes.length, arena, &found), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_weeks),
	    cmocka_unit_test(test_brought_back_after_the_end),
	    cmocka_unit_test(test_unknown_is_no_end),
	    cmocka_unit_test(test_catch_all),
	    cmocka_unit_test(test_part_is_no_share),
	    cmocka_unit_test(test_wanted),
	    cmocka_unit_test(test_nobody_starves_another),
	    cmocka_unit_test(test_waiting_is_not_late),
	    cmocka_unit_test(test_what_may_go_goes),
	    cmocka_unit_test(test_late_is_told_once),
	    cmocka_unit_test(test_late_by_an_older_checkpoint),
	    cmocka_unit_test(test_labels),
	    cmocka_unit_test(test_comes_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
