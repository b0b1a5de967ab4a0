/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/render.h"

#include <string.h>

#include "base/attributes.h"
#include "policy/outline.h"
#include "policy/prose.h"
#include "policy/words.h"

enum { INDENT = 5, LABEL = 18, PLAN = 20 };

/* "Rule:" and its like, hung out to the left of what they introduce. */
static void
add_labelled(struct str *out, const char *label, const char *text)
{
	auto_str lead = {0};
	str_add_fill(&lead, ' ', INDENT);
	str_add(&lead, label);
	prose_add(out, INDENT + LABEL, str_text(&lead), text);
}

static void
add_ladder(
    const struct clause *clause, enum ladder_kind kind, const char *label, struct str *out)
{
	const struct ladder *ladder = &clause->ladders[kind];
	for (size_t i = 0; i < ladder->count; i++) {
		auto_str line = {0};
		words_step_when(&ladder->steps[i], &line);
		str_add(&line, ": ");
		words_step(clause, &ladder->steps[i], &line);
		add_labelled(out, i == 0 ? label : "", str_text(&line));
	}
}

static void
add_ladders(const struct clause *clause, struct str *out)
{
	add_ladder(clause, LADDER_THEN, "What follows:", out);
	auto_str again = {0};
	str_add(&again, "Again within ");
	words_quantity(UNIT_TIME, clause->again_within, &again);
	str_add_char(&again, ':');
	add_ladder(clause, LADDER_AGAIN, str_text(&again), out);
	add_ladder(clause, LADDER_EMERGENCY, "In an emergency:", out);
	add_ladder(clause, LADDER_UNKNOWN, "If unknown:", out);
}

static void
add_plan_values(const struct outline *outline, const struct clause *clause, struct str *out)
{
	const struct comparison *comparison = NULL;
	for (size_t i = 0; (comparison = condition_of_plan(clause->when, i)); i++) {
		auto_str line = {0}, label = {0};
		comparison_plan_label(comparison, &label);
		str_addf(&line, "%s: ", str_text(&label));
		for (size_t p = 0; p < outline->plan_count; p++) {
			str_addf(&line, "%s%s ", p > 0 ? "; " : "", outline->plans[p]->name);
			if (comparison->measure < 0)
				words_limit(outline->plans[p], comparison->limit, &line);
			else
				words_comparison_limit(comparison, outline->plans[p], &line);
		}
		add_labelled(out, i == 0 ? "Plan by plan:" : "", str_text(&line));
	}
}

static void
add_services(struct str *out, const char *label, size_t count, const enum service *services)
{
	auto_str line = {0};
	for (size_t i = 0; i < count; i++)
		str_addf(&line, "%s%s", i > 0 ? ", " : "", service_info(services[i])->name);
	add_labelled(out, label, str_text(&line));
}

static void
add_cover(const struct clause *clause, struct str *out)
{
	auto_str line = {0};
	for (size_t i = 0; i < clause->cover_count; i++)
		str_addf(&line, "%s%s", i > 0 ? ", " : "", clause->covered_by[i]);
	add_labelled(out, "Kept by:", str_text(&line));
}

static void
add_clause(const struct outline *outline, const struct clause *clause, struct str *out)
{
	auto_str says = {0}, rule = {0}, soft = {0}, ends = {0}, remedy = {0}, title = {0};
	str_addf(&title, "%s%s", clause->title, clause->kind == CLAUSE_PROMISE ? " (we)" : "");
	str_add_char(out, '\n');
	prose_add(out, INDENT, clause->id, str_text(&title));
	words_says(clause, NULL, &says);
	prose_add(out, INDENT, "     ", str_text(&says));
	if (clause->when)
		words_condition(clause->when, NULL, &rule);
	add_labelled(out, "The rule:", str_text(&rule));
	add_cover(clause, out);
	add_plan_values(outline, clause, out);
	words_imposed(clause, &soft);
	add_labelled(out, "A soft limit:", str_text(&soft));
	add_ladders(clause, out);
	if (!words_ends_usual(clause))
		words_ends(clause, NULL, &ends);
	add_labelled(out, "It ends:", str_text(&ends));
	words_remedy(clause, NULL, &remedy);
	add_labelled(out, "Put it right:", str_text(&remedy));
	add_services(out, "We provide:", clause->provide_count, clause->provides);
	add_services(out, "We offer:", clause->offer_count, clause->offers);
}

static void
add_plan(const struct plan *plan, const struct outline *outline, struct str *out)
{
	for (size_t i = 0; i < outline->limit_count; i++) {
		auto_str line = {0}, lead = {0};
		str_addf(&line, "%s: ", outline->limits[i]);
		words_limit(plan, outline->limits[i], &line);
		str_addf(&lead, "     %s", i == 0 ? plan->name : "");
		prose_add(out, PLAN, str_text(&lead), str_text(&line));
	}
}

/* What can follow, and what we provide: said once for all clauses. */
static void
add_words(const struct outline *outline, struct str *out)
{
	prose_heading(out, "WHAT CAN FOLLOW");
	for (enum verb verb = 0; verb < VERB_COUNT; verb++) {
		auto_str lead = {0};
		str_addf(&lead, "     %s", verb_info(verb)->name);
		if (outline->verbs[verb])
			prose_add(out, PLAN, str_text(&lead), words_verb_means(verb));
	}
	prose_heading(out, "WHAT WE PROVIDE AND OFFER");
	for (enum service service = 0; service < SERVICE_COUNT; service++) {
		auto_str lead = {0};
		str_addf(&lead, "     %s", service_info(service)->name);
		if (outline->services[service])
			prose_add(out, PLAN, str_text(&lead), service_info(service)->paragraph);
	}
}

void
render_text(const struct policy *policy, const char *title, struct str *out)
{
	auto_arena struct arena *arena = arena_new();
	const struct outline *outline = outline_make(policy, arena);
	prose_add(out, 0, "", title);
	str_add_char(out, '\n');
	for (size_t i = 0; render_intro(i); i++) {
		prose_add(out, 0, "", render_intro(i));
		str_add_char(out, '\n');
	}
	add_words(outline, out);
	if (outline->plan_count)
		prose_heading(out, "PLANS");
	for (size_t i = 0; i < outline->plan_count; i++)
		add_plan(outline->plans[i], outline, out);
	for (size_t i = 0; i < outline->count; i++) {
		const struct chapter *chapter = &outline->chapters[i];
		auto_str heading = {0};
		chapter_title(chapter, &heading);
		if (chapter->terms)
			str_addf(&heading, " (revision %s)", chapter->terms->revision);
		str_add_char(out, '\n');
		prose_heading(out, str_text(&heading));
		for (size_t c = 0; c < chapter->count; c++)
			add_clause(outline, chapter->clauses[c], out);
	}
}
