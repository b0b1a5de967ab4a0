/* SPDX-License-Identifier: Apache-2.0 */
/* What workers used, and what their logs claim later: less, more, too late, of somebody else. */
#include "engine/pools.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { UID = 61001, OTHER = 61002, SERVER = 500, PAGE = 600, CRON = 700 };

static const uint64_t ms = 1000000;

struct scene {
	struct pools *pools;
	struct arena *arena;
	int64_t now;
	uint64_t server, page, cron, total; /* counted so far, ns */
	uint64_t runs;
};

static bool
is_server(void *context, const struct frame_row *row)
{
	(void)context;
	return row->script == SERVER;
}

/* A second in which the workers used so much, and a job of cron 5 ms. */
static void
pass(struct scene *scene, uint64_t used)
{
	struct frame_row rows[] = {
	    {.uid = UID, .cpu_ns = used + 5 * ms},
	    {.uid = UID, .script = SERVER, .cpu_ns = used, .web_cpu_ns = used},
	    {.uid = UID, .script = CRON, .cpu_ns = 5 * ms},
	    {.uid = OTHER, .script = SERVER, .cpu_ns = 9 * ms},
	};
	struct frame frame = {.at = scene->now += 1000, .row_count = 4, .rows = rows};
	struct frame settled =
	    pools_settle(scene->pools, &frame, false, scene->arena, is_server, scene);
	for (uint32_t i = 0; i < settled.row_count; i++) {
		const struct frame_row *row = &settled.rows[i];
		if (row->uid == OTHER) {
			assert_int_equal(row->cpu_ns, 9 * ms);
			continue;
		}
		scene->total += row->script ? 0 : row->cpu_ns;
		scene->server += row->script == SERVER ? row->cpu_ns : 0;
		scene->page += row->script == PAGE ? row->cpu_ns : 0;
		scene->cron += row->script == CRON ? row->cpu_ns : 0;
		scene->runs += row->runs;
	}
}

static void
claim(struct scene *scene, uint64_t cpu_ns, uint64_t runs)
{
	struct run_count step = {3, (uint32_t)runs};
	struct frame_row row = {.uid = UID,
	    .script = PAGE,
	    .cpu_ns = cpu_ns,
	    .runs = runs,
	    .step_count = 1,
	    .steps = &step};
	struct frame claims = {.row_count = 1, .rows = &row};
	pools_claim(scene->pools, &claims, scene->now);
}

static void
begin(struct scene *scene)
{
	*scene = (struct scene){.pools = pools_new(), .arena = arena_new(), .now = 100000};
}

static void
end(struct scene *scene)
{
	pools_free(scene->pools);
	arena_free(scene->arena);
}

static void
test_nobody_claims(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	for (int i = 0; i < 5; i++)
		pass(&scene, 20 * ms);
	assert_int_equal(scene.server, 100 * ms);
	assert_int_equal(scene.page, 0);
	end(&scene);
}

static void
test_claims(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	claim(&scene, 0, 1); /* from now on it is known that this account's pools are logged */
	for (int i = 0; i < 5; i++)
		pass(&scene, 20 * ms);
	assert_int_equal(scene.server, 0);
	claim(&scene, 60 * ms, 30);
	pass(&scene, 0);
	assert_int_equal(scene.page, 60 * ms);
	assert_int_equal(scene.runs, 31);
	for (int i = 0; i < 20; i++)
		pass(&scene, 0);
	assert_int_equal(scene.page, 60 * ms);
	assert_int_equal(scene.server, 40 * ms);
	assert_int_equal(scene.cron, 26 * 5 * ms);
	assert_int_equal(scene.total, scene.page + scene.server + scene.cron);
	assert_int_equal(scene.runs, 31);
	end(&scene);
}

static void
test_claims_too_much(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	claim(&scene, 0, 1);
	pass(&scene, 50 * ms);
	claim(&scene, 500 * ms, 1);
	pass(&scene, 10 * ms); /* of the same request, counted behind its line */
	for (int i = 0; i < 30; i++)
		pass(&scene, 0);
	assert_int_equal(scene.page, 60 * ms);
	pass(&scene, 50 * ms);
	for (int i = 0; i < 20; i++)
		pass(&scene, 0);
	assert_int_equal(scene.page, 60 * ms);
	assert_int_equal(scene.server, 50 * ms);
	end(&scene);
}

/* The sampler names no program in a worker. */
static void
test_without_rows(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	claim(&scene, 0, 1);
	struct frame_row row = {.uid = UID, .cpu_ns = 30 * ms};
	struct frame frame = {.at = scene.now += 1000, .row_count = 1, .rows = &row};
	struct frame settled =
	    pools_settle(scene.pools, &frame, false, scene.arena, is_server, &scene);
	claim(&scene, 20 * ms, 1);
	frame.at = scene.now += 1000;
	row.cpu_ns = 0;
	settled = pools_settle(scene.pools, &frame, false, scene.arena, is_server, &scene);
	assert_int_equal(settled.row_count, 2);
	assert_int_equal(settled.rows[1].script, PAGE);
	assert_int_equal(settled.rows[1].cpu_ns, 20 * ms);
	assert_int_equal(settled.rows[1].step_count, 1);
	end(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nobody_claims),
	    cmocka_unit_test(test_claims),
	    cmocka_unit_test(test_claims_too_much),
	    cmocka_unit_test(test_without_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
