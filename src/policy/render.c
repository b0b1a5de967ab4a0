/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page as HTML. Every text that comes out of a policy file goes through
 * add_escaped(), ids of anchors are clause ids ([A-Z0-9a-z] by the grammar),
 * and nothing on the page is fetched or run.
 */
#include "policy/render.h"

#include <string.h>

#include "base/attributes.h"
#include "base/escape.h"
#include "policy/outline.h"
#include "policy/words.h"

/* clang-format off */
static const char style[] =
    ":root{color-scheme:light dark;--ink:#1d1d1f;--soft:#5b5b63;--line:#d9d6cf;--page:#fdfcf9;"
    "--mark:#8a4b08;--tint:#f4f0e6}"
    "@media(prefers-color-scheme:dark){:root{--ink:#ececec;--soft:#a8a8b0;--line:#3d3d42;"
    "--page:#18181b;--mark:#e5a050;--tint:#232327}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:46rem;padding:2rem 1.25rem 5rem;background:var(--page);"
    "color:var(--ink);font:1.05rem/1.6 Charter,'Bitstream Charter',Georgia,serif}"
    "h1{font-size:2rem;line-height:1.2;margin:1rem 0 .5rem}"
    "h2{font-size:1.4rem;margin:3.5rem 0 1rem;padding-top:1rem;border-top:1px solid var(--line)}"
    "h3{font-size:1.1rem;margin:0 0 .4rem}"
    "h2 small,.soft{color:var(--soft);font-weight:normal}"
    "a{color:inherit;text-decoration-color:var(--line);text-underline-offset:.2em}"
    "a:hover,a:focus{color:var(--mark);text-decoration-color:currentColor}"
    ".skip{position:absolute;left:-99rem}.skip:focus{position:static}"
    "nav ol{list-style:none;margin:0 0 1rem;padding:0;columns:2;column-gap:2rem}"
    "nav li{break-inside:avoid;padding-left:3.6rem;text-indent:-3.6rem}"
    "nav b,h3 .id{display:inline-block;min-width:3.6rem;text-indent:0;color:var(--mark);"
    "font-variant-numeric:tabular-nums}"
    "article{margin:0 0 2.2rem;padding:.6rem .9rem;border-left:3px solid transparent}"
    "article:target{border-left-color:var(--mark);background:var(--tint)}"
    ".says{margin:.2rem 0 .8rem}"
    "dl{display:grid;grid-template-columns:8.5rem 1fr;gap:.35rem 1rem;margin:0;"
    "font-size:.92rem;line-height:1.5}"
    "dt{color:var(--soft)}dd{margin:0}dd ul,dd ol,dd p{margin:0;padding-left:1.1rem}dd p{padding:0}"
    ".tag{font-size:.8rem;font-weight:normal;border:1px solid var(--line);border-radius:1rem;"
    "padding:.05rem .55rem;color:var(--soft);white-space:nowrap}"
    ".wide{overflow-x:auto}"
    "table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums}"
    "th,td{text-align:left;padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--line);"
    "vertical-align:top}"
    "footer{margin-top:4rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.85rem;"
    "color:var(--soft);overflow-wrap:anywhere}"
    "@media(max-width:34rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}"
    "nav ol{columns:1}}"
    "@media print{body{max-width:none;padding:0;font-size:10.5pt;background:#fff;color:#000}"
    "nav a,h3 a{text-decoration:none}article{break-inside:avoid;padding:0}.skip{display:none}}";
/* clang-format on */

static void
add_escaped(struct str *out, const char *text)
{
	escape_html(out, text);
}

/* before and after are ours; text is the policy's. Nothing for empty text. */
static void
add_text(struct str *out, const char *before, const struct str *text, const char *after)
{
	if (!text->length)
		return;
	str_add(out, before);
	add_escaped(out, str_text(text));
	str_add(out, after);
}

/* The id by which a heading without clauses of its own is linked to. */
static void
add_chapter_anchor(struct str *out, size_t index)
{
	str_addf(out, "part-%zu", index + 1);
}

