/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored mail: each that may break a clause is told each time, until it is gone. Those of one
 * account are heard together, and all their cases are there before the first notice is
 * written: so its owner gets one list.
 */
#include <stdlib.h>

#include "base/map.h"
#include "base/memory.h"
#include "flow/internal.h"
#include "flow/stored.h"
#include "model/mailed.h"

/*
 * SECURITY: cases about mails are kept in memory, 6 KiB each, and everybody can write mails.
 * An account may have a nineteenth of what there is still room for: a thousand, if it is the
 * only one, and of n that want more each has 20 000 / (19 + n); so there is always room for
 * one that has none. Its further mails stay where they are until older cases are forgotten.
 * (Choudhury, Hahne: "Dynamic queue length thresholds for shared-memory packet switches",
 * IEEE/ACM Transactions on Networking 6, 1998.)
 */
enum { MOST_MAIL_CASES = 20000, PART_OF_ROOM = 19 };

enum { HUNDREDTHS = 10000, MOST_SHOWN = 3 };

/* ---- what is to be told ---- */

/* What a clause's comparisons ask at least, or -1 where there is none. */
struct least {
	int64_t size;
	int64_t age;
	bool attachments;
	bool unbounded; /* some limit cannot be told beforehand */
};

static void
take_limit(int64_t *least, const struct comparison *comparison, struct least *all)
{
	bool is_upper =
	    comparison->operator== COMPARE_MORE || comparison->operator== COMPARE_AT_LEAST;
	if (!is_upper || comparison->operand.kind != OPERAND_LITERAL || comparison->negated) {
		all->unbounded = true;
		return;
	}
	/* "At least" that many is more than one less. */
	int64_t limit = comparison->operand.number - (comparison->operator== COMPARE_AT_LEAST);
	if (*least < 0 || limit < *least)
		*least = limit > 0 ? limit : 0;
}

static void
look_for_limits(const struct condition *condition, struct least *least)
{
	if (condition->kind == CONDITION_NOT)
		least->unbounded = true;
	if (condition->kind != CONDITION_COMPARISON) {
		for (size_t i = 0; i < condition->count; i++)
			look_for_limits(&condition->parts[i], least);
		return;
	}
	switch (condition->comparison.measure) {
	case MEASURE_MESSAGE_SIZE:
		take_limit(&least->size, &condition->comparison, least);
		break;
	case MEASURE_MESSAGE_AGE:
		take_limit(&least->age, &condition->comparison, least);
		break;
	case MEASURE_MESSAGE_ATTACHMENTS:
		least->attachments = true;
		break;
	default:
		break;
	}
}

/* Mails with attachments are told whatever their size, and so add nothing. */
static void
add_clause(const struct clause *clause, struct stored_wanted *wanted)
{
	struct least least = {.size = -1, .age = -1};
	if (!clause->when)
		return;
	look_for_limits(clause->when, &least);
	if (least.size < 0 && least.attachments && !least.unbounded)
		return;
	int64_t size = least.size < 0 || least.unbounded ? 0 : least.size;
	int64_t age = least.age < 0 || least.unbounded ? 0 : least.age;
	wanted->size = size < wanted->size ? size : wanted->size;
	wanted->age = age < wanted->age ? age : wanted->age;
}

struct stored_wanted
flow_stored_wanted(const struct flow *flow)
{
	struct stored_wanted wanted = {.size = INT64_MAX, .age = INT64_MAX};
	const struct policy *policy = flow->rules.policy;
	for (size_t i = 0; i < policy->clause_count; i++) {
		const struct clause *clause = &policy->clauses[i];
		wanted.wanted |=
		    clause->subject == KIND_MESSAGE || clause->subject == KIND_ADDRESS;
		if (clause->subject == KIND_MESSAGE)
			add_clause(clause, &wanted);
	}
	return wanted;
}

/* ---- what was told ---- */

/* An account's cases about mails, ended ones included, and the mails that have to wait. */
struct crowd {
	uint32_t account;
	uint32_t generation;
	size_t cases;
	size_t waiting;
};

/* A stretch of looking: who was told whole, and which mails are there. */
struct hearing {
	struct flow *flow;
	const struct stored *stored;
	struct map *accounts;
	struct map *messages;
	struct map *known;  /* mails that have a case */
	struct map *crowds; /* of all accounts */
	struct arena *arena;
	size_t cases;	/* of mails, ended ones included */
	size_t counted; /* position in the list of all cases */
};

