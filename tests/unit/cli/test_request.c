/* SPDX-License-Identifier: Apache-2.0 */
/* From a line of JSON to a typed request, and who may put which. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "procs/control.h"
#include "procs/request_json.h"

static int
parse(const char *line, struct request *request, struct str *wrong)
{
	return request_parse(line, strlen(line), request, wrong);
}

static void
members_are_typed(void **state)
{
	(void)state;
	struct request request;
	auto_str wrong = {0};
	assert_int_equal(parse("{\"ask\":\"except\",\"clause\":\"A10\",\"account\":\"alice\","
			       "\"until\":\"2028-02-29\",\"note\":\"archive run\"}",
			     &request, &wrong),
	    0);
	assert_int_equal(request.ask, ASK_EXCEPT);
	assert_string_equal(request.clause, "A10");
	assert_string_equal(request.account, "alice");
	assert_string_equal(request.note, "archive run");
	assert_int_equal(request.until, clock_of_date(2028, 3, 1));
	assert_int_equal(request.asker.uid, 0);
	assert_false(request.asker.staff);
}

static void
nonsense_is_refused_with_words(void **state)
{
	(void)state;
	static const struct {
		const char *line, *words;
	} cases[] = {
	    {"", "the request is no JSON object: '[' or '{' expected near end of file"},
	    {"[]", "the request is no JSON object: "},
	    {"{}", "the request does not say what it asks: \"ask\""},
	    {"{\"ask\":1}", "the request does not say what it asks: \"ask\""},
	    {"{\"ask\":\"fly\"}", "'fly' is not a question"},
	    {"{\"ask\":\"case\"}", "'case' is missing"},
	    {"{\"ask\":\"case\",\"case\":\"1\"}", "'case' must be a whole number from 1"},
	    {"{\"ask\":\"case\",\"case\":0}", "'case' must be a whole number from 1"},
	    {"{\"ask\":\"case\",\"case\":1.0}", "'case' must be a whole number from 1"},
	    {"{\"ask\":\"status\",\"uid\":0}", "'uid' does not belong to this question"},
	    {"{\"ask\":\"status\",\"all\":true}", "'all' does not belong to this question"},
	    {"{\"ask\":\"cases\",\"all\":1}", "'all' must be true or false"},
	    {"{\"ask\":\"show\",\"account\":[]}", "'account' must be a text"},
	    {"{\"ask\":\"status\",\"all\":[[[]]]}", "the request is too large or too deep"},
	};
	for (size_t i = 0; i < array_length(cases); i++) {
		struct request request;
		auto_str wrong = {0};
		assert_int_equal(parse(cases[i].line, &request, &wrong), -EINVAL);
		assert_string_equal(str_text(&wrong), cases[i].words);
	}
}

static void
texts_end_where_their_room_ends(void **state)
{
	(void)state;
	struct request request;
	auto_str line = {0}, wrong = {0};
	str_add(&line, "{\"ask\":\"show\",\"account\":\"");
	str_add_fill(&line, 'a', sizeof(request.account) - 1);
	str_add(&line, "\"}");
	assert_int_equal(parse(str_text(&line), &request, &wrong), 0);
	str_cut(&line, line.length - 2);
	str_add(&line, "a\"}");
	assert_int_equal(parse(str_text(&line), &request, &wrong), -EINVAL);
	assert_string_equal(str_text(&wrong), "'account' is too long");
}

static void
dates_are_days_that_exist(void **state)
{
	(void)state;
	int64_t until;
	assert_int_equal(request_parse_until("2027-01-31", &until), 0);
	assert_int_equal(until, clock_of_date(2027, 2, 1));
	assert_int_equal(request_parse_until("revoked", &until), 0);
	assert_true(until == INT64_MAX);
	assert_int_equal(request_parse_until("2027-01-31T14:03:07Z", &until), 0);
	assert_int_equal(until, clock_of_date(2027, 1, 31) + 50587000);
	static const char *const none[] = {"2027-02-29", "2027-13-01", "2027-00-10", "2027-1-1",
	    "27-01-01", "2027-01-31 ", "2027-01-311", "tomorrow", "", "2027-01-31T",
	    "2027-01-31T24:00:00Z", "2027-01-31T14:03Z", "2027-01-31T14:03:07",
	    "2027-01-31T14:03:07Zx", "2027-01-31 14:03:07Z", "2027/01/31", "-027-01-31"};
	for (size_t i = 0; i < array_length(none); i++)
		assert_int_equal(request_parse_until(none[i], &until), -EINVAL);
}

/* ---- who may ---- */

