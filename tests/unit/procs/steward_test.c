/* SPDX-License-Identifier: Apache-2.0 */
/* What goes between the steward, its hand and its siblings comes out as it went in. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "procs/control_password.h"
#include "procs/steward.h"

static void
jobs_come_back(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	struct request request = {.ask = ASK_MAILBOX_ADD, .address = "info@alice.example"};
	auto_str payload = {0}, bytes = {0};
	struct job job;
	request_encode(&request, &payload);
	job_encode(7, JOB_MAILBOX_ADD, 20000, &payload, &bytes);
	assert_int_equal(job_decode(bytes.data, bytes.length, arena, &job), 0);
	assert_int_equal(job.id, 7);
	assert_int_equal(job.account, 20000);
	assert_string_equal(job.request.address, "info@alice.example");
	for (size_t length = 0; length < bytes.length; length++)
		assert_int_not_equal(job_decode(bytes.data, length, arena, &job), 0);
	/* What holds another thing than its kind says. */
	auto_str other = {0};
	job_encode(7, JOB_OPEN, 20000, &payload, &other);
	assert_int_not_equal(job_decode(other.data, other.length, arena, &job), 0);
}

static void
news_come_back(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	struct news news = {9, JOB_ENDED, -2, "no", "{}", 12, 3}, found;
	auto_str bytes = {0};
	news_encode(&news, &bytes);
	assert_int_equal(news_decode(bytes.data, bytes.length, arena, &found), 0);
	assert_int_equal(found.job, 9);
	assert_int_equal(found.status, -2);
	assert_string_equal(found.text, "no");
	assert_string_equal(found.data, "{}");
	assert_int_equal(found.next, 12);
	for (size_t length = 0; length < bytes.length; length++)
		assert_int_not_equal(news_decode(bytes.data, length, arena, &found), 0);
}

static void
tellings_come_back(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	struct opening opening = {1, 20000, 2, true, 5, "shell 192.0.2.7 1/tcp", "dora"};
	struct changed changed = {.id = 4, .what = "mailbox", .text = "added", .status = -2};
	struct closed_script scripts[] = {{"alice", "/home/alice/a"}, {"bob", "/home/bob/b"}};
	struct closed_scripts closed = {array_length(scripts), scripts};
	auto_str one = {0}, two = {0}, three = {0};
	opening_encode(&opening, &one);
	changed_encode(&changed, &two);
	closed_scripts_encode(&closed, &three);
	assert_int_equal(opening_decode(one.data, one.length, &opening), 0);
	assert_string_equal(opening.destination, "shell 192.0.2.7 1/tcp");
	assert_true(opening.shut);
	assert_int_equal(changed_decode(two.data, two.length, &changed), 0);
	assert_string_equal(changed.text, "added");
	assert_int_equal(changed.status, -2);
	assert_int_equal(closed_scripts_decode(three.data, three.length, arena, &closed), 0);
	assert_int_equal(closed.count, 2);
	assert_string_equal(closed.list[1].path, "/home/bob/b");
}

static struct accounts *
alice_alone(void)
{
	static struct uid_range uids[] = {{20000, 1}};
	static const char *domains[] = {"alice.example"};
	const struct account alice = {.id = 20000, .generation = 3, .name = "alice", .plan = "",
	    .contact = "", .home = "/home/alice", .uid_count = 1, .own_uids = 1, .uids = uids,
	    .domain_count = 1, .domains = domains};
	struct accounts *accounts;
	auto_str bytes = {0};
	accounts_encode(&alice, 1, 1000, &bytes);
	assert_int_equal(accounts_decode(bytes.data, bytes.length, &accounts), 0);
	return accounts;
}

#define MAIL(user, uid)                                                                        \
	"{\"mail\":\"" user "\",\"box\":\"0123456789abcdef0123456789abcdef\",\"uid\":" uid          \
	",\"check\":\"00000000deadbeef\",\"size\":300000,\"saved\":1795786307,\"folder\":0,"       \
	"\"in\":\"INBOX\",\"subject\":\"x\"}\n"
#define BOX(user, whole) "{\"mailbox\":\"" user "\",\"bytes\":5,\"whole\":" whole "}\n"

