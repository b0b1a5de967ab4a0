/* SPDX-License-Identifier: Apache-2.0 */
/* What windows say, what is not known, who leads, what a checkpoint keeps. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/glob.h"
#include "engine/usage.h"
#include "host.h"

#define HEAD                                                                                   \
	"plan basic { quota 1000B files 5 }\n"                                                 \
	"terms \"t\" revision \"1\" grace 1d\n"

static const char mean[] =
    HEAD "clause L1 \"cpu\" for each account { when cpu.share > 10% over 10m "
	 "then warn }\n";

static void
test_mean_is_exact(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, mean);
	host_run(&host, HOUR, ALICE, 1000, 0);
	struct finding finding = host_weigh(&host, "L1", ALICE);
	assert_int_equal(finding.verdict, VERDICT_FALSE);
	assert_int_equal(finding.value, 1000);
	host_run(&host, SECOND, ALICE, 1001, 0);
	/* A hundredth of a percent for a second: beyond 10 % by far less than is shown. */
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_TRUE);
	assert_int_equal(host_weigh(&host, "L1", BOB).verdict, VERDICT_FALSE);
	host_end(&host);
}

static void
test_window_forgets(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, mean);
	host_run(&host, 10 * MINUTE, ALICE, 2000, 0);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_TRUE);
	host_run(&host, 4 * MINUTE, ALICE, 0, 0);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_TRUE);
	host_run(&host, 2 * MINUTE, ALICE, 0, 0);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	host_end(&host);
}

static void
test_gap_is_unknown(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, mean);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_UNKNOWN);
	host_run(&host, HOUR, ALICE, 500, 0);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	/* Up to three frames late is no gap. */
	host_skip(&host, 3 * SECOND);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	host_skip(&host, 5 * MINUTE);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_UNKNOWN);
	host_run(&host, 11 * MINUTE, ALICE, 500, 0);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	host_end(&host);
}

static void
test_broken_despite_a_gap(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, mean);
	host_run(&host, 8 * MINUTE, ALICE, 9000, 0);
	/* Whatever happened unseen: what was seen alone is too much. */
	host_skip(&host, 2 * MINUTE);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_TRUE);
	host_end(&host);
}

static void
test_times(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host,
	    HEAD "clause L1 \"c\" for each account { when cpu.share >= 20% over 10m 3 "
		 "times within 1h then warn }\n");
	host_run(&host, HOUR, ALICE, 0, 0);
	host_run(&host, 20 * MINUTE, ALICE, 2000, 0);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	host_run(&host, 9 * MINUTE, ALICE, 2000, 0);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	host_run(&host, MINUTE, ALICE, 2000, 0);
	struct finding finding = host_weigh(&host, "L1", ALICE);
	assert_int_equal(finding.verdict, VERDICT_TRUE);
	assert_int_equal(finding.value, 2000);
	/* Forty minutes later the first of the three is out. */
	host_run(&host, 41 * MINUTE, ALICE, 0, 0);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	host_end(&host);
}

static void
test_sustained(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host,
	    HEAD "clause L1 \"c\" for each account { when memory.share > 10% for 5m "
		 "then warn }\n");
	host_run(&host, 4 * MINUTE, ALICE, 0, 2000);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	host_run(&host, SECOND, ALICE, 0, 500);
	host_run(&host, 4 * MINUTE, ALICE, 0, 2000);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	host_run(&host, MINUTE + 2 * SECOND, ALICE, 0, 2000);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_TRUE);
	host_end(&host);
}

