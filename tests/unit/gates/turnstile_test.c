/* SPDX-License-Identifier: Apache-2.0 */
/* Who is let in, who is not, and that whoever leaves makes room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gates/turnstile.h"

enum { MINUTE = 60 * 1000, ALICE = 61001 };

static struct address
address(const char *text)
{
	struct address found;
	assert_int_equal(address_parse(text, strlen(text), &found), 0);
	return found;
}

static struct guest
guest(enum session_kind kind, const char *client, const char *mailbox, const char *folder)
{
	struct address own = address(client);
	return (struct guest){kind, own, address_of_visitor(&own), ALICE, mailbox, folder, ""};
}

static struct turnstile *
with_rules(const struct standing_rule *rules, size_t count)
{
	struct turnstile *turnstile = turnstile_new();
	auto_str bytes = {0};
	standing_encode(&(struct standing_rules){count, rules}, &bytes);
	assert_int_equal(turnstile_rules(turnstile, bytes.data, bytes.length), 0);
	return turnstile;
}

static bool
refuses(struct turnstile *turnstile, struct guest who, int64_t now)
{
	struct refused refused;
	return turnstile_refuses(turnstile, &who, now, &refused);
}

static void
test_one_sum_for_pop_and_submission(void **state)
{
	(void)state;
	const struct standing_rule rule = {.clause = "A15a",
	    .measure = MEASURE_CLIENT_CONNECTIONS,
	    .most = 2,
	    .acts = true,
	    .text = "{count}"};
	struct turnstile *turnstile = with_rules(&rule, 1);
	struct guest pop = guest(SESSION_POP, "198.51.100.1", "a", "");
	struct guest submission = guest(SESSION_SUBMISSION, "198.51.100.1", "", "");
	struct inside *first = turnstile_enter(turnstile, &pop, NULL, 0);
	assert_false(refuses(turnstile, submission, 0));
	struct inside *second = turnstile_enter(turnstile, &submission, NULL, 0);
	assert_true(refuses(turnstile, pop, 0));
	assert_true(refuses(turnstile, submission, 0));
	/* Not a stranger who brings mail, nor anybody elsewhere. */
	assert_false(refuses(turnstile, guest(SESSION_SMTP, "198.51.100.1", "", ""), 0));
	assert_false(refuses(turnstile, guest(SESSION_POP, "198.51.100.2", "a", ""), 0));
	turnstile_leave(turnstile, first);
	assert_false(refuses(turnstile, pop, 0));
	turnstile_leave(turnstile, second);
	assert_int_equal(turnstile_count(turnstile), 0);
	turnstile_free(turnstile);
}

/* Of IPv6 a visitor has 64 bits to choose from. */
static void
test_one_network_is_one_client(void **state)
{
	(void)state;
	const struct standing_rule rule = {.clause = "A15b",
	    .measure = MEASURE_SMTP_CONNECTIONS,
	    .most = 1,
	    .acts = true,
	    .text = ""};
	struct turnstile *turnstile = with_rules(&rule, 1);
	struct guest one = guest(SESSION_SMTP, "2001:db8::1", "", "");
	struct inside *inside = turnstile_enter(turnstile, &one, NULL, 0);
	assert_true(refuses(turnstile, guest(SESSION_SMTP, "2001:db8::ffff:2", "", ""), 0));
	assert_false(refuses(turnstile, guest(SESSION_SMTP, "2001:db8:0:1::1", "", ""), 0));
	turnstile_leave(turnstile, inside);
	turnstile_free(turnstile);
}