static struct observation
observation_of(const struct hearing *hearing, const struct subject *subject,
    enum measure measure, int64_t value, const char *label)
{
	return (struct observation){
	    .measure = measure,
	    .subject = *subject,
	    .at = hearing->stored->boot + hearing->flow->offset,
	    .value = value,
	    .label = label,
	};
}

/* Of several values all but the last. */
static void
note(const struct hearing *hearing, const struct subject *subject, enum measure measure,
    int64_t value, const char *label)
{
	struct observation observation =
	    observation_of(hearing, subject, measure, value, label);
	engine_note(hearing->flow->engine, &observation);
}

static void
observe(const struct hearing *hearing, const struct subject *subject, enum measure measure,
    int64_t value, const char *label)
{
	struct observation observation =
	    observation_of(hearing, subject, measure, value, label);
	engine_observe(hearing->flow->engine, &observation);
	flow_decide(hearing->flow);
}

static uint64_t
owner_key(uint32_t account, uint32_t generation)
{
	return (uint64_t)account << 32 | generation;
}

static struct crowd *
crowd_of(struct hearing *hearing, uint32_t account, uint32_t generation)
{
	uint64_t key = owner_key(account, generation);
	struct crowd *crowd = map_find_u64(hearing->crowds, key);
	if (crowd)
		return crowd;
	crowd = arena_alloc(hearing->arena, sizeof(*crowd));
	*crowd = (struct crowd){.account = account, .generation = generation};
	map_put_u64(hearing->crowds, key, crowd);
	return crowd;
}

/* Those that came since it was last asked. */
static void
count_cases(struct hearing *hearing)
{
	const struct casefile *casefile;
	while ((casefile = cases_next(hearing->flow->cases, &hearing->counted))) {
		const struct subject *subject = &casefile->subject;
		if (subject->kind != KIND_MESSAGE)
			continue;
		hearing->cases++;
		crowd_of(hearing, subject->account, subject->generation)->cases++;
		map_put_u64(hearing->known, subject->key, hearing->flow);
	}
}

static bool
has_room(const struct hearing *hearing, const struct crowd *crowd)
{
	return hearing->cases < MOST_MAIL_CASES &&
	       crowd->cases < (MOST_MAIL_CASES - hearing->cases) / PART_OF_ROOM;
}

static void
hear_mail(struct hearing *hearing, const struct stored_account *account,
    const struct stored_mail *mail)
{
	struct crowd *crowd = crowd_of(hearing, account->account, account->generation);
	auto_str label = {0};
	struct subject subject =
	    stored_subject(account->account, account->generation, &mail->place);
	int64_t age = hearing->stored->wall - mail->saved;
	map_put_u64(hearing->messages, subject.key, hearing->flow);
	if (!map_find_u64(hearing->known, subject.key) && !has_room(hearing, crowd)) {
		crowd->waiting++;
		return;
	}
	stored_label(mail, &label);
	const char *words = str_text(&label);
	note(hearing, &subject, MEASURE_MESSAGE_FOLDER, mail->folder, words);
	note(hearing, &subject, MEASURE_MESSAGE_SIZE, mail->size, words);
	if (mail->attachments >= 0)
		note(hearing, &subject, MEASURE_MESSAGE_ATTACHMENTS, mail->attachments, words);
	observe(hearing, &subject, MEASURE_MESSAGE_AGE, age > 0 ? age : 0, words);
	count_cases(hearing);
}

static void
hear_catch_all(const struct hearing *hearing, const struct stored_account *account,
    const struct stored_catch_all *catch_all)
{
	auto_str label = {0};
	str_addf(&label, "@%s", catch_all->domain);
	const char *words = str_text(&label);
	struct subject subject = address_subject(account->account, account->generation, words);
	__int128 share =
	    account->bytes > 0 ? (__int128)catch_all->bytes * HUNDREDTHS / account->bytes : 0;
	note(hearing, &subject, MEASURE_ADDRESS_CATCH_ALL, 1, words);
	note(hearing, &subject, MEASURE_ADDRESS_STORAGE, catch_all->bytes, words);
	observe(hearing, &subject, MEASURE_ADDRESS_STORAGE_SHARE,
	    share > HUNDREDTHS ? HUNDREDTHS : (int64_t)share, words);
}

