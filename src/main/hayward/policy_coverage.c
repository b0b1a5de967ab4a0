/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hayward policy coverage`: the results of the acceptance tests, as `make
 * check` wrote them, set against the clauses. Results are a file of ours, but
 * read as if it were not.
 */
#include "main/hayward/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/file.h"
#include "base/memory.h"
#include "main/commit.h"
#include "main/hayward/policy_abilities.h"
#include "main/hayward/policy_files.h"
#include "main/hayward/policy_json.h"
#include "main/hayward/site_filters.h"
#include "model/request.h"
#include "policy/coverage.h"
#include "policy/prose.h"

enum { LARGEST_RESULTS = 4 * 1024 * 1024, FOR_COLUMN = 36 };

/* Where `make check` leaves them, and where `make install` puts them. */
static const char *const results_files[] = {
    "build/clauses.json", "/usr/share/hayward/clauses.json"};

struct results {
	json_t *root; /* NULL: no results were found */
	const char *commit;
	size_t count;
	struct clause_test *tests; /* texts are the root's */
};

static void
results_done(struct results *results)
{
	free(results->tests);
	json_decref(results->root);
}

/* ---- reading ---- */

static const char *
member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

/* One of count words, or -1. */
static int
index_of(const char *word, const char *const *words, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

static bool
read_test(const json_t *item, struct clause_test *ret_test)
{
	static const char *const halves[] = {"break", "honest"};
	static const char *const outcomes[] = {"pass", "fail", "skip"};
	int half = index_of(member(item, "half"), halves, 2);
	int result = index_of(member(item, "result"), outcomes, 3);
	if (half < 0 || result < 0 || !*member(item, "clause"))
		return false;
	*ret_test = (struct clause_test){.clause = member(item, "clause"),
	    .half = (enum test_half)half,
	    .result = (enum test_result)result,
	    .part = member(item, "part"),
	    .note = member(item, "note")};
	return true;
}

static int
parse_results(const struct str *text, const char *name, struct results *results)
{
	json_error_t error;
	results->root =
	    json_loadb(str_text(text), text->length, JSON_REJECT_DUPLICATES, &error);
	const json_t *tests = json_object_get(results->root, "tests");
	if (!json_is_array(tests)) {
		fprintf(stderr, "hayward policy: '%s' holds no results of tests\n", name);
		return ANSWER_INVALID;
	}
	results->commit = member(results->root, "commit");
	results->tests = memory_new(json_array_size(tests) + 1, sizeof(struct clause_test));
	for (size_t i = 0; i < json_array_size(tests); i++) {
		if (!read_test(json_array_get(tests, i), &results->tests[results->count++])) {
			fprintf(
			    stderr, "hayward policy: '%s': test %zu is none\n", name, i + 1);
			return ANSWER_INVALID;
		}
	}
	return ANSWER_OK;
}

/* named: --results, or NULL for where they usually are. No results at all is an answer, too. */
static int
read_results(const char *named, struct results *results)
{
	size_t count = named ? 1 : array_length(results_files);
	for (size_t i = 0; i < count; i++) {
		const char *name = named ? named : results_files[i];
		auto_str text = {0};
		int status = file_read(AT_FDCWD, name, LARGEST_RESULTS, &text);
		if (!status)
			return parse_results(&text, name, results);
		if (named || status != -ENOENT) {
			fprintf(stderr, "hayward policy: cannot read '%s': %s\n", name,
			    strerror(-status));
			return status == -ENOENT ? ANSWER_NOT_FOUND : ANSWER_INVALID;
		}
	}
	return ANSWER_OK;
}

/* ---- telling ---- */

static bool
is_present(const struct results *results)
{
	return results->commit && strcmp(results->commit, HAYWARD_COMMIT) == 0;
}

static void
print_json(const struct coverage *coverage, const struct results *results, struct str *out)
{
	json_t *list = json_array();
	for (size_t i = 0; i < coverage->count; i++) {
		const struct coverage_row *row = &coverage->rows[i];
		json_t *object = json_object();
		json_object_set_new(object, "id", policy_json_text(row->id));
		json_object_set_new(object, "title", policy_json_text(row->title));
		json_object_set_new(
		    object, "state", policy_json_text(coverage_state_name(row->state)));
		json_object_set_new(object, "for", policy_json_text(row->waits_for));
		if (results) {
			json_object_set_new(object, "commit",
			    policy_json_text(results->commit ? results->commit : ""));
			json_object_set_new(
			    object, "present", json_boolean(is_present(results)));
		}
		json_array_append_new(list, object);
	}
	char *text = json_dumps(list, JSON_INDENT(2));
	str_add(out, text ? text : "[]");
	str_add_char(out, '\n');
	free(text);
	json_decref(list);
}

static void
print_rows(const struct coverage *coverage, const char *complete, struct str *out)
{
	for (size_t i = 0; i < coverage->count; i++) {
		const struct coverage_row *row = &coverage->rows[i];
		auto_str lead = {0};
		str_addf(&lead, "%-4s %-8s %s", row->id, coverage_state_name(row->state),
		    row->title);
		prose_add(out, FOR_COLUMN, str_text(&lead),
		    *row->waits_for ? row->waits_for : complete);
	}
	str_addf(out, "\n%zu of %zu live, %zu in part, %zu waiting\n", coverage->live,
	    coverage->count, coverage->in_part,
	    coverage->count - coverage->live - coverage->in_part);
}

static void
print_commit(const struct results *results, struct str *out)
{
	auto_str line = {0};
	if (!results->root)
		str_add(&line, "No results of tests were found: `make check` makes them.");
	else if (is_present(results))
		str_addf(&line, "As tested at commit %s, from which this program was built.",
		    results->commit);
	else
		str_addf(&line,
		    "As tested at commit %s; this program was built from another, %s: `make "
		    "check` "
		    "tells about it.",
		    *results->commit ? results->commit : "unknown", HAYWARD_COMMIT);
	prose_add(out, 0, "", str_text(&line));
}

