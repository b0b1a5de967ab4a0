/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done in an instant: it opens a case at once, and neither time nor a restart has it
 * done a second time; done again it is a new matter. And groups, each of which is one by
 * itself.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "engine/parts.h"
#include "flow/gates.h"
#include "stage.h"

enum { SCRIPT = 77, DAY = 24 * HOUR, FULL = MOST_GROUPS };

#define HEAD                                                                                   \
	"plan basic { quota 1000B }\n"                                                         \
	"terms \"t\" revision \"1\" grace 1d\n"

static const char attacks[] =
    HEAD "clause L1 \"attack\" for each process { when process.attack in { flood mining } "
	 "then at once report, alarm, warn, stop, lock ends by operator }\n";

static const char spam[] = HEAD "clause L1 \"spam\" for each account { when account.spams "
				"then at once alarm, warn }\n"
				"clause L2 \"spam\" for each mailbox { when mailbox.spams "
				"then at once alarm, warn }\n";

static void
pass(struct stage *stage, int64_t ms)
{
	for (int64_t passed = 0; passed < ms; passed += 30 * SECOND) {
		stage->now.boot += 30 * SECOND;
		stage->now.policy += 30 * SECOND;
		stage->now.wall += 30 * SECOND;
		flow_tick(stage->flow, stage->now);
	}
}

static void
attack(struct stage *stage)
{
	struct deed deed = {
	    .uid = ALICE,
	    .script = SCRIPT,
	    .pid = 4711,
	    .pid_start = 42,
	    .measure = MEASURE_PROCESS_ATTACK,
	    .at = stage->now.boot,
	    .value = measure_value_find(MEASURE_PROCESS_ATTACK, "flood"),
	    .text = "sent 90000 packets a second",
	};
	flow_deed(stage->flow, &deed, stage->now);
}

static void
accuse(struct stage *stage)
{
	struct observation observation = {
	    .measure = MEASURE_ACCOUNT_SPAMS,
	    .subject = {KIND_ACCOUNT, ALICE, 0, 0},
	    .at = stage->now.boot,
	    .value = 1,
	    .label = "alice",
	};
	flow_observe(stage->flow, &observation, stage->now);
}

/* Of all cases how many there are, and how many are open. */
static void
expect_cases(const struct flow *flow, size_t all, size_t open)
{
	size_t position = 0, count = 0, opened = 0;
	for (const struct casefile *casefile;
	     (casefile = cases_next(flow_cases(flow), &position)); count++)
		opened += case_is_open(casefile);
	assert_int_equal(count, all);
	assert_int_equal(opened, open);
}

static int
ask(struct stage *stage, enum request_verb verb, uint64_t number, struct str *ret_text)
{
	struct case_request request = {
	    .verb = verb,
	    .case_number = number,
	    .reached_by = verb == REQUEST_LIFT ? "phone" : NULL,
	    .actor = "dora",
	    .note = "",
	};
	return flow_request(stage->flow, &request, stage->now, ret_text);
}

static void
lift(struct stage *stage, uint64_t number)
{
	auto_str text = {0};
	assert_int_equal(ask(stage, REQUEST_LIFT, number, &text), 0);
}

static void
test_lifted_stays_lifted(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, attacks);
	attack(&stage);
	expect_cases(stage.flow, 1, 1);
	/* It does not end by itself because nothing is seen any more. */
	pass(&stage, 3 * HOUR);
	expect_cases(stage.flow, 1, 1);
	lift(&stage, 1);
	pass(&stage, 2 * DAY);
	expect_cases(stage.flow, 1, 0);
	stage_end(&stage);
}

/* Within the minute in which it is still true it is what the case was about. */
static void
test_done_before_the_lift(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, attacks);
	attack(&stage);
	lift(&stage, 1);
	pass(&stage, 2 * DAY);
	expect_cases(stage.flow, 1, 0);
	stage_end(&stage);
}

