/* SPDX-License-Identifier: Apache-2.0 */
#include "cases/petitions.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cases/internal.h"

/* One account's open petitions: a queue is for people, and theirs alone fill it no faster. */
enum { MOST_OPEN = 10, REMEMBERED = 90 };

static const struct {
	const char *name;
	const char *words;
	bool needs_clause;
} kinds[] = {
#define PETITION(symbol, name, what, needs_clause) {name, what, needs_clause},
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
	static const char *const names[] = {"open", "granted", "refused", "withdrawn"};
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
		if (petition->kind == PETITION_KIND_EXCEPTION)
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
		if (cases->petitions[i].state == PETITION_OPEN ||
		    now.policy - cases->petitions[i].decided < REMEMBERED * (int64_t)DAY)
			cases->petitions[kept++] = cases->petitions[i];
	cases->petition_count = kept;
}

/* ---- asking ---- */

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
	if (needs_clause && (request->until <= now.wall || request->until == NEVER)) {
		str_add(ret_text, "say until when: a date that is yet to come");
		return -EINVAL;
	}
	return 0;
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
	record.until = kinds[request->petition].needs_clause ? request->until : 0;
	record_set_text(record.reason, sizeof(record.reason), kinds[request->petition].name);
	record_set_text(record.account_name, sizeof(record.account_name), account->name);
	record_set_text(record.actor, sizeof(record.actor), request->actor);
	record_set_text(record.text, sizeof(record.text), request->note);
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
	str_addf(&text, "Your request %llu (%s) was %s", (unsigned long long)petition->number,
	    kinds[petition->kind].name, decision->reason);
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

int
decide_petition(struct cases *cases, const struct case_request *request, struct case_time now,
    struct str *ret_text)
{
	const struct petition *petition = petition_get(cases, request->petition_number);
	int status = check_decision(petition, request, ret_text);
	bool grants = request->verb == REQUEST_GRANT;
	if (!status && grants && petition->kind == PETITION_KIND_EXCEPTION)
		status = grant_exception(cases, petition, request, now, ret_text);
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
	record_set_text(record.reason, sizeof(record.reason),
	    grants				? "granted"
	    : request->verb == REQUEST_WITHDRAW ? "withdrawn"
						: "refused");
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
