/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"

enum { LARGEST = 4 * 1024 * 1024 };

struct str
file_text(const char *path)
{
	struct str text = {0};
	if (file_read(AT_FDCWD, path, LARGEST, &text))
		fail_msg("cannot read %s", path);
	return text;
}

struct policy *
policy_of(const char *const *paths)
{
	struct policy_set *set = policy_set_new();
	struct diag *diag = diag_new();
	struct policy *policy = NULL;
	for (size_t i = 0; paths[i]; i++) {
		auto_str text = file_text(paths[i]);
		policy_set_add(set, paths[i], str_text(&text), text.length);
	}
	int status = policy_load(set, NULL, NULL, diag, &policy);
	auto_str mistakes = {0};
	diag_print(diag, &mistakes);
	diag_free(diag);
	policy_set_free(set);
	if (status || mistakes.length)
		fail_msg("%s", str_text(&mistakes));
	return policy;
}

void
assert_golden(const char *name, const struct str *text)
{
	auto_str path = {0};
	const char *write = getenv("GOLDEN");
	str_addf(&path, "%s/golden/%s", TERMS_TESTS, name);
	if (write && strcmp(write, "write") == 0) {
		assert_int_equal(
		    file_replace(AT_FDCWD, str_text(&path), 0644, str_text(text), text->length),
		    0);
		return;
	}
	auto_str expected = file_text(str_text(&path));
	assert_string_equal(str_text(text), str_text(&expected));
}

const struct clause *
clause_of(const struct policy *policy, const char *id)
{
	const struct clause *clause = policy_clause(policy, id);
	assert_non_null(clause);
	return clause;
}
