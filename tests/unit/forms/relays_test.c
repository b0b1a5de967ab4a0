/* SPDX-License-Identifier: Apache-2.0 */
/* Whom one visitor had a script write to, and who of them does not count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/forms.h"

enum { OWNER = 1000, WIFE, VICTIM = 2000, HOUR = 3600000 };

struct scene {
	struct forms *forms;
	uint64_t requests, mails;
	int64_t now;
};

static int
begin(void **state)
{
	static struct scene scene;
	scene = (struct scene){.forms = forms_new()};
	*state = &scene;
	return 0;
}

static int
end(void **state)
{
	forms_free(((struct scene *)*state)->forms);
	return 0;
}

static struct forms_named
send_mail(struct scene *scene, const struct mail_request *request)
{
	char reference[24];
	struct forms_named named;
	snprintf(reference, sizeof(reference), "HW-%llu", (unsigned long long)++scene->mails);
	const struct form_sent sent = {
	    .script = {KIND_SCRIPT, 61001, 1, 7},
	    .label = "/home/alice/f.php",
	    .reference = reference,
	    .request = request,
	};
	forms_sent(scene->forms, &sent, ++scene->now, &named);
	return named;
}

/* A new request of that visitor, whose text goes to so many strangers from that on. */
static struct mail_request
request_to(struct scene *scene, uint64_t visitor, uint64_t stranger, uint32_t count)
{
	struct mail_request request = {.id = ++scene->requests,
	    .visitor = visitor,
	    .has_text = true,
	    .stranger_count = count};
	for (uint32_t i = 0; i < count; i++)
		request.strangers[i] = stranger + i;
	return request;
}

static uint32_t
count_of(struct scene *scene, uint64_t visitor, uint64_t stranger, uint32_t count)
{
	struct mail_request request = request_to(scene, visitor, stranger, count);
	return send_mail(scene, &request).count;
}

static void
test_one_after_the_other(void **state)
{
	struct scene *scene = *state;
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(count_of(scene, 1, VICTIM + i, 1), i + 1);
	assert_int_equal(count_of(scene, 2, VICTIM + 100, 1), 1);
	scene->now += HOUR;
	assert_int_equal(count_of(scene, 1, VICTIM + 200, 1), 1);
}

static void
test_a_list(void **state)
{
	assert_int_equal(count_of(*state, 1, VICTIM, 7), 6);
}

/* Twice to each makes nobody an address of the page. */
static void
test_again_and_again(void **state)
{
	struct scene *scene = *state;
	uint32_t count = 0;
	for (uint32_t i = 0; i < 20; i++)
		count = count_of(scene, 1, VICTIM + i % 10, 1);
	assert_int_equal(count, 10);
}

/* Everybody behind one address: the copy comes first, or the owner's mail. */
static void
test_copies(void **state)
{
	struct scene *scene = *state;
	for (uint32_t i = 0; i < 40; i++) {
		struct mail_request copy = request_to(scene, 1, VICTIM + i, 1);
		struct mail_request house = copy;
		house.stranger_count = 0;
		house.to_house = true;
		assert_true(send_mail(scene, i % 2 ? &copy : &house).count < 2);
		assert_int_equal(send_mail(scene, i % 2 ? &house : &copy).count, 0);
	}
}

/* The owner's address stands in the page, and is nobody's domain. */
static void
test_hidden_owner(void **state)
{
	struct scene *scene = *state;
	for (uint32_t i = 0; i < 40; i++) {
		struct mail_request request = request_to(scene, 1, OWNER, 2);
		request.strangers[1] = VICTIM + i;
		assert_true(send_mail(scene, &request).count < 2);
	}
}

static void
test_not_counted(void **state)
{
	struct scene *scene = *state;
	for (uint32_t i = 0; i < 20; i++) {
		struct mail_request request = request_to(scene, 1, VICTIM + i * 20, 16);
		request.has_cookie = i % 2;
		request.is_known = !request.has_cookie;
		assert_int_equal(send_mail(scene, &request).count, 0);
	}
	struct mail_request template = request_to(scene, 2, VICTIM, 5);
	template.has_text = false;
	assert_int_equal(send_mail(scene, &template).count, 0);
}

static void
test_added(void **state)
{
	struct scene *scene = *state;
	struct mail_request request = request_to(scene, 1, VICTIM, 5);
	request.has_text = false;
	request.has_added = request.to_house = true;
	assert_int_equal(send_mail(scene, &request).count, 5);
}

static bool
refused(struct scene *scene, const char *reference)
{
	struct subject script;
	char *label = NULL;
	bool relays = forms_refused(scene->forms, reference, &script, &label);
	if (relays) {
		assert_int_equal(script.key, 7);
		assert_string_equal(label, "/home/alice/f.php");
	}
	free(label);
	return relays;
}

static void
test_refused(void **state)
{
	struct scene *scene = *state;
	for (uint32_t i = 0; i < 3; i++) {
		struct mail_request request = request_to(scene, i, VICTIM + i / 2, 1);
		request.has_cookie = true;
		send_mail(scene, &request);
	}
	assert_false(refused(scene, "HW-9"));
	assert_false(refused(scene, "HW-1"));
	assert_false(refused(scene, "HW-2")); /* the same stranger */
	assert_true(refused(scene, "HW-3"));
}

/* Somebody who writes spam to the owner, as others: it takes more than two copies. */
static void
test_refused_copies(void **state)
{
	struct scene *scene = *state;
	for (uint32_t i = 0; i < 10; i++) {
		char reference[24];
		struct mail_request copy = request_to(scene, 1, VICTIM + i, 1);
		struct mail_request house = copy;
		house.stranger_count = 0;
		house.to_house = true;
		send_mail(scene, &copy);
		snprintf(
		    reference, sizeof(reference), "HW-%llu", (unsigned long long)scene->mails);
		assert_false(refused(scene, reference));
		send_mail(scene, &house);
	}
}

static void
test_bounds(void **state)
{
	struct scene *scene = *state;
	for (uint32_t i = 0; i < 2000; i++)
		count_of(scene, i, VICTIM + i * 16, 16);
	assert_int_equal(count_of(scene, 1, 1, 1), 1);
	forms_forget(scene->forms, scene->now + 2 * HOUR);
	assert_int_equal(count_of(scene, 1, 1, 1), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_one_after_the_other, begin, end),
	    cmocka_unit_test_setup_teardown(test_a_list, begin, end),
	    cmocka_unit_test_setup_teardown(test_again_and_again, begin, end),
	    cmocka_unit_test_setup_teardown(test_copies, begin, end),
	    cmocka_unit_test_setup_teardown(test_hidden_owner, begin, end),
	    cmocka_unit_test_setup_teardown(test_not_counted, begin, end),
	    cmocka_unit_test_setup_teardown(test_added, begin, end),
	    cmocka_unit_test_setup_teardown(test_refused, begin, end),
	    cmocka_unit_test_setup_teardown(test_refused_copies, begin, end),
	    cmocka_unit_test_setup_teardown(test_bounds, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
