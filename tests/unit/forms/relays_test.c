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

static const struct subject alice = {KIND_ACCOUNT, 61001, 1, 0};

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
	    .wording = {.count = 4, .runs = {11, 12, 13, 14}},
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

/* With so many runs, from that on. */
static void
write_text(struct mail_request *request, uint32_t from, uint32_t count)
{
	request->wording = (struct wording){0};
	for (uint32_t i = 0; i < count; i++)
		wording_add(&request->wording, from + i);
}

/* A school, or all who come by a cache. */
static void
test_many_behind_one_address(void **state)
{
	struct scene *scene = *state;
	for (uint32_t i = 0; i < 10; i++) {
		struct mail_request request = request_to(scene, 1, VICTIM + i, 1);
		write_text(&request, 1000 * (i + 1), 20);
		assert_true(send_mail(scene, &request).count < 2);
	}
}

/* Each of them has a card sent to a friend, and gets a copy; so does the owner, or not. */
static void
test_many_with_copies(void **state)
{
	struct scene *scene = *state;
	for (uint32_t i = 0; i < 10; i++) {
		struct mail_request card = request_to(scene, 1, VICTIM + 2 * i, 1), copy = card;
		copy.strangers[0]++;
		card.to_house = i % 2;
		write_text(&card, 1000 * (i + 1), 20);
		copy.wording = card.wording;
		assert_true(send_mail(scene, &card).count < 2);
		assert_true(send_mail(scene, &copy).count < 2);
	}
	/* Whoever sells something has a copy of one text each time. */
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(count_of(scene, 2, 5000 + 2 * i, 2), i + 1);
}

/* To each by another name, and in between what others of that address write. */
static void
test_much_the_same(void **state)
{
	struct scene *scene = *state;
	uint64_t group = 0;
	for (uint32_t i = 0; i < 8; i++) {
		struct mail_request other = request_to(scene, 1, 50000 + i, 1);
		struct mail_request request = request_to(scene, 1, VICTIM + i, 1);
		write_text(&other, 100000 * (i + 1), 20);
		assert_true(send_mail(scene, &other).count < 2);
		write_text(&request, 500, 20);
		wording_add(&request.wording, 3000 + i);
		wording_add(&request.wording, 4000 + i);
		struct forms_named named = send_mail(scene, &request);
		assert_int_equal(named.count, i + 1);
		assert_true(!group || named.group == group);
		group = named.group;
	}
}

/* What was said to many counts with them; a friend of somebody else does not. */
static void
test_a_list_and_one(void **state)
{
	struct scene *scene = *state;
	struct mail_request other = request_to(scene, 1, WIFE, 1);
	assert_int_equal(count_of(scene, 1, VICTIM, 4), 3);
	write_text(&other, 7000, 20);
	assert_int_equal(send_mail(scene, &other).count, 3);
	assert_int_equal(count_of(scene, 1, VICTIM + 100, 1), 4);
}

/* ---- with whom there was business before ---- */

static void
wrote(struct scene *scene, const struct mail_request *request, const uint64_t *named,
    uint32_t count)
{
	const struct form_wrote wrote = {alice, request, count, named};
	forms_wrote(scene->forms, &wrote, ++scene->now);
}

static void
confirm(struct scene *scene, uint64_t stranger)
{
	struct mail_request request = request_to(scene, 9, stranger, 1);
	request.has_text = false;
	request.is_forms = true;
	wrote(scene, &request, request.strangers, 1);
}

/* Somebody has himself told of new comments, and writes one in which his addresses are. */
static void
test_subscribers(void **state)
{
	struct scene *scene = *state;
	for (uint32_t i = 0; i < 6; i++)
		confirm(scene, VICTIM + i);
	assert_int_equal(count_of(scene, 1, VICTIM, 6), 0);
	assert_int_equal(count_of(scene, 1, VICTIM + 1, 6), 0); /* one more: himself */
	assert_int_equal(count_of(scene, 2, VICTIM + 20, 6), 5);
}

static void
test_readers(void **state)
{
	struct scene *scene = *state;
	const uint64_t readers[] = {VICTIM, VICTIM + 1, VICTIM + 2};
	struct mail_request unnamed = request_to(scene, 1, 0, 0), none = {0};
	wrote(scene, &unnamed, readers, 2);
	wrote(scene, &none, readers + 2, 1);
	assert_int_equal(count_of(scene, 1, VICTIM, 3), 0);
}

