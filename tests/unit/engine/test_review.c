/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists, sign-offs, reports and legal holds are the fold of their records: the
 * same by replay and by a checkpoint. And what `report` asks for evidence of.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "flow/scrutiny.h"
#include "stage.h"

#define LIST_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LIST_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const char terms[] =
    "plan basic { quota 1000B }\n"
    "terms \"t\" revision \"1\" grace 1d\n"
    "clause L1 \"cpu\" for each account { when cpu.share > 10% over 1m "
    "then at once report, warn; after 1d suspend ends when kept for 1h }\n"
    "scrutiny U10 \"look\" { says \"We look for {window}.\" "
    "when account.breaches >= 1 within 180d }\n";

static void
list(struct stage *stage, const char *digest, uint64_t count)
{
	struct listing listing = {.account = stage->alice->id,
	    .generation = stage->alice->generation,
	    .count = count};
	memcpy(listing.digest, digest, strlen(digest) + 1);
	flow_listed(stage->flow, &listing, stage->now);
}

static int
sign_off(struct stage *stage, const char *account, const char *seen)
{
	auto_str text = {0};
	struct review_request request = {
	    .account = account, .list = seen, .actor = "dora", .note = "nothing"};
	return flow_sign_off(stage->flow, &request, stage->now, &text);
}

static const struct review *
review_of(const struct stage *stage, const struct flow *flow)
{
	return cases_review(flow_cases(flow), stage->alice->id, stage->alice->generation);
}

static void
test_sign_off(void **state)
{
	(void)state;
	struct stage stage;
	size_t before, after;
	stage_begin(&stage, terms);
	assert_int_equal(sign_off(&stage, "nobody", ""), -ENOENT);
	assert_int_equal(sign_off(&stage, "alice", ""), -EINVAL);
	list(&stage, LIST_A, 3);
	assert_false(review_is_signed_off(review_of(&stage, stage.flow)));
	assert_int_equal(sign_off(&stage, "alice", "bbb"), -EINVAL);
	assert_int_equal(sign_off(&stage, "alice", "aaa"), 0);
	assert_true(review_is_signed_off(review_of(&stage, stage.flow)));
	/* The same list again is no news; another one is, and is not signed off. */
	flow_records(stage.flow, &before);
	list(&stage, LIST_A, 3);
	flow_records(stage.flow, &after);
	assert_int_equal(before, after);
	list(&stage, LIST_B, 4);
	const struct review *review = review_of(&stage, stage.flow);
	assert_false(review_is_signed_off(review));
	assert_string_equal(review->reviewed_list, LIST_A);
	assert_string_equal(review->reviewed_by, "dora");
	assert_int_equal(review->count, 4);
	stage_end(&stage);
}

static void
assert_same_review(const struct stage *stage, const struct flow *other)
{
	const struct review *one = review_of(stage, stage->flow),
			    *same = review_of(stage, other);
	assert_non_null(one);
	assert_non_null(same);
	assert_memory_equal(one, same, sizeof(*one));
	const struct casefile *casefile = cases_get(flow_cases(other), 1);
	assert_non_null(casefile);
	assert_true(casefile->legal_hold);
	assert_true(casefile->founded);
	assert_string_equal(casefile->sent, "Dora D. sent the report to x@y: by post");
	assert_int_equal(
	    casefile->founded_at, cases_get(flow_cases(stage->flow), 1)->founded_at);
	assert_true(flow_watched(other, stage->alice));
}

/* By the records alone, and by the checkpoint alone. */
static void
test_lives(void **state)
{
	(void)state;
	struct stage stage;
	auto_str text = {0}, checkpoint = {0};
	stage_begin(&stage, terms);
	assert_false(flow_watched(stage.flow, stage.alice));
	stage_burn(&stage, 120);
	assert_true(flow_watched(stage.flow, stage.alice));
	list(&stage, LIST_A, 3);
	assert_int_equal(sign_off(&stage, "alice", ""), 0);
	struct review_request request = {.case_number = 1,
	    .person = "Dora D.",
	    .addressee = "x@y",
	    .hold = true,
	    .actor = "root",
	    .note = "by post"};
	assert_int_equal(flow_report_sent(stage.flow, &request, stage.now, &text), 0);
	assert_int_equal(flow_legal_hold(stage.flow, &request, stage.now, &text), 0);
	assert_int_equal(flow_legal_hold(stage.flow, &request, stage.now, &text), -EINVAL);
	size_t count;
	const struct record *records = flow_records(stage.flow, &count);
	struct flow *replayed = flow_new(&stage.rules);
	for (size_t i = 0; i < count; i++)
		flow_replay(replayed, &records[i]);
	assert_same_review(&stage, replayed);
	flow_free(replayed);
	flow_checkpoint(stage.flow, &checkpoint);
	struct flow *restored = flow_new(&stage.rules);
	assert_int_equal(
	    flow_restore(restored, checkpoint.data, checkpoint.length, stage.now), 0);
	assert_same_review(&stage, restored);
	flow_free(restored);
	request.case_number = 99;
	assert_int_equal(flow_report_sent(stage.flow, &request, stage.now, &text), -ENOENT);
	assert_int_equal(flow_legal_hold(stage.flow, &request, stage.now, &text), -ENOENT);
	stage_end(&stage);
}

/* The keeper's verb goes to the hands, not to the owner as a mail. */
static void
test_report(void **state)
{
	(void)state;
	struct stage stage;
	auto_arena struct arena *arena = arena_new();
	struct action action;
	stage_begin(&stage, terms);
	stage_burn(&stage, 120);
	flow_durable(stage.flow, flow_sequence(stage.flow));
	assert_true(flow_next_action(stage.flow, &action));
	assert_int_equal(action.verb, VERB_REPORT);
	struct evidence_package package = flow_evidence(stage.flow, &action, arena);
	assert_int_equal(package.case_number, 1);
	assert_string_equal(package.clause, "L1");
	assert_string_equal(package.account_name, "alice");
	assert_int_equal(package.account, stage.alice->id);
	/* The account's own name is no path. */
	assert_int_equal(package.file_count, 0);
	action.id++;
	assert_int_equal(flow_evidence(stage.flow, &action, arena).case_number, 0);
	stage_end(&stage);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_sign_off),
	    cmocka_unit_test(test_lives), cmocka_unit_test(test_report)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
