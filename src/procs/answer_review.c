/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts that are looked through, and what staff do with the evidence of a case. */
#include "procs/answering.h"

#include <errno.h>
#include <string.h>

#include "flow/scrutiny.h"
#include "procs/answer_json.h"

bool
account_watched(const struct answering *answering, uint32_t id, uint32_t generation)
{
	const struct account *account = accounts_find_id(answering->context->accounts, id);
	return account && account->generation == generation &&
	       flow_watched(answering->context->flow, account);
}

static const struct review *
review_of(const struct answering *answering, const struct account *account)
{
	return cases_review(
	    flow_cases(answering->context->flow), account->id, account->generation);
}

/* When the list was last held against the files; it stands as long as it is the same. */
static int64_t
last_listed(const struct answering *answering, const struct account *account)
{
	const struct answers_context *context = answering->context;
	const struct review *review = review_of(answering, account);
	int64_t at = context->listed_when ? context->listed_when(context->engine, account) : 0;
	return at || !review ? at : review->listed_wall;
}

static const char *
state_of_review(const struct review *review)
{
	if (!review || !*review->list)
		return "being listed";
	if (review_is_signed_off(review))
		return "signed off";
	return *review->reviewed_list ? "changed since" : "to be looked through";
}

static json_t *
review_json(const struct answering *answering, const struct account *account)
{
	const struct review *review = review_of(answering, account);
	json_t *item = json_new_object();
	json_set_shown(item, "account", account->name);
	json_set_flag(item, "watched", flow_watched(answering->context->flow, account));
	json_set_shown(item, "state", state_of_review(review));
	json_set(item, "listed", json_moment(last_listed(answering, account)));
	json_set_integer(item, "scripts", review ? review->count : 0);
	json_set_shown(item, "list", review && *review->list ? review->list : NULL);
	json_set_shown(item, "remark", review && *review->remark ? review->remark : NULL);
	json_set(item, "reviewed", json_moment(review ? review->reviewed_wall : 0));
	json_set_shown(
	    item, "reviewed_by", review && *review->reviewed_by ? review->reviewed_by : NULL);
	json_set_shown(item, "note", review && *review->note ? review->note : NULL);
	return item;
}

/* The queue: for whom the scrutiny condition holds. Those signed off stay marked in it. */
enum answer_status
tell_reviews(struct answering *answering)
{
	const struct answers_context *context = answering->context;
	json_t *list = json_new_array();
	for (size_t i = 0; i < accounts_count(context->accounts); i++) {
		const struct account *account = accounts_at(context->accounts, i);
		if (flow_watched(context->flow, account))
			json_push(list, review_json(answering, account));
	}
	const struct clause *scrutiny = context->policy->scrutiny;
	json_set_shown(answering->data, "clause", scrutiny ? scrutiny->id : NULL);
	json_set(answering->data, "reviews", list);
	return ANSWER_OK;
}

/* ---- one account ---- */

/* The path beneath the home, as the list has it; NULL if the label is none. */
static const char *
part_beneath(const char *label, const char *home)
{
	size_t length = strlen(home);
	while (length > 1 && home[length - 1] == '/')
		length--;
	if (strncmp(label, home, length) != 0 || label[length] != '/')
		return NULL;
	return label + length + strspn(label + length, "/");
}

static void
add_named(json_t *named, const struct account *account, const struct casefile *casefile,
    const char *label)
{
	const char *path = part_beneath(label, account->home);
	if (!path)
		return;
	json_t *item = json_new_object();
	json_set_shown(item, "path", path);
	json_set_integer(item, "case", (int64_t)casefile->number);
	json_set_shown(item, "clause", casefile->clause);
	json_push(named, item);
}

/* Which scripts cases of the account have named, each as often as it stands there. */
static json_t *
named_scripts(const struct answering *answering, const struct account *account)
{
	json_t *named = json_new_array();
	size_t position = 0;
	const struct cases *cases = flow_cases(answering->context->flow);
	for (const struct casefile *casefile; (casefile = cases_next(cases, &position));) {
		if (casefile->subject.account != account->id ||
		    casefile->subject.generation != account->generation)
			continue;
		add_named(named, account, casefile, casefile->label);
		for (size_t i = 0; i < casefile->exhibit_count; i++)
			add_named(named, account, casefile, casefile->exhibits[i].label);
	}
	return named;
}

static const struct account *
named_account(struct answering *answering)
{
	const char *name = answering->request->account;
	const struct account *account = accounts_find_name(answering->context->accounts, name);
	if (!account)
		str_addf(&answering->text, "no account '%s'", name);
	return account;
}

enum answer_status
tell_review(struct answering *answering)
{
	const struct answers_context *context = answering->context;
	const struct account *account = named_account(answering);
	if (!account)
		return ANSWER_NOT_FOUND;
	if (answering->request->again && context->list_again)
		context->list_again(context->engine, account);
	json_set(answering->data, "review", review_json(answering, account));
	json_set(answering->data, "named", named_scripts(answering, account));
	return ANSWER_OK;
}

/* ---- what staff do ---- */

static enum answer_status
status_of(int error)
{
	if (error == 0)
		return ANSWER_OK;
	return error == -ENOENT ? ANSWER_NOT_FOUND : ANSWER_REFUSED;
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t")] == '\0';
}

enum answer_status
tell_review_act(struct answering *answering)
{
	const struct request *request = answering->request;
	struct flow *flow = answering->context->flow;
	struct review_request act = {
	    .account = request->account,
	    .list = request->list,
	    .case_number = request->case_number,
	    .person = request->person,
	    .addressee = request->addressee,
	    .hold = request->hold,
	    .actor = request->asker.name,
	    .note = request->note,
	};
	int error;
	if (request->ask == ASK_SIGN_OFF && is_blank(request->note)) {
		str_add(&answering->text, "a sign-off needs a note");
		return ANSWER_INVALID;
	}
	if (request->ask == ASK_SENT && (is_blank(act.person) || is_blank(act.addressee))) {
		str_add(&answering->text, "say who sent it, and to whom");
		return ANSWER_INVALID;
	}
	if (request->ask == ASK_SIGN_OFF)
		error = flow_sign_off(flow, &act, answering->now, &answering->text);
	else if (request->ask == ASK_SENT)
		error = flow_report_sent(flow, &act, answering->now, &answering->text);
	else
		error = flow_legal_hold(flow, &act, answering->now, &answering->text);
	enum answer_status status = status_of(error);
	if (status == ANSWER_OK)
		json_set_shown(answering->data, "done", str_text(&answering->text));
	return status;
}
