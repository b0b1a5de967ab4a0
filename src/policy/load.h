/* SPDX-License-Identifier: Apache-2.0 */
/* Text to rules. Pure: files come through a callback. */
#ifndef POLICY_LOAD_H
#define POLICY_LOAD_H

#include "base/diag.h"
#include "policy/rules.h"

struct policy_set;

/* A set of files, not yet read; policy_set_free() it. */
struct policy_set *policy_set_new(void) must_use;
void policy_set_free(struct policy_set *set);

/* Adds a file's text under a name; both are copied. A name already there is left alone. */
void policy_set_add(struct policy_set *set, const char *name, const char *text, size_t length);

/*
 * Finds what an `include` names: adds the files it matches to the set with
 * policy_set_add(). 0, or -errno (-ENOENT: nothing matches).
 */
typedef int policy_include(
    void *context, struct policy_set *set, const char *from, const char *pattern);

/*
 * Parses and checks all of a set. Mistakes are added to diag, all that one run
 * can find; the policy is given only if there is none. It keeps nothing of the
 * set; policy_free() it. Without include (NULL) the files of includes must be
 * in the set already. 0 or -EINVAL.
 */
int policy_load(struct policy_set *set, policy_include *include, void *context,
    struct diag *diag, struct policy **ret_policy) must_use;
void policy_free(struct policy *policy);

/*
 * A file's text in the one layout of the language, appended to out; nothing if
 * it cannot be parsed (-EINVAL; diag says why). Formatting twice changes
 * nothing, and the rules are the same.
 */
int policy_format(const char *name, const char *text, size_t length, struct diag *diag,
    struct str *out) must_use;

/* The set as a blob, includes resolved, and back: what the reader hands to the engine. */
void policy_set_encode(const struct policy_set *set, struct str *out);
int policy_set_decode(const void *bytes, size_t length, struct policy_set **ret_set) must_use;

#endif
