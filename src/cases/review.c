/* SPDX-License-Identifier: Apache-2.0 */
#include "cases/review.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "cases/internal.h"

enum { LEAST_REVIEW = 2 * 4 + 3 * 8 + 6 * 4, SHOWN_DIGITS = 12 };

static struct review *
find_review(const struct cases *cases, uint32_t account, uint32_t generation)
{
	for (size_t i = 0; i < cases->review_count; i++)
		if (cases->reviews[i].account == account &&
		    cases->reviews[i].generation == generation)
			return &cases->reviews[i];
	return NULL;
}

const struct review *
cases_review(const struct cases *cases, uint32_t account, uint32_t generation)
{
	return find_review(cases, account, generation);
}

bool
review_is_signed_off(const struct review *review)
{
	return review && *review->list && strcmp(review->list, review->reviewed_list) == 0;
}

/* Mails that lie too long in a mailbox say nothing of the account's scripts, which are looked
 * through because of this number, nor that a shared machine cannot hold it. */
int64_t
cases_breaches(const struct cases *cases, uint32_t account, uint32_t generation, int64_t since)
{
	int64_t count = 0;
	for (size_t i = 0; i < cases->file_count; i++) {
		const struct casefile *casefile = cases->files[i];
		count += casefile->founded && casefile->founded_at >= since &&
			 casefile->subject.kind != KIND_MESSAGE &&
			 casefile->subject.account == account &&
			 casefile->subject.generation == generation;
	}
	return count;
}

/* ---- folding ---- */

static struct review *
review_for(struct cases *cases, const struct record *record)
{
	struct review *review = find_review(cases, record->account, record->generation);
	if (review)
		return review;
	memory_grow(&cases->reviews, cases->review_count, &cases->review_capacity,
	    sizeof(*cases->reviews));
	review = &cases->reviews[cases->review_count++];
	*review = (struct review){.account = record->account, .generation = record->generation};
	record_set_text(
	    review->account_name, sizeof(review->account_name), record->account_name);
	return review;
}

void
apply_inventory(struct cases *cases, const struct record *record)
{
	struct review *review = review_for(cases, record);
	review->listed_wall = record->wall;
	review->count = record->value;
	record_set_text(review->list, sizeof(review->list), record->digest);
	record_set_text(review->remark, sizeof(review->remark), record->text);
}

void
apply_reviewed(struct cases *cases, const struct record *record)
{
	struct review *review = review_for(cases, record);
	review->reviewed_wall = record->wall;
	record_set_text(review->reviewed_list, sizeof(review->reviewed_list), record->digest);
	record_set_text(review->reviewed_by, sizeof(review->reviewed_by), record->actor);
	record_set_text(review->note, sizeof(review->note), record->text);
}

void
apply_sent(struct casefile *casefile, const struct record *record)
{
	casefile->sent_wall = record->wall;
	record_set_text(casefile->sent, sizeof(casefile->sent), record->text);
}

void
apply_legal_hold(struct casefile *casefile, const struct record *record)
{
	casefile->legal_hold = strcmp(record->reason, "on") == 0;
}

/* A case came to a step in earnest: its owner was told, or something was done. */
void
found_case(struct casefile *casefile, const struct record *record, const struct order *order)
{
	if (record->kind != RECORD_ACTION || (order->verb == VERB_WARN && !warns(order)) ||
	    order->verb == VERB_AUDIT || order->verb == VERB_ALARM)
		return;
	if (!casefile->founded || casefile->founded_at < casefile->began)
		casefile->founded_at = record->at;
	casefile->founded = true;
}

/* ---- what happens ---- */

static struct record
draft_of(enum record_kind kind, const struct account *account, struct case_time now)
{
	struct record record = draft(kind, NULL, now);
	record.account = account->id;
	record.generation = account->generation;
	record_set_text(record.account_name, sizeof(record.account_name), account->name);
	return record;
}

void
cases_listed(struct cases *cases, const struct account *account, const struct listing *listing,
    struct case_time now)
{
	const struct review *last = cases_review(cases, account->id, account->generation);
	struct record record = draft_of(RECORD_INVENTORY, account, now);
	record.value = (int64_t)listing->count;
	record.status = listing->status;
	record_set_text(record.digest, sizeof(record.digest), listing->digest);
	if (listing->status)
		record_set_text(
		    record.text, sizeof(record.text), "its home cannot be looked at");
	else if (listing->incomplete)
		record_set_text(record.text, sizeof(record.text),
		    "incomplete: more than hayward looks through");
	if (!last || strcmp(last->list, record.digest) != 0 ||
	    strcmp(last->remark, record.text) != 0)
		emit(cases, &record);
}

