/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine answers whom, asked over a real flow in which alice takes half of the
 * machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/attributes.h"
#include "base/diag.h"
#include "model/request.h"
#include "policy/load.h"
#include "procs/answers.h"

static const char terms[] =
    "terms \"test-terms\" revision \"1\" grace 1h\n"
    "clause A10 \"A fair share\" for each account {\n"
    "  says \"No account takes more than {limit}.\"\n"
    "  when cpu.share > 10% over 1m\n"
    "  then warn; after 3d throttle cpu to 5%\n"
    "  ends when kept for 1h or by owner\n"
    "}\n"
    "clause A11 \"Only watched\" for each account {\n"
    "  when cpu.share > 12% over 1m then warn; after 3d throttle cpu to 5%\n"
    "  mode observe\n"
    "}\n"
    "clause A12 \"Soft\" for each account {\n"
    "  when cpu.share > 14% over 1m imposed by operator\n"
    "  then warn; after 3d throttle cpu to 5%\n"
    "}\n";

enum { SECONDS_SEEN = 120, SCRIPT_KEY = 77 };
static const char hostile_path[] = "/home/alice/\033[2Jx\n\xff.pl";

struct scene {
	struct policy *policy;
	struct accounts *accounts;
	struct config config;
	struct flow *flow;
	struct moment now;
	struct answers_context context;
};

static struct policy *
load_terms(void)
{
	struct policy_set *set = policy_set_new();
	struct diag *diag = diag_new();
	struct policy *policy = NULL;
	auto_str wrong = {0};
	policy_set_add(set, "test.policy", terms, strlen(terms));
	int status = policy_load(set, NULL, NULL, diag, &policy);
	diag_print(diag, &wrong);
	if (status)
		print_message("%s\n", str_text(&wrong));
	assert_int_equal(status, 0);
	diag_free(diag);
	policy_set_free(set);
	return policy;
}

static struct accounts *
make_accounts(void)
{
	struct uid_range alice[] = {{1001, 1}}, bob[] = {{1002, 1}};
	struct account records[] = {
	    {.id = 1001,
		.generation = 1,
		.name = "alice",
		.plan = "",
		.contact = "a@x.example",
		.home = "/home/alice",
		.uid_count = 1,
		.uids = alice,
		.own_uids = 1},
	    {.id = 1002,
		.generation = 1,
		.name = "bob",
		.plan = "",
		.contact = "b@x.example",
		.home = "/home/bob",
		.uid_count = 1,
		.uids = bob,
		.own_uids = 1},
	};
	auto_str bytes = {0};
	struct accounts *accounts = NULL;
	accounts_encode(records, 2, 1000, &bytes);
	assert_int_equal(accounts_decode(bytes.data, bytes.length, &accounts), 0);
	return accounts;
}

/* One second in which alice's script takes half of two processors, and bob's a twentieth. */
static void
one_second(struct scene *scene)
{
	const uint64_t second = UINT64_C(1000000000);
	struct frame_row rows[] = {
	    {.uid = 1001,
		.processes = 1,
		.cpu_ns = second,
		.inclusive_cpu_ns = second,
		.memory = 1 << 20,
		.runs = 1},
	    {.uid = 1001,
		.script = SCRIPT_KEY,
		.processes = 1,
		.cpu_ns = second,
		.inclusive_cpu_ns = second,
		.memory = 1 << 20,
		.runs = 1},
	    {.uid = 1002,
		.processes = 1,
		.cpu_ns = second / 10,
		.inclusive_cpu_ns = second / 10,
		.memory = 1 << 20,
		.runs = 1},
	};
	scene->now.boot += 1000;
	scene->now.policy += 1000;
	scene->now.wall += 1000;
	struct frame frame = {.at = scene->now.boot,
	    .interval_ns = (int64_t)second,
	    .cpu_ns = 2 * second,
	    .memory = UINT64_C(1) << 30,
	    .row_count = array_length(rows),
	    .rows = rows};
	flow_frame(scene->flow, &frame, scene->now);
	flow_tick(scene->flow, scene->now);
}

/* Plays keeper and notifier: everything is durable at once, every notice arrives. */
static void
settle(struct scene *scene)
{
	auto_arena struct arena *arena = arena_new();
	struct notice notice;
	do {
		flow_handed_over(scene->flow);
		flow_durable(scene->flow, flow_sequence(scene->flow));
		while (flow_next_notice(scene->flow, arena, &notice)) {
			struct delivery delivery = {notice.id, 0, "250 ok"};
			flow_delivery(scene->flow, &delivery, scene->now);
		}
		size_t count;
		if (flow_records(scene->flow, &count), count == 0)
			return;
	} while (true);
}

