/* SPDX-License-Identifier: Apache-2.0 */
#include "site/strangers.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "model/address.h"
#include "model/quantity.h"
#include "policy/explain.h"
#include "site/members.h"

enum { LARGEST_KEPT = 1 << 20, MINUTE_MS = 60000 };

static const char kept_file[] = "filters.json";

/* ---- the terms and the means ---- */

/* Whom the site leaves alone, and to whom the terms make an exception. */
static void
gather_allowed(struct site_filter *filter, const struct clause *clause,
    const struct site_means *means, const struct policy *policy, int64_t now,
    struct arena *arena)
{
	size_t room = means->allow_count + policy->exception_count;
	filter->allow = arena_alloc(arena, (room + 1) * sizeof(*filter->allow));
	for (size_t i = 0; i < means->allow_count; i++)
		filter->allow[filter->allow_count++] = means->allow[i];
	for (size_t i = 0; i < policy->exception_count; i++) {
		const struct exception *one = &policy->exceptions[i];
		struct network network;
		if (one->whom == EXCEPTION_CLIENT && !one->subject && !one->to &&
		    explain_exception_concerns(one, clause, now) &&
		    !network_parse(one->name, strlen(one->name), &network))
			filter->allow[filter->allow_count++] =
			    arena_copy_text(arena, one->name);
	}
}

void
strangers_figure(const struct filter_rule *rule, struct str *out)
{
	if (!rule->most)
		return;
	quantity_add_exact(out, UNIT_COUNT, rule->most);
	if (!rule->window)
		return;
	str_add(out, " within ");
	quantity_add_exact(out, UNIT_TIME, rule->window);
}

/* site.conf may say the figure as well, as it is: of mails a minute. */
static void
compare_figures(
    const struct filter_rule *rule, const struct site_means *means, struct diag *diag)
{
	bool is_same = means->most == rule->most &&
		       (rule->kind != FILTER_RATE || rule->window == MINUTE_MS);
	auto_str figure = {0};
	if (!means->most || is_same)
		return;
	strangers_figure(rule, &figure);
	diag_add(diag, SEVERITY_ERROR, &means->place, "leave 'most' out, or amend the clause",
	    "the filter '%s' says most %lld%s, but clause %s says %s (%s)",
	    filter_name(rule->kind), (long long)means->most,
	    rule->kind == FILTER_RATE ? " a minute" : "", rule->clause, str_text(&figure),
	    rule->at);
}

static bool
has_means(const struct site *site, enum filter_kind kind)
{
	const struct site_means *means = &site->means[kind];
	return !means->is_off && (kind != FILTER_LISTS || means->zone_count);
}

/* What outlives the policy. */
static struct filter_rule
copy_rule(const struct filter_rule *rule, enum mode mode, struct arena *arena)
{
	struct filter_rule copy = *rule;
	copy.clause = arena_copy_text(arena, rule->clause);
	copy.text = arena_copy_text(arena, rule->text);
	copy.at = arena_copy_text(arena, rule->at);
	copy.mode = rule->mode < mode ? rule->mode : mode;
	return copy;
}

void
strangers_meet(struct site *site, const struct policy *policy, enum mode mode, int64_t now,
    struct arena *arena, struct diag *diag)
{
	site->filters = arena_alloc(arena, FILTER_COUNT * sizeof(*site->filters));
	site->filter_count = 0;
	for (size_t i = 0; i < policy->clause_count; i++) {
		const struct filter_rule *rule = policy->clauses[i].filter;
		if (!rule)
			continue;
		struct site_means *means = &site->means[rule->kind];
		means->clause = arena_copy_text(arena, rule->clause);
		compare_figures(rule, means, diag);
		if (!has_means(site, rule->kind))
			continue;
		struct site_filter filter = {.rule = copy_rule(rule, mode, arena),
		    .zones = means->zones,
		    .zone_count = means->zone_count};
		gather_allowed(&filter, &policy->clauses[i], means, policy, now, arena);
		site->filters[site->filter_count++] = filter;
	}
}

void
strangers_why_not(const struct site *site, enum filter_kind kind, struct str *out)
{
	const struct site_means *means = &site->means[kind];
	size_t line, column;
	if (site->roles[ROLE_MAIL].place == PLACE_NOWHERE)
		str_add(out, "the site has no mail server");
	else if (!means->clause)
		str_add(out, "no clause asks for it");
	else if (!has_means(site, kind) && !means->place.file)
		str_addf(out, "the filter '%s' has no zones", filter_name(kind));
	else if (!has_means(site, kind)) {
		place_line_column(&means->place, &line, &column);
		str_addf(out, "the filter '%s' is off in %s, line %zu", filter_name(kind),
		    means->place.file, line);
	}
}

/* ---- what was told last ---- */

/* With the name, so that no filters are a text as well. */
static void
members_kept(struct json *json, void *item)
{
	struct site *site = item;
	json_text(json, "name", &site->name);
	members_filters(json, item);
}

static void
kept_path(const struct site_paths *paths, struct str *out)
{
	str_addf(out, "%s/%s", paths->state, kept_file);
}

static int
read_kept(const struct site_paths *paths, struct str *text)
{
	auto_str path = {0};
	kept_path(paths, &path);
	return file_read(AT_FDCWD, str_text(&path), LARGEST_KEPT, text);
}

int
strangers_keep(const struct site *site, const struct site_paths *paths)
{
	auto_str path = {0}, text = {0};
	kept_path(paths, &path);
	json_encode(members_kept, site, &text);
	return strangers_differ(site, paths)
		   ? file_replace(AT_FDCWD, str_text(&path), 0600, text.data, text.length)
		   : 0;
}

int
strangers_find(struct site *site, const struct site_paths *paths, struct arena *arena)
{
	auto_str text = {0}, wrong = {0};
	struct site kept = {0};
	int status = read_kept(paths, &text);
	if (!status)
		status = json_decode(
		    str_text(&text), text.length, arena, members_kept, &kept, &wrong);
	site->filters = status ? NULL : kept.filters;
	site->filter_count = status ? 0 : kept.filter_count;
	return status;
}

bool
strangers_differ(const struct site *site, const struct site_paths *paths)
{
	auto_str kept = {0}, text = {0};
	json_encode(members_kept, site, &text);
	return read_kept(paths, &kept) || kept.length != text.length ||
	       memcmp(str_text(&kept), str_text(&text), text.length) != 0;
}
