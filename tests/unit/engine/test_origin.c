/* SPDX-License-Identifier: Apache-2.0 */
/* Who starts a script's runs, and the sums that frames bring of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/usage.h"
#include "host.h"

enum { SCRIPT = 77, MILLISECOND = 1000000 };

static const char terms[] =
    "plan basic { quota 1000B files 5 }\n"
    "terms \"t\" revision \"1\" grace 1d\n"
    "clause U1 \"hog\" for each script {\n"
    "    when script.started-by is web and script.cpu > 30s within 1m then warn }\n"
    "clause U2 \"any\" for each script { when script.cpu > 30s within 1m then warn }\n"
    "clause U3 \"runs\" for each script { when script.runs >= 10 within 10s then warn }\n"
    "clause U4 \"each\" for each script {\n"
    "    when script.cpu > 5ms in 50% of runs within 1d then warn }\n"
    "clause U5 \"process\" for each process {\n"
    "    when process.started-by is cron and cpu.share > 5% over 10s then warn }\n"
    "clause U12 \"web\" for each account {\n"
    "    when scripts.cpu-share > 20% over 1m then warn }\n";

/* A second in which one script used so many ms, and the web server started so much of it. */
static void
second(struct host *host, enum starter starter, uint64_t ms, uint64_t web_ms)
{
	host->now += SECOND;
	struct frame_row rows[] = {
	    {.uid = ALICE, .cpu_ns = ms * MILLISECOND, .web_cpu_ns = web_ms * MILLISECOND},
	    {.uid = ALICE,
		.script = SCRIPT,
		.runs = 1,
		.cpu_ns = ms * MILLISECOND,
		.web_cpu_ns = web_ms * MILLISECOND,
		.starter = starter},
	};
	struct frame frame = {.at = host->now,
	    .interval_ns = 1000000000,
	    .cpu_ns = 4000000000,
	    .memory = 1 << 30,
	    .row_count = 2,
	    .rows = rows};
	engine_frame(host->engine, &frame);
}

static void
seconds(struct host *host, int count, enum starter starter, uint64_t ms)
{
	for (int i = 0; i < count; i++)
		second(host, starter, ms, starter == STARTER_WEB ? ms : 0);
}

static struct finding
weigh(const struct host *host, const char *clause, enum subject_kind kind)
{
	struct subject subject = {kind, ALICE, 0, kind == KIND_ACCOUNT ? 0 : SCRIPT};
	return engine_weigh(host->engine, policy_clause(host->policy, clause), &subject);
}

static enum verdict
verdict(const struct host *host, const char *clause)
{
	return weigh(host, clause, KIND_SCRIPT).verdict;
}

static void
test_sum_of_processor_time(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, terms);
	seconds(&host, 50, STARTER_WEB, 600);
	assert_int_equal(verdict(&host, "U1"), VERDICT_FALSE);
	second(&host, STARTER_WEB, 1, 1);
	struct finding finding = weigh(&host, "U1", KIND_SCRIPT);
	assert_int_equal(finding.verdict, VERDICT_TRUE);
	assert_int_equal(finding.value, 30001);
	seconds(&host, 40, STARTER_WEB, 0);
	assert_int_equal(verdict(&host, "U1"), VERDICT_FALSE);
	host_end(&host);
}

/* What was not seen may have been anything that the processors can do. */
static void
test_gap(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, terms);
	seconds(&host, 60, STARTER_WEB, 300);
	assert_int_equal(verdict(&host, "U2"), VERDICT_FALSE);
	assert_int_equal(verdict(&host, "U3"), VERDICT_TRUE);
	host.now += 20 * SECOND;
	second(&host, STARTER_WEB, 300, 300);
	assert_int_equal(verdict(&host, "U2"), VERDICT_UNKNOWN);
	assert_int_equal(verdict(&host, "U3"), VERDICT_UNKNOWN);
	host_end(&host);
}