static void
test_once_in_a_while(void **state)
{
	(void)state;
	const struct standing_rule rule = {.clause = "A15c",
	    .measure = MEASURE_POP_LOGINS,
	    .most = 1,
	    .window = 5 * MINUTE,
	    .acts = true,
	    .text = "again in {retry}"};
	struct turnstile *turnstile = with_rules(&rule, 1);
	struct guest one = guest(SESSION_POP, "198.51.100.1", "a@b.example", "");
	struct refused refused;
	auto_str words = {0};
	turnstile_leave(turnstile, turnstile_enter(turnstile, &one, NULL, MINUTE));
	assert_true(turnstile_refuses(turnstile, &one, 3 * MINUTE, &refused));
	assert_int_equal(refused.retry, 3 * MINUTE);
	turnstile_words(&refused, &one, &words);
	assert_string_equal(str_text(&words), "again in 3m1s");
	/* From wherever it is asked, but another mailbox is another. */
	assert_true(refuses(
	    turnstile, guest(SESSION_POP, "203.0.113.9", "a@b.example", ""), 4 * MINUTE));
	assert_false(refuses(
	    turnstile, guest(SESSION_POP, "198.51.100.1", "c@b.example", ""), 4 * MINUTE));
	/* That it was refused does not count. */
	assert_false(refuses(turnstile, one, 6 * MINUTE));
	turnstile_forget(turnstile, 6 * MINUTE);
	assert_false(refuses(turnstile, one, MINUTE + 1));
	turnstile_remember(turnstile, "a@b.example", 7 * MINUTE);
	assert_true(refuses(turnstile, one, 8 * MINUTE));
	turnstile_free(turnstile);
}

static void
test_a_folder_for_one(void **state)
{
	(void)state;
	const struct standing_rule rule = {.clause = "A16",
	    .measure = MEASURE_IMAP_CONNECTIONS,
	    .most = 1,
	    .acts = true,
	    .text = "{mailbox} at {other-client}"};
	struct turnstile *turnstile = with_rules(&rule, 1);
	int holder;
	struct guest one = guest(SESSION_IMAP, "198.51.100.1", "a@b.example", "INBOX");
	struct refused refused;
	auto_str words = {0};
	struct inside *inside = turnstile_enter(turnstile, &one, &holder, 0);
	assert_true(turnstile_refuses(turnstile, &one, 0, &refused));
	assert_ptr_equal(inside_holder(refused.other), &holder);
	turnstile_words(&refused, &one, &words);
	assert_string_equal(str_text(&words), "INBOX at 198.51.100.1");
	assert_false(
	    refuses(turnstile, guest(SESSION_IMAP, "198.51.100.1", "a@b.example", "Sent"), 0));
	assert_false(
	    refuses(turnstile, guest(SESSION_IMAP, "198.51.100.1", "c@b.example", "INBOX"), 0));
	turnstile_leave(turnstile, inside);
	assert_false(refuses(turnstile, one, 0));
	turnstile_free(turnstile);
}

/* Whoever is excepted is never refused, and what acts comes before what would. */
static void
test_exceptions_and_modes(void **state)
{
	(void)state;
	struct network office;
	const uint32_t account = ALICE;
	assert_int_equal(network_parse("203.0.113.0/24", 14, &office), 0);
	const struct standing_rule rules[] = {
	    {.clause = "A1",
		.measure = MEASURE_POP_CONNECTIONS,
		.most = 0,
		.acts = false,
		.text = ""},
	    {.clause = "A2",
		.measure = MEASURE_POP_CONNECTIONS,
		.most = 0,
		.acts = true,
		.text = "",
		.client_count = 1,
		.clients = &office},
	    {.clause = "A3",
		.measure = MEASURE_POP_CONNECTIONS,
		.most = 0,
		.acts = true,
		.text = "",
		.account_count = 1,
		.accounts = &account},
	};
	struct turnstile *turnstile = with_rules(rules, 3);
	struct guest here = guest(SESSION_POP, "198.51.100.1", "a", "");
	struct guest there = guest(SESSION_POP, "203.0.113.77", "a", "");
	struct refused refused;
	assert_true(turnstile_refuses(turnstile, &here, 0, &refused));
	assert_string_equal(refused.rule->clause, "A2");
	assert_true(turnstile_refuses(turnstile, &there, 0, &refused));
	assert_string_equal(refused.rule->clause, "A1");
	assert_false(refused.rule->acts);
	turnstile_free(turnstile);
}

/* He counts by his network, and is excepted by his address. */
static void
test_one_address_is_excepted(void **state)
{
	(void)state;
	struct network desk;
	assert_int_equal(network_parse("2001:db8::5", 11, &desk), 0);
	const struct standing_rule rule = {.clause = "A15b",
	    .measure = MEASURE_SMTP_CONNECTIONS,
	    .most = 0,
	    .acts = true,
	    .text = "",
	    .client_count = 1,
	    .clients = &desk};
	struct turnstile *turnstile = with_rules(&rule, 1);
	assert_false(refuses(turnstile, guest(SESSION_SMTP, "2001:db8::5", "", ""), 0));
	assert_true(refuses(turnstile, guest(SESSION_SMTP, "2001:db8::6", "", ""), 0));
	turnstile_free(turnstile);
}

