/* SPDX-License-Identifier: Apache-2.0 */
/* Includes are found beside the file that includes; policy_load() has refused paths that lead
 * out. */
#include "site/terms.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>

#include "base/file.h"
#include "config/read.h"

enum { MOST_POLICY = 1024 * 1024 };

static void
say_unreadable(struct diag *diag, const char *path, int status)
{
	struct place place = {.file = path};
	diag_add(diag, SEVERITY_ERROR, &place, NULL, "cannot be read: %s", strerror(-status));
}

static int
add_file(struct policy_set *set, const char *path, struct diag *diag)
{
	auto_str text = {0};
	int status = file_read(AT_FDCWD, path, MOST_POLICY, &text);
	if (status)
		say_unreadable(diag, path, status);
	else
		policy_set_add(set, path, str_text(&text), text.length);
	return status;
}

/* Adds every file that the pattern matches, in order of their names; -ENOENT: none does. */
static int
add_matches(struct policy_set *set, const char *pattern, struct diag *diag)
{
	glob_t found = {0};
	int status = glob(pattern, 0, NULL, &found);
	int result = status == GLOB_NOMATCH ? -ENOENT : status ? -EIO : 0;
	for (size_t i = 0; !status && i < found.gl_pathc; i++)
		if (add_file(set, found.gl_pathv[i], diag))
			result = -EIO;
	globfree(&found);
	return result;
}

static int
on_include(void *context, struct policy_set *set, const char *from, const char *pattern)
{
	const char *slash = strrchr(from, '/');
	auto_str path = {0};
	str_addf(
	    &path, "%.*s/%s", slash ? (int)(slash - from) : 1, slash ? from : ".", pattern);
	return add_matches(set, str_text(&path), context);
}

int
terms_read(const struct config *config, struct policy_set *set, struct diag *diag,
    struct policy **ret_policy)
{
	auto_arena struct arena *arena = arena_new();
	const char *pattern = config_path(config, config->policy, arena);
	int status = add_matches(set, pattern, diag);
	if (status == -ENOENT)
		diag_add(
		    diag, SEVERITY_ERROR, NULL, NULL, "there is no policy file '%s'", pattern);
	if (status)
		return -EINVAL;
	return policy_load(set, on_include, diag, diag, ret_policy);
}