/* A report that cron runs, and that a visitor calls for a millisecond, is cron's. */
static void
test_most_of_it(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, terms);
	seconds(&host, 600, STARTER_CRON, 900);
	second(&host, STARTER_WEB, 1, 1);
	assert_int_equal(verdict(&host, "U2"), VERDICT_TRUE);
	assert_int_equal(verdict(&host, "U1"), VERDICT_FALSE);
	seconds(&host, 5, STARTER_CRON, 900);
	assert_int_equal(weigh(&host, "U5", KIND_PROCESS).verdict, VERDICT_TRUE);
	struct usage usage;
	size_t position = 0;
	assert_true(usage_next_script(host.engine, ALICE, &position, &usage));
	assert_int_equal(usage.starter, STARTER_CRON);
	/* From then on by visitors: believed when they are most of the last minutes. */
	seconds(&host, 5 * 60, STARTER_WEB, 900);
	assert_int_equal(verdict(&host, "U1"), VERDICT_TRUE);
	host_end(&host);
}

static void
test_nobody_known(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, terms);
	seconds(&host, 120, STARTER_UNKNOWN, 900);
	assert_int_equal(verdict(&host, "U2"), VERDICT_TRUE);
	assert_int_equal(verdict(&host, "U1"), VERDICT_UNKNOWN);
	assert_int_equal(weigh(&host, "U12", KIND_ACCOUNT).verdict, VERDICT_FALSE);
	host_end(&host);
}

static void
test_share_of_web(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, terms);
	for (int i = 0; i < 60; i++)
		second(&host, STARTER_CRON, 2000, 800);
	struct finding finding = weigh(&host, "U12", KIND_ACCOUNT);
	assert_int_equal(finding.verdict, VERDICT_FALSE);
	assert_int_equal(finding.value, 2000);
	second(&host, STARTER_CRON, 2000, 801);
	finding = weigh(&host, "U12", KIND_ACCOUNT);
	assert_int_equal(finding.verdict, VERDICT_TRUE);
	engine_evidence(host.engine, &finding);
	assert_int_equal(finding.evidence_count, 1);
	assert_int_equal(finding.evidence[0].of_own, 10000);
	assert_int_equal(finding.evidence[0].starter, STARTER_CRON);
	host_end(&host);
}

/* Frames tell of runs together: nothing is said of each. */
static void
test_single_runs_are_not_measured(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, terms);
	seconds(&host, 300, STARTER_WEB, 1000);
	assert_int_equal(verdict(&host, "U4"), VERDICT_FALSE);
	host_end(&host);
}

static void
test_runs(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, terms);
	/* Frames that lie across two slots lose none. */
	host.now = 300;
	seconds(&host, 9, STARTER_WEB, 1);
	assert_int_equal(verdict(&host, "U3"), VERDICT_UNKNOWN);
	second(&host, STARTER_WEB, 1, 1);
	assert_int_equal(verdict(&host, "U3"), VERDICT_TRUE);
	host_end(&host);
}

/* Rehearsals tell of sums as events. */
static void
test_observed_sums(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, terms);
	seconds(&host, 60, STARTER_WEB, 1);
	struct observation observation = {.measure = MEASURE_SCRIPT_CPU,
	    .subject = {KIND_SCRIPT, ALICE, 0, SCRIPT},
	    .at = host.now,
	    .value = 31000,
	    .label = ""};
	assert_int_equal(verdict(&host, "U1"), VERDICT_FALSE);
	engine_observe(host.engine, &observation);
	assert_int_equal(verdict(&host, "U1"), VERDICT_TRUE);
	host_end(&host);
}

static void
test_checkpoint(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, terms);
	seconds(&host, 100, STARTER_CRON, 900);
	auto_str bytes = {0};
	engine_encode(host.engine, &bytes);
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	assert_int_equal(engine_decode(host.engine, &reader, host.now), 0);
	assert_int_equal(wire_end(&reader), 0);
	second(&host, STARTER_WEB, 1, 1);
	assert_int_equal(verdict(&host, "U2"), VERDICT_TRUE);
	assert_int_equal(verdict(&host, "U1"), VERDICT_FALSE);
	host_end(&host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sum_of_processor_time),
	    cmocka_unit_test(test_gap),
	    cmocka_unit_test(test_most_of_it),
	    cmocka_unit_test(test_nobody_known),
	    cmocka_unit_test(test_share_of_web),
	    cmocka_unit_test(test_single_runs_are_not_measured),
	    cmocka_unit_test(test_runs),
	    cmocka_unit_test(test_observed_sums),
	    cmocka_unit_test(test_checkpoint),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
