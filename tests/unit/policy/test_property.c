/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold of every policy that is right: formatting it once more
 * changes nothing, and what was formatted means what was written. Tried on the
 * shipped files, on the valid ones of tests/policy, and on a thousand random
 * ones; a failure names the seed.
 */
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "dump.h"
#include "generate.h"
#include "policy/load.h"

enum { SEEDS = 1000, LARGEST = 1024 * 1024 };

static void
fail_with(const char *what, const char *name, const struct diag *diag, const struct str *text)
{
	auto_str findings = {0};
	diag_print(diag, &findings);
	fail_msg("%s: %s\n%s\n%s", name, what, str_text(&findings), str_text(text));
}

/* Everything a set means, as text. */
static void
meaning_of(const char *name, const struct str *texts, size_t count, struct str *out)
{
	struct policy_set *set = policy_set_new();
	struct diag *diag = diag_new();
	struct policy *policy;
	for (size_t i = 0; i < count; i++) {
		char file[32];
		snprintf(file, sizeof(file), "%zu.policy", i);
		policy_set_add(set, file, str_text(&texts[i]), texts[i].length);
	}
	if (policy_load(set, NULL, NULL, diag, &policy))
		fail_with("is refused", name, diag, &texts[0]);
	policy_dump(policy, out);
	policy_free(policy);
	diag_free(diag);
	policy_set_free(set);
}

static void
format(const char *name, const struct str *text, struct str *out)
{
	struct diag *diag = diag_new();
	if (policy_format(name, str_text(text), text->length, diag, out))
		fail_with("cannot be formatted", name, diag, text);
	diag_free(diag);
}

/* The property itself, of a set of files. */
static void
check_set(const char *name, const struct str *texts, size_t count)
{
	struct str once[16] = {0};
	auto_str before = {0}, after = {0};
	assert_true(count <= 16);
	for (size_t i = 0; i < count; i++) {
		auto_str twice = {0};
		format(name, &texts[i], &once[i]);
		format(name, &once[i], &twice);
		if (strcmp(str_text(&once[i]), str_text(&twice)) != 0)
			fail_msg("%s: formatting again changes\n%s\ninto\n%s", name,
			    str_text(&once[i]), str_text(&twice));
	}
	meaning_of(name, texts, count, &before);
	meaning_of(name, once, count, &after);
	if (strcmp(str_text(&before), str_text(&after)) != 0)
		fail_msg("%s: formatting changes the meaning of\n%s\n--- from\n%s\n--- to\n%s",
		    name, str_text(&texts[0]), str_text(&before), str_text(&after));
	for (size_t i = 0; i < count; i++)
		str_done(&once[i]);
}

static size_t
count_of(const struct str *text, char character)
{
	size_t count = 0;
	for (size_t i = 0; i < text->length; i++)
		count += text->data[i] == character;
	return count;
}

static void
test_random(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		char name[32];
		auto_str text = {0}, formatted = {0};
		snprintf(name, sizeof(name), "seed %llu", (unsigned long long)seed);
		generate_policy(seed, &text);
		check_set(name, &text, 1);
		format(name, &text, &formatted);
		if (count_of(&text, '#') != count_of(&formatted, '#'))
			fail_msg("%s: a comment got lost\n%s", name, str_text(&text));
	}
}

/* Each file by itself, or all of them as one set. */
static void
check_files(const char *pattern, bool together)
{
	glob_t found;
	struct str texts[16] = {0};
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_true(found.gl_pathc <= 16);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		assert_int_equal(file_read(AT_FDCWD, found.gl_pathv[i], LARGEST, &texts[i]), 0);
		if (!together)
			check_set(found.gl_pathv[i], &texts[i], 1);
	}
	if (together)
		check_set(pattern, texts, found.gl_pathc);
	for (size_t i = 0; i < found.gl_pathc; i++)
		str_done(&texts[i]);
	globfree(&found);
}

static void
test_shipped(void **state)
{
	(void)state;
	check_files(SOURCE_ROOT "/policies/*.policy", true);
}

static void
test_valid(void **state)
{
	(void)state;
	check_files(SOURCE_ROOT "/tests/policy/valid/*.policy", false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_random),
	    cmocka_unit_test(test_shipped),
	    cmocka_unit_test(test_valid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