static void
add_chapter_title(struct str *out, const struct chapter *chapter)
{
	auto_str name = {0};
	chapter_title(chapter, &name);
	add_escaped(out, str_text(&name));
	if (!chapter->terms)
		return;
	str_add(out, " <small>revision ");
	add_escaped(out, chapter->terms->revision);
	str_add(out, "</small>");
}

/* ---- contents ---- */

static void
add_contents(struct str *out, const struct outline *outline)
{
	str_add(out, "<nav aria-label=\"Contents\">\n");
	str_add(out, "<p><a href=\"#what-can-follow\">What can follow</a>, "
		     "<a href=\"#services\">what we provide and offer</a>");
	str_add(out, outline->plan_count
			 ? ", <a href=\"#plans\">plans and their limits</a></p>\n"
			 : "</p>\n");
	for (size_t i = 0; i < outline->count; i++) {
		const struct chapter *chapter = &outline->chapters[i];
		str_add(out, "<p><a href=\"#");
		add_chapter_anchor(out, i);
		str_add(out, "\">");
		auto_str name = {0};
		chapter_title(chapter, &name);
		add_escaped(out, str_text(&name));
		str_add(out, "</a></p>\n<ol>\n");
		for (size_t c = 0; c < chapter->count; c++) {
			const struct clause *clause = chapter->clauses[c];
			str_addf(out, "<li><a href=\"#%s\"><b>%s</b>", clause->id, clause->id);
			add_escaped(out, clause->title);
			str_add(out, "</a></li>\n");
		}
		str_add(out, "</ol>\n");
	}
	str_add(out, "</nav>\n");
}

/* ---- plans ---- */

static void
add_plans(struct str *out, const struct outline *outline)
{
	if (!outline->plan_count)
		return;
	str_add(out,
	    "<h2 id=\"plans\">Plans and their limits</h2>\n<div class=\"wide\" "
	    "tabindex=\"0\" role=\"region\" aria-labelledby=\"plans\"><table>\n<thead><tr>"
	    "<th scope=\"col\">Limit</th>");
	for (size_t i = 0; i < outline->plan_count; i++) {
		str_add(out, "<th scope=\"col\">");
		add_escaped(out, outline->plans[i]->name);
		str_add(out, "</th>");
	}
	str_add(out, "</tr></thead>\n<tbody>\n");
	for (size_t l = 0; l < outline->limit_count; l++) {
		str_add(out, "<tr><th scope=\"row\">");
		add_escaped(out, outline->limits[l]);
		str_add(out, "</th>");
		for (size_t i = 0; i < outline->plan_count; i++) {
			auto_str value = {0};
			words_limit(outline->plans[i], outline->limits[l], &value);
			add_text(out, "<td>", &value, "</td>");
		}
		str_add(out, "</tr>\n");
	}
	str_add(out, "</tbody></table></div>\n");
}

/* ---- a clause ---- */

static void
add_condition(struct str *out, const struct condition *condition)
{
	if (condition->kind != CONDITION_AND && condition->kind != CONDITION_OR) {
		auto_str words = {0};
		words_condition(condition, NULL, &words);
		add_escaped(out, str_text(&words));
		return;
	}
	str_add(out, condition->kind == CONDITION_AND ? "all of these:" : "any of these:");
	str_add(out, "<ul>");
	for (size_t i = 0; i < condition->count; i++) {
		str_add(out, "<li>");
		add_condition(out, &condition->parts[i]);
		str_add(out, "</li>");
	}
	str_add(out, "</ul>");
}

static void
add_ladder(
    struct str *out, const struct clause *clause, enum ladder_kind kind, const char *label)
{
	const struct ladder *ladder = &clause->ladders[kind];
	if (ladder->count == 0)
		return;
	str_add(out, "<dt>");
	add_escaped(out, label);
	str_add(out, "</dt><dd><ol>");
	for (size_t i = 0; i < ladder->count; i++) {
		auto_str when = {0}, words = {0};
		words_step_when(&ladder->steps[i], &when);
		words_step(clause, &ladder->steps[i], &words);
		add_text(out, "<li><b>", &when, "</b>: ");
		add_text(out, "", &words, "</li>");
	}
	str_add(out, "</ol></dd>\n");
}

