/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of staff and owners. Who may ask at all was decided by control. */
#include "cases/people.h"

#include <errno.h>
#include <string.h>

#include "cases/internal.h"

/* A lock stays until staff have spoken with the owner, and say how. */
static bool
is_locked(const struct casefile *casefile)
{
	for (size_t i = 0; i < casefile->order_count; i++) {
		const struct order *order = &casefile->orders[i];
		if (order->verb == VERB_LOCK && order_may_stand(order))
			return true;
	}
	return false;
}

static int
check_lift(
    const struct casefile *casefile, const struct case_request *request, struct str *ret_text)
{
	if (!case_is_open(casefile) && !holds_after_end(casefile)) {
		str_add(ret_text, "this case has ended already");
		return -EINVAL;
	}
	if (is_locked(casefile) && !request->reached_by) {
		str_add(ret_text, "the account is locked until its owner was reached: say how "
				  "(--reached-by phone)");
		return -EINVAL;
	}
	return 0;
}

static void
lift_one(struct cases *cases, struct casefile *casefile, const struct case_request *request,
    struct case_time now)
{
	if (!case_is_open(casefile)) {
		undo_after_end(cases, casefile, request, now);
		return;
	}
	auto_str note = {0};
	if (request->reached_by)
		str_addf(&note, "reached by %s; ", request->reached_by);
	str_add(&note, request->note);
	close_case(
	    cases, casefile, &(struct closing){"lifted", request->actor, str_text(&note)}, now);
}

/* With the case named go those of its incident that the owner was told of; notes of ours stay.
 */
static bool
is_lifted_with(const struct casefile *casefile, const struct casefile *other)
{
	/* Of many mails one is brought back. */
	if (casefile->subject.kind == KIND_MESSAGE)
		return other == casefile;
	return other == casefile ||
	       (case_is_open(other) && other->incident == casefile->incident &&
		   other->mode != MODE_OBSERVE &&
		   (other->told != INT64_MIN || case_holds(other)));
}

static int
lift(struct cases *cases, struct casefile *casefile, const struct case_request *request,
    struct case_time now, struct str *ret_text)
{
	size_t lifted = 0;
	for (size_t i = 0; i < cases->file_count; i++) {
		int status = is_lifted_with(casefile, cases->files[i])
				 ? check_lift(cases->files[i], request, ret_text)
				 : 0;
		if (status)
			return status;
	}
	for (size_t i = 0; i < cases->file_count; i++) {
		if (!is_lifted_with(casefile, cases->files[i]))
			continue;
		lift_one(cases, cases->files[i], request, now);
		lifted++;
	}
	if (lifted > 1)
		str_addf(ret_text, "lifted, with %zu more of its incident", lifted - 1);
	else
		str_add(ret_text, "lifted");
	str_add(ret_text, "; what could be undone is being undone");
	return 0;
}

static bool
holds_on(const struct casefile *casefile, const char *account)
{
	if (!case_is_open(casefile) || strcmp(casefile->account_name, account) != 0)
		return false;
	for (size_t i = 0; i < casefile->order_count; i++)
		if ((claims(&casefile->orders[i]) || can_be_undone(&casefile->orders[i])) &&
		    order_may_stand(&casefile->orders[i]))
			return true;
	return false;
}

/* Everything that is held on an account. All or nothing: a lock keeps the others. */
static int
lift_account(struct cases *cases, const struct case_request *request, struct case_time now,
    struct str *ret_text)
{
	size_t found = 0;
	int status = 0;
	for (size_t i = 0; i < cases->file_count && !status; i++)
		if (holds_on(cases->files[i], request->account)) {
			status = check_lift(cases->files[i], request, ret_text);
			found++;
		}
	if (!status && !found) {
		str_add(ret_text, "nothing is held on this account");
		status = -ENOENT;
	}
	if (status)
		return status;
	for (size_t i = 0; i < cases->file_count; i++)
		if (holds_on(cases->files[i], request->account))
			lift_one(cases, cases->files[i], request, now);
	str_addf(ret_text, "%zu case%s lifted; what could be undone is being undone", found,
	    found == 1 ? "" : "s");
	return 0;
}

static bool
declared_lately(
    const struct cases *cases, const struct casefile *casefile, struct case_time now)
{
	for (size_t i = 0; i < cases->file_count; i++) {
		const struct casefile *past = cases->files[i];
		if (past->subject.account != casefile->subject.account ||
		    past->subject.generation != casefile->subject.generation ||
		    strcmp(past->clause, casefile->clause) != 0)
			continue;
		for (size_t h = 0; h < past->history_count; h++)
			if (past->history[h].kind == RECORD_CLOSED &&
			    strstr(past->history[h].text, "(cured) by ") &&
			    now.policy - past->history[h].at < MONTH)
				return true;
	}
	return false;
}

