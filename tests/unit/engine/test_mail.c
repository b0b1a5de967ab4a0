/* SPDX-License-Identifier: Apache-2.0 */
/* Mail on its way, as the gate tells of it: which counts, whose word is heard, and what is
 * held. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "flow/gates.h"
#include "flow/handings.h"
#include "stage.h"

enum { FORM = 7, NEWS = 8, THIRD = 9 };

static const char terms[] = "plan basic { quota 1000B }\n"
			    "terms \"t\" revision \"1\" grace 1d\n"
			    "clause L1 \"spam\" for each account { when account.spams then at "
			    "once suspend ends by operator }\n"
			    "clause L2 \"form\" for each script { when script.spams then at "
			    "once disable ends by operator }\n";

struct scene {
	struct stage stage;
	uint64_t sent;
};

static int
begin(void **state)
{
	static struct scene scene;
	static const char *const paths[] = {
	    "/home/alice/form.php", "/home/alice/news.php", "/home/alice/third.php"};
	scene = (struct scene){0};
	stage_begin(&scene.stage, terms);
	for (uint64_t i = 0; i < array_length(paths); i++)
		flow_script_name(scene.stage.flow, &(struct script_name){.script = FORM + i,
						       .uid = ALICE,
						       .path = paths[i],
						       .interpreter = "php"});
	*state = &scene;
	return 0;
}

static int
end(void **state)
{
	struct scene *scene = *state;
	stage_end(&scene->stage);
	return 0;
}

static void
pass_time(struct scene *scene, int64_t ms)
{
	struct moment *now = &scene->stage.now;
	now->boot += ms;
	now->wall += ms;
	now->policy += ms;
}

static void
hand_in(struct scene *scene, uint64_t script, enum starter starter)
{
	const struct handing handing = {
	    .uid = ALICE, .script = script, .starter = starter, .at = scene->stage.now.boot};
	flow_handing(scene->stage.flow, &handing, scene->stage.now);
}

/* One of alice's to somebody new, handed in now. */
static struct mailed
next_mail(struct scene *scene)
{
	struct mailed mailed = {
	    .id = ++scene->sent,
	    .account = scene->stage.alice->id,
	    .generation = scene->stage.alice->generation,
	    .uid = ALICE,
	    .recipients = 1,
	    .to = scene->sent,
	    .domain = scene->sent,
	    .handed_at = scene->stage.now.wall,
	    .by = "program",
	    .outcome = "passed",
	};
	snprintf(mailed.reference, sizeof(mailed.reference), "HW-%llx",
	    (unsigned long long)scene->sent);
	return mailed;
}

static bool
tell(struct scene *scene, const struct mailed *mailed)
{
	return flow_mailed(scene->stage.flow, mailed, scene->stage.now);
}

static bool
has_case(struct scene *scene, const char *clause)
{
	const struct casefile *casefile;
	size_t position = 0;
	while ((casefile = cases_next(flow_cases(scene->stage.flow), &position)))
		if (!strcmp(casefile->clause, clause))
			return true;
	return false;
}

/* So many mails of the script's that the filter refuses; whether that is noticed. */
static bool
spam(struct scene *scene, uint64_t script, enum starter starter, const char *about)
{
	for (int i = 0; i < 40; i++) {
		pass_time(scene, 1000);
		hand_in(scene, script, starter);
		struct mailed mailed = next_mail(scene);
		mailed.rated = mailed.is_spam = true;
		mailed.failed = *about != '\0';
		snprintf(mailed.about, sizeof(mailed.about), "%s", about);
		tell(scene, &mailed);
	}
	return has_case(scene, script ? "L2" : "L1");
}

static void
test_spam(void **state)
{
	struct scene *scene = *state;
	assert_true(spam(scene, FORM, STARTER_WEB, ""));
	assert_false(has_case(scene, "L1"));
	assert_true(spam(scene, 0, STARTER_LOGIN, ""));
}

/* Whatever a mail says of another, it is one itself. */
static void
test_spam_as_report(void **state)
{
	struct scene *scene = *state;
	assert_true(spam(scene, FORM, STARTER_WEB, "HW-0"));
	assert_true(spam(scene, 0, STARTER_LOGIN, "HW-0"));
}

/* A circular to thirty, and who says of it that there are none of them. */
static void
report(struct scene *scene, struct mailed *circular, bool is_own)
{
	const struct mailed report = {
	    .id = ++scene->sent,
	    .recipients = 1,
	    .to = 1,
	    .failed = 30,
	    .unknown = 30,
	    .is_own = is_own,
	    .by = "server",
	    .outcome = "passed",
	    .reference = "HW-r",
	};
	struct mailed told = report;
	memcpy(told.about, circular->reference, sizeof(told.about));
	tell(scene, &told);
}

static void
test_whose_word(void **state)
{
	struct scene *scene = *state;
	hand_in(scene, 0, STARTER_LOGIN);
	struct mailed circular = next_mail(scene);
	circular.recipients = 30;
	circular.domain = 0;
	tell(scene, &circular);
	report(scene, &circular, false);
	assert_false(has_case(scene, "L1"));
	report(scene, &circular, true);
	assert_true(has_case(scene, "L1"));
}