static struct accounts *
two_accounts(void)
{
	struct uid_range alice[] = {{1001, 1}, {100000, 65536}}, bob[] = {{1002, 1}};
	struct account records[] = {
	    {.id = 1001,
		.generation = 3,
		.name = "alice",
		.plan = "",
		.contact = "",
		.home = "/home/alice",
		.uid_count = 2,
		.uids = alice,
		.own_uids = 1},
	    {.id = 1002,
		.name = "bob",
		.plan = "",
		.contact = "",
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

static const struct staff_group staff = {true, 900};

static void
the_kernel_says_who_asks(void **state)
{
	(void)state;
	struct accounts *accounts = two_accounts();
	struct client_peer peer = {.uid = 1001, .gid = 1001};
	struct asker asker = asker_of(&peer, &staff, accounts);
	assert_int_equal(asker.account, 1001);
	assert_int_equal(asker.generation, 3);
	assert_false(asker.staff);
	assert_string_equal(asker.name, "alice");
	peer.uid = 100007; /* a subordinate uid, from inside a user namespace */
	asker = asker_of(&peer, &staff, accounts);
	assert_int_equal(asker.account, 1001);
	assert_false(asker.staff);
	peer = (struct client_peer){
	    .uid = 1002, .gid = 1002, .group_count = 2, .groups = {7, 900}};
	asker = asker_of(&peer, &staff, accounts);
	assert_true(asker.staff);
	assert_string_equal(asker.name, "bob");
	peer = (struct client_peer){.uid = 33, .gid = 900};
	assert_true(asker_of(&peer, &staff, accounts).staff);
	peer = (struct client_peer){.uid = 33, .gid = 33};
	asker = asker_of(&peer, &staff, accounts);
	assert_int_equal(asker.account, 0);
	assert_string_equal(asker.name, "uid 33");
	peer = (struct client_peer){0};
	asker = asker_of(&peer, &staff, accounts);
	assert_true(asker.staff);
	assert_string_equal(asker.name, "root");
	accounts_free(accounts);
}

/* A group of staff that does not exist makes nobody staff, whatever gid they have. */
static void
no_staff_group_no_staff(void **state)
{
	(void)state;
	struct staff_group none = {0};
	struct client_peer peer = {.uid = 1001, .gid = 0, .group_count = 1, .groups = {0}};
	assert_false(asker_of(&peer, &none, NULL).staff);
	assert_false(staff_group_find("no-such-group-anywhere").known);
	assert_true(staff_group_find("root").known);
}

static const struct asker nobody = {.uid = 33, .name = "uid 33"};
static const struct asker alice = {.uid = 1001, .account = 1001, .name = "alice"};
static const struct asker root = {.staff = true, .name = "root"};

static int
authorise(enum ask ask, const struct asker *asker, const char *account)
{
	struct request request = {.ask = ask, .asker = *asker};
	auto_str why = {0};
	snprintf(request.account, sizeof(request.account), "%s", account);
	int status = request_authorise(&request, &why);
	assert_true(status == 0 || why.length > 0);
	if (status == 0 && !asker->staff && *request.account)
		assert_string_equal(request.account, asker->name);
	return status;
}

/* The whole matrix: what is not listed for somebody is refused. */
static void
each_asks_what_is_his(void **state)
{
	(void)state;
	static const enum ask anybody[] = {ASK_STATUS, ASK_CLAUSE};
	static const enum ask owner[] = {ASK_STATUS, ASK_CLAUSE, ASK_SHOW, ASK_HOLDS, ASK_TREE,
	    ASK_CASES, ASK_CASE, ASK_EXPLAIN, ASK_MENDED, ASK_INCIDENT, ASK_ANSWER,
	    ASK_REQUESTS, ASK_REQUEST, ASK_WITHDRAW, ASK_PASSWD, ASK_MAILBOX_ADD,
	    ASK_MAILBOX_REMOVE, ASK_MAILBOX_PASSWD, ASK_CATCH_ALL, ASK_USAGE, ASK_CGI_TEST,
	    ASK_MAIL_REMOVED, ASK_MAIL_RESTORE};
	for (enum ask ask = 0; ask < ASK_COUNT; ask++) {
		bool any = false, own = false;
		for (size_t i = 0; i < array_length(anybody); i++)
			any |= ask == anybody[i];
		for (size_t i = 0; i < array_length(owner); i++)
			own |= ask == owner[i];
		assert_int_equal(authorise(ask, &nobody, ""), any ? 0 : -EACCES);
		assert_int_equal(authorise(ask, &alice, ""), own ? 0 : -EACCES);
		assert_int_equal(authorise(ask, &root, "bob"), 0);
	}
}

static void
an_owner_asks_about_himself_only(void **state)
{
	(void)state;
	assert_int_equal(authorise(ASK_SHOW, &alice, "alice"), 0);
	assert_int_equal(authorise(ASK_SHOW, &alice, "bob"), -EACCES);
	assert_int_equal(authorise(ASK_CASES, &alice, "bob"), -EACCES);
	struct request request = {.ask = ASK_CASES, .asker = alice, .waiting = true};
	auto_str why = {0};
	assert_int_equal(request_authorise(&request, &why), -EACCES);
}

static void
what_belongs_to_whom(void **state)
{
	(void)state;
	struct request request = {.asker = alice};
	request.asker.generation = 2;
	assert_true(request_about(&request, 1001, 2));
	assert_false(request_about(&request, 1001, 1)); /* who had the name before */
	assert_false(request_about(&request, 1002, 2));
	assert_false(request_about(&request, 0, 2)); /* the host's own */
	request.asker = nobody;
	assert_false(request_about(&request, 0, 0));
	request.asker = root;
	assert_true(request_about(&request, 1001, 1));
}

/* ---- replies ---- */

static void
replies_are_one_line(void **state)
{
	(void)state;
	auto_str bytes = {0};
	struct reply reply;
	reply_encode(7, ANSWER_INVALID, "a \"b\"\nc \033[2J \\ \xff", "{\"x\":1}", &bytes);
	assert_int_equal(reply_decode(bytes.data, bytes.length, &reply), 0);
	assert_int_equal(reply.id, 7);
	auto_str line = {0};
	str_add_bytes(&line, reply.json, reply.length);
	assert_string_equal(str_text(&line),
	    "{\"status\":2,\"text\":\"a \\\"b\\\"\\nc \\\\x1b[2J \\\\\\\\ \\\\xff\","
	    "\"data\":{\"x\":1}}");
	assert_int_equal(reply_decode(bytes.data, 8, &reply), -EBADMSG);
	bytes.data[10] = '\n';
	assert_int_equal(reply_decode(bytes.data, bytes.length, &reply), -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(members_are_typed),
	    cmocka_unit_test(nonsense_is_refused_with_words),
	    cmocka_unit_test(texts_end_where_their_room_ends),
	    cmocka_unit_test(dates_are_days_that_exist),
	    cmocka_unit_test(the_kernel_says_who_asks),
	    cmocka_unit_test(no_staff_group_no_staff),
	    cmocka_unit_test(each_asks_what_is_his),
	    cmocka_unit_test(an_owner_asks_about_himself_only),
	    cmocka_unit_test(what_belongs_to_whom),
	    cmocka_unit_test(replies_are_one_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