/* Nothing is believed of mailboxes that were not asked about, or are no account's. */
static void
stored_mail_is_taken_apart(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	struct accounts *accounts = alice_alone();
	struct stored stored;
	static const char asked[] = "next 4\naccount alice\nasked a@alice.example\n"
				    "asked b@alice.example\nasked c@bob.example\n";
	auto_str text = {0};
	str_add(&text, asked);
	str_add(&text, MAIL("a@alice.example", "7") MAIL("c@bob.example", "8")
		MAIL("d@alice.example", "9") MAIL("a@alice.example", "0")
		    MAIL("a@alice.example", "-1") MAIL("a@alice.example", "4294967296"));
	str_add(&text, "{\"catch-all\":\"alice.example\",\"bytes\":12}\n"
		       "{\"catch-all\":\"bob.example\",\"bytes\":12}\nnonsense\n{\n");
	str_add(&text, BOX("a@alice.example", "true") BOX("b@alice.example", "false"));
	assert_int_equal(
	    steward_stored_read(accounts, str_text(&text), arena, &stored), 4);
	assert_int_equal(stored.count, 1);
	const struct stored_account *alice = &stored.accounts[0];
	assert_int_equal(alice->account, 20000);
	assert_int_equal(alice->generation, 3);
	assert_int_equal(alice->mail_count, 1);
	assert_int_equal(alice->mails[0].place.uid, 7);
	assert_int_equal(alice->mails[0].saved, 1795786307000);
	assert_int_equal(alice->catch_all_count, 1);
	assert_int_equal(alice->bytes, 10);
	assert_false(alice->whole);
	str_add(&text, BOX("b@alice.example", "true"));
	(void)steward_stored_read(accounts, str_text(&text), arena, &stored);
	assert_true(stored.accounts[0].whole);
	/* Of whom nothing came, nothing is known. */
	(void)steward_stored_read(accounts, asked, arena, &stored);
	assert_false(stored.accounts[0].whole);
	accounts_free(accounts);
}

static struct request
wish(uint32_t uid, const char *password)
{
	struct request request = {.id = uid,
	    .ask = ASK_PASSWD,
	    .asker = {.uid = uid, .account = uid},
	    .current = "the current one"};
	snprintf(request.password, sizeof(request.password), "%s", password);
	return request;
}

static void
passwords_become_hashes_and_proofs(void **state)
{
	(void)state;
	struct password_desk *desk = password_desk_new();
	struct request request = wish(20000, "one long word"), waited;
	auto_str why = {0};
	assert_int_equal(password_desk_take(desk, &request, 1, &why), -EINPROGRESS);
	assert_int_equal(request.password[0], '$');
	assert_false(password_desk_prove(desk, 1, "$y$j9T$salt$", &waited));
	assert_true(password_desk_prove(desk, 20000, "$6$saltsalt$", &waited));
	assert_int_equal(waited.password[0], '$');
	assert_string_not_equal(waited.current, "the current one");
	assert_int_equal(waited.current[0], '$');
	/* Once, and an account without a password gets no proof. */
	assert_false(password_desk_prove(desk, 20000, "$6$saltsalt$", &waited));
	request = wish(20001, "one long word");
	assert_int_equal(password_desk_take(desk, &request, 1, &why), -EINPROGRESS);
	assert_true(password_desk_prove(desk, 20001, "", &waited));
	assert_string_equal(waited.current, "");
	password_desk_free(desk);
}

static void
who_guesses_waits(void **state)
{
	(void)state;
	struct password_desk *desk = password_desk_new();
	auto_str why = {0};
	struct request waited;
	for (int i = 0; i < 6; i++) {
		struct request request = wish(20000, "one long word");
		assert_int_equal(
		    password_desk_take(desk, &request, 1000 + i, &why), -EINPROGRESS);
		assert_true(password_desk_prove(desk, 20000, "", &waited));
	}
	struct request seventh = wish(20000, "one long word");
	assert_int_equal(password_desk_take(desk, &seventh, 2000, &why), -EINVAL);
	struct request another = wish(20001, "one long word");
	assert_int_equal(password_desk_take(desk, &another, 2000, &why), -EINPROGRESS);
	struct request later = wish(20000, "one long word");
	assert_int_equal(password_desk_take(desk, &later, 61001, &why), -EINPROGRESS);
	password_desk_free(desk);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(jobs_come_back),
	    cmocka_unit_test(news_come_back),
	    cmocka_unit_test(tellings_come_back),
	    cmocka_unit_test(stored_mail_is_taken_apart),
	    cmocka_unit_test(passwords_become_hashes_and_proofs),
	    cmocka_unit_test(who_guesses_waits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