static void
test_done_again(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, attacks);
	attack(&stage);
	pass(&stage, 10 * MINUTE);
	lift(&stage, 1);
	pass(&stage, 10 * MINUTE);
	attack(&stage);
	expect_cases(stage.flow, 2, 1);
	stage_end(&stage);
}

/* A checkpoint of the very second, read an hour later. */
static void
test_restart_revives_nothing(void **state)
{
	(void)state;
	struct stage stage;
	auto_str bytes = {0};
	stage_begin(&stage, attacks);
	attack(&stage);
	lift(&stage, 1);
	flow_checkpoint(stage.flow, &bytes);
	stage.now.boot += HOUR;
	stage.now.policy += HOUR;
	stage.now.wall += HOUR;
	struct flow *second = flow_new(&stage.rules), *first = stage.flow;
	assert_int_equal(flow_restore(second, bytes.data, bytes.length, stage.now), 0);
	flow_resume(second, stage.now);
	stage.flow = second;
	pass(&stage, 2 * DAY);
	expect_cases(stage.flow, 1, 0);
	flow_free(first);
	stage_end(&stage);
}

/* However far two accusations are from each other. */
static void
test_accusations_are_instants(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, spam);
	host_skip(&host, HOUR);
	size_t before = usage_host(host.engine).subjects;
	for (int i = 0; i < 2; i++) {
		host_observe(&host, ALICE, "account.spams", 1, 0);
		host_skip(&host, MINUTE - 1);
		assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_TRUE);
		host_skip(&host, 1);
		assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_UNKNOWN);
		host_skip(&host, 4 * (int64_t)DAY);
	}
	assert_int_equal(usage_host(host.engine).subjects, before);
	host_end(&host);
}

/* "Mended", and nothing was: the next accusation does not wait for a day. */
static void
test_not_mended(void **state)
{
	(void)state;
	struct stage stage;
	auto_str text = {0}, again = {0};
	stage_begin(&stage, spam);
	accuse(&stage);
	expect_cases(stage.flow, 1, 1);
	assert_int_equal(ask(&stage, REQUEST_MENDED, 1, &text), 0);
	pass(&stage, 5 * MINUTE);
	expect_cases(stage.flow, 1, 0);
	accuse(&stage);
	expect_cases(stage.flow, 1, 1);
	assert_int_equal(cases_get(flow_cases(stage.flow), 1)->episode, 1);
	/* Nothing will show that it is kept: he is not told so. */
	assert_int_equal(ask(&stage, REQUEST_MENDED, 1, &again), -EPERM);
	assert_null(strstr(str_text(&again), "ends by itself"));
	assert_non_null(strstr(str_text(&again), "ask the staff"));
	stage_end(&stage);
}

/* ---- what was sent before a case ended ---- */

static void
mail(struct stage *stage, unsigned number, bool is_bounce)
{
	struct mailed mailed = {
	    .account = ALICE, .account_name = "alice", .recipients = 1, .outcome = "passed"};
	if (is_bounce) {
		mailed.failed = mailed.unknown = 1;
		mailed.account = 0;
		snprintf(mailed.about, sizeof(mailed.about), "HW-%u", number);
		snprintf(mailed.reference, sizeof(mailed.reference), "HW-B%u", number);
	} else {
		mailed.to = mailed.domain = number;
		snprintf(mailed.login, sizeof(mailed.login), "info@alice.example");
		snprintf(mailed.reference, sizeof(mailed.reference), "HW-%u", number);
	}
	(void)flow_mailed(stage->flow, &mailed, stage->now);
}

static void
test_forgiven(void **state)
{
	(void)state;
	struct stage stage;
	unsigned sent = 0, heard = 0;
	stage_begin(&stage, spam);
	while (sent < 60)
		mail(&stage, ++sent, false);
	while (heard < 60)
		mail(&stage, ++heard, true);
	expect_cases(stage.flow, 1, 1);
	/* Held, and on its way when the case has ended. */
	while (sent < 120)
		mail(&stage, ++sent, false);
	lift(&stage, 1);
	pass(&stage, 5 * MINUTE);
	while (heard < 120)
		mail(&stage, ++heard, true);
	expect_cases(stage.flow, 1, 0);
	/* What is sent from then on counts. */
	while (sent < 180)
		mail(&stage, ++sent, false);
	while (heard < 180)
		mail(&stage, ++heard, true);
	expect_cases(stage.flow, 2, 1);
	stage_end(&stage);
}