static int
mended(struct cases *cases, struct casefile *casefile, const struct case_request *request,
    struct case_time now, struct str *ret_text)
{
	const struct clause *clause = clause_of(cases, casefile);
	if (!case_is_open(casefile)) {
		str_add(ret_text, "this case has ended already");
		return -EINVAL;
	}
	bool unsaid =
	    clause && !clause->ends.kept && !clause->ends.by_operator && !clause->ends.when;
	if (!clause || (!clause->ends.by_owner && !unsaid)) {
		str_add(ret_text, "only the operator can end this case");
		return -EPERM;
	}
	if (declared_lately(cases, casefile, now)) {
		str_addf(ret_text, "an owner may say so once in 30 days for a clause; %s",
		    ends_when_kept(clause, casefile)
			? "the case ends by itself when the clause is kept"
			: "ask the staff to end this case");
		return -EPERM;
	}
	close_case(
	    cases, casefile, &(struct closing){"cured", request->actor, request->note}, now);
	str_add(ret_text, "thank you; what was held is being released");
	return 0;
}

static int
decide(struct cases *cases, struct casefile *casefile, const struct case_request *request,
    struct case_time now, struct str *ret_text)
{
	const struct order *asked = case_asked(casefile);
	if (!asked) {
		str_add(ret_text, "nothing in this case waits for staff");
		return -EINVAL;
	}
	bool approve = request->verb == REQUEST_APPROVE;
	struct record record = draft(approve ? RECORD_APPROVED : RECORD_REFUSED, casefile, now);
	record.action = asked->id;
	record.verb_plus_one = asked->verb + 1;
	record_set_text(
	    record.verb_name, sizeof(record.verb_name), verb_info(asked->verb)->name);
	record_set_text(record.actor, sizeof(record.actor), request->actor);
	record_set_text(record.text, sizeof(record.text), request->note);
	uint64_t id = asked->id;
	str_addf(ret_text, "%s: %s", verb_info(asked->verb)->name,
	    approve ? "ordered" : "will not be done");
	emit(cases, &record);
	if (approve)
		order_again(cases, casefile, find_order(casefile, id), now);
	return 0;
}

static const struct order *
undelivered(const struct casefile *casefile)
{
	for (size_t i = casefile->order_count; i-- > 0;) {
		const struct order *order = &casefile->orders[i];
		if (warns(order) && order->episode == casefile->episode &&
		    (order->state == ORDER_ORDERED || order->state == ORDER_ASKED))
			return order;
	}
	return NULL;
}

static int
reached(struct cases *cases, struct casefile *casefile, const struct case_request *request,
    struct case_time now, struct str *ret_text)
{
	const struct order *order = undelivered(casefile);
	if (!order || !case_is_open(casefile)) {
		str_add(ret_text, "no notice of this case waits for its owner");
		return -EINVAL;
	}
	struct record record = draft(RECORD_APPROVED, casefile, now);
	record.action = order->id;
	record.verb_plus_one = order->verb + 1;
	if (casefile->not_before == NEVER)
		record.due = now.policy + DAY / clock_rate(cases);
	record_set_text(record.reason, sizeof(record.reason), "reached");
	record_set_text(record.actor, sizeof(record.actor), request->actor);
	record_set_text(record.text, sizeof(record.text), request->note);
	emit(cases, &record);
	str_add(ret_text, "the owner was reached; from now on the delays count");
	return 0;
}

static int
impose_by_staff(struct cases *cases, struct casefile *casefile,
    const struct case_request *request, struct case_time now, struct str *ret_text)
{
	if (casefile->state != CASE_RECORDED) {
		str_add(ret_text, "this case is not one that is only recorded");
		return -EINVAL;
	}
	const struct clause *clause = clause_of(cases, casefile);
	if (!clause || !clause->imposed_by_operator) {
		str_add(ret_text, "the clause does not let staff impose it");
		return -EINVAL;
	}
	impose(cases, casefile, "staff", request->actor, now);
	str_add(ret_text, "imposed; its ladder begins when the clause is next seen broken");
	return 0;
}

static int
extend(struct cases *cases, struct casefile *casefile, const struct case_request *request,
    struct case_time now, struct str *ret_text)
{
	if (!case_next_step(casefile) || !casefile->due_wall || casefile->zero == NEVER) {
		str_add(ret_text, "no step of this case has a date that could be moved");
		return -EINVAL;
	}
	if (request->time < MINUTE || request->time > MONTH * 12) {
		str_add(ret_text, "more time is something between a minute and a year");
		return -EINVAL;
	}
	struct record record = draft(RECORD_EXTENDED, casefile, now);
	record.value = request->time / clock_rate(cases);
	record.due_wall = casefile->due_wall + record.value;
	record_set_text(record.actor, sizeof(record.actor), request->actor);
	record_set_text(record.text, sizeof(record.text), request->note);
	emit(cases, &record);
	tell_reply(cases, casefile, request->note, now);
	str_add(ret_text, "extended; the owner is told the new date");
	return 0;
}

