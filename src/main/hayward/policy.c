/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hayward policy`: what can be done with policy files without a daemon.
 *
 *   check      find mistakes
 *   fmt        the one layout
 *   explain    what a clause does
 *   render     the page that customers read
 *   coverage   which clauses work (policy_coverage.c)
 */
#include "main/hayward/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "main/hayward/command.h"
#include "main/hayward/policy_files.h"
#include "main/hayward/policy_json.h"
#include "model/request.h"
#include "policy/explain.h"
#include "policy/render.h"

enum { LARGEST_FILE = 1024 * 1024 + 1 };

int
policy_put(const struct str *text)
{
	bool written = fwrite(str_text(text), 1, text->length, stdout) == text->length;
	if (written && fflush(stdout) == 0)
		return ANSWER_OK;
	fprintf(stderr, "hayward policy: cannot write the output: %s\n", strerror(errno));
	return ANSWER_INVALID;
}

/* ---- check ---- */

static size_t
count_kind(const struct policy *policy, enum clause_kind kind)
{
	size_t count = 0;
	for (size_t i = 0; i < policy->clause_count; i++)
		count += policy->clauses[i].kind == kind;
	return count;
}

static void
add_summary(const struct policy *policy, const struct diag *diag, struct str *out)
{
	size_t promises = count_kind(policy, CLAUSE_PROMISE);
	str_addf(out,
	    "%zu clauses, %zu promises, %zu plans, %zu roles, %zu exceptions; %zu warnings\n",
	    policy->clause_count - promises, promises, policy->plan_count, policy->role_count,
	    policy->exception_count, diag_warnings(diag));
}

static int
check_set(struct policy_set *set, struct diag *diag)
{
	struct policy *policy = NULL;
	auto_str out = {0};
	int status = policy_load(set, policy_files_include, NULL, diag, &policy);
	diag_print(diag, &out);
	fputs(str_text(&out), stderr);
	if (status) {
		fprintf(stderr, "hayward policy: %zu errors; rules in force stay in force\n",
		    diag_errors(diag));
		return ANSWER_INVALID;
	}
	str_clear(&out);
	add_summary(policy, diag, &out);
	policy_free(policy);
	return policy_put(&out);
}

int
policy_check(int argc, char **argv)
{
	struct arguments arguments;
	int status = arguments_read(argc, argv, NULL, 0, &arguments);
	if (status)
		return status;
	auto_str why = {0};
	struct policy_set *set = policy_set_new();
	struct diag *diag = diag_new();
	if (policy_files_read(arguments.word_count, arguments.words, set, &why)) {
		fprintf(stderr, "hayward policy: %s\n", str_text(&why));
		status = ANSWER_NOT_FOUND;
	} else {
		status = check_set(set, diag);
	}
	diag_free(diag);
	policy_set_free(set);
	return status;
}

/* ---- fmt ---- */

struct fmt {
	bool check; /* only tell which files differ */
	bool write; /* rewrite those */
};

static int
complain(const char *what, const char *name, int error)
{
	auto_str shown = {0};
	escape_text(&shown, name);
	fprintf(
	    stderr, "hayward policy: %s '%s': %s\n", what, str_text(&shown), strerror(-error));
	return error == -ENOENT ? ANSWER_NOT_FOUND : ANSWER_INVALID;
}

/* Keeps the file's mode; whoever reads it meanwhile sees the old text or the new one. */
static int
rewrite(const char *name, const struct str *text)
{
	struct stat facts;
	int status = stat(name, &facts) ? -errno : 0;
	if (!status)
		status = file_replace(
		    AT_FDCWD, name, facts.st_mode & 07777, str_text(text), text->length);
	return status ? complain("cannot rewrite", name, status) : ANSWER_OK;
}

static int
format_text(const char *name, const struct str *text, struct str *out)
{
	struct diag *diag = diag_new();
	auto_str mistakes = {0};
	int status = policy_format(name, str_text(text), text->length, diag, out);
	if (status) {
		diag_print(diag, &mistakes);
		fputs(str_text(&mistakes), stderr);
	}
	diag_free(diag);
	return status ? ANSWER_INVALID : ANSWER_OK;
}

static int
format_file(const struct fmt *fmt, const char *name)
{
	auto_str text = {0}, formatted = {0};
	int status = file_read(AT_FDCWD, name, LARGEST_FILE, &text);
	if (status)
		return complain("cannot read", name, status);
	status = format_text(name, &text, &formatted);
	if (status)
		return status;
	bool same = text.length == formatted.length &&
		    memcmp(str_text(&text), str_text(&formatted), text.length) == 0;
	if (!fmt->check && !fmt->write)
		return policy_put(&formatted);
	if (same)
		return ANSWER_OK;
	if (fmt->write)
		return rewrite(name, &formatted);
	auto_str shown = {0};
	escape_text(&shown, name);
	printf("%s\n", str_text(&shown));
	return ANSWER_INVALID;
}

int
policy_fmt(int argc, char **argv)
{
	struct fmt fmt = {0};
	const struct flag flags[] = {{"--check", &fmt.check, NULL}, {"-w", &fmt.write, NULL}};
	struct arguments arguments;
	int status = arguments_read(argc, argv, flags, array_length(flags), &arguments);
	if (status)
		return status;
	if (!arguments_count(&arguments, 1, SIZE_MAX))
		return ANSWER_USAGE;
	for (size_t i = 0; i < arguments.word_count; i++) {
		int one = format_file(&fmt, arguments.words[i]);
		status = one ? one : status;
	}
	return status;
}

/* ---- explain ---- */

static int
no_such_clause(const char *id)
{
	auto_str shown = {0};
	escape_text(&shown, id);
	fprintf(stderr, "hayward policy: no clause '%s'\n", str_text(&shown));
	return ANSWER_NOT_FOUND;
}

static void
explain_as_json(const struct policy *policy, const char *id, struct str *out)
{
	json_t *list = json_array();
	for (size_t i = 0; i < policy->clause_count; i++)
		if (clause_id_covers(id, policy->clauses[i].id))
			json_array_append_new(list,
			    policy_json_clause(policy, &policy->clauses[i], clock_wall()));
	char *text = json_dumps(list, JSON_INDENT(2));
	str_add(out, text ? text : "[]");
	str_add_char(out, '\n');
	free(text);
	json_decref(list);
}

static void
explain_as_text(const struct policy *policy, const char *id, struct str *out)
{
	for (size_t i = 0; i < policy->clause_count; i++) {
		if (!clause_id_covers(id, policy->clauses[i].id))
			continue;
		if (out->length)
			str_add(out, "\n\n");
		explain_clause(policy, &policy->clauses[i], clock_wall(), out);
	}
}

static bool
is_covered(const struct policy *policy, const char *id)
{
	for (size_t i = 0; i < policy->clause_count; i++)
		if (clause_id_covers(id, policy->clauses[i].id))
			return true;
	return false;
}

int
policy_explain(int argc, char **argv)
{
	struct arguments arguments;
	int status = arguments_read(argc, argv, NULL, 0, &arguments);
	if (status)
		return status;
	if (!arguments_count(&arguments, 1, SIZE_MAX))
		return ANSWER_USAGE;
	const char *id = arguments.words[0];
	struct policy *policy =
	    policy_files_load(arguments.word_count - 1, arguments.words + 1);
	if (!policy)
		return ANSWER_INVALID;
	auto_str out = {0};
	if (!is_covered(policy, id))
		status = no_such_clause(id);
	else if (arguments.json)
		explain_as_json(policy, id, &out);
	else
		explain_as_text(policy, id, &out);
	policy_free(policy);
	return status ? status : policy_put(&out);
}

/* ---- render ---- */

int
policy_render(int argc, char **argv)
{
	bool as_text = false;
	const char *title = NULL;
	const struct flag flags[] = {{"--text", &as_text, NULL}, {"--title", NULL, &title}};
	struct arguments arguments;
	int status = arguments_read(argc, argv, flags, array_length(flags), &arguments);
	if (status)
		return status;
	struct policy *policy = policy_files_load(arguments.word_count, arguments.words);
	if (!policy)
		return ANSWER_INVALID;
	auto_str out = {0};
	if (as_text)
		render_text(policy, title ? title : "Terms of service", &out);
	else
		render_html(policy, title ? title : "Terms of service", &out);
	policy_free(policy);
	return policy_put(&out);
}

/* ---- which of them ---- */

int
command_policy(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} verbs[] = {{"check", policy_check}, {"fmt", policy_fmt}, {"explain", policy_explain},
	    {"render", policy_render}, {"coverage", policy_coverage}};
	for (size_t i = 0; argc > 1 && i < array_length(verbs); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	fprintf(stderr, "usage: hayward policy check|fmt|explain|render|coverage ...\n");
	return ANSWER_USAGE;
}
