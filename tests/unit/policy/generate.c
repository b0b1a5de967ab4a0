/* SPDX-License-Identifier: Apache-2.0 */
#include "generate.h"

#include <stdbool.h>
#include <string.h>

#include "model/tables.h"

struct generator {
	uint64_t state;
	struct str *out;
	bool comments;
};

/* xorshift64*: Marsaglia, "Xorshift RNGs", 2003; Vigna, 2016. */
static uint32_t
draw(struct generator *generator, uint32_t below)
{
	generator->state ^= generator->state >> 12;
	generator->state ^= generator->state << 25;
	generator->state ^= generator->state >> 27;
	return (uint32_t)((generator->state * 0x2545f4914f6cdd1du) >> 33) % below;
}

static bool
chance(struct generator *generator, uint32_t percent)
{
	return draw(generator, 100) < percent;
}

static const char *
pick(struct generator *generator, const char *const *words, uint32_t count)
{
	return words[draw(generator, count)];
}
#define pick_of(generator, ...)                                                                \
	pick(generator, (const char *const[]){__VA_ARGS__},                                    \
	    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* White space means nothing, and a comment may stand anywhere. */
static void
gap(struct generator *generator)
{
	static const char *const gaps[] = {
	    " ", " ", " ", " ", "  ", "\n", "\t", "\r\n", "\n\n"};
	str_add(generator->out, pick(generator, gaps, 9));
	if (generator->comments && chance(generator, 4))
		str_addf(generator->out, "# remark %u \n%s", draw(generator, 1000),
		    chance(generator, 30) ? "\n" : "");
}

/* The words, with a gap for each blank outside quotes. */
static void
put(struct generator *generator, const char *words)
{
	bool quoted = false;
	for (; *words; words++) {
		quoted ^= *words == '"';
		if (*words == ' ' && !quoted)
			gap(generator);
		else
			str_add_char(generator->out, *words);
	}
	gap(generator);
}

static void
put_text(struct generator *generator)
{
	str_addf(generator->out, "\"%s %s\"",
	    pick_of(generator, "plain", "gr\xc3\xbc\xc3\x9f", "\\\"quoted\\\"", "back\\\\slash",
		"# none"),
	    pick_of(generator, "words", "{{brace}", "", "; and } then {{"));
	gap(generator);
	if (chance(generator, 20))
		put_text(generator);
}

static void
put_value(struct generator *generator, enum unit unit)
{
	unsigned number = 1 + draw(generator, 200000);
	switch (unit) {
	case UNIT_COUNT:
		str_addf(generator->out, "%u", number);
		break;
	case UNIT_TIME:
		str_addf(generator->out, "%u%s", 1 + number % 500,
		    pick_of(generator, "s", "m", "h", "d", "h30m", "w1d"));
		break;
	case UNIT_SIZE:
		str_addf(generator->out, "%u%s", number,
		    pick_of(generator, "B", "K", "M", "KiB", "GiB", "kB", "TB"));
		break;
	case UNIT_PERCENT:
		str_addf(generator->out, "%u%s%%", 1 + number % 99,
		    pick_of(generator, "", ".5", ".25", ".50", ".00", ".05"));
		break;
	case UNIT_RATE:
		str_addf(
		    generator->out, "%u/%s", number, pick_of(generator, "s", "m", "h", "d"));
		break;
	case UNIT_SIZE_RATE:
		str_addf(generator->out, "%uKiB/%s", number, pick_of(generator, "s", "m"));
		break;
	case UNIT_YES_NO:
	case UNIT_NAME:
	case UNIT_TEXT:
	case UNIT_ADDRESS:
	case UNIT_PORT:
	case UNIT_DATE:
	case UNIT_COUNT_:
		break;
	}
	gap(generator);
}

static void
put_listed(struct generator *generator, const char *words, uint32_t index)
{
	while (index-- > 0 && strchr(words, ' '))
		words = strchr(words, ' ') + 1;
	str_add_bytes(generator->out, words, strcspn(words, " "));
	gap(generator);
}

static void
put_window(struct generator *generator, const struct measure_info *info)
{
	bool sums = info->class == CLASS_EVENT || info->class == CLASS_DISTINCT;
	bool needs = info->class == CLASS_SHARE || info->class == CLASS_DISTINCT ||
		     (info->class == CLASS_EVENT && info->unit == UNIT_COUNT);
	bool runs =
	    info->class == CLASS_EVENT && info->unit != UNIT_NAME && chance(generator, 20);
	if (info->class == CLASS_ATTRIBUTE || !(needs || runs || chance(generator, 30)))
		return;
	if (runs) {
		put(generator, "in 33.3% of");
		put(generator, info->words);
	}
	put(generator, sums ? "within 10m" : "over 10m");
	bool carried = info->kinds & 1u << KIND_PROCESS && info->unit == UNIT_PERCENT;
	if (carried && chance(generator, 15))
		put(generator, "3 times within 1h");
}

static void
put_test(struct generator *generator, const struct measure_info *info)
{
	switch (info->unit) {
	case UNIT_YES_NO:
		return;
	case UNIT_NAME:
		put(generator, pick_of(generator, "is", "is not"));
		put_listed(generator, info->words, draw(generator, 3));
		return;
	case UNIT_TEXT:
		put(generator,
		    pick_of(generator, "matches \"~/**\"", "in { \"a\" \"b\" }", "not in { }"));
		return;
	case UNIT_ADDRESS:
		put(generator, pick_of(generator, "in { 192.0.2.0/24 ::1 }", "not in our-net",
				   "in 198.51.100.7"));
		return;
	case UNIT_PORT:
		put(generator,
		    pick_of(generator, "in { 80/tcp 53/udp }", "not in role.listens"));
		return;
	case UNIT_COUNT:
	case UNIT_TIME:
	case UNIT_SIZE:
	case UNIT_PERCENT:
	case UNIT_RATE:
	case UNIT_SIZE_RATE:
	case UNIT_DATE:
	case UNIT_COUNT_:
		break;
	}
	put(generator, pick_of(generator, ">", ">=", "<", "<="));
	if (info->unit == UNIT_SIZE && chance(generator, 30))
		put(generator, pick_of(generator, "plan.quota", "15% of plan.quota",
				   "plan.share of plan.quota"));
	else
		put_value(generator, info->unit);
}

static void
put_comparison(struct generator *generator, enum subject_kind subject)
{
	const struct measure_info *info;
	enum measure measure;
	do {
		measure = (enum measure)draw(generator, MEASURE_COUNT);
		info = measure_info(measure);
	} while (!(info->kinds & 1u << subject));
	if (info->unit == UNIT_YES_NO && chance(generator, 30))
		put(generator, "not");
	put(generator, info->name);
	if (info->unit != UNIT_YES_NO && measure_group(measure, 0) && chance(generator, 50)) {
		put(generator, "per");
		put(generator, measure_group(measure, 0));
	}
	put_test(generator, info);
	if (info->unit != UNIT_YES_NO)
		put_window(generator, info);
	if (chance(generator, 20))
		put(generator, "for 5m");
}

static void
put_condition(struct generator *generator, enum subject_kind subject, int depth)
{
	uint32_t parts = depth > 2 ? 1 : 1 + draw(generator, 3);
	const char *word = pick_of(generator, "and", "or");
	for (uint32_t i = 0; i < parts; i++) {
		if (i)
			put(generator, word);
		if (depth < 2 && parts < 3 && chance(generator, 30)) {
			put(generator, pick_of(generator, "(", "not ("));
			put_condition(generator, subject, depth + 1);
			put(generator, ")");
		} else {
			put_comparison(generator, subject);
		}
	}
}

static void
put_verb(struct generator *generator, enum verb verb)
{
	if (chance(generator, 20))
		put(generator, "ask");
	put(generator, verb_info(verb)->name);
	if (verb == VERB_THROTTLE)
		put(generator,
		    pick_of(generator, "cpu to 5%", "mail to 20/h", "bandwidth to 1MiB/s"));
}

/* Verbs in an order drawn by lot, each once. */
static void
put_verbs(struct generator *generator, enum subject_kind subject)
{
	put(generator, "alarm");
	for (int i = 0, from = (int)draw(generator, VERB_COUNT); i < VERB_COUNT; i++) {
		enum verb verb = (enum verb)((i + from) % VERB_COUNT);
		const struct verb_info *info = verb_info(verb);
		bool fits = false;
		for (int kind = 0; kind < KIND_COUNT; kind++)
			fits |= info->kinds & 1u << kind &&
				kind_within(subject, (enum subject_kind)kind);
		if (!fits || info->when != WHEN_STEP || verb == VERB_ALARM ||
		    !chance(generator, 30))
			continue;
		put(generator, ",");
		put_verb(generator, verb);
	}
}

static void
put_ladder(struct generator *generator, enum subject_kind subject)
{
	put(generator, "at once");
	put_verbs(generator, subject);
	for (uint32_t step = 0, steps = draw(generator, 3); step < steps; step++) {
		str_addf(generator->out, "; after %ud ", 3 + step * 4);
		put_verbs(generator, subject);
	}
}

static void
put_part(struct generator *generator, uint32_t which, enum subject_kind subject)
{
	switch (which) {
	case 0:
		put(generator, "when");
		put_condition(generator, subject, 0);
		return;
	case 1:
		put(generator, "then");
		put_ladder(generator, subject);
		return;
	case 2:
		put(generator, pick_of(generator, "if again within 30d then",
				   "if again within 1h30m then"));
		put_ladder(generator, subject);
		return;
	case 3:
		put(generator, "if emergency then");
		put_ladder(generator, subject);
		return;
	case 4:
		put(generator, pick_of(generator, "ends when kept for 1h or by owner",
				   "ends by operator"));
		return;
	case 5:
		put(generator, "offers upgrade");
		return;
	case 6:
		put(generator, pick_of(generator, "says", "remedy"));
		put_text(generator);
		return;
	case 7:
		put(generator, pick_of(generator, "mode observe", "mode warn"));
		return;
	default:
		put(generator,
		    pick_of(generator, "imposed when emergency", "imposed by operator",
			"imposed by operator or when emergency", "imposed always"));
		return;
	}
}

static void
put_clause(struct generator *generator, uint32_t number)
{
	enum { PARTS = 9 };
	enum subject_kind subject = (enum subject_kind)draw(generator, KIND_COUNT);
	uint32_t from = draw(generator, PARTS);
	str_addf(generator->out, "clause C%u ", number);
	put(generator, "\"Title\" for each");
	put(generator, kind_name(subject));
	put(generator, "{");
	for (uint32_t i = 0; i < PARTS; i++) {
		uint32_t which = (i + from) % PARTS;
		if (which < 2 || chance(generator, 40))
			put_part(generator, which, subject);
	}
	put(generator, "}");
}

static void
put_head(struct generator *generator)
{
	put(generator, "terms \"random terms\" revision \"7\" grace 3d");
	put(generator, "define our-net = { 192.0.2.0/28 2001:DB8::/32 }");
	put(generator,
	    "plan basic { quota 5G share 15% } plan large like basic { quota 5000000000B }");
	put(generator, "role web { listens { 80/tcp 443/tcp } } role none { listens { } }");
	if (chance(generator, 50))
		put(generator, "amend plan large { share 7.50% }");
	if (chance(generator, 50))
		put(generator,
		    "emergency E1 \"E\" { when host.disk-free < 2% ends when kept for 10m }");
	if (chance(generator, 50))
		put(generator, "exception C0 for account \"a_b\" { because \"x\" \"y\" by "
			       "\"z\" until revoked }");
}

void
generate_policy(uint64_t seed, struct str *out)
{
	struct generator generator = {.state = seed * 0x9e3779b97f4a7c15u + 1, .out = out};
	generator.comments = chance(&generator, 60);
	put_head(&generator);
	for (uint32_t i = 0, clauses = 1 + draw(&generator, 5); i < clauses; i++)
		put_clause(&generator, i);
}