/* To alice, from elsewhere or by her own hand; the number is in the name. */
static void
write_to_her(struct scene *scene, uint64_t number, bool by_herself)
{
	const struct account *alice = scene->stage.alice;
	const struct received received = {alice->id, alice->generation, 1, "alice", "alice@x"};
	struct mailed mailed = {
	    .id = ++scene->sent,
	    .account = by_herself ? alice->id : 0,
	    .generation = by_herself ? alice->generation : 0,
	    .recipients = 1,
	    .outcome = "passed",
	    .received_count = number % 3 != 0, /* nobody knows whose address it is */
	    .received = &received,
	};
	snprintf(mailed.sender, sizeof(mailed.sender), by_herself ? "w%u@y" : "<W%u@y>",
	    (unsigned)number);
	tell(scene, &mailed);
}

/* Sixty answers, each to whom a bounce then says does not exist; every fifth at once. */
static bool
answer(struct scene *scene, uint64_t script, enum starter starter, bool by_herself)
{
	for (uint64_t i = 0; i < 60; i++) {
		char name[32];
		pass_time(scene, 1000);
		write_to_her(scene, i, by_herself);
		hand_in(scene, script, starter);
		struct mailed mailed = next_mail(scene);
		snprintf(name, sizeof(name), i % 2 ? "<w%u@y>" : "w%u@y", (unsigned)i);
		const uint64_t named = mailed_hash(name, strlen(name));
		if (i % 5) {
			mailed.named_count = 1;
			mailed.named = &named;
			tell(scene, &mailed);
			report(scene, &mailed, true);
			continue;
		}
		snprintf(mailed.outcome, sizeof(mailed.outcome), "unsent");
		mailed.recipients = 0;
		mailed.astray_count = 1;
		mailed.astray[0] = (struct astray){named, 0};
		tell(scene, &mailed);
	}
	return has_case(scene, script ? "L2" : "L1");
}

/* Who is on holiday answers all spam that he gets, by whatever name it came. */
static void
test_answers(void **state)
{
	struct scene *scene = *state;
	assert_false(answer(scene, FORM, STARTER_MAIL, false));
	assert_false(answer(scene, 0, STARTER_CRON, false));
	assert_true(spam(scene, FORM, STARTER_MAIL, ""));
}

static void
test_answers_to_oneself(void **state)
{
	assert_true(answer(*state, 0, STARTER_LOGIN, true));
}

/* More than can be remembered was handed in meanwhile. */
static void
test_held_unseen(void **state)
{
	struct scene *scene = *state;
	struct mailed first = next_mail(scene);
	assert_false(tell(scene, &first));
	assert_true(spam(scene, FORM, STARTER_WEB, ""));
	pass_time(scene, 10000);
	struct mailed lost = next_mail(scene);
	hand_in(scene, FORM, STARTER_WEB);
	assert_true(tell(scene, &lost));
	pass_time(scene, 5000);
	for (int i = 0; i < HANDINGS_OF_UID; i++) {
		pass_time(scene, 1);
		hand_in(scene, FORM, STARTER_WEB);
	}
	assert_true(tell(scene, &lost));
	/* Over a connection that nobody saw. */
	struct mailed call = next_mail(scene);
	call.handed_at = 0;
	call.port = 40000;
	assert_true(tell(scene, &call));
}

/* What is known to be of others of the account is not held, nor a neighbour's. */
static void
test_held_by_nobody(void **state)
{
	struct scene *scene = *state;
	assert_true(spam(scene, FORM, STARTER_WEB, ""));
	static const uint64_t others[] = {0, NEWS, THIRD};
	for (size_t i = 0; i < array_length(others); i++) {
		pass_time(scene, 5000);
		hand_in(scene, others[i], STARTER_WEB);
		struct mailed mailed = next_mail(scene);
		assert_false(tell(scene, &mailed));
		if (i)
			hand_in(scene, others[(i + 1) % array_length(others)], STARTER_WEB);
		assert_false(tell(scene, &mailed));
	}
	/* It may have been the one that is held. */
	struct mailed either = next_mail(scene);
	hand_in(scene, FORM, STARTER_WEB);
	assert_true(tell(scene, &either));
	pass_time(scene, 5000);
	struct mailed unseen = next_mail(scene);
	struct mailed of_bob = unseen;
	const struct account *bob = accounts_find_name(scene->stage.host.accounts, "bob");
	of_bob.account = bob->id;
	of_bob.generation = bob->generation;
	of_bob.uid = BOB;
	assert_false(tell(scene, &of_bob));
	/* What another server of the site handed on was decided there. */
	struct mailed handed_on = unseen;
	handed_on.handed_at = 0;
	assert_false(tell(scene, &handed_on));
	assert_true(tell(scene, &unseen));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_spam, begin, end),
	    cmocka_unit_test_setup_teardown(test_spam_as_report, begin, end),
	    cmocka_unit_test_setup_teardown(test_whose_word, begin, end),
	    cmocka_unit_test_setup_teardown(test_answers, begin, end),
	    cmocka_unit_test_setup_teardown(test_answers_to_oneself, begin, end),
	    cmocka_unit_test_setup_teardown(test_held_unseen, begin, end),
	    cmocka_unit_test_setup_teardown(test_held_by_nobody, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
