/* SPDX-License-Identifier: Apache-2.0 */
/* Policy files from the disk, for commands that need no daemon. */
#ifndef MAIN_HAYWARD_POLICY_FILES_H
#define MAIN_HAYWARD_POLICY_FILES_H

#include <stddef.h>

#include "base/diag.h"
#include "base/str.h"
#include "policy/load.h"

/*
 * Reads files, and folders as all their *.policy, into a set. Without names:
 * /etc/hayward/policy.d, and where there is none (a source tree) ./policies.
 * 0; -errno, and ret_why says what could not be read.
 */
int policy_files_read(
    size_t count, char *const *names, struct policy_set *set, struct str *ret_why) must_use;

/* For policy_load(): what a file includes, relative to that file, never above its folder. */
int policy_files_include(
    void *context, struct policy_set *set, const char *from, const char *pattern) must_use;

/*
 * Reads and checks. What is wrong goes to standard error; warnings do not.
 * NULL, or the policy: policy_free() it.
 */
struct policy *policy_files_load(size_t count, char *const *names) must_use;

#endif
