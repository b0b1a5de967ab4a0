/* SPDX-License-Identifier: Apache-2.0 */
/* A part of all that an account had: deliveries to one address, of those to all of its. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host.h"

static const char terms[] = "plan basic { quota 1000B files 5 }\n"
			    "terms \"t\" revision \"1\" grace 3d "
			    "clause A17 \"Catch-alls\" for each address { says \"not more than "
			    "{address.delivery-share}\" "
			    "when address.catch-all and address.delivery-share > 15% over 1h "
			    "and address.deliveries >= 20 within 1h then warn }";

enum { CATCH_ALL = 1, INFO = 2 };

static struct subject
address_of(uint32_t uid, uint64_t key)
{
	return (struct subject){KIND_ADDRESS, uid, 0, key};
}

static void
observe(struct host *host, const struct subject *subject, enum measure measure, int64_t value)
{
	struct observation observation = {
	    .measure = measure,
	    .subject = *subject,
	    .at = host->now,
	    .value = value,
	    .label = "@alice.example",
	};
	engine_observe(host->engine, &observation);
}

static void
deliver(struct host *host, uint32_t uid, uint64_t key, int64_t count)
{
	struct subject subject = address_of(uid, key);
	observe(host, &subject, MEASURE_ADDRESS_CATCH_ALL, key == CATCH_ALL);
	observe(host, &subject, MEASURE_ADDRESS_DELIVERIES, count);
	observe(host, &subject, MEASURE_ADDRESS_DELIVERY_SHARE, count);
}

/* Minute by minute, as a daemon that is there lets it pass. */
static void
watch(struct host *host, int64_t minutes)
{
	for (int64_t i = 0; i < minutes; i++)
		host_skip(host, MINUTE);
}

static struct finding
weigh(struct host *host, uint32_t uid, uint64_t key)
{
	struct subject subject = address_of(uid, key);
	return engine_weigh(host->engine, policy_clause(host->policy, "A17"), &subject);
}

static void
test_share(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, terms);
	engine_set_sensor(host.engine, SENSOR_MAIL, true);
	watch(&host, 61);
	deliver(&host, ALICE, INFO, 170);
	deliver(&host, ALICE, CATCH_ALL, 30);
	/* 15 % is not more than that; of others' mail it is no part. */
	deliver(&host, BOB, INFO, 1000);
	assert_int_equal(weigh(&host, ALICE, CATCH_ALL).verdict, VERDICT_FALSE);
	deliver(&host, ALICE, CATCH_ALL, 1);
	struct finding finding = weigh(&host, ALICE, CATCH_ALL);
	assert_int_equal(finding.verdict, VERDICT_TRUE);
	assert_int_equal(finding.measure, MEASURE_ADDRESS_DELIVERY_SHARE);
	assert_int_equal(finding.value, 31 * 10000 / 201);
	assert_int_equal(weigh(&host, ALICE, INFO).verdict, VERDICT_FALSE);
	/* What goes out of the window goes out of both. */
	watch(&host, 61);
	assert_int_equal(weigh(&host, ALICE, CATCH_ALL).verdict, VERDICT_FALSE);
	deliver(&host, ALICE, INFO, 20);
	deliver(&host, ALICE, CATCH_ALL, 20);
	assert_int_equal(weigh(&host, ALICE, CATCH_ALL).verdict, VERDICT_TRUE);
	host_end(&host);
}

static void
test_floor(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, terms);
	engine_set_sensor(host.engine, SENSOR_MAIL, true);
	watch(&host, 61);
	deliver(&host, ALICE, CATCH_ALL, 19);
	assert_int_equal(weigh(&host, ALICE, CATCH_ALL).verdict, VERDICT_FALSE);
	deliver(&host, ALICE, CATCH_ALL, 1);
	assert_int_equal(weigh(&host, ALICE, CATCH_ALL).verdict, VERDICT_TRUE);
	host_end(&host);
}

/* Of a quarter of the window, what is certain is a quarter of what it says. */
static void
test_unseen(void **state)
{
	(void)state;
	struct host host;
	host_begin(&host, terms);
	host_skip(&host, HOUR);
	engine_set_sensor(host.engine, SENSOR_MAIL, true);
	watch(&host, 3);
	deliver(&host, ALICE, CATCH_ALL, 100);
	assert_int_equal(weigh(&host, ALICE, CATCH_ALL).verdict, VERDICT_UNKNOWN);
	watch(&host, 12);
	assert_int_equal(weigh(&host, ALICE, CATCH_ALL).verdict, VERDICT_TRUE);
	deliver(&host, ALICE, INFO, 100);
	assert_int_equal(weigh(&host, ALICE, CATCH_ALL).verdict, VERDICT_UNKNOWN);
	watch(&host, 15);
	assert_int_equal(weigh(&host, ALICE, CATCH_ALL).verdict, VERDICT_TRUE);
	host_end(&host);
}

static void
test_kept(void **state)
{
	(void)state;
	struct host host, next;
	auto_str bytes = {0};
	host_begin(&host, terms);
	engine_set_sensor(host.engine, SENSOR_MAIL, true);
	watch(&host, 61);
	deliver(&host, ALICE, INFO, 100);
	deliver(&host, ALICE, CATCH_ALL, 20);
	engine_encode(host.engine, &bytes);
	host_begin(&next, terms);
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	assert_int_equal(engine_decode(next.engine, &reader, host.now), 0);
	next.now = host.now;
	assert_int_equal(weigh(&next, ALICE, CATCH_ALL).verdict, VERDICT_TRUE);
	deliver(&next, ALICE, INFO, 100);
	assert_int_equal(weigh(&next, ALICE, CATCH_ALL).verdict, VERDICT_FALSE);
	host_end(&host);
	host_end(&next);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_share),
	    cmocka_unit_test(test_floor),
	    cmocka_unit_test(test_unseen),
	    cmocka_unit_test(test_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
