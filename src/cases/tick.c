/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time passes. Each open case is weighed afresh; then it ends, or steps, or
 * waits. In an emergency one account a minute, the worst first, is hit harder
 * than its ladder says.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cases/internal.h"
#include "cases/orders.h"

enum { EMERGENCY_PAUSE = MINUTE, CURED_WITHIN = 3 * MINUTE, FORGET = 180 };

/*
 * Whether a throttle of this case is what keeps the measure down. Who presses
 * against it has mended nothing: lifted, it would be broken again at once, and
 * the owner would get a mail for each turn.
 */
static bool
presses(const struct casefile *casefile, const struct finding *finding)
{
	if (finding->measure < 0)
		return false;
	enum resource resource = measure_info((enum measure)finding->measure)->resource;
	for (size_t i = 0; i < casefile->order_count; i++) {
		const struct order *order = &casefile->orders[i];
		if (order->verb == VERB_THROTTLE && order->state == ORDER_DONE &&
		    order->resource == resource && finding->value >= order->amount / 5 * 4)
			return true;
	}
	return false;
}

static struct finding
weigh(struct cases *cases, struct casefile *casefile, struct case_time now)
{
	const struct clause *clause = clause_of(cases, casefile);
	struct finding finding = {.measure = -1, .label = ""};
	if (clause)
		finding =
		    cases->senses.weigh(cases->senses.context, clause, &casefile->subject);
	bool kept = finding.verdict == VERDICT_FALSE && !presses(casefile, &finding);
	if (kept && casefile->false_since == NEVER)
		casefile->false_since = now.policy;
	if (!kept)
		casefile->false_since = NEVER;
	if (finding.verdict == VERDICT_FALSE)
		casefile->unbound_told = false;
	if (finding.verdict == VERDICT_UNKNOWN && casefile->unknown_since == NEVER)
		casefile->unknown_since = now.policy;
	if (finding.verdict != VERDICT_UNKNOWN) {
		casefile->unknown_since = NEVER;
		casefile->alarmed = false;
	}
	casefile->verdict = finding.verdict;
	return finding;
}

/*
 * A notice that nobody took in time: the clock stands, and staff are asked to find another
 * way. One that waits for its turn is not late: nothing is wrong with its owner's address.
 */
static void
check_delivery(struct cases *cases, struct casefile *casefile, struct case_time now)
{
	for (size_t i = 0; i < casefile->order_count; i++) {
		const struct order *order = &casefile->orders[i];
		if (!is_overdue(cases, order, now))
			continue;
		cases_outcome(cases, order->id, false, -ETIMEDOUT,
		    "the notice could not be delivered in time", now);
		return;
	}
}

/* Only a case about the distressed resource, of an account that leads in using it. */
static bool
is_candidate(
    const struct cases *cases, const struct casefile *casefile, const struct finding *finding)
{
	const struct clause *clause = clause_of(cases, casefile);
	if (!clause || !case_is_open(casefile) || finding->verdict != VERDICT_TRUE ||
	    !finding->leading || casefile->ladder == LADDER_EMERGENCY)
		return false;
	if (casefile->soft && !casefile->imposed)
		return clause->imposed_in_emergency;
	return clause->ladders[LADDER_EMERGENCY].count > 0;
}

static bool
same_account(const struct casefile *one, const struct casefile *other)
{
	return one->subject.account == other->subject.account &&
	       one->subject.generation == other->subject.generation;
}

/*
 * Whether a script of the account was just stopped for bringing the host down. What
 * that used is still in the last minutes; the account as a whole is not hit for it too.
 */
static bool
is_being_cured(const struct cases *cases, const struct casefile *casefile, struct case_time now)
{
	if (casefile->subject.kind != KIND_ACCOUNT)
		return false;
	for (size_t i = 0; i < cases->file_count; i++) {
		const struct casefile *other = cases->files[i];
		if (other->subject.kind == KIND_SCRIPT && other->imposed && other->founded &&
		    same_account(casefile, other) &&
		    now.policy - other->founded_at < CURED_WITHIN)
			return true;
	}
	return false;
}

/* Who is to be hit. */
struct candidate {
	struct casefile *casefile;
	struct finding finding;
	uint64_t ratio; /* of the worst case of its account */
};

