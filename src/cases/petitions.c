/* SPDX-License-Identifier: Apache-2.0 */
#include "cases/petitions.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cases/internal.h"

/* One account's open petitions: a queue is for people, and theirs alone fill it no faster. */
enum { MOST_OPEN = 10, REMEMBERED = 90, LONGEST_PORT_DAYS = 366 };

static const struct {
	const char *name;
	const char *words;
	bool needs_clause;
	bool needs_until;
} kinds[] = {
#define PETITION(symbol, name, what, needs_clause, needs_until)                                \
	{name, what, needs_clause, needs_until},
#include "cases/petitions.def"
#undef PETITION
};

const char *
petition_kind_name(enum petition_kind kind)
{
	return kinds[kind].name;
}

const char *
petition_kind_words(enum petition_kind kind)
{
	return kinds[kind].words;
}

int
petition_kind_find(const char *name)
{
	for (int kind = 0; kind < PETITION_KIND_COUNT; kind++)
		if (strcmp(kinds[kind].name, name) == 0)
			return kind;
	return -1;
}

const char *
petition_state_name(enum petition_state state)
{
	static const char *const names[] = {
	    "open", "granted", "refused", "withdrawn", "revoked"};
	return names[state];
}

struct petition *
petition_get(const struct cases *cases, uint64_t number)
{
	for (size_t i = 0; i < cases->petition_count; i++)
		if (cases->petitions[i].number == number)
			return &cases->petitions[i];
	return NULL;
}

const struct petition *
cases_next_petition(const struct cases *cases, size_t *position)
{
	return *position < cases->petition_count ? &cases->petitions[(*position)++] : NULL;
}

struct waiting
cases_waiting(const struct cases *cases, int64_t policy)
{
	struct waiting waiting = {0};
	for (size_t i = cases->petition_count; i-- > 0;) {
		const struct petition *petition = &cases->petitions[i];
		if (petition->state != PETITION_OPEN)
			continue;
		waiting.requests = policy - petition->at;
		if (petition->kind == PETITION_KIND_EXCEPTION ||
		    petition->kind == PETITION_KIND_PORT)
			waiting.exceptions = policy - petition->at;
	}
	for (size_t i = 0; i < cases->file_count; i++) {
		const struct casefile *casefile = cases->files[i];
		if (casefile->unread_since && policy - casefile->unread_since > waiting.answers)
			waiting.answers = policy - casefile->unread_since;
	}
	return waiting;
}

/* From memory only, like cases: the journal keeps them. */
void
forget_petitions(struct cases *cases, struct case_time now)
{
	size_t kept = 0;
	for (size_t i = 0; i < cases->petition_count; i++)
		if (cases->petitions[i].state == PETITION_OPEN || cases->petitions[i].due ||
		    cases->petitions[i].until > now.wall ||
		    now.policy - cases->petitions[i].decided < REMEMBERED * (int64_t)DAY)
			cases->petitions[kept++] = cases->petitions[i];
	cases->petition_count = kept;
}

/* ---- asking ---- */

/* What is open and forgotten is open for ever: a year at most, then it is asked for anew. */
static int
check_end(int64_t until, struct case_time now, struct str *ret_text)
{
	if (until > now.wall && until <= now.wall + LONGEST_PORT_DAYS * (int64_t)DAY)
		return 0;
	str_add(ret_text, "a port is opened for a year at most, and not in the past");
	return -EINVAL;
}

static int
check_petition(const struct cases *cases, const struct case_request *request,
    const struct account *account, struct case_time now, struct str *ret_text)
{
	size_t open = 0;
	bool needs_clause = kinds[request->petition].needs_clause;
	for (size_t i = 0; i < cases->petition_count; i++)
		open += cases->petitions[i].state == PETITION_OPEN &&
			cases->petitions[i].account == account->id;
	if (open >= MOST_OPEN) {
		str_addf(ret_text,
		    "%zu of your requests wait for an answer; more can be made then", open);
		return -EPERM;
	}
	if (needs_clause && !clause_is_known(cases, request->clause)) {
		str_add(ret_text, "there is no such clause");
		return -ENOENT;
	}
	if (kinds[request->petition].needs_until &&
	    (request->until <= now.wall || request->until == NEVER)) {
		str_add(ret_text, "say until when: a date that is yet to come");
		return -EINVAL;
	}
	return request->petition == PETITION_KIND_PORT
		   ? check_end(request->until, now, ret_text)
		   : 0;
}