/* Memory that is only counted breaks nothing; what is proven counts as far as it is own. */
static void
test_proof(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host,
	    HEAD "clause L1 \"c\" for each account { when memory.share > 10% over 10m "
		 "then warn }\n"
		 "clause L2 \"d\" for each account { when memory.share > 10% "
		 "then warn }\n");
	host.silent = true;
	host_run(&host, 15 * MINUTE, ALICE, 0, 2000);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_UNKNOWN);
	assert_int_equal(host_weigh(&host, "L2", ALICE).verdict, VERDICT_UNKNOWN);
	host.silent = false;
	host.shared = 60;
	host_run(&host, MINUTE, ALICE, 0, 2000);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	assert_int_equal(host_weigh(&host, "L2", ALICE).verdict, VERDICT_FALSE);
	host.shared = 25;
	host_run(&host, 3 * MINUTE, ALICE, 0, 2000);
	struct finding finding = host_weigh(&host, "L1", ALICE);
	assert_int_equal(finding.verdict, VERDICT_TRUE);
	assert_in_range(finding.value, 1490, 1510);
	/* A proof ages; without a new one it is as before. */
	host.silent = true;
	host_run(&host, 5 * MINUTE, ALICE, 0, 2000);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_UNKNOWN);
	host_end(&host);
}

/* Looked at before it forks, and counted after: what came since is not proven. */
static void
test_proof_of_less(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host,
	    HEAD "clause L1 \"c\" for each account { when memory.share > 10% then warn }\n");
	host_run(&host, 20 * SECOND, ALICE, 0, 950);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	host.silent = true;
	host_run(&host, 20 * SECOND, ALICE, 0, 3800);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_UNKNOWN);
	/* It is asked again at once, not when the proof is old. */
	host.silent = false;
	host.shared = 75;
	host_run(&host, 11 * SECOND, ALICE, 0, 3800);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	host.shared = 0;
	host_run(&host, MINUTE + 5 * SECOND, ALICE, 0, 3800);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_TRUE);
	host_end(&host);
}

/* A proof is dear: nobody asks for it below what matters, nor all the time. */
static void
test_proof_is_rare(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host,
	    HEAD "clause L1 \"c\" for each account { when memory.share > 10% over 10m "
		 "then warn }\n");
	host_run(&host, HOUR, ALICE, 5000, 300);
	assert_int_equal(host.doubts, 0);
	host_run(&host, HOUR, ALICE, 0, 2000);
	assert_in_range(host.doubts, 50, 61);
	host_end(&host);
}

static void
test_sum_and_exact_times(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, HEAD "clause L1 \"few\" for each account { when account.probes > 2 "
			       "within 10m then warn }\n"
			       "clause L2 \"bytes\" for each account { when bandwidth.used > "
			       "1000B within 1h then warn "
			       "}\n");
	host.now = HOUR * 3;
	engine_tick(host.engine, host.now);
	engine_set_sensor(host.engine, SENSOR_BEHAVIOUR, true);
	engine_set_sensor(host.engine, SENSOR_LOG, true);
	/* What happened before somebody looked may be any number. */
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_UNKNOWN);
	host_skip(&host, 11 * MINUTE);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	for (int i = 0; i < 3; i++) {
		host_observe(&host, ALICE, "account.probes", 1, 0);
		host_skip(&host, 3 * MINUTE);
	}
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_TRUE);
	/* Exactly ten minutes after the first it is out, to the millisecond. */
	host_skip(&host, MINUTE - 1);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_TRUE);
	host_skip(&host, 1);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	host_skip(&host, 2 * HOUR);
	host_observe(&host, BOB, "bandwidth.used", 600, 0);
	assert_int_equal(host_weigh(&host, "L2", BOB).verdict, VERDICT_FALSE);
	host_observe(&host, BOB, "bandwidth.used", 600, 0);
	assert_int_equal(host_weigh(&host, "L2", BOB).verdict, VERDICT_TRUE);
	host_end(&host);
}