/* The worst account; in it what can be said of one script before what is said of all. */
static void
consider(struct candidate *worst, struct casefile *casefile, const struct finding *finding)
{
	struct candidate candidate = {casefile, *finding, finding->ratio};
	if (worst->casefile && same_account(worst->casefile, casefile)) {
		bool is_broader = casefile->subject.kind == KIND_ACCOUNT;
		bool was_broader = worst->casefile->subject.kind == KIND_ACCOUNT;
		uint64_t ratio = worst->ratio > finding->ratio ? worst->ratio : finding->ratio;
		bool replaces = is_broader == was_broader
				    ? finding->ratio > worst->finding.ratio
				    : was_broader;
		candidate = replaces ? candidate : *worst;
		candidate.ratio = ratio;
	} else if (worst->casefile && worst->ratio >= finding->ratio) {
		return;
	}
	*worst = candidate;
}

static void
branch(struct cases *cases, struct casefile *casefile, struct case_time now)
{
	const struct clause *clause = clause_of(cases, casefile);
	struct case_ladder ladder;
	auto_str words = {0};
	resolve_ladder(
	    cases, &clause->ladders[LADDER_EMERGENCY], account_of(cases, casefile), &ladder);
	case_ladder_print(&ladder, &words);
	struct record record = draft(RECORD_BRANCHED, casefile, now);
	record.ladder = LADDER_EMERGENCY;
	record.mode = mode_for(cases, clause);
	record_set_text(record.text, sizeof(record.text), str_text(&words));
	emit(cases, &record);
}

static void
hit(struct cases *cases, struct casefile *casefile, const struct finding *finding,
    struct case_time now)
{
	const struct clause *clause = clause_of(cases, casefile);
	cases->hit = now.policy;
	if (casefile->soft && !casefile->imposed)
		impose(cases, casefile, "emergency", "", now);
	if (clause->ladders[LADDER_EMERGENCY].count)
		branch(cases, casefile, now);
	take_steps(cases, casefile, finding, now);
}

static void
end_exceptions(struct cases *cases, struct case_time now)
{
	for (size_t i = 0; i < cases->exception_count; i++) {
		const struct case_exception *exception = &cases->exceptions[i];
		if (exception->until > now.wall)
			continue;
		struct record record = draft(RECORD_EXCEPTION_ENDED, NULL, now);
		record_set_text(record.clause, sizeof(record.clause), exception->clause);
		record_set_text(
		    record.account_name, sizeof(record.account_name), exception->account_name);
		record.until = exception->until;
		record_set_text(record.reason, sizeof(record.reason), "expired");
		emit(cases, &record);
		return;
	}
}

/* Whether a closed case was kept in between, so that the next breach is a new one. */
static void
watch_closed(struct cases *cases, struct casefile *casefile, struct case_time now)
{
	const struct clause *clause = clause_of(cases, casefile);
	if (!casefile->broken_since_close || now.policy - casefile->closed > DAY || !clause)
		return;
	struct finding finding =
	    cases->senses.weigh(cases->senses.context, clause, &casefile->subject);
	if (finding.verdict == VERDICT_FALSE)
		casefile->broken_since_close = false;
}

/* An approach that is long over and was told of is forgotten. */
static void
forget_approaches(struct cases *cases, struct case_time now)
{
	size_t kept = 0;
	for (size_t i = 0; i < cases->approach_count; i++) {
		struct approach *approach = cases->approaches[i];
		bool waits = approach->order.id && approach->order.state == ORDER_ORDERED;
		if (!waits && now.wall >= approach->until &&
		    now.policy - approach->seen > cases->rules.config->repeat + HOUR)
			free(approach);
		else
			cases->approaches[kept++] = approach;
	}
	cases->approach_count = kept;
}

/* Nothing looks back further: R and `if again` are at most a year, usually days. */
static bool
is_forgotten(const struct cases *cases, const struct casefile *casefile, struct case_time now)
{
	/* Of mails there may be very many; what was moved aside is not kept for longer. */
	int64_t kept = casefile->subject.kind == KIND_MESSAGE
			   ? cases->rules.config->removed_mail_kept
			   : FORGET * (int64_t)DAY;
	if (case_is_open(casefile) || casefile->legal_hold ||
	    now.policy - casefile->closed < kept)
		return false;
	const struct clause *clause = clause_of(cases, casefile);
	if (clause && now.policy - casefile->closed <= clause->again_within)
		return false;
	for (size_t i = 0; i < casefile->order_count; i++)
		if (casefile->orders[i].state == ORDER_ORDERED ||
		    casefile->orders[i].state == ORDER_RELEASING)
			return false;
	return true;
}

/* From memory only: the journal keeps them. */
static void
forget_closed(struct cases *cases, struct case_time now)
{
	if (now.policy - cases->forgot < HOUR)
		return;
	cases->forgot = now.policy;
	size_t kept = 0;
	for (size_t i = 0; i < cases->file_count; i++) {
		struct casefile *casefile = cases->files[i];
		if (is_forgotten(cases, casefile, now))
			forget_file(cases, casefile);
		else
			cases->files[kept++] = casefile;
	}
	cases->file_count = kept;
	forget_waiting(cases);
	forget_petitions(cases, now);
}

