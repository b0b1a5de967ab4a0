/* SPDX-License-Identifier: Apache-2.0 */
/* Work that others carry out for an account: the disks', and the database's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/usage.h"
#include "host.h"

#define HEAD                                                                                   \
	"terms \"t\" revision \"1\"\nplan basic { files 5 }\n"                                 \
	"emergency A6 \"Distress\" { when host.io-pressure > 80% over 1m ends when kept for "  \
	"1m }\n"

enum { SCRIPT = 77, MS = 1000000 };

static const char disks[] = HEAD
    "clause L1 \"disks\" for each account { when io.share > 20% over 1m then warn }\n"
    "clause L2 \"either\" for each account { when cpu.share > 10% over 1m or io.share > 20% "
    "over 1m then warn }\n";

static const char processor[] =
    HEAD "clause L1 \"cpu\" for each account { when cpu.share > 20% over 10m then warn }\n"
	 "clause L2 \"script\" for each script { when cpu.share > 5% over 10m then warn }\n";

/* Frames of a second, in which the disks worked so much, for alice and for bob; measured or
 * not. Hundredths of a percent. */
struct work {
	uint64_t all, alice, bob, alice_cpu;
	bool unmeasured;
};

static void
run(struct host *host, int64_t ms, const struct work *work)
{
	for (int64_t passed = 0; passed < ms; passed += SECOND) {
		struct frame_row rows[] = {
		    {.uid = ALICE,
			.io_ns = work->alice * 100000,
			.read_bytes = 4096,
			.cpu_ns = work->alice_cpu * 400000},
		    {.uid = ALICE, .script = SCRIPT, .io_ns = work->alice * 100000},
		    {.uid = BOB, .io_ns = work->bob * 100000, .written_bytes = 8192},
		};
		host->now += SECOND;
		struct frame frame = {.at = host->now,
		    .interval_ns = 1000 * MS,
		    .cpu_ns = UINT64_C(4000) * MS,
		    .memory = UINT64_C(10000) << 20,
		    .io_ns = work->unmeasured ? 0 : UINT64_C(1000) * MS,
		    .io_busy_ns = work->unmeasured ? 0 : work->all * 100000,
		    .row_count = 3,
		    .rows = rows};
		engine_frame(host->engine, &frame);
	}
}

static void
test_share_of_disks(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, disks);
	run(&host, 2 * MINUTE, &(struct work){6000, 4000, 1500, 0, false});
	struct finding alice = host_weigh(&host, "L1", ALICE);
	assert_int_equal(alice.verdict, VERDICT_TRUE);
	assert_int_equal(alice.value, 4000);
	assert_int_equal(host_weigh(&host, "L1", BOB).verdict, VERDICT_FALSE);
	engine_evidence(host.engine, &alice);
	assert_int_equal(alice.evidence_count, 1);
	assert_int_equal(alice.evidence[0].script, SCRIPT);
	assert_int_equal(alice.evidence[0].of_own, 10000);
	struct usage usage;
	assert_true(usage_of_account(host.engine, BOB, &usage));
	assert_int_equal(usage.io_share, 1500);
	assert_int_equal(usage.io_rate, 8192);
	assert_int_equal(usage_host(host.engine).io_share, 6000);
	assert_int_equal(usage_host(host.engine).io_rate, 4096 + 8192);
	host_end(&host);
}

/* What was not measured is unknown, not nothing; and where it never is, it decides nothing. */
static void
test_unmeasured(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, disks);
	run(&host, 2 * MINUTE, &(struct work){6000, 4000, 1500, 0, false});
	run(&host, 2 * MINUTE, &(struct work){.unmeasured = true, .alice = 4000});
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_UNKNOWN);
	assert_int_equal(host_weigh(&host, "L1", BOB).verdict, VERDICT_UNKNOWN);
	engine_set_sensor(host.engine, SENSOR_IO, false);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	host_end(&host);
}