/* ---- groups ---- */

static const char probes[] = HEAD "clause L1 \"probes\" for each account { when account.probes "
				  "per host > 2 within 1h then warn }\n";

static void
begin_probes(struct host *host)
{
	host_begin(host, probes);
	host_skip(host, DAY);
	engine_set_sensor(host->engine, SENSOR_BEHAVIOUR, true);
	host_skip(host, DAY);
}

static void
probe(struct host *host, uint64_t group, int times)
{
	for (int i = 0; i < times; i++)
		host_observe(host, ALICE, "account.probes", 1, group);
}

/* Many are not one. */
static void
test_crowd_of_groups(void **state)
{
	(void)state;
	struct host host;
	begin_probes(&host);
	for (uint64_t group = 1; group <= 4 * FULL; group++) {
		probe(&host, group, 2);
		host_skip(&host, SECOND);
	}
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	/* Who comes late is seen as well, for whoever is silent makes room. */
	probe(&host, 5 * FULL, 3);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_TRUE);
	host_end(&host);
}

static void
test_silent_groups_make_room(void **state)
{
	(void)state;
	struct host host;
	begin_probes(&host);
	for (uint64_t group = 1; group <= FULL; group++) {
		probe(&host, group, 1);
		host_skip(&host, 1);
	}
	/* The first goes on, so it is the second who is forgotten. */
	probe(&host, 1, 1);
	probe(&host, FULL + 1, 1);
	probe(&host, 1, 1);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_TRUE);
	host_end(&host);
}

static void
test_groups_expire(void **state)
{
	(void)state;
	struct host host;
	begin_probes(&host);
	size_t before = usage_host(host.engine).subjects;
	for (uint64_t group = 1; group <= FULL; group++)
		probe(&host, group, 1);
	assert_true(usage_host(host.engine).subjects > before);
	host_skip(&host, 2 * HOUR);
	assert_int_equal(usage_host(host.engine).subjects, before);
	host_end(&host);
}

/* Earlier lives put all for whom there was no room into one group. */
static void
test_shared_group_is_not_read(void **state)
{
	(void)state;
	struct host host;
	auto_str bytes = {0};
	begin_probes(&host);
	for (uint64_t group = 1; group <= FULL; group++)
		probe(&host, group, 1);
	const struct subject alice = {KIND_ACCOUNT, ALICE, 0, 0};
	struct cell *cell = entity_find(host.engine, &alice)->cells[0];
	struct cell *shared = memory_new(1, sizeof(*shared));
	shared->exact = memory_new(MOST_EXACT, sizeof(*shared->exact));
	for (; shared->exact_count < 3; shared->exact_count++)
		shared->exact[shared->exact_count] = (struct exact){host.now, 0, 1};
	map_put_u64(cell->groups, 0, shared);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_TRUE);
	engine_encode(host.engine, &bytes);
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	assert_int_equal(engine_decode(host.engine, &reader, host.now), 0);
	probe(&host, 1, 1);
	assert_int_not_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_TRUE);
	/* Everybody's own is kept. */
	probe(&host, 1, 1);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_TRUE);
	host_end(&host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lifted_stays_lifted),
	    cmocka_unit_test(test_done_before_the_lift),
	    cmocka_unit_test(test_done_again),
	    cmocka_unit_test(test_restart_revives_nothing),
	    cmocka_unit_test(test_accusations_are_instants),
	    cmocka_unit_test(test_not_mended),
	    cmocka_unit_test(test_forgiven),
	    cmocka_unit_test(test_crowd_of_groups),
	    cmocka_unit_test(test_silent_groups_make_room),
	    cmocka_unit_test(test_groups_expire),
	    cmocka_unit_test(test_shared_group_is_not_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