static void
add_ladders(struct str *out, const struct clause *clause)
{
	auto_str again = {0};
	str_add(&again, "Again within ");
	words_quantity(UNIT_TIME, clause->again_within, &again);
	add_ladder(out, clause, LADDER_THEN, "What follows");
	add_ladder(out, clause, LADDER_AGAIN, str_text(&again));
	add_ladder(out, clause, LADDER_EMERGENCY, "In an emergency");
	add_ladder(out, clause, LADDER_UNKNOWN, "If it cannot be known");
}

static void
add_plan_row(struct str *out, const struct clause *clause, const struct plan *plan)
{
	const struct comparison *comparison = NULL;
	str_add(out, "<tr><th scope=\"row\">");
	add_escaped(out, plan->name);
	str_add(out, "</th>");
	for (size_t i = 0; (comparison = condition_of_plan(clause->when, i)); i++) {
		auto_str value = {0};
		if (comparison->measure < 0)
			words_limit(plan, comparison->limit, &value);
		else
			words_comparison_limit(comparison, plan, &value);
		add_text(out, "<td>", &value, "</td>");
	}
	str_add(out, "</tr>");
}

/* Plan by plan, where the limits of the rule are the plan's. */
static void
add_plan_values(struct str *out, const struct outline *outline, const struct clause *clause)
{
	const struct comparison *comparison = NULL;
	if (!condition_of_plan(clause->when, 0) || !outline->plan_count)
		return;
	str_add(out, "<dt>Plan by plan</dt><dd class=\"wide\"><table><thead><tr>"
		     "<th scope=\"col\">Plan</th>");
	for (size_t i = 0; (comparison = condition_of_plan(clause->when, i)); i++) {
		auto_str label = {0};
		comparison_plan_label(comparison, &label);
		add_text(out, "<th scope=\"col\">", &label, "</th>");
	}
	str_add(out, "</tr></thead><tbody>");
	for (size_t i = 0; i < outline->plan_count; i++)
		add_plan_row(out, clause, outline->plans[i]);
	str_add(out, "</tbody></table></dd>\n");
}

static void
add_services(struct str *out, const char *label, size_t count, const enum service *services)
{
	if (count == 0)
		return;
	str_addf(out, "<dt>%s</dt><dd>", label);
	for (size_t i = 0; i < count; i++) {
		const char *name = service_info(services[i])->name;
		str_addf(
		    out, "%s<a href=\"#service-%s\">%s</a>", i > 0 ? ", " : "", name, name);
	}
	str_add(out, "</dd>\n");
}

static void
add_cover(struct str *out, const struct clause *clause)
{
	if (clause->cover_count == 0)
		return;
	str_add(out, "<dt>Kept by</dt><dd>");
	for (size_t i = 0; i < clause->cover_count; i++) {
		str_add(out, i > 0 ? ", " : "");
		add_escaped(out, clause->covered_by[i]);
	}
	str_add(out, "</dd>\n");
}

static void
add_clause_heading(struct str *out, const struct clause *clause)
{
	str_addf(out, "<article id=\"%s\">\n<h3><a href=\"#%s\"><span class=\"id\">%s</span>",
	    clause->id, clause->id, clause->id);
	add_escaped(out, clause->title);
	str_add(out, "</a>");
	if (clause->kind == CLAUSE_PROMISE)
		str_add(out, " <span class=\"tag\">our promise</span>");
	if (clause->imposed)
		str_add(out, " <span class=\"tag\">soft limit</span>");
	str_add(out, "</h3>\n");
}