static int
set_scene(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	scene->policy = load_terms();
	scene->accounts = make_accounts();
	scene->config = config_default();
	scene->config.mode = "enforce";
	scene->config.host = "web1";
	scene->config.gather = 0;
	scene->now = (struct moment){1000000, 5000000, INT64_C(1800000000000)};
	struct flow_rules rules = {scene->policy, scene->accounts, &scene->config};
	scene->flow = flow_new(&rules);
	flow_set_sensor(scene->flow, SENSOR_KERNEL, true);
	scene->context = (struct answers_context){.flow = scene->flow,
	    .policy = scene->policy,
	    .accounts = scene->accounts,
	    .config = &scene->config,
	    .started = scene->now};
	scene->context.sensors[SENSOR_KERNEL].works = true;
	struct script_name name = {
	    .script = SCRIPT_KEY, .uid = 1001, .path = hostile_path, .interpreter = "perl"};
	flow_script_name(scene->flow, &name);
	for (int i = 0; i < SECONDS_SEEN; i++) {
		one_second(scene);
		settle(scene);
	}
	*state = scene;
	return 0;
}

static int
strike_scene(void **state)
{
	struct scene *scene = *state;
	flow_free(scene->flow);
	policy_free(scene->policy);
	accounts_free(scene->accounts);
	free(scene);
	return 0;
}

static const struct asker root = {.staff = true, .name = "root"};
static const struct asker alice = {
    .uid = 1001, .account = 1001, .generation = 1, .name = "alice"};
static const struct asker bob = {.uid = 1002, .account = 1002, .generation = 1, .name = "bob"};
static const struct asker former_alice = {
    .uid = 1001, .account = 1001, .generation = 0, .name = "alice"};
static const struct asker nobody = {.uid = 33, .name = "uid 33"};

/* The answer to one request, json_decref() it; its status is checked. */
static json_t *
answer(const struct scene *scene, const struct request *request, enum answer_status expected)
{
	auto_str asked = {0}, told = {0};
	struct reply reply;
	request_encode(request, &asked);
	answer_request(&scene->context, asked.data, asked.length, scene->now, &told);
	assert_int_equal(reply_decode(told.data, told.length, &reply), 0);
	assert_int_equal(reply.id, request->id);
	json_t *whole = json_loadb(reply.json, reply.length, 0, NULL);
	assert_non_null(whole);
	int status = (int)json_integer_value(json_object_get(whole, "status"));
	if (status != (int)expected)
		print_message("%.*s\n", (int)reply.length, reply.json);
	assert_int_equal(status, expected);
	if (expected != ANSWER_OK)
		assert_true(*json_string_value(json_object_get(whole, "text")) != '\0');
	return whole;
}

static struct request
about(enum ask ask, const struct asker *asker, uint64_t number)
{
	return (struct request){.id = 9, .ask = ask, .asker = *asker, .case_number = number};
}

static size_t
count_cases(const struct scene *scene, const struct asker *asker)
{
	struct request request = about(ASK_CASES, asker, 0);
	json_t *whole = answer(scene, &request, ANSWER_OK);
	size_t count =
	    json_array_size(json_object_get(json_object_get(whole, "data"), "cases"));
	json_decref(whole);
	return count;
}

/* The number of alice's case of a clause, as staff see it. */
static uint64_t
case_of(const struct scene *scene, const char *clause)
{
	struct request request = about(ASK_CASES, &root, 0);
	json_t *whole = answer(scene, &request, ANSWER_OK);
	const json_t *cases = json_object_get(json_object_get(whole, "data"), "cases");
	uint64_t number = 0;
	size_t index;
	const json_t *item;
	json_array_foreach(cases, index,
	    item) if (strcmp(json_string_value(json_object_get(item, "clause")), clause) == 0)
	    number = (uint64_t)json_integer_value(json_object_get(item, "case"));
	json_decref(whole);
	assert_int_not_equal(number, 0);
	return number;
}

static void
each_sees_his_own_cases(void **state)
{
	const struct scene *scene = *state;
	assert_int_equal(count_cases(scene, &root), 3);
	assert_int_equal(count_cases(scene, &alice), 1); /* not what is only noted */
	assert_int_equal(count_cases(scene, &bob), 0);
	assert_int_equal(count_cases(scene, &former_alice), 0);
}