/* ---- the two questions ---- */

static int
tell_tested(const struct policy *policy, const char *named, bool json)
{
	struct results results = {0};
	int status = read_results(named, &results);
	if (!status) {
		auto_arena struct arena *arena = arena_new();
		auto_str out = {0};
		const struct coverage *coverage =
		    coverage_make(policy, results.tests, results.count, arena);
		if (json)
			print_json(coverage, &results, &out);
		else {
			print_rows(coverage, "both halves of its tests passed", &out);
			print_commit(&results, &out);
		}
		status = policy_put(&out);
	}
	results_done(&results);
	return status;
}

static int
tell_host(const struct policy *policy, const struct arguments *arguments,
    const struct office_places *places)
{
	struct abilities abilities = {0};
	int status = policy_abilities(arguments, &abilities);
	if (status)
		return status;
	auto_arena struct arena *arena = arena_new();
	auto_str out = {0};
	site_filters_abilities(places, arena, &abilities);
	const struct coverage *coverage = coverage_of_host(policy, &abilities, arena);
	if (arguments->json)
		print_json(coverage, NULL, &out);
	else
		print_rows(coverage, "this host can carry it out", &out);
	return policy_put(&out);
}

int
policy_coverage(int argc, char **argv)
{
	bool host = false;
	const char *results = NULL;
	struct office_places places = {0};
	const struct flag flags[] = {{"--host", &host, NULL}, {"--results", NULL, &results},
	    {"--config", NULL, &places.configuration}, {"--site", NULL, &places.description}};
	struct arguments arguments;
	int status = arguments_read(argc, argv, flags, array_length(flags), &arguments);
	if (status)
		return status;
	struct policy *policy = policy_files_load(arguments.word_count, arguments.words);
	if (!policy)
		return ANSWER_INVALID;
	status = host ? tell_host(policy, &arguments, &places)
		      : tell_tested(policy, results, arguments.json);
	policy_free(policy);
	return status;
}