void
cases_tick(struct cases *cases, struct case_time now)
{
	cases->ticked = now.policy;
	end_maintenance(cases, now);
	end_exceptions(cases, now);
	remind_of_exceptions(cases, now);
	forget_approaches(cases, now);
	forget_closed(cases, now);
	struct candidate worst = {0};
	for (size_t i = 0; i < cases->file_count; i++) {
		struct casefile *casefile = cases->files[i];
		if (!case_is_open(casefile)) {
			watch_closed(cases, casefile, now);
			continue;
		}
		struct finding finding = weigh(cases, casefile, now);
		const char *reason;
		if (has_ended(cases, casefile, now, &reason)) {
			close_case(cases, casefile, &(struct closing){reason, "", ""}, now);
			continue;
		}
		check_delivery(cases, casefile, now);
		watch_flood(cases, casefile, &finding, now);
		take_steps(cases, casefile, &finding, now);
		if (is_candidate(cases, casefile, &finding) &&
		    !is_being_cured(cases, casefile, now))
			consider(&worst, casefile, &finding);
	}
	bool pause = cases->hit != INT64_MIN && now.policy - cases->hit < EMERGENCY_PAUSE;
	if (worst.casefile && !pause && cases->senses.emergency(cases->senses.context))
		hit(cases, worst.casefile, &worst.finding, now);
}

/*
 * What is overdue waits for something else than a time (a condition to be true
 * again, a date on the wall): it is looked at by every tick, and hurries none.
 */
int64_t
cases_next_due(const struct cases *cases)
{
	int64_t next = NEVER;
	for (size_t i = 0; i < cases->file_count; i++) {
		int64_t wall;
		int64_t due = case_due(cases, cases->files[i], &wall);
		if (due > cases->ticked && due < next)
			next = due;
	}
	return next;
}

static enum mode
mode_now(const struct cases *cases, const struct casefile *casefile)
{
	const struct clause *clause = clause_of(cases, casefile);
	return clause ? mode_for(cases, clause) : MODE_OBSERVE;
}

/* Something that was only written down is allowed now. */
static bool
has_allowed_would(const struct casefile *casefile, enum mode mode)
{
	for (size_t i = 0; i < casefile->order_count; i++) {
		const struct order *order = &casefile->orders[i];
		if (order->state == ORDER_WOULD && order->episode == casefile->episode &&
		    verb_info(order->verb)->least <= mode)
			return true;
	}
	return false;
}

/* Nobody is acted on who was not warned in earnest: a raised mode starts at zero. */
static void
raise_modes(struct cases *cases, struct case_time now)
{
	for (size_t i = 0; i < cases->file_count; i++) {
		struct casefile *casefile = cases->files[i];
		enum mode mode = mode_now(cases, casefile);
		if (case_is_open(casefile) &&
		    (mode > casefile->mode || has_allowed_would(casefile, mode)))
			reopen(cases, casefile, "raised", now);
	}
}

void
cases_reload(struct cases *cases, const struct case_rules *rules, struct case_time now)
{
	cases->rules = *rules;
	for (size_t i = 0; i < cases->file_count; i++)
		if (case_is_open(cases->files[i]) && !clause_of(cases, cases->files[i]))
			close_case(
			    cases, cases->files[i], &(struct closing){"dropped", "", ""}, now);
	raise_modes(cases, now);
}

void
cases_resume(struct cases *cases, struct case_time now)
{
	cases->outbox_count = cases->outbox_gone = 0;
	for (size_t i = 0; i < cases->file_count; i++) {
		struct casefile *casefile = cases->files[i];
		/* Nobody looked meanwhile: it is over when they are missed from now on. */
		casefile->flood_seen = now.policy;
		for (size_t o = 0; o < casefile->order_count; o++) {
			struct order *order = &casefile->orders[o];
			if (order->state != ORDER_ORDERED && order->state != ORDER_RELEASING)
				continue;
			let_wait(order, now);
			enqueue(cases, &casefile->subject, order);
		}
	}
	for (size_t i = 0; i < cases->approach_count; i++)
		if (cases->approaches[i]->order.id &&
		    cases->approaches[i]->order.state == ORDER_ORDERED)
			enqueue(cases, &cases->approaches[i]->subject,
			    &cases->approaches[i]->order);
	cases_reload(cases, &cases->rules, now);
}
