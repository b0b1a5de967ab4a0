/* SPDX-License-Identifier: Apache-2.0 */
/* What the gate of logins is told: which clauses are rules there, whom they do not bind, who
 * came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/gates.h"
#include "stage.h"

static const char terms[] =
    "plan basic { quota 1000B }\n"
    "terms \"t\" revision \"1\" grace 1d\n"
    "clause L1 \"sum\" for each client { when client.connections > 5 or pop.connections >= 3 "
    "then refuse \"{count} of {limit}\" }\n"
    "clause L2 \"pop\" for each mailbox { when pop.logins > 1 within 5m then refuse \"wait "
    "{retry}, "
    "{window}\" mode observe }\n"
    "clause L3 \"both\" for each client { when smtp.connections > 5 and client.connections > 2 "
    "then "
    "refuse \"no\" }\n"
    "clause L4 \"cpu\" for each account { when cpu.share > 10% over 1m then warn; after 1d "
    "suspend }\n"
    "exception L1 for client 198.51.100.7 { until 2999-12-31 by \"d\" because \"home\" }\n"
    "exception L1 for client 192.0.2.0/24 { until 2999-12-31 by \"d\" because \"office\" }\n"
    "exception L2 for account alice { until 2999-12-31 by \"d\" because \"x\" }\n";

static void
test_rules(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, terms);
	auto_arena struct arena *arena = arena_new();
	struct standing_rules standing = flow_standing(stage.flow, arena);
	assert_int_equal(standing.count, 3);
	const struct standing_rule *sum = &standing.rules[0], *pop = &standing.rules[1],
				   *logins = &standing.rules[2];
	assert_string_equal(sum->clause, "L1");
	assert_int_equal(sum->measure, MEASURE_CLIENT_CONNECTIONS);
	assert_int_equal(sum->most, 5);
	assert_true(sum->acts);
	assert_string_equal(sum->text, "{count} of 5");
	assert_int_equal(sum->client_count, 2);
	struct address office, other;
	assert_int_equal(address_parse("192.0.2.200", 11, &office), 0);
	assert_int_equal(address_parse("198.51.100.8", 12, &other), 0);
	assert_true(standing_excepts(sum, &office, 0));
	assert_false(standing_excepts(sum, &other, 0));
	assert_int_equal(pop->measure, MEASURE_POP_CONNECTIONS);
	assert_int_equal(pop->most, 2);
	assert_int_equal(logins->window, 5 * 60 * 1000);
	assert_false(logins->acts);
	assert_string_equal(logins->text, "wait {retry}, 5m");
	assert_true(standing_excepts(logins, &other, stage.alice->id));
	assert_false(standing_excepts(logins, &other, 0));
	stage_end(&stage);
}

static void
test_logins_outlast_a_restart(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, terms);
	auto_arena struct arena *arena = arena_new();
	auto_str saved = {0};
	flow_login(stage.flow, &(struct login_seen){.mailbox = "a@b.example"}, stage.now);
	flow_checkpoint(stage.flow, &saved);
	struct flow *second = flow_new(&stage.rules);
	assert_int_equal(flow_restore(second, saved.data, saved.length, stage.now), 0);
	struct moment later = stage.now;
	later.boot += 4000;
	later.wall += 4000;
	struct logins_seen seen = flow_logins(second, later, arena);
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.logins[0].mailbox, "a@b.example");
	assert_int_equal(seen.logins[0].ago, 4000);
	flow_free(second);
	stage_end(&stage);
}

static void
test_on_record(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, terms);
	size_t count;
	struct turned_away away = {.clause = "L2",
	    .acted = true,
	    .kind = KIND_MAILBOX,
	    .times = 3,
	    .who = "a@b.example",
	    .client = "192.0.2.1",
	    .reference = "HW-1-2",
	    .text = "wait"};
	flow_turned_away(stage.flow, &away, stage.now);
	const struct record *records = flow_records(stage.flow, &count);
	const struct record *last = &records[count - 1];
	assert_int_equal(last->kind, RECORD_TURNED_AWAY);
	assert_string_equal(last->label, "HW-1-2 a@b.example");
	assert_string_equal(last->reason, "refused");
	assert_string_equal(
	    last->text, "at 192.0.2.1: wait (3 times since this was told last)");
	stage_end(&stage);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rules),
	    cmocka_unit_test(test_logins_outlast_a_restart),
	    cmocka_unit_test(test_on_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