static void
cases_of_others_are_not_even_there(void **state)
{
	const struct scene *scene = *state;
	static const enum ask asks[] = {ASK_CASE, ASK_EXPLAIN, ASK_MENDED};
	uint64_t told = case_of(scene, "A10"), noted = case_of(scene, "A11");
	for (size_t i = 0; i < array_length(asks); i++) {
		struct request request = about(asks[i], &bob, told);
		json_t *others = answer(scene, &request, ANSWER_REFUSED);
		request.case_number = 4711;
		json_t *none = answer(scene, &request, ANSWER_REFUSED);
		const char *text = json_string_value(json_object_get(others, "text"));
		assert_true(text_starts_with(text, "you have no case"));
		assert_true(text_starts_with(
		    json_string_value(json_object_get(none, "text")), "you have no case"));
		json_decref(others);
		json_decref(none);
		request = about(asks[i], &alice, noted);
		json_decref(answer(scene, &request, ANSWER_REFUSED));
	}
	struct request request = about(ASK_CASE, &root, 4711);
	json_decref(answer(scene, &request, ANSWER_NOT_FOUND));
}

/* As if control had been taken over and let everything through. */
static void
the_engine_judges_again(void **state)
{
	const struct scene *scene = *state;
	uint64_t number = case_of(scene, "A10");
	for (enum ask ask = 0; ask < ASK_COUNT; ask++) {
		if (ask_info(ask)->who != WHO_STAFF)
			continue;
		struct request request = about(ask, &alice, number);
		json_decref(answer(scene, &request, ANSWER_REFUSED));
	}
	struct request request = about(ASK_SHOW, &alice, 0);
	snprintf(request.account, sizeof(request.account), "bob");
	json_decref(answer(scene, &request, ANSWER_REFUSED));
	request = about(ASK_SHOW, &former_alice, 0);
	snprintf(request.account, sizeof(request.account), "alice");
	json_decref(answer(scene, &request, ANSWER_REFUSED));
	request = about(ASK_CASES, &nobody, 0);
	json_decref(answer(scene, &request, ANSWER_REFUSED));
}

static void
status_tells_each_what_concerns_him(void **state)
{
	const struct scene *scene = *state;
	struct request request = about(ASK_STATUS, &root, 0);
	json_t *whole = answer(scene, &request, ANSWER_OK);
	const json_t *data = json_object_get(whole, "data");
	assert_string_equal(json_string_value(json_object_get(data, "host")), "web1");
	assert_int_equal(json_integer_value(json_object_get(data, "accounts")), 2);
	assert_int_equal(
	    json_integer_value(json_object_get(json_object_get(data, "cases"), "open")), 3);
	assert_true(
	    json_is_null(json_object_get(data, "own_cost"))); /* not measured: not told */
	json_decref(whole);
	request = about(ASK_STATUS, &alice, 0);
	whole = answer(scene, &request, ANSWER_OK);
	data = json_object_get(whole, "data");
	assert_int_equal(
	    json_integer_value(json_object_get(json_object_get(data, "cases"), "open")), 1);
	assert_null(json_object_get(data, "accounts"));
	assert_null(json_object_get(data, "journal"));
	json_decref(whole);
	request = about(ASK_STATUS, &nobody, 0);
	whole = answer(scene, &request, ANSWER_OK);
	assert_null(json_object_get(json_object_get(whole, "data"), "cases"));
	json_decref(whole);
}

static void
use_is_told_by_account_and_script(void **state)
{
	const struct scene *scene = *state;
	struct request request = about(ASK_TOP, &root, 0);
	json_t *whole = answer(scene, &request, ANSWER_OK);
	const json_t *rows = json_object_get(json_object_get(whole, "data"), "rows");
	const json_t *first = json_array_get(rows, 0);
	assert_int_equal(json_array_size(rows), 2);
	assert_string_equal(json_string_value(json_object_get(first, "account")), "alice");
	assert_float_equal(
	    json_number_value(json_object_get(first, "cpu_percent")), 50.0, 0.01);
	json_decref(whole);
	request.scripts = true;
	whole = answer(scene, &request, ANSWER_OK);
	rows = json_object_get(json_object_get(whole, "data"), "rows");
	assert_int_equal(json_array_size(rows), 1);
	const char *path =
	    json_string_value(json_object_get(json_array_get(rows, 0), "script"));
	assert_string_equal(path, "/home/alice/\\x1b[2Jx\\x0a\\xff.pl");
	json_decref(whole);
}