/* The engine tells of them again when it is new; a login that is known already is one. */
static void
test_told_twice(void **state)
{
	(void)state;
	const struct standing_rule rule = {.clause = "A15c",
	    .measure = MEASURE_POP_LOGINS,
	    .most = 2,
	    .window = 5 * MINUTE,
	    .acts = true,
	    .text = ""};
	struct turnstile *turnstile = with_rules(&rule, 1);
	turnstile_remember(turnstile, "a", MINUTE);
	turnstile_remember(turnstile, "a", MINUTE + 7);
	turnstile_remember(turnstile, "a", MINUTE - 7);
	assert_false(
	    refuses(turnstile, guest(SESSION_POP, "198.51.100.1", "a", ""), 2 * MINUTE));
	turnstile_remember(turnstile, "a", 2 * MINUTE);
	assert_true(
	    refuses(turnstile, guest(SESSION_POP, "198.51.100.1", "a", ""), 2 * MINUTE));
	turnstile_free(turnstile);
}

/* What an office that is excepted fetches costs the same mailbox nothing elsewhere. */
static void
test_excepted_logins_do_not_count(void **state)
{
	(void)state;
	struct network office;
	assert_int_equal(network_parse("203.0.113.0/24", 14, &office), 0);
	const struct standing_rule rule = {.clause = "A15c",
	    .measure = MEASURE_POP_LOGINS,
	    .most = 1,
	    .window = 5 * MINUTE,
	    .acts = true,
	    .text = "",
	    .client_count = 1,
	    .clients = &office};
	struct turnstile *turnstile = with_rules(&rule, 1);
	struct guest here = guest(SESSION_POP, "198.51.100.1", "a", "");
	struct guest there = guest(SESSION_POP, "203.0.113.77", "a", "");
	turnstile_leave(turnstile, turnstile_enter(turnstile, &there, NULL, MINUTE));
	assert_false(refuses(turnstile, here, MINUTE));
	turnstile_leave(turnstile, turnstile_enter(turnstile, &here, NULL, MINUTE));
	assert_true(refuses(turnstile, here, MINUTE));
	assert_false(refuses(turnstile, there, MINUTE));
	turnstile_free(turnstile);
}

/* Names that customers choose are of one line and of ASCII, and none is taken for a place. */
static void
test_hostile_names(void **state)
{
	(void)state;
	const struct standing_rule rule = {.clause = "A16",
	    .measure = MEASURE_IMAP_CONNECTIONS,
	    .most = 0,
	    .acts = true,
	    .text = "{{x} {mailbox}"};
	struct turnstile *turnstile = with_rules(&rule, 1);
	struct guest one =
	    guest(SESSION_IMAP, "198.51.100.1", "a", "{client}\r\n* BYE \xc3\xa4");
	struct refused refused;
	auto_str words = {0};
	assert_true(turnstile_refuses(turnstile, &one, 0, &refused));
	turnstile_words(&refused, &one, &words);
	assert_null(strpbrk(str_text(&words), "\r\n"));
	assert_int_equal(strncmp(str_text(&words), "{x} {client}\\x0d", 15), 0);
	for (size_t i = 0; i < words.length; i++)
		assert_in_range((unsigned char)words.data[i], 0x20, 0x7e);
	turnstile_free(turnstile);
}

static void
test_damaged_rules(void **state)
{
	(void)state;
	const struct standing_rule rule = {.clause = "A15b",
	    .measure = MEASURE_SMTP_CONNECTIONS,
	    .most = 1,
	    .acts = true,
	    .text = "x"};
	struct turnstile *turnstile = with_rules(&rule, 1);
	auto_str bytes = {0};
	standing_encode(&(struct standing_rules){1, &rule}, &bytes);
	for (size_t cut = 0; cut < bytes.length; cut++)
		assert_int_not_equal(turnstile_rules(turnstile, bytes.data, cut), 0);
	/* The old ones stay. */
	struct guest one = guest(SESSION_SMTP, "198.51.100.1", "", "");
	struct inside *inside = turnstile_enter(turnstile, &one, NULL, 0);
	assert_true(refuses(turnstile, one, 0));
	turnstile_leave(turnstile, inside);
	turnstile_free(turnstile);
}