static void
test_never_helps(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host,
	    HEAD "clause L1 \"or\" for each account { when cpu.share > 10% over 10m or "
		 "io.share > 10% over "
		 "10m then warn }\n"
		 "clause L2 \"not\" for each account { when cpu.share > 10% over 10m and not "
		 "account.spams then warn }\n");
	host_run(&host, 20 * MINUTE, ALICE, 500, 0);
	/* Untold is unknown: it opens nothing, and cures nothing. */
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_UNKNOWN);
	engine_set_sensor(host.engine, SENSOR_IO, false);
	engine_set_sensor(host.engine, SENSOR_MAIL, false);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	host_run(&host, 20 * MINUTE, ALICE, 5000, 0);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_TRUE);
	/* Nobody here can say "no spam": so nobody is blamed for it. */
	assert_int_equal(host_weigh(&host, "L2", ALICE).verdict, VERDICT_FALSE);
	host_end(&host);
}

static void
test_limits_of_plan_and_account(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, HEAD "clause L1 \"files\" for each account { when disk.inodes > "
			       "plan.files then warn }\n");
	host.now = HOUR;
	host_observe(&host, ALICE, "disk.inodes", 6, 0);
	host_observe(&host, BOB, "disk.inodes", 6, 0);
	struct finding alice = host_weigh(&host, "L1", ALICE);
	assert_int_equal(alice.verdict, VERDICT_TRUE);
	assert_int_equal(alice.limit, 5);
	/* Bob's own limit of seven comes before his plan's five. */
	assert_int_equal(host_weigh(&host, "L1", BOB).verdict, VERDICT_FALSE);
	/* A level that nobody has renewed is unknown. */
	host_skip(&host, HOUR);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_UNKNOWN);
	host_end(&host);
}

static void
test_evidence_and_usage(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, mean);
	struct script_name name = {
	    .script = 77, .uid = ALICE, .path = "~/a.pl", .interpreter = "perl"};
	engine_script_name(host.engine, &name);
	host_run(&host, 10 * MINUTE, ALICE, 4000, 100);
	struct finding finding = host_weigh(&host, "L1", ALICE);
	engine_evidence(host.engine, &finding);
	assert_int_equal(finding.evidence_count, 2);
	assert_string_equal(finding.evidence[0].label, "~/a.pl");
	assert_int_equal(finding.evidence[0].of_own, 7500);
	assert_int_equal(finding.evidence[1].of_own, 2500);
	struct usage usage;
	size_t position = 0;
	assert_true(usage_next_account(host.engine, &position, &usage));
	assert_string_equal(usage.name, "alice");
	assert_int_equal(usage.cpu_share, 4000);
	assert_int_equal(usage.cpu_ms_today, 10 * 60 * 1600);
	assert_false(usage_next_account(host.engine, &position, &usage));
	struct subject script = {KIND_SCRIPT, ALICE, 0, 77};
	struct target targets[MOST_TARGETS];
	assert_int_equal(engine_targets(host.engine, &script, targets), 2);
	assert_int_equal(targets[0].pid, 4711);
	assert_int_equal(targets[1].pid, 4712);
	assert_int_equal(targets[1].start, 43);
	host_run(&host, SECOND, BOB, 1, 0);
	assert_int_equal(engine_targets(host.engine, &script, targets), 0);
	host_end(&host);
}

static void
test_idle_costs_nothing(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, mean);
	size_t before = usage_host(host.engine).subjects;
	host_run(&host, MINUTE, ALICE, 1000, 0);
	assert_true(usage_host(host.engine).subjects > before);
	engine_new_day(host.engine);
	for (int i = 0; i < 30 * 60; i++) {
		host_run(&host, MINUTE, 0, 0, 0);
		host_skip(&host, 0);
	}
	assert_int_equal(usage_host(host.engine).subjects, before);
	host_end(&host);
}

