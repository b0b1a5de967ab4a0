/* SPDX-License-Identifier: Apache-2.0 */
/* A tag fits the case, the account, its generation and the host that it was made for, or
 * nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "model/answer_tag.h"

static const struct answer_seal seal = {
    true, "thirty-two bytes that are no NUL", "web1.example"};
static const struct answer_matter matter = {12, 1001, 3};

static void
it_comes_back_from_an_address(void **state)
{
	(void)state;
	auto_str address = {0};
	char tag[ANSWER_TAG_SIZE], found[ANSWER_TAG_SIZE];
	uint64_t number = 0;
	answer_tag_make(&seal, &matter, tag);
	answer_address_add("hayward@web1.example", &seal, &matter, &address);
	assert_true(text_starts_with(str_text(&address), "hayward+12."));
	assert_true(text_ends_with(str_text(&address), "@web1.example"));
	assert_int_equal(answer_tag_find(str_text(&address), &number, found), 0);
	assert_int_equal(number, 12);
	assert_string_equal(found, tag);
	assert_true(answer_tag_fits(&seal, &matter, found));
}

static void
it_fits_nothing_else(void **state)
{
	(void)state;
	static const struct answer_matter others[] = {
	    {13, 1001, 3}, {12, 1002, 3}, {12, 1001, 4}, {12, 1001, 2}, {0, 1001, 3}};
	struct answer_seal elsewhere = seal, rekeyed = seal, unknown = seal;
	char tag[ANSWER_TAG_SIZE];
	answer_tag_make(&seal, &matter, tag);
	for (size_t i = 0; i < array_length(others); i++)
		assert_false(answer_tag_fits(&seal, &others[i], tag));
	elsewhere.host[3] = '2';
	rekeyed.key[31] ^= 1;
	unknown.known = false;
	assert_false(answer_tag_fits(&elsewhere, &matter, tag));
	assert_false(answer_tag_fits(&rekeyed, &matter, tag));
	assert_false(answer_tag_fits(&unknown, &matter, tag));
}

static void
every_byte_of_it_counts(void **state)
{
	(void)state;
	char tag[ANSWER_TAG_SIZE + 1] = {0};
	answer_tag_make(&seal, &matter, tag);
	assert_int_equal(strlen(tag), ANSWER_TAG_SIZE - 1);
	for (size_t i = 0; i < ANSWER_TAG_SIZE - 1; i++) {
		char kept = tag[i];
		tag[i] = kept == 'a' ? 'b' : 'a';
		assert_false(answer_tag_fits(&seal, &matter, tag));
		tag[i] = '\0';
		assert_false(answer_tag_fits(&seal, &matter, tag));
		tag[i] = kept;
	}
	assert_true(answer_tag_fits(&seal, &matter, tag));
	tag[ANSWER_TAG_SIZE - 1] = 'a';
	assert_false(answer_tag_fits(&seal, &matter, tag));
	assert_false(answer_tag_fits(&seal, &matter, ""));
}

#define T "abcdefghijklmnopqrstuvw2"

static void
it_is_found_in_what_mail_systems_make_of_it(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t number; /* 0: none is found */
	} cases[] = {
	    {"<hayward+12." T "@web1.example>", 12},
	    {"HAYWARD+12.ABCDEFGHIJKLMNOPQRSTUVW2@WEB1.EXAMPLE", 12},
	    {"staff@x.example, \"a+b\" <hayward+7." T "@x>", 7},
	    {"a+1+2.x+3." T "@x", 3},
	    {"hayward+9223372036854775807." T "@x", UINT64_C(9223372036854775807)},
	    {"hayward+12." T "x@web1.example", 0},
	    {"hayward+12.bcdefghijklmnopqrstuvw2@web1.example", 0},
	    {"hayward+12.1bcdefghijklmnopqrstuvw2@web1.example", 0},
	    {"hayward+12." T, 0},
	    {"hayward+." T "@x", 0},
	    {"hayward+0." T "@x", 0},
	    {"hayward+-1." T "@x", 0},
	    {"hayward+99999999999999999999." T "@x", 0},
	    {"hayward+12" T "@x", 0},
	    {"hayward@web1.example", 0},
	    {"+", 0},
	    {"", 0},
	};
	for (size_t i = 0; i < array_length(cases); i++) {
		uint64_t number = 0;
		char tag[ANSWER_TAG_SIZE];
		int status = answer_tag_find(cases[i].text, &number, tag);
		assert_int_equal(status, cases[i].number ? 0 : -ENOENT);
		assert_int_equal(number, cases[i].number);
		if (!status)
			assert_string_equal(tag, T);
	}
}

static void
no_address_without_case_or_key(void **state)
{
	(void)state;
	auto_str address = {0};
	answer_address_add("hayward@x", &seal, &(struct answer_matter){0, 1001, 3}, &address);
	answer_address_add("hayward@x", &(struct answer_seal){0}, &matter, &address);
	assert_int_equal(address.length, 0);
	assert_true(answer_address_is_fine("hayward@web1.example"));
	static const char *const bad[] = {"", "hayward", "@x", "hayward@", "a+b@x", "a b@x",
	    "a@b@c", "a@b\n", "nineteen-letters-xx@x", "<a@b>"};
	for (size_t i = 0; i < array_length(bad); i++)
		assert_false(answer_address_is_fine(bad[i]));
}

/* RFC 5321 leaves 64 bytes to what stands before the '@'. */
static void
the_longest_address_is_one_still(void **state)
{
	(void)state;
	auto_str address = {0};
	answer_address_add("eighteen-letters-x@x", &seal,
	    &(struct answer_matter){UINT64_C(9223372036854775807), 1001, 3}, &address);
	assert_true(strcspn(str_text(&address), "@") <= 64);
}

static void
a_seal_travels(void **state)
{
	(void)state;
	auto_str bytes = {0};
	struct answer_seal back = {0};
	answer_seal_encode(&seal, &bytes);
	assert_int_equal(answer_seal_decode(bytes.data, bytes.length, &back), 0);
	assert_memory_equal(&back, &seal, sizeof(seal));
	for (size_t length = 0; length < bytes.length; length++)
		assert_int_equal(answer_seal_decode(bytes.data, length, &back), -EBADMSG);
	str_add_char(&bytes, 'x');
	assert_int_equal(answer_seal_decode(bytes.data, bytes.length, &back), -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_comes_back_from_an_address),
	    cmocka_unit_test(it_fits_nothing_else),
	    cmocka_unit_test(every_byte_of_it_counts),
	    cmocka_unit_test(it_is_found_in_what_mail_systems_make_of_it),
	    cmocka_unit_test(no_address_without_case_or_key),
	    cmocka_unit_test(the_longest_address_is_one_still),
	    cmocka_unit_test(a_seal_travels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
