/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy from anywhere: nothing in it may crash the reader, and what it
 * accepts keeps its one layout and its meaning when it is formatted.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* The digest of the policy that this text makes; false if it makes none. */
static bool
digest_of_text(const char *text, size_t length, char ret_digest[65])
{
	struct policy_set *set = policy_set_new();
	struct diag *diag = diag_new();
	struct policy *policy = NULL;
	auto_str findings = {0};
	policy_set_add(set, "fuzz.policy", text, length);
	bool good = policy_load(set, NULL, NULL, diag, &policy) == 0;
	if (good)
		memcpy(ret_digest, policy->digest, 65);
	diag_print(diag, &findings);
	policy_free(policy);
	diag_free(diag);
	policy_set_free(set);
	return good;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_str once = {0}, twice = {0};
	char digest[65], again[65];
	struct diag *diag = diag_new();
	bool good = digest_of_text((const char *)bytes, length, digest);
	int error = policy_format("fuzz.policy", (const char *)bytes, length, diag, &once);
	if (error && good)
		abort();
	if (!error && policy_format("once.policy", str_text(&once), once.length, diag, &twice))
		abort();
	if (!error &&
	    (once.length != twice.length || strcmp(str_text(&once), str_text(&twice)) != 0))
		abort();
	if (good && (!digest_of_text(str_text(&once), once.length, again) ||
			strcmp(digest, again) != 0))
		abort();
	diag_free(diag);
	return 0;
}
