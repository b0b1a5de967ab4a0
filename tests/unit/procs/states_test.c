/* SPDX-License-Identifier: Apache-2.0 */
/* What parent and sensor tell the engine of processes and sensors: there and back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "procs/process_state.h"
#include "procs/sensor_state.h"

static void
test_processes(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	const struct process_state said[] = {
	    {PROCESS_ENGINE, 4711, 2, 123456, true, "weighing"},
	    {PROCESS_KEEPER, 0, 7, 99, false, ""},
	};
	struct process_state heard[PROCESS_COUNT];
	size_t count;
	auto_str bytes = {0};
	process_states_encode(said, array_length(said), &bytes);
	assert_int_equal(
	    process_states_decode(bytes.data, bytes.length, arena, heard, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(heard[0].process, PROCESS_ENGINE);
	assert_int_equal(heard[0].pid, 4711);
	assert_string_equal(heard[0].line, "weighing");
	assert_int_equal(heard[1].restarts, 7);
	assert_false(heard[1].serves);
	for (size_t length = 0; length < bytes.length; length++)
		assert_int_equal(
		    process_states_decode(bytes.data, length, arena, heard, &count), -EBADMSG);
}

static void
test_more_processes_than_there_are(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	struct process_state many[PROCESS_COUNT + 1] = {0}, heard[PROCESS_COUNT];
	size_t count;
	auto_str bytes = {0};
	process_states_encode(many, array_length(many), &bytes);
	assert_int_equal(
	    process_states_decode(bytes.data, bytes.length, arena, heard, &count), -EBADMSG);
}

static void
test_sensors(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	const struct sensor_state said[] = {
	    {SENSOR_KERNEL, true, "BPF", ""},
	    {SENSOR_PRESSURE, false, "", "no PSI"},
	};
	struct sensor_state heard[SENSOR_COUNT];
	size_t count;
	auto_str bytes = {0};
	sensor_states_encode(said, array_length(said), &bytes);
	assert_int_equal(
	    sensor_states_decode(bytes.data, bytes.length, arena, heard, &count), 0);
	assert_int_equal(count, 2);
	assert_string_equal(heard[0].by, "BPF");
	assert_string_equal(heard[1].lost, "no PSI");
	for (size_t length = 0; length < bytes.length; length++)
		assert_int_equal(
		    sensor_states_decode(bytes.data, length, arena, heard, &count), -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_processes),
	    cmocka_unit_test(test_more_processes_than_there_are),
	    cmocka_unit_test(test_sensors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
