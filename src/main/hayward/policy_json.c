/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/policy_json.h"

#include "base/attributes.h"
#include "base/escape.h"
#include "model/quantity.h"
#include "policy/explain.h"
#include "policy/words.h"

json_t *
policy_json_text(const char *text)
{
	json_t *string = json_string(text);
	if (string)
		return string;
	auto_str escaped = {0};
	escape_text(&escaped, text);
	return json_string(str_text(&escaped));
}

static void
set_text(json_t *object, const char *name, const char *text)
{
	json_object_set_new(object, name, policy_json_text(text));
}

/* Only if there is something to say. */
static void
set_words(json_t *object, const char *name, const struct str *words)
{
	if (words->length)
		set_text(object, name, str_text(words));
}

static json_t *
json_of_measure(enum measure measure)
{
	const struct measure_info *info = measure_info(measure);
	json_t *object = json_object();
	set_text(object, "name", info->name);
	set_text(object, "what", info->what);
	set_text(object, "kind", explain_class(info->class));
	set_text(object, "sensor", sensor_name(info->sensor));
	return object;
}

static json_t *
json_of_measures(const struct clause *clause)
{
	enum measure measures[MOST_COMPARISONS * 2];
	size_t count = clause_measures(clause, measures, array_length(measures));
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_of_measure(measures[i]));
	return list;
}

static json_t *
json_of_verb(const struct clause *clause, const struct verb_use *use)
{
	json_t *object = json_object();
	auto_str words = {0}, amount = {0};
	set_text(object, "verb", verb_info(use->verb)->name);
	set_text(object, "acts_on", kind_name(words_target(clause, use->verb)));
	json_object_set_new(object, "ask", json_boolean(use->ask));
	if (use->verb == VERB_THROTTLE) {
		quantity_add_exact(&amount, use->amount.unit, use->amount.number);
		set_text(object, "resource", resource_name(use->resource));
		set_words(object, "to", &amount);
	}
	if (use->text)
		set_text(object, "reply", use->text);
	words_verb(clause, use, &words);
	set_words(object, "words", &words);
	return object;
}

static json_t *
json_of_ladder(const struct clause *clause, const struct ladder *ladder)
{
	json_t *list = json_array();
	for (size_t i = 0; i < ladder->count; i++) {
		const struct step *step = &ladder->steps[i];
		json_t *object = json_object();
		json_t *verbs = json_array();
		for (size_t v = 0; v < step->verb_count; v++)
			json_array_append_new(verbs, json_of_verb(clause, &step->verbs[v]));
		json_object_set_new(object, "after_ms", json_integer(step->after));
		json_object_set_new(object, "verbs", verbs);
		json_array_append_new(list, object);
	}
	return list;
}

static void
set_ladders(json_t *object, const struct clause *clause)
{
	static const char *const names[] = {[LADDER_THEN] = "then",
	    [LADDER_AGAIN] = "if_again",
	    [LADDER_EMERGENCY] = "if_emergency",
	    [LADDER_UNKNOWN] = "if_unknown"};
	for (enum ladder_kind kind = LADDER_THEN; kind < LADDER_COUNT; kind++)
		if (clause->ladders[kind].count)
			json_object_set_new(object, names[kind],
			    json_of_ladder(clause, &clause->ladders[kind]));
	if (clause->ladders[LADDER_AGAIN].count)
		json_object_set_new(
		    object, "again_within_ms", json_integer(clause->again_within));
}

static json_t *
json_of_services(const enum service *services, size_t count)
{
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, policy_json_text(service_info(services[i])->name));
	return list;
}

static json_t *
json_of_exceptions(const struct policy *policy, const struct clause *clause, int64_t now)
{
	json_t *list = json_array();
	for (size_t i = 0; i < policy->exception_count; i++) {
		const struct exception *exception = &policy->exceptions[i];
		if (!explain_exception_concerns(exception, clause, now))
			continue;
		auto_str until = {0};
		explain_until(exception, &until);
		json_t *object = json_object();
		set_text(object, "for", exception->name);
		set_words(object, "until", &until);
		set_text(object, "by", exception->by);
		set_text(object, "because", exception->because);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *
json_of_commands(const struct clause *clause)
{
	json_t *list = json_array();
	const struct staff_command *command = NULL;
	for (size_t i = 0; (command = explain_command(clause, i)); i++)
		json_array_append_new(list, policy_json_text(command->command));
	return list;
}

static const char *
kind_of(const struct clause *clause)
{
	switch (clause->kind) {
	case CLAUSE_BINDS_CUSTOMER:
		return "clause";
	case CLAUSE_PROMISE:
		return "promise";
	case CLAUSE_EMERGENCY:
		return "emergency";
	case CLAUSE_SCRUTINY:
		return "scrutiny";
	}
	return "";
}

static void
set_rule(json_t *object, const struct clause *clause)
{
	auto_str says = {0}, rule = {0}, soft = {0}, ends = {0}, remedy = {0};
	words_says(clause, NULL, &says);
	set_words(object, "says", &says);
	if (clause->when)
		words_condition(clause->when, NULL, &rule);
	set_words(object, "rule", &rule);
	words_imposed(clause, &soft);
	json_object_set_new(object, "soft", json_boolean(clause->imposed));
	set_words(object, "imposed", &soft);
	set_ladders(object, clause);
	words_ends(clause, NULL, &ends);
	set_words(object, "ends", &ends);
	words_remedy(clause, NULL, &remedy);
	set_words(object, "remedy", &remedy);
}

json_t *
policy_json_clause(const struct policy *policy, const struct clause *clause, int64_t now)
{
	json_t *object = json_object();
	set_text(object, "id", clause->id);
	set_text(object, "title", clause->title);
	set_text(object, "kind", kind_of(clause));
	if (clause->terms) {
		set_text(object, "terms", clause->terms->name);
		set_text(object, "revision", clause->terms->revision);
	}
	set_text(object, "for_each", kind_name(clause->subject));
	set_rule(object, clause);
	json_object_set_new(object, "measures", json_of_measures(clause));
	json_object_set_new(
	    object, "provides", json_of_services(clause->provides, clause->provide_count));
	json_object_set_new(
	    object, "offers", json_of_services(clause->offers, clause->offer_count));
	json_object_set_new(object, "commands", json_of_commands(clause));
	json_object_set_new(object, "exceptions", json_of_exceptions(policy, clause, now));
	return object;
}
