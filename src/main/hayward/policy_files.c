/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/policy_files.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/escape.h"
#include "base/file.h"

enum {
	LARGEST_FILE = 1024 * 1024 + 1 /* one more than a policy may have: the lexer says so */
};

static const char *const default_folders[] = {"/etc/hayward/policy.d", "policies"};

static int
read_file(const char *name, struct policy_set *set, struct str *why)
{
	auto_str text = {0};
	int status = file_read(AT_FDCWD, name, LARGEST_FILE, &text);
	if (status) {
		str_add(why, "cannot read '");
		escape_text(why, name);
		str_addf(why, "': %s", strerror(-status));
		return status;
	}
	policy_set_add(set, name, str_text(&text), text.length);
	return 0;
}

/* Reads all that a pattern matches, in the order of names; -ENOENT if that is nothing. */
static int
read_matches(const char *pattern, struct policy_set *set, struct str *why)
{
	glob_t found = {0};
	int status = glob(pattern, 0, NULL, &found) ? -ENOENT : 0;
	if (status) {
		str_add(why, "nothing matches '");
		escape_text(why, pattern);
		str_add(why, "'");
	}
	for (size_t i = 0; i < found.gl_pathc && !status; i++)
		status = read_file(found.gl_pathv[i], set, why);
	globfree(&found);
	return status;
}

static bool
is_folder(const char *name)
{
	struct stat facts;
	return stat(name, &facts) == 0 && S_ISDIR(facts.st_mode);
}

static int
read_named(const char *name, struct policy_set *set, struct str *why)
{
	if (!is_folder(name))
		return read_file(name, set, why);
	auto_str pattern = {0};
	str_addf(&pattern, "%s/*.policy", name);
	return read_matches(str_text(&pattern), set, why);
}

int
policy_files_read(size_t count, char *const *names, struct policy_set *set, struct str *ret_why)
{
	if (count == 0) {
		bool installed =
		    is_folder(default_folders[0]) || !is_folder(default_folders[1]);
		return read_named(default_folders[installed ? 0 : 1], set, ret_why);
	}
	for (size_t i = 0; i < count; i++) {
		int status = read_named(names[i], set, ret_why);
		if (status)
			return status;
	}
	return 0;
}

int
policy_files_include(
    void *context, struct policy_set *set, const char *from, const char *pattern)
{
	(void)context;
	if (pattern[0] == '/' || strstr(pattern, ".."))
		return -EPERM;
	const char *slash = strrchr(from, '/');
	auto_str path = {0}, unused = {0};
	if (slash)
		str_add_bytes(&path, from, (size_t)(slash - from) + 1);
	str_add(&path, pattern);
	return read_matches(str_text(&path), set, &unused);
}

struct policy *
policy_files_load(size_t count, char *const *names)
{
	auto_str why = {0}, mistakes = {0};
	struct policy *policy = NULL;
	struct policy_set *set = policy_set_new();
	struct diag *diag = diag_new();
	if (policy_files_read(count, names, set, &why))
		fprintf(stderr, "hayward policy: %s\n", str_text(&why));
	else if (policy_load(set, policy_files_include, NULL, diag, &policy)) {
		diag_print(diag, &mistakes);
		fputs(str_text(&mistakes), stderr);
	}
	diag_free(diag);
	policy_set_free(set);
	return policy;
}
