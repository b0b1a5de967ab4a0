/* SPDX-License-Identifier: Apache-2.0 */
/* Who is turned away is on record, whatever others have invented. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "gates/porter.h"

enum { INVENTED = 5000 };

/* Whatever stands before its @ is that account's. */
static const struct account *
login(void *context, const char *name)
{
	static char names[2][8] = {"alice", "bob"};
	static const struct account alice = {.id = 61001, .generation = 1, .name = names[0]};
	static const struct account bob = {.id = 61002, .generation = 1, .name = names[1]};
	(void)context;
	return strstr(name, "@alice.example") ? &alice
	       : strstr(name, "@bob.example") ? &bob
					      : NULL;
}

static void
turned_away(void *context, const struct turned_away *away)
{
	size_t *recorded = context;
	(void)away;
	++*recorded;
}

static void
logged_in(void *context, const struct login_seen *seen)
{
	(void)context, (void)seen;
}

static const struct standing_rule one_folder = {
    .clause = "A16",
    .measure = MEASURE_IMAP_CONNECTIONS,
    .most = 1,
    .acts = true,
    .text = "open",
};

static void
refuse(struct porter *porter, const char *mailbox, int64_t now)
{
	struct guest guest;
	const struct refused refused = {.rule = &one_folder, .value = 2};
	auto_str words = {0};
	char reference[LONGEST_REFERENCE + 1];
	assert_true(porter_guest(porter, SESSION_IMAP, "192.0.2.1", mailbox, "INBOX", &guest));
	guest.program = "";
	porter_turns_away(porter, &guest, &refused, now, &words, reference);
	assert_true(*reference);
}

static void
test_invented_mailboxes(void **state)
{
	(void)state;
	log_init("porter-test", false, LOG_LEVEL_ERROR);
	size_t recorded = 0;
	const struct porter_ways ways = {&recorded, login, turned_away, logged_in};
	struct porter *porter = porter_new(&ways);
	const int64_t now = 100 * 60 * 1000;
	refuse(porter, "her-own@alice.example", now);
	assert_int_equal(recorded, 1);
	for (int i = 0; i < INVENTED; i++) {
		char mailbox[64];
		snprintf(mailbox, sizeof(mailbox), "no-such-%d@alice.example", i);
		refuse(porter, mailbox, now);
	}
	assert_true(recorded > 32 && recorded < 200);
	recorded = 0;
	refuse(porter, "bob@bob.example", now);
	assert_int_equal(recorded, 1);
	refuse(porter, "bob@bob.example", now);
	assert_int_equal(recorded, 1);
	/* What is old makes room. */
	porter_tick(porter, now + 30 * 60 * 1000);
	refuse(porter, "other@alice.example", now + 30 * 60 * 1000);
	assert_int_equal(recorded, 2);
	porter_free(porter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_invented_mailboxes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