/* Of a mail that is gone nothing is left that a clause could be about. */
static void
end_gone(const struct hearing *hearing)
{
	size_t position = 0;
	const struct casefile *casefile;
	while ((casefile = cases_next(hearing->flow->cases, &position))) {
		struct subject subject = casefile->subject;
		if (subject.kind != KIND_MESSAGE || !case_is_open(casefile) ||
		    !map_find_u64(
			hearing->accounts, owner_key(subject.account, subject.generation)) ||
		    map_find_u64(hearing->messages, subject.key))
			continue;
		auto_str label = {0};
		str_add(&label, casefile->label);
		note(hearing, &subject, MEASURE_MESSAGE_SIZE, 0, str_text(&label));
		observe(hearing, &subject, MEASURE_MESSAGE_ATTACHMENTS, 0, str_text(&label));
	}
}

/* ---- who has to wait ---- */

static const struct account *
owner_of(const struct flow *flow, const struct crowd *crowd)
{
	const struct account *account = accounts_find_id(flow->rules.accounts, crowd->account);
	return account && account->generation == crowd->generation ? account : NULL;
}

static void
add_words(const struct account *account, const struct crowd *crowd, struct str *out)
{
	str_addf(out,
	    "%s: %zu mails wait until older cases are forgotten, it has %zu about mails",
	    account->name, crowd->waiting, crowd->cases);
}

/* The journal has it once, hayward status for as long as it lasts. */
static void
note_waiting(struct flow *flow, const struct crowd *crowd)
{
	uint64_t key = owner_key(crowd->account, crowd->generation);
	const struct account *account = owner_of(flow, crowd);
	struct crowd *before = map_remove_u64(flow->crowds, key);
	if (crowd->waiting && account) {
		auto_str words = {0};
		struct crowd *kept = memory_new(1, sizeof(*kept));
		*kept = *crowd;
		map_put_u64(flow->crowds, key, kept);
		add_words(account, crowd, &words);
		if (!before)
			cases_note(
			    flow->cases, RECORD_ALARM, str_text(&words), case_time(flow));
	}
	free(before);
}

void
flow_stored_waiting(const struct flow *flow, struct str *out)
{
	size_t position = 0, count = 0;
	for (const struct crowd *crowd; (crowd = map_next(flow->crowds, &position));) {
		const struct account *account = owner_of(flow, crowd);
		if (!account || count++ >= MOST_SHOWN)
			continue;
		str_add(out, out->length ? "\n" : "");
		add_words(account, crowd, out);
	}
	if (count > MOST_SHOWN)
		str_addf(out, "\nand those of %zu more accounts", count - MOST_SHOWN);
}

void
crowds_free(struct flow *flow)
{
	size_t position = 0;
	for (struct crowd *crowd; (crowd = map_next(flow->crowds, &position));)
		free(crowd);
	map_free(flow->crowds);
}

void
flow_stored(struct flow *flow, const struct stored *stored, struct moment now)
{
	flow_at(flow, now);
	auto_arena struct arena *arena = arena_new();
	struct hearing hearing = {.flow = flow,
	    .stored = stored,
	    .accounts = map_new(),
	    .messages = map_new(),
	    .known = map_new(),
	    .crowds = map_new(),
	    .arena = arena};
	count_cases(&hearing);
	for (uint32_t i = 0; i < stored->count; i++) {
		const struct stored_account *account = &stored->accounts[i];
		for (uint32_t m = 0; m < account->mail_count; m++)
			hear_mail(&hearing, account, &account->mails[m]);
		/* A share of what is known in part would be too large. */
		for (uint32_t c = 0; account->whole && c < account->catch_all_count; c++)
			hear_catch_all(&hearing, account, &account->catch_alls[c]);
		if (!account->whole)
			continue;
		map_put_u64(
		    hearing.accounts, owner_key(account->account, account->generation), flow);
		note_waiting(flow, crowd_of(&hearing, account->account, account->generation));
	}
	engine_keep_messages(flow->engine, hearing.accounts, hearing.messages);
	end_gone(&hearing);
	map_free(hearing.accounts);
	map_free(hearing.messages);
	map_free(hearing.known);
	map_free(hearing.crowds);
}