/* Only of the disks' distress, only while accounts and not the host itself keep them busy. */
static void
test_leading(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, disks);
	run(&host, 3 * MINUTE, &(struct work){9000, 6000, 500, 9000, false});
	assert_false(host_weigh(&host, "L2", ALICE).leading);
	for (int i = 0; i < 90; i++) {
		run(&host, SECOND, &(struct work){9000, 6000, 500, 9000, false});
		host_observe(&host, 0, "host.io-pressure", 9000, 0);
	}
	struct finding alice = host_weigh(&host, "L2", ALICE);
	assert_true(alice.leading);
	/* Named is what brings the host down, though of the processor she takes far more. */
	assert_int_equal(alice.measure, MEASURE_IO_SHARE);
	assert_false(host_weigh(&host, "L2", BOB).leading);
	for (int i = 0; i < 150; i++) {
		run(&host, SECOND, &(struct work){9000, 2500, 500, 1200, false});
		host_observe(&host, 0, "host.io-pressure", 9000, 0);
	}
	alice = host_weigh(&host, "L2", ALICE);
	assert_int_equal(alice.verdict, VERDICT_TRUE);
	assert_false(alice.leading);
	host_end(&host);
}

static void
tell(struct host *host, uint32_t uid, int64_t ms, uint64_t cpu_ns)
{
	struct database_use use = {uid, 0, cpu_ns};
	struct database_time time = {.works = true,
	    .why = "",
	    .from = host->now > ms ? host->now - ms : 0,
	    .until = host->now,
	    .count = 1,
	    .uses = &use};
	engine_database(host->engine, &time, 0);
}

/* Half of two programs' and half of the database's: together beyond what each alone is not. */
static void
test_database(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, processor);
	for (int i = 0; i < 20; i++) {
		host_run(&host, MINUTE, ALICE, 1500, 0);
		tell(&host, ALICE, MINUTE, UINT64_C(24000) * MS); /* of 240 s: 10 % */
	}
	struct finding alice = host_weigh(&host, "L1", ALICE);
	assert_int_equal(alice.verdict, VERDICT_TRUE);
	assert_in_range(alice.value, 2450, 2550);
	engine_evidence(host.engine, &alice);
	assert_int_equal(alice.evidence_count, 3);
	assert_string_equal(alice.evidence[1].label, "the database");
	assert_in_range(alice.evidence[1].of_own, 3900, 4100);
	struct usage usage;
	assert_true(usage_of_account(host.engine, ALICE, &usage));
	assert_in_range(usage.database_share, 990, 1000);
	assert_in_range(usage.cpu_share, 2490, 2500);
	assert_int_equal(usage.database_ms_today, 20 * 24000);
	/* No clause about scripts weighs the row that stands for it. */
	struct subject row = {KIND_SCRIPT, ALICE, 0, DATABASE_SCRIPT};
	const struct clause *clause = policy_clause(host.policy, "L2");
	assert_int_not_equal(engine_weigh(host.engine, clause, &row).verdict, VERDICT_TRUE);
	host_end(&host);
}

/* A statement of an hour is told at its end, in a stretch of a minute: it was one thread. */
static void
test_long_statement(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, processor);
	host_run(&host, 2 * HOUR, BOB, 1, 0);
	tell(&host, ALICE, MINUTE, UINT64_C(3600) * 1000 * MS);
	struct finding alice = host_weigh(&host, "L1", ALICE);
	assert_int_equal(alice.verdict, VERDICT_TRUE);
	assert_in_range(alice.value, 2450, 2510); /* one of four processors */
	host_run(&host, 10 * MINUTE, BOB, 1, 0);
	assert_int_equal(host_weigh(&host, "L1", ALICE).verdict, VERDICT_FALSE);
	host_end(&host);
}

/* What cannot be is passed over; what is kept survives a checkpoint. */
static void
test_nonsense(void **state)
{
	(void)state;
	struct host host;
	struct usage usage;
	host_begin(&host, processor);
	host_run(&host, MINUTE, BOB, 1, 0);
	tell(&host, 4242, MINUTE, MS);
	tell(&host, ALICE, MINUTE, 0);
	tell(&host, ALICE, MINUTE, UINT64_MAX);
	assert_false(usage_of_account(host.engine, ALICE, &usage));
	tell(&host, ALICE, MINUTE, UINT64_C(5000) * MS);
	auto_str bytes = {0}, again = {0};
	engine_encode(host.engine, &bytes);
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	assert_int_equal(engine_decode(host.engine, &reader, host.now), 0);
	engine_encode(host.engine, &again);
	assert_int_equal(bytes.length, again.length);
	assert_true(usage_of_account(host.engine, ALICE, &usage));
	assert_int_equal(usage.database_ms_today, 5000);
	host_end(&host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_share_of_disks),
	    cmocka_unit_test(test_unmeasured),
	    cmocka_unit_test(test_leading),
	    cmocka_unit_test(test_database),
	    cmocka_unit_test(test_long_statement),
	    cmocka_unit_test(test_nonsense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