static void
add_clause(struct str *out, const struct outline *outline, const struct clause *clause)
{
	auto_str says = {0}, soft = {0}, ends = {0}, remedy = {0};
	add_clause_heading(out, clause);
	words_says(clause, NULL, &says);
	add_text(out, "<p class=\"says\">", &says, "</p>\n<dl>\n");
	if (clause->when) {
		str_add(out, "<dt>The rule</dt><dd>");
		add_condition(out, clause->when);
		str_add(out, "</dd>\n");
	}
	add_cover(out, clause);
	add_plan_values(out, outline, clause);
	words_imposed(clause, &soft);
	add_text(out, "<dt>A soft limit</dt><dd>", &soft, "</dd>\n");
	add_ladders(out, clause);
	if (!words_ends_usual(clause))
		words_ends(clause, NULL, &ends);
	add_text(out, "<dt>It ends</dt><dd>", &ends, "</dd>\n");
	words_remedy(clause, NULL, &remedy);
	add_text(out, "<dt>Put it right</dt><dd>", &remedy, "</dd>\n");
	add_services(out, "We provide", clause->provide_count, clause->provides);
	add_services(out, "We offer", clause->offer_count, clause->offers);
	str_add(out, "</dl>\n</article>\n");
}

/* ---- words that many clauses use ---- */

static void
add_words(struct str *out, const struct outline *outline)
{
	str_add(out, "<h2 id=\"what-can-follow\">What can follow</h2>\n<dl>\n");
	for (enum verb verb = 0; verb < VERB_COUNT; verb++) {
		if (!outline->verbs[verb])
			continue;
		str_addf(out, "<dt>%s</dt><dd>", verb_info(verb)->name);
		add_escaped(out, words_verb_means(verb));
		str_add(out, "</dd>\n");
	}
	str_add(out, "</dl>\n<h2 id=\"services\">What we provide and offer</h2>\n<dl>\n");
	for (enum service service = 0; service < SERVICE_COUNT; service++) {
		const char *name = service_info(service)->name;
		if (!outline->services[service])
			continue;
		str_addf(out, "<dt id=\"service-%s\">%s</dt><dd>", name, name);
		add_escaped(out, service_info(service)->paragraph);
		str_add(out, "</dd>\n");
	}
	str_add(out, "</dl>\n");
}

/* ---- the page ---- */

const char *
render_intro(size_t index)
{
	static const char *const paragraphs[] = {
	    "These rules are carried out by a program that reads this very text: every number "
	    "here is the number that it goes by.",
	    "Unless a rule says otherwise you are told before anything happens; delays run "
	    "from "
	    "the moment the notice reached you. What was not seen counts against nobody. A "
	    "case "
	    "ends when the rule is kept again, when you tell us that it is mended (once in 30 "
	    "days "
	    "for one rule), or when our staff end it; then whatever was done is taken back.",
	    "Answer any notice, and a person reads it.",
	};
	return index < array_length(paragraphs) ? paragraphs[index] : NULL;
}

static void
add_head(struct str *out, const char *title)
{
	str_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		     "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		     "<title>");
	add_escaped(out, title);
	str_add(out, "</title>\n<style>");
	str_add(out, style);
	str_add(out, "</style>\n</head>\n<body>\n"
		     "<a class=\"skip\" href=\"#rules\">To the rules</a>\n<header><h1>");
	add_escaped(out, title);
	str_add(out, "</h1>\n");
	for (size_t i = 0; render_intro(i); i++) {
		str_add(out, "<p>");
		add_escaped(out, render_intro(i));
		str_add(out, "</p>\n");
	}
	str_add(out, "</header>\n");
}

void
render_html(const struct policy *policy, const char *title, struct str *out)
{
	auto_arena struct arena *arena = arena_new();
	const struct outline *outline = outline_make(policy, arena);
	add_head(out, title);
	add_contents(out, outline);
	str_add(out, "<main id=\"rules\">\n");
	add_words(out, outline);
	add_plans(out, outline);
	for (size_t i = 0; i < outline->count; i++) {
		const struct chapter *chapter = &outline->chapters[i];
		str_add(out, "<section>\n<h2 id=\"");
		add_chapter_anchor(out, i);
		str_add(out, "\">");
		add_chapter_title(out, chapter);
		str_add(out, "</h2>\n");
		for (size_t c = 0; c < chapter->count; c++)
			add_clause(out, outline, chapter->clauses[c]);
		str_add(out, "</section>\n");
	}
	str_addf(out, "</main>\n<footer>%zu rules. Fingerprint of their exact text: ",
	    policy->clause_count);
	add_escaped(out, policy->digest);
	str_add(out, "</footer>\n</body>\n</html>\n");
}