int
ask_staff(struct cases *cases, const struct case_request *request, struct case_time now,
    struct str *ret_text)
{
	const struct account *account =
	    request->account ? accounts_find_name(cases->rules.accounts, request->account)
			     : NULL;
	if (!account) {
		str_add(ret_text, "there is no such account");
		return -ENOENT;
	}
	int status = check_petition(cases, request, account, now, ret_text);
	if (status)
		return status;
	struct record record = draft(RECORD_REQUEST, NULL, now);
	record.request = cases->last_petition + 1;
	record.value = request->petition;
	record.account = account->id;
	record.generation = account->generation;
	record.until = kinds[request->petition].needs_until ? request->until : 0;
	record_set_text(record.reason, sizeof(record.reason), kinds[request->petition].name);
	record_set_text(record.account_name, sizeof(record.account_name), account->name);
	record_set_text(record.actor, sizeof(record.actor), request->actor);
	record_set_text(record.text, sizeof(record.text), request->note);
	if (request->petition == PETITION_KIND_PORT)
		record_set_text(record.label, sizeof(record.label), request->destination);
	if (kinds[request->petition].needs_clause)
		record_set_text(record.clause, sizeof(record.clause), request->clause);
	emit(cases, &record);
	str_addf(ret_text, "request %llu; you will hear from the staff",
	    (unsigned long long)record.request);
	return 0;
}

/* ---- deciding ---- */

static void
tell_petitioner(struct cases *cases, const struct petition *petition,
    const struct record *decision, struct case_time now)
{
	static const uint8_t key[16] = "hayward petition";
	uint64_t words[] = {petition->number, (uint64_t)decision->at};
	struct record record = draft(RECORD_ACTION, NULL, now);
	record.account = petition->account;
	record.generation = petition->generation;
	record.subject_kind = KIND_ACCOUNT;
	record.subject_key = petition->number;
	record.request = petition->number;
	record.until = decision->until;
	record.action = siphash(key, words, sizeof(words)) | 1;
	record.verb_plus_one = VERB_WARN + 1;
	auto_str text = {0};
	str_addf(&text, "Your request %llu (%s%s%s) was %s",
	    (unsigned long long)petition->number, kinds[petition->kind].name,
	    *petition->destination ? " " : "", petition->destination, decision->reason);
	if (*decision->text)
		str_addf(&text, ": %s", decision->text);
	record_set_text(record.text, sizeof(record.text), str_text(&text));
	record_set_text(record.clause, sizeof(record.clause), petition->clause);
	record_set_text(
	    record.account_name, sizeof(record.account_name), petition->account_name);
	record_set_text(record.label, sizeof(record.label), petition->account_name);
	record_set_text(record.reason, sizeof(record.reason), notice_kind_name(NOTICE_REPLY));
	record_set_text(record.verb_name, sizeof(record.verb_name), verb_info(VERB_WARN)->name);
	emit(cases, &record);
}

static int
grant_exception(struct cases *cases, const struct petition *petition,
    const struct case_request *request, struct case_time now, struct str *ret_text)
{
	struct case_request grant = {
	    .verb = REQUEST_EXCEPT,
	    .clause = petition->clause,
	    .account = petition->account_name,
	    .until = request->until ? request->until : petition->until,
	    .actor = request->actor,
	    .note = *request->note ? request->note : petition->text,
	};
	return grant_except(cases, &grant, now, ret_text);
}

static int
check_decision(
    const struct petition *petition, const struct case_request *request, struct str *ret_text)
{
	if (!petition) {
		str_add(ret_text, "there is no such request");
		return -ENOENT;
	}
	if (request->verb == REQUEST_SHUT) {
		if (petition->kind == PETITION_KIND_PORT && petition->state == PETITION_GRANTED)
			return 0;
		str_add(ret_text, "only a port that was granted can be taken back");
		return -EINVAL;
	}
	if (petition->state != PETITION_OPEN) {
		str_addf(ret_text, "this request was %s already",
		    petition_state_name(petition->state));
		return -EINVAL;
	}
	bool owners = request->verb == REQUEST_WITHDRAW;
	if (owners && request->account &&
	    strcmp(request->account, petition->account_name) != 0) {
		str_add(ret_text, "there is no such request of yours");
		return -ENOENT;
	}
	return 0;
}