static void
a_case_is_explained(void **state)
{
	const struct scene *scene = *state;
	struct request request = about(ASK_EXPLAIN, &alice, case_of(scene, "A10"));
	json_t *whole = answer(scene, &request, ANSWER_OK);
	const json_t *data = json_object_get(whole, "data");
	const json_t *summary = json_object_get(data, "case");
	assert_string_equal(json_string_value(json_object_get(summary, "limit")), "10 %");
	assert_string_equal(json_string_value(json_object_get(data, "now")), "broken");
	assert_string_equal(json_string_value(json_object_get(data, "ladder")),
	    "warn; after 3d throttle cpu to 5%");
	assert_true(json_array_size(json_object_get(data, "evidence")) > 0);
	/* Who else was looked at is not for customers. */
	assert_true(json_is_null(json_object_get(data, "candidates")));
	json_decref(whole);
	request.asker = root;
	whole = answer(scene, &request, ANSWER_OK);
	const json_t *candidates =
	    json_object_get(json_object_get(whole, "data"), "candidates");
	assert_int_equal(json_array_size(candidates), 2);
	json_decref(whole);
}

static void
clauses_are_explained_or_guessed(void **state)
{
	const struct scene *scene = *state;
	struct request request = about(ASK_CLAUSE, &nobody, 0);
	snprintf(request.clause, sizeof(request.clause), "A10");
	json_t *whole = answer(scene, &request, ANSWER_OK);
	const json_t *clause = json_object_get(json_object_get(whole, "data"), "clause");
	assert_string_equal(json_string_value(json_object_get(clause, "says")),
	    "No account takes more than 10 %.");
	json_decref(whole);
	snprintf(request.clause, sizeof(request.clause), "A1O");
	whole = answer(scene, &request, ANSWER_NOT_FOUND);
	assert_non_null(strstr(json_string_value(json_object_get(whole, "text")), "A10"));
	json_decref(whole);
}

static void
an_owner_mends_what_is_his(void **state)
{
	struct scene *scene = *state;
	uint64_t number = case_of(scene, "A10");
	struct request request = about(ASK_MENDED, &alice, number);
	json_decref(answer(scene, &request, ANSWER_OK));
	settle(scene);
	assert_int_equal(count_cases(scene, &alice), 0);
}

static void
staff_lift_with_a_reason(void **state)
{
	struct scene *scene = *state;
	struct request request = about(ASK_LIFT, &root, case_of(scene, "A10"));
	snprintf(request.note, sizeof(request.note), " \t");
	json_decref(answer(scene, &request, ANSWER_INVALID));
	snprintf(request.note, sizeof(request.note), "a mistake of ours");
	json_decref(answer(scene, &request, ANSWER_OK));
	settle(scene);
	assert_int_equal(count_cases(scene, &root), 2);
}

static void
exceptions_lie_in_the_future(void **state)
{
	struct scene *scene = *state;
	struct request request = about(ASK_EXCEPT, &root, 0);
	snprintf(request.clause, sizeof(request.clause), "A10");
	snprintf(request.account, sizeof(request.account), "alice");
	snprintf(request.note, sizeof(request.note), "archive run");
	request.until = scene->now.wall - 1;
	json_decref(answer(scene, &request, ANSWER_INVALID));
	request.until = scene->now.wall + 86400000;
	json_decref(answer(scene, &request, ANSWER_OK));
	one_second(scene);
	settle(scene);
	assert_int_equal(count_cases(scene, &alice), 0);
	request = about(ASK_SHOW, &alice, 0);
	snprintf(request.account, sizeof(request.account), "alice");
	json_t *whole = answer(scene, &request, ANSWER_OK);
	const json_t *exceptions =
	    json_object_get(json_object_get(whole, "data"), "exceptions");
	assert_int_equal(json_array_size(exceptions), 1);
	json_decref(whole);
}

static const struct answer_seal seal = {true, "thirty-two bytes that are no NUL", "web1"};
static const struct asker receiver = {.uid = 200, .receiver = true, .name = "uid 200"};

static void
take_mails(struct scene *scene)
{
	scene->context.restored = true;
	scene->context.seal = &seal;
	scene->config.replies = "hayward@web1";
}

static struct request
mailed(const struct asker *asker, uint64_t number, const struct answer_matter *matter)
{
	struct request request = about(ASK_MAILED, asker, number);
	answer_tag_make(&seal, matter, request.tag);
	snprintf(request.person, sizeof(request.person), "a@x.example");
	snprintf(request.note, sizeof(request.note), "it is fixed");
	return request;
}

static size_t
count_answers(const struct scene *scene, uint64_t number)
{
	const struct casefile *casefile = cases_get(flow_cases(scene->flow), number);
	size_t count = 0;
	for (size_t i = 0; i < casefile->history_count; i++)
		count += strstr(casefile->history[i].text,
			     "(owner) by mail from a@x.example: it is fixed") != NULL;
	return count;
}