/* What is said in a case: by its owner, for staff to read; by staff, mailed to the owner. */
static int
answer(struct cases *cases, struct casefile *casefile, const struct case_request *request,
    struct case_time now, struct str *ret_text)
{
	if (casefile->soft && !casefile->imposed) {
		str_add(ret_text, "the owner was not told of this case: impose it first");
		return -EINVAL;
	}
	struct record record = draft(RECORD_ANSWERED, casefile, now);
	record_set_text(
	    record.reason, sizeof(record.reason), request->by_owner ? "owner" : "staff");
	record_set_text(record.actor, sizeof(record.actor), request->actor);
	record_set_text(record.text, sizeof(record.text), request->note);
	emit(cases, &record);
	if (!request->by_owner)
		tell_reply(cases, casefile, request->note, now);
	str_add(ret_text, request->by_owner ? "the staff will read it" : "the owner is told");
	return 0;
}

bool
clause_is_known(const struct cases *cases, const char *clause)
{
	for (size_t i = 0; clause && i < cases->rules.policy->clause_count; i++)
		if (clause_id_covers(clause, cases->rules.policy->clauses[i].id))
			return true;
	return false;
}

int
grant_except(struct cases *cases, const struct case_request *request, struct case_time now,
    struct str *ret_text)
{
	const struct account *account =
	    request->account ? accounts_find_name(cases->rules.accounts, request->account)
			     : NULL;
	if (!account) {
		str_add(ret_text, "there is no such account");
		return -ENOENT;
	}
	if (!clause_is_known(cases, request->clause)) {
		str_add(ret_text, "there is no such clause");
		return -ENOENT;
	}
	if (request->until <= now.wall) {
		str_add(ret_text, "that date has passed");
		return -EINVAL;
	}
	struct record record = draft(RECORD_EXCEPTION, NULL, now);
	record.account = account->id;
	record.generation = account->generation;
	record.until = request->until;
	record_set_text(record.clause, sizeof(record.clause), request->clause);
	record_set_text(record.account_name, sizeof(record.account_name), account->name);
	record_set_text(record.actor, sizeof(record.actor), request->actor);
	record_set_text(record.text, sizeof(record.text), request->note);
	emit(cases, &record);
	str_add(ret_text, "granted; open cases of it end");
	return 0;
}

static int
revoke(struct cases *cases, const struct case_request *request, struct case_time now,
    struct str *ret_text)
{
	for (size_t i = 0; i < cases->exception_count; i++) {
		const struct case_exception *exception = &cases->exceptions[i];
		if (!text_equal(exception->clause, request->clause) ||
		    !text_equal(exception->account_name, request->account))
			continue;
		struct record record = draft(RECORD_EXCEPTION_ENDED, NULL, now);
		record_set_text(record.clause, sizeof(record.clause), exception->clause);
		record_set_text(
		    record.account_name, sizeof(record.account_name), exception->account_name);
		record_set_text(record.reason, sizeof(record.reason), "revoked");
		record_set_text(record.actor, sizeof(record.actor), request->actor);
		record_set_text(record.text, sizeof(record.text), request->note);
		emit(cases, &record);
		str_add(ret_text, "revoked; the clause applies as written");
		return 0;
	}
	str_add(ret_text, "no such exception was granted; those of the policy end in its file");
	return -ENOENT;
}

static int
request_of_case(struct cases *cases, const struct case_request *request, struct case_time now,
    struct str *ret_text)
{
	struct casefile *casefile = file_of(cases, request->case_number);
	if (!casefile) {
		str_add(ret_text, "there is no such case");
		return -ENOENT;
	}
	switch ((int)request->verb) {
	case REQUEST_LIFT:
		return lift(cases, casefile, request, now, ret_text);
	case REQUEST_MENDED:
		return mended(cases, casefile, request, now, ret_text);
	case REQUEST_APPROVE:
	case REQUEST_REFUSE:
		return decide(cases, casefile, request, now, ret_text);
	case REQUEST_IMPOSE:
		return impose_by_staff(cases, casefile, request, now, ret_text);
	case REQUEST_REACHED:
		return reached(cases, casefile, request, now, ret_text);
	case REQUEST_EXTEND:
		return extend(cases, casefile, request, now, ret_text);
	case REQUEST_ANSWER:
		return answer(cases, casefile, request, now, ret_text);
	default:
		return -EINVAL;
	}
}

int
cases_request(struct cases *cases, const struct case_request *request, struct case_time now,
    struct str *ret_text)
{
	switch ((int)request->verb) {
	case REQUEST_EXCEPT:
		return grant_except(cases, request, now, ret_text);
	case REQUEST_REVOKE:
		return revoke(cases, request, now, ret_text);
	case REQUEST_BREAKER_RESUME:
	case REQUEST_BREAKER_DROP:
		return reset_breaker(cases, request, now, ret_text);
	case REQUEST_MAINTENANCE:
	case REQUEST_MAINTENANCE_END:
		return request_maintenance(cases, request, now, ret_text);
	case REQUEST_ASK:
		return ask_staff(cases, request, now, ret_text);
	case REQUEST_WITHDRAW:
	case REQUEST_GRANT:
	case REQUEST_DENY:
	case REQUEST_SHUT:
		return decide_petition(cases, request, now, ret_text);
	default:
		if (request->verb == REQUEST_LIFT && !request->case_number && request->account)
			return lift_account(cases, request, now, ret_text);
		return request_of_case(cases, request, now, ret_text);
	}
}
