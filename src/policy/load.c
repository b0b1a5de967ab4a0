/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All or nothing: the files of a set become one policy, or a list of mistakes.
 */
#include "policy/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/memory.h"
#include "policy/check.h"
#include "policy/parser.h"
#include "policy/print.h"
#include "policy/set.h"

struct loading {
	struct policy_set *set;
	policy_include *include;
	void *context;
	struct arena *arena;
	struct diag *diag;
	const struct tree *trees[MOST_FILES];
};

static void
file_error(struct loading *loading, const char *name, const char *text)
{
	struct place place = {.file = name};
	diag_add(loading->diag, SEVERITY_ERROR, &place, NULL, "%s", text);
}

static void
follow_include(
    struct loading *loading, const struct set_file *file, const struct statement *statement)
{
	const char *pattern = statement->title->joined;
	struct place place = spot_place(&statement->title->at);
	if (pattern[0] == '/' || strstr(pattern, "..")) {
		diag_add(loading->diag, SEVERITY_ERROR, &place,
		    "it is looked for beside this file", "'%s' leads out of the folder",
		    pattern);
		return;
	}
	if (file->depth == MOST_INCLUDE_DEPTH) {
		diag_add(loading->diag, SEVERITY_ERROR, &place, NULL,
		    "includes go at most %d deep", MOST_INCLUDE_DEPTH);
		return;
	}
	loading->set->depth = file->depth + 1;
	int error =
	    loading->include(loading->context, loading->set, file->source.name, pattern);
	loading->set->depth = 0;
	if (error)
		diag_add(loading->diag, SEVERITY_ERROR, &place, NULL, "cannot include '%s': %s",
		    pattern, error == -ENOENT ? "there is no such file" : "it cannot be read");
}

/* Includes add to the set while it is walked, so all of them are met. */
static void
parse_all(struct loading *loading)
{
	struct policy_set *set = loading->set;
	for (size_t i = 0; i < set->count; i++) {
		const struct set_file *file = set->files[i];
		if (file->too_long)
			file_error(loading, file->source.name, "has more than 1 MiB");
		struct tree *tree = parse_file(&file->source, loading->arena, loading->diag);
		loading->trees[i] = tree;
		for (const struct statement *statement = tree->statements; statement;
		     statement = statement->next)
			if (statement->kind == STATEMENT_INCLUDE && statement->title &&
			    loading->include)
				follow_include(loading, file, statement);
	}
	if (set->too_many)
		file_error(loading, NULL, "there are more than 256 policy files");
}

static int
by_text(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Neither the names of files nor their order mean anything, so the digest knows neither. */
static void
make_digest(const struct loading *loading, struct policy *policy)
{
	size_t count = loading->set->count;
	char *texts[MOST_FILES];
	for (size_t i = 0; i < count; i++) {
		auto_str text = {0};
		print_tree(loading->trees[i], &text);
		texts[i] = str_take(&text);
	}
	qsort(texts, count, sizeof(*texts), by_text);
	auto_str all = {0};
	for (size_t i = 0; i < count; i++) {
		str_add_bytes(&all, texts[i], strlen(texts[i]) + 1);
		free(texts[i]);
	}
	struct digest digest = digest_of(str_text(&all), all.length, NULL, 0);
	memcpy(policy->digest, digest.text, sizeof(policy->digest));
}

static void
check_all(struct loading *loading, struct arena *arena, struct policy *policy)
{
	struct checker checker = {.arena = arena,
	    .scratch = loading->arena,
	    .diag = loading->diag,
	    .policy = policy,
	    .trees = loading->trees,
	    .tree_count = loading->set->count,
	    .definitions = map_new(),
	    .clauses = map_new(),
	    .plans = {.word = "plan", .drafts = map_new(), .types = map_new()},
	    .roles = {.word = "role", .drafts = map_new(), .types = map_new()}};
	check_collect(&checker);
	check_definitions(&checker);
	check_plans(&checker);
	check_clauses(&checker);
	check_plan_gaps(&checker);
	check_exceptions(&checker);
	checker_done(&checker);
}

int
policy_load(struct policy_set *set, policy_include *include, void *context, struct diag *diag,
    struct policy **ret_policy)
{
	auto_arena struct arena *scratch = arena_new(), *kept = arena_new();
	struct loading *loading = arena_alloc(scratch, sizeof(*loading));
	*loading = (struct loading){
	    .set = set, .include = include, .context = context, .arena = scratch, .diag = diag};
	size_t before = diag_errors(diag);
	struct policy *policy = arena_alloc(kept, sizeof(*policy));
	policy->arena = kept;
	parse_all(loading);
	check_all(loading, kept, policy);
	if (diag_errors(diag) > before)
		return -EINVAL;
	make_digest(loading, policy);
	take(kept);
	*ret_policy = policy;
	return 0;
}

void
policy_free(struct policy *policy)
{
	if (policy)
		arena_free(policy->arena);
}

int
policy_format(
    const char *name, const char *text, size_t length, struct diag *diag, struct str *out)
{
	auto_arena struct arena *arena = arena_new();
	struct source source = {
	    .name = name, .length = length, .text = arena_copy(arena, text, length)};
	size_t before = diag_errors(diag);
	if (length > MOST_FILE_BYTES) {
		struct place place = {.file = name};
		diag_add(diag, SEVERITY_ERROR, &place, NULL, "has more than 1 MiB");
		return -EINVAL;
	}
	struct tree *tree = parse_file(&source, arena, diag);
	if (diag_errors(diag) > before)
		return -EINVAL;
	print_tree(tree, out);
	return 0;
}