static void
an_owner_answers_by_mail(void **state)
{
	struct scene *scene = *state;
	uint64_t number = case_of(scene, "A10");
	struct answer_matter matter = {number, 1001, 1};
	take_mails(scene);
	struct request request = mailed(&receiver, number, &matter);
	json_decref(answer(scene, &request, ANSWER_OK));
	settle(scene);
	assert_int_equal(count_answers(scene, number), 1);
	request.asker = alice;
	json_decref(answer(scene, &request, ANSWER_REFUSED));
	assert_int_equal(count_answers(scene, number), 1);
}

/* Another case's tag, that of who had the name before, one made up; and no case at all. */
static void
mails_that_do_not_fit_learn_nothing(void **state)
{
	struct scene *scene = *state;
	uint64_t number = case_of(scene, "A10"), noted = case_of(scene, "A11");
	const struct answer_matter others[] = {
	    {noted, 1001, 1}, {number, 1001, 0}, {number, 1002, 1}, {number + 1000, 1001, 1}};
	char words[128] = "";
	take_mails(scene);
	for (size_t i = 0; i <= array_length(others); i++) {
		bool none = i == array_length(others);
		struct request request =
		    mailed(&receiver, none ? 4711 : number, &others[none ? 0 : i]);
		json_t *whole = answer(scene, &request, ANSWER_NOT_FOUND);
		const char *text = json_string_value(json_object_get(whole, "text"));
		if (!*words)
			snprintf(words, sizeof(words), "%s", text);
		assert_string_equal(text, words);
		json_decref(whole);
	}
	assert_int_equal(count_answers(scene, number), 0);
}

static void
mails_wait_while_nothing_can_be_verified(void **state)
{
	struct scene *scene = *state;
	uint64_t number = case_of(scene, "A10");
	struct answer_matter matter = {number, 1001, 1};
	static const struct answer_seal unknown;
	struct request request = mailed(&receiver, number, &matter);
	take_mails(scene);
	scene->context.seal = &unknown;
	json_decref(answer(scene, &request, ANSWER_UNREACHED));
	take_mails(scene);
	scene->config.replies = "";
	json_decref(answer(scene, &request, ANSWER_UNREACHED));
	take_mails(scene);
	scene->context.restored = false;
	request.case_number = 4711;
	json_decref(answer(scene, &request, ANSWER_UNREACHED));
}

static void
a_flood_of_mails_fills_no_journal(void **state)
{
	struct scene *scene = *state;
	uint64_t number = case_of(scene, "A10");
	struct answer_matter matter = {number, 1001, 1};
	struct request request = mailed(&receiver, number, &matter);
	take_mails(scene);
	for (int i = 0; i < 20; i++)
		json_decref(answer(scene, &request, ANSWER_OK));
	json_decref(answer(scene, &request, ANSWER_INVALID));
	scene->now.policy += 86400000;
	scene->now.wall += 86400000;
	json_decref(answer(scene, &request, ANSWER_OK));
}

static void
nonsense_gets_an_answer_too(void **state)
{
	const struct scene *scene = *state;
	auto_str told = {0};
	struct reply reply;
	answer_request(&scene->context, "\xff\xff", 2, scene->now, &told);
	assert_int_equal(reply_decode(told.data, told.length, &reply), 0);
	assert_true(text_starts_with(reply.json, "{\"status\":1,"));
}

int
main(void)
{
#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, set_scene, strike_scene)
	const struct CMUnitTest tests[] = {
	    SCENE_TEST(each_sees_his_own_cases),
	    SCENE_TEST(cases_of_others_are_not_even_there),
	    SCENE_TEST(the_engine_judges_again),
	    SCENE_TEST(status_tells_each_what_concerns_him),
	    SCENE_TEST(use_is_told_by_account_and_script),
	    SCENE_TEST(a_case_is_explained),
	    SCENE_TEST(clauses_are_explained_or_guessed),
	    SCENE_TEST(an_owner_mends_what_is_his),
	    SCENE_TEST(staff_lift_with_a_reason),
	    SCENE_TEST(exceptions_lie_in_the_future),
	    SCENE_TEST(an_owner_answers_by_mail),
	    SCENE_TEST(mails_that_do_not_fit_learn_nothing),
	    SCENE_TEST(mails_wait_while_nothing_can_be_verified),
	    SCENE_TEST(a_flood_of_mails_fills_no_journal),
	    SCENE_TEST(nonsense_gets_an_answer_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