static struct guest
with_program(const char *client, const char *program)
{
	struct guest one = guest(SESSION_IMAP, client, "a@b.example", "INBOX");
	one.program = program;
	return one;
}

/* Sessions of one program at one address are one client's, up to four; who comes and leaves in
 * whichever order leaves the count right. */
static void
test_one_client_with_several(void **state)
{
	(void)state;
	const struct standing_rule rule = {.clause = "A16",
	    .measure = MEASURE_IMAP_CONNECTIONS,
	    .most = 1,
	    .acts = true,
	    .text = ""};
	struct turnstile *turnstile = with_rules(&rule, 1);
	struct guest here = with_program("198.51.100.1", "k9");
	struct inside *inside[4];
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 4; i++) {
			assert_false(refuses(turnstile, here, 0));
			inside[i] = turnstile_enter(turnstile, &here, NULL, 0);
		}
		assert_true(refuses(turnstile, here, 0));
		for (int i = 0; i < 4; i++) {
			assert_true(
			    refuses(turnstile, with_program("198.51.100.1", "other"), 0));
			assert_true(refuses(turnstile, with_program("198.51.100.1", ""), 0));
			assert_true(refuses(turnstile, with_program("198.51.100.2", "k9"), 0));
			turnstile_leave(turnstile, inside[(i + round) % 4]);
			if (i < 3)
				assert_false(refuses(turnstile, here, 0));
		}
		assert_false(refuses(turnstile, with_program("198.51.100.2", ""), 0));
	}
	/* Who says nothing is nobody's, not even his own. */
	struct guest silent = with_program("198.51.100.1", "");
	inside[0] = turnstile_enter(turnstile, &silent, NULL, 0);
	assert_true(refuses(turnstile, silent, 0));
	turnstile_leave(turnstile, inside[0]);
	turnstile_free(turnstile);
}

/* By chance: the count is that of clients, whoever leaves when. */
static void
test_clients_are_counted_right(void **state)
{
	(void)state;
	const struct standing_rule rule = {.clause = "A16",
	    .measure = MEASURE_IMAP_CONNECTIONS,
	    .most = 0,
	    .acts = true,
	    .text = ""};
	struct turnstile *turnstile = with_rules(&rule, 1);
	struct inside *inside[40] = {0};
	int programs[40] = {0}, of_program[4] = {0};
	static const char *const names[] = {"a", "b", "c", "d"};
	uint32_t luck = 1;
	for (int step = 0; step < 20000; step++) {
		luck = luck * 1664525 + 1013904223;
		uint32_t at = luck >> 16 & 0x7fff;
		at %= 40;
		if (inside[at]) {
			turnstile_leave(turnstile, inside[at]);
			inside[at] = NULL;
			of_program[programs[at]]--;
		} else {
			programs[at] = (int)(luck >> 8 & 3);
			struct guest who = with_program("198.51.100.1", names[programs[at]]);
			inside[at] = turnstile_enter(turnstile, &who, NULL, 0);
			of_program[programs[at]]++;
		}
		struct refused refused;
		struct guest stranger = with_program("198.51.100.9", "");
		assert_true(turnstile_refuses(turnstile, &stranger, 0, &refused));
		int64_t least = 1;
		for (int i = 0; i < 4; i++)
			least += (of_program[i] + 3) / 4;
		assert_int_equal(refused.value, least);
	}
	for (int i = 0; i < 40; i++)
		turnstile_leave(turnstile, inside[i]);
	assert_int_equal(turnstile_count(turnstile), 0);
	turnstile_free(turnstile);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one_client_with_several),
	    cmocka_unit_test(test_clients_are_counted_right),
	    cmocka_unit_test(test_one_sum_for_pop_and_submission),
	    cmocka_unit_test(test_one_network_is_one_client),
	    cmocka_unit_test(test_once_in_a_while),
	    cmocka_unit_test(test_a_folder_for_one),
	    cmocka_unit_test(test_exceptions_and_modes),
	    cmocka_unit_test(test_excepted_logins_do_not_count),
	    cmocka_unit_test(test_one_address_is_excepted),
	    cmocka_unit_test(test_told_twice),
	    cmocka_unit_test(test_hostile_names),
	    cmocka_unit_test(test_damaged_rules),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