static const char *
word_of_decision(enum request_verb verb)
{
	return verb == REQUEST_GRANT	  ? "granted"
	       : verb == REQUEST_WITHDRAW ? "withdrawn"
	       : verb == REQUEST_SHUT	  ? "revoked"
					  : "refused";
}

static int
carry_out(struct cases *cases, const struct petition *petition,
    const struct case_request *request, struct case_time now, struct str *ret_text)
{
	if (request->verb != REQUEST_GRANT)
		return 0;
	if (petition->kind == PETITION_KIND_EXCEPTION)
		return grant_exception(cases, petition, request, now, ret_text);
	if (petition->kind == PETITION_KIND_PORT)
		return check_end(
		    request->until ? request->until : petition->until, now, ret_text);
	return 0;
}

int
decide_petition(struct cases *cases, const struct case_request *request, struct case_time now,
    struct str *ret_text)
{
	const struct petition *petition = petition_get(cases, request->petition_number);
	int status = check_decision(petition, request, ret_text);
	bool grants = request->verb == REQUEST_GRANT;
	if (!status)
		status = carry_out(cases, petition, request, now, ret_text);
	if (status)
		return status;
	struct record record = draft(RECORD_REQUEST_DECIDED, NULL, now);
	record.request = petition->number;
	record.account = petition->account;
	record.generation = petition->generation;
	record.until = grants ? (request->until ? request->until : petition->until) : 0;
	record_set_text(record.clause, sizeof(record.clause), petition->clause);
	record_set_text(
	    record.account_name, sizeof(record.account_name), petition->account_name);
	record_set_text(record.reason, sizeof(record.reason), word_of_decision(request->verb));
	record_set_text(record.actor, sizeof(record.actor), request->actor);
	record_set_text(record.text, sizeof(record.text), request->note);
	emit(cases, &record);
	if (request->verb != REQUEST_WITHDRAW && mode_of_host(cases) >= MODE_WARN)
		tell_petitioner(cases, petition_get(cases, record.request), &record, now);
	str_clear(ret_text);
	str_addf(
	    ret_text, "request %llu: %s", (unsigned long long)record.request, record.reason);
	return 0;
}

/* ---- ports ---- */

bool
cases_next_opening(struct cases *cases, uint64_t durable, struct opening *ret_opening)
{
	for (size_t i = 0; i < cases->petition_count; i++) {
		struct petition *petition = &cases->petitions[i];
		if (!petition->due || petition->sent || petition->ordered > durable)
			continue;
		petition->sent = true;
		*ret_opening = (struct opening){
		    .request = petition->number,
		    .account = petition->account,
		    .generation = petition->generation,
		    .shut = petition->due == DUE_SHUTTING,
		    .until = petition->until,
		};
		record_set_text(ret_opening->destination, sizeof(ret_opening->destination),
		    petition->destination);
		record_set_text(ret_opening->by, sizeof(ret_opening->by), petition->by);
		return true;
	}
	return false;
}

void
cases_openings_again(struct cases *cases)
{
	for (size_t i = 0; i < cases->petition_count; i++)
		cases->petitions[i].sent = false;
}

void
note_changed(struct cases *cases, const struct changed *changed, struct case_time now)
{
	struct record record = draft(RECORD_CHANGED, NULL, now);
	record.account = changed->account;
	record.generation = changed->generation;
	record.request = changed->request;
	record.status = changed->status;
	record_set_text(
	    record.account_name, sizeof(record.account_name), changed->account_name);
	record_set_text(record.actor, sizeof(record.actor), changed->actor);
	record_set_text(record.reason, sizeof(record.reason), changed->what);
	record_set_text(record.text, sizeof(record.text), changed->text);
	emit(cases, &record);
}