static void
test_checkpoint(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, mean);
	host_run(&host, 8 * MINUTE, ALICE, 3000, 10);
	auto_str bytes = {0}, again = {0};
	engine_encode(host.engine, &bytes);
	struct engine_rules rules = {host.policy, host.accounts, 80};
	struct engine *copy = engine_new(&rules);
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	assert_int_equal(engine_decode(copy, &reader, host.now), 0);
	assert_int_equal(wire_end(&reader), 0);
	engine_encode(copy, &again);
	assert_int_equal(again.length, bytes.length);
	assert_memory_equal(again.data, bytes.data, bytes.length);
	struct subject alice = {KIND_ACCOUNT, ALICE, 0, 0};
	struct finding finding = engine_weigh(copy, policy_clause(host.policy, "L1"), &alice);
	assert_int_equal(finding.verdict, VERDICT_TRUE);
	engine_free(copy);
	host_end(&host);
}

static void
test_checkpoint_cut_short(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, mean);
	host_run(&host, MINUTE, ALICE, 3000, 10);
	auto_str bytes = {0};
	engine_encode(host.engine, &bytes);
	for (size_t length = 0; length < bytes.length; length += 7) {
		struct wire_reader reader = wire_read(bytes.data, length);
		assert_int_equal(engine_decode(host.engine, &reader, host.now), -EBADMSG);
	}
	host_run(&host, MINUTE, ALICE, 3000, 10);
	host_end(&host);
}

static void
test_impossible_frames(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, mean);
	struct frame_row row = {.uid = ALICE,
	    .cpu_ns = UINT64_MAX,
	    .memory = UINT64_MAX,
	    .runs = UINT64_MAX,
	    .processes = UINT32_MAX};
	struct frame frames[] = {
	    {.at = INT64_MAX, .interval_ns = 1000000000, .cpu_ns = 1, .memory = 1},
	    {.at = -1, .interval_ns = 1000000000, .cpu_ns = 1, .memory = 1},
	    {.at = 5000, .interval_ns = 0, .cpu_ns = 1, .memory = 1},
	    {.at = 6000, .interval_ns = INT64_MAX, .cpu_ns = UINT64_MAX, .memory = UINT64_MAX},
	    {.at = 7000, .interval_ns = INT64_MAX, .cpu_ns = 4000, .memory = 1000},
	    {.at = 7000, .interval_ns = 1000000000, .cpu_ns = 4000, .memory = 1000},
	    {.at = INT64_C(1) << 51, .interval_ns = INT64_MAX, .cpu_ns = 4000, .memory = 1000},
	};
	for (size_t i = 0; i < array_length(frames); i++) {
		frames[i].rows = &row;
		frames[i].row_count = 1;
		engine_frame(host.engine, &frames[i]);
	}
	engine_tick(host.engine, INT64_C(1) << 51);
	host_end(&host);
}

static void
test_globs(void **state)
{
	(void)state;
	assert_true(glob_matches("~/a/*.pl", "~/a/x.pl"));
	assert_false(glob_matches("~/a/*.pl", "~/a/b/x.pl"));
	assert_true(glob_matches("~/**/x.pl", "~/a/b/x.pl"));
	assert_true(glob_matches("**", ""));
	assert_false(glob_matches("?", "/"));
	assert_true(glob_matches("a*b*c", "a1b2b3c"));
	assert_false(glob_matches("a*b*c", "a1b2b3"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mean_is_exact),
	    cmocka_unit_test(test_window_forgets),
	    cmocka_unit_test(test_gap_is_unknown),
	    cmocka_unit_test(test_broken_despite_a_gap),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_sustained),
	    cmocka_unit_test(test_proof),
	    cmocka_unit_test(test_proof_of_less),
	    cmocka_unit_test(test_proof_is_rare),
	    cmocka_unit_test(test_sum_and_exact_times),
	    cmocka_unit_test(test_never_helps),
	    cmocka_unit_test(test_limits_of_plan_and_account),
	    cmocka_unit_test(test_evidence_and_usage),
	    cmocka_unit_test(test_idle_costs_nothing),
	    cmocka_unit_test(test_checkpoint),
	    cmocka_unit_test(test_checkpoint_cut_short),
	    cmocka_unit_test(test_impossible_frames),
	    cmocka_unit_test(test_globs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