/* Whoever looked at another list than the present one has not seen what is there now. */
static int
check_list(const struct review *review, const char *seen, struct str *ret_text)
{
	if (!review || !*review->list) {
		str_add(
		    ret_text, "its scripts are not listed yet; there is nothing to sign off");
		return -EINVAL;
	}
	if (!text_starts_with(review->list, seen)) {
		str_addf(ret_text, "the present list is %.*s; look through that one",
		    (int)SHOWN_DIGITS, review->list);
		return -EINVAL;
	}
	return 0;
}

int
cases_sign_off(struct cases *cases, const struct review_request *request, struct case_time now,
    struct str *ret_text)
{
	const struct account *account =
	    accounts_find_name(cases->rules.accounts, request->account);
	if (!account) {
		str_add(ret_text, "there is no such account");
		return -ENOENT;
	}
	const struct review *review = cases_review(cases, account->id, account->generation);
	int status = check_list(review, request->list, ret_text);
	if (status)
		return status;
	struct record record = draft_of(RECORD_REVIEWED, account, now);
	record.value = review->count;
	record_set_text(record.digest, sizeof(record.digest), review->list);
	record_set_text(record.actor, sizeof(record.actor), request->actor);
	record_set_text(record.text, sizeof(record.text), request->note);
	emit(cases, &record);
	str_addf(ret_text, "signed off: list %.*s with %lld scripts", (int)SHOWN_DIGITS,
	    record.digest, (long long)record.value);
	return 0;
}

int
cases_report_sent(struct cases *cases, const struct review_request *request,
    struct case_time now, struct str *ret_text)
{
	const struct casefile *casefile = file_of(cases, request->case_number);
	if (!casefile) {
		str_add(ret_text, "there is no such case");
		return -ENOENT;
	}
	auto_str words = {0};
	struct record record = draft(RECORD_SENT, casefile, now);
	str_addf(&words, "%s sent the report to %s%s%s", request->person, request->addressee,
	    *request->note ? ": " : "", request->note);
	record_set_text(record.actor, sizeof(record.actor), request->actor);
	record_set_text(record.text, sizeof(record.text), str_text(&words));
	emit(cases, &record);
	str_add(ret_text, "recorded");
	return 0;
}

int
cases_legal_hold(struct cases *cases, const struct review_request *request,
    struct case_time now, struct str *ret_text)
{
	const struct casefile *casefile = file_of(cases, request->case_number);
	if (!casefile) {
		str_add(ret_text, "there is no such case");
		return -ENOENT;
	}
	if (casefile->legal_hold == request->hold) {
		str_add(ret_text, request->hold ? "it is under legal hold already"
						: "it is not under legal hold");
		return -EINVAL;
	}
	struct record record = draft(RECORD_LEGAL_HOLD, casefile, now);
	record_set_text(record.reason, sizeof(record.reason), request->hold ? "on" : "off");
	record_set_text(record.actor, sizeof(record.actor), request->actor);
	record_set_text(record.text, sizeof(record.text), request->note);
	emit(cases, &record);
	str_add(ret_text, request->hold ? "nothing of this case is removed until the hold ends"
					: "the hold has ended");
	return 0;
}

/* ---- as bytes ---- */

void
reviews_encode(const struct cases *cases, struct str *out)
{
	wire_put_u32(out, (uint32_t)cases->review_count);
	for (size_t i = 0; i < cases->review_count; i++) {
		const struct review *review = &cases->reviews[i];
		wire_put_u32(out, review->account);
		wire_put_u32(out, review->generation);
		wire_put_i64(out, review->listed_wall);
		wire_put_i64(out, review->count);
		wire_put_i64(out, review->reviewed_wall);
		wire_put_text(out, review->account_name);
		wire_put_text(out, review->list);
		wire_put_text(out, review->remark);
		wire_put_text(out, review->reviewed_list);
		wire_put_text(out, review->reviewed_by);
		wire_put_text(out, review->note);
	}
}

void
reviews_decode(struct cases *cases, struct wire_reader *reader)
{
	uint32_t count = wire_get_count(reader, LEAST_REVIEW);
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		memory_grow(&cases->reviews, cases->review_count, &cases->review_capacity,
		    sizeof(*cases->reviews));
		struct review *review = &cases->reviews[cases->review_count++];
		*review = (struct review){0};
		review->account = wire_get_u32(reader);
		review->generation = wire_get_u32(reader);
		review->listed_wall = wire_get_i64(reader);
		review->count = wire_get_i64(reader);
		review->reviewed_wall = wire_get_i64(reader);
		wire_get_text_into(reader, review->account_name, sizeof(review->account_name));
		wire_get_text_into(reader, review->list, sizeof(review->list));
		wire_get_text_into(reader, review->remark, sizeof(review->remark));
		wire_get_text_into(
		    reader, review->reviewed_list, sizeof(review->reviewed_list));
		wire_get_text_into(reader, review->reviewed_by, sizeof(review->reviewed_by));
		wire_get_text_into(reader, review->note, sizeof(review->note));
	}
}