/* What a relay sends is its visitors', whomever it has sent it to. */
static void
test_no_business(void **state)
{
	struct scene *scene = *state;
	for (uint32_t i = 0; i < 12; i++) {
		struct mail_request request = request_to(scene, i / 6, VICTIM + i % 6, 1);
		struct mail_request brief = request, added = request;
		wrote(scene, &request, request.strangers, 1);
		brief.has_text = false; /* too little for anybody's */
		wrote(scene, &brief, request.strangers, 1);
		added.has_text = false;
		added.is_forms = added.has_added = true;
		wrote(scene, &added, request.strangers, 1);
		uint32_t count = send_mail(scene, &request).count;
		if (i < 6 || i == 11)
			assert_int_equal(count, i % 6 + 1);
	}
}

/* A form may announce to each what it then sends. */
static void
test_announced(void **state)
{
	struct scene *scene = *state;
	for (uint32_t i = 0; i < 6; i++) {
		struct mail_request request = request_to(scene, 1, VICTIM + i, 1);
		struct mail_request announced = request;
		announced.has_text = false;
		announced.is_forms = true;
		wrote(scene, &announced, request.strangers, 1);
		assert_int_equal(send_mail(scene, &request).count, i + 1);
	}
}

/* Spam to those is weighed as any script's. */
static void
test_refused_subscribers(void **state)
{
	struct scene *scene = *state;
	for (uint32_t i = 0; i < 6; i++) {
		struct subject script;
		char reference[24], *label;
		confirm(scene, VICTIM + i);
		count_of(scene, 1, VICTIM + i, 1);
		snprintf(
		    reference, sizeof(reference), "HW-%llu", (unsigned long long)scene->mails);
		assert_false(forms_refused(scene->forms, reference, &script, &label));
	}
}

/* Neither a newsletter nor another account drives out who signed up; and a header that somebody
 * adds is none the better for it. */
static void
test_business_is_kept(void **state)
{
	struct scene *scene = *state;
	struct mail_request none = {0}, added;
	for (uint32_t i = 0; i < 6; i++)
		confirm(scene, VICTIM + i);
	for (uint64_t i = 0; i < 5000; i++) {
		const uint64_t reader = 100000 + i;
		wrote(scene, &none, &reader, 1);
		const struct form_wrote other = {
		    {KIND_ACCOUNT, 61002, 1, 0}, &none, 1, &reader};
		forms_wrote(scene->forms, &other, scene->now);
	}
	auto_str bytes = {0};
	forms_encode(scene->forms, &bytes);
	forms_free(scene->forms);
	scene->forms = forms_new();
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	forms_decode(scene->forms, &reader, scene->now);
	assert_int_equal(wire_end(&reader), 0);
	assert_int_equal(count_of(scene, 1, VICTIM, 6), 0);
	assert_int_equal(count_of(scene, 1, 100000 + 4990, 6), 0);
	added = request_to(scene, 2, VICTIM, 6);
	added.has_added = true;
	assert_int_equal(send_mail(scene, &added).count, 6);
	forms_forget(scene->forms, scene->now + HOUR);
	assert_int_equal(count_of(scene, 3, VICTIM, 6), 0);
	forms_forget(scene->forms, scene->now + INT64_C(400) * 24 * HOUR);
	assert_int_equal(count_of(scene, 4, VICTIM, 6), 5);
}

static void
test_damaged_bytes(void **state)
{
	struct scene *scene = *state;
	auto_str bytes = {0};
	for (uint32_t i = 0; i < 6; i++)
		confirm(scene, VICTIM + i);
	forms_encode(scene->forms, &bytes);
	for (size_t length = 0; length < bytes.length; length++) {
		struct forms *forms = forms_new();
		struct wire_reader reader = wire_read(bytes.data, length);
		forms_decode(forms, &reader, scene->now);
		assert_true(reader.failed);
		forms_free(forms);
	}
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
	    cmocka_unit_test_setup_teardown(test_many_behind_one_address, begin, end),
	    cmocka_unit_test_setup_teardown(test_many_with_copies, begin, end),
	    cmocka_unit_test_setup_teardown(test_much_the_same, begin, end),
	    cmocka_unit_test_setup_teardown(test_a_list_and_one, begin, end),
	    cmocka_unit_test_setup_teardown(test_subscribers, begin, end),
	    cmocka_unit_test_setup_teardown(test_readers, begin, end),
	    cmocka_unit_test_setup_teardown(test_no_business, begin, end),
	    cmocka_unit_test_setup_teardown(test_announced, begin, end),
	    cmocka_unit_test_setup_teardown(test_refused_subscribers, begin, end),
	    cmocka_unit_test_setup_teardown(test_business_is_kept, begin, end),
	    cmocka_unit_test_setup_teardown(test_damaged_bytes, begin, end),
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
