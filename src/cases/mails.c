/* SPDX-License-Identifier: Apache-2.0 */
/* Mails at the gate, as records: what staff are told when they ask why. */
#include "base/escape.h"
#include "base/str.h"
#include "cases/gates.h"
#include "cases/internal.h"

/* "host: from x@elsewhere.example, 1 recipient, uid 61001: virus ... in part 2" */
static void
add_words(const struct mailed *mailed, const char *script, struct str *out)
{
	str_addf(out, "%s: from ", mailed->place);
	escape_text(out, mailed->sender);
	str_addf(out, ", %u recipient%s", mailed->recipients, mailed->recipients == 1 ? "" : "s");
	if (*mailed->account_name || mailed->uid)
		str_addf(out, ", uid %u", mailed->uid);
	if (*script) {
		str_add(out, ", script ");
		escape_text(out, script);
	}
	if (*mailed->login) {
		str_add(out, ", logged in as ");
		escape_text(out, mailed->login);
	}
	if (*mailed->detail) {
		str_add(out, ": ");
		escape_text(out, mailed->detail);
	}
}

/* All that a mail can be asked for by. */
static void
add_names(const struct mailed *mailed, struct str *out)
{
	str_addf(out, "%s %s ", mailed->reference, mailed->queue_id);
	escape_text(out, mailed->message_id);
	if (*mailed->about)
		str_addf(out, " %s", mailed->about);
}

/* One line for each, so that an account's own list has nothing of others'. */
static void
note_received(struct cases *cases, const struct mailed *mailed,
    const struct received *received, struct case_time now)
{
	struct record record = draft(RECORD_RECEIVED, NULL, now);
	auto_str names = {0};
	str_addf(&names, "%s ", mailed->reference);
	escape_text(&names, received->address);
	record.account = received->account;
	record.generation = received->generation;
	record.subject_kind = KIND_ADDRESS;
	record.value = mailed->size;
	record.recipients = received->recipients;
	record_set_text(
	    record.account_name, sizeof(record.account_name), received->account_name);
	record_set_text(record.label, sizeof(record.label), str_text(&names));
	emit(cases, &record);
}

void
note_receptions(struct cases *cases, const struct mailed *mailed, struct case_time now)
{
	for (uint32_t i = 0; i < mailed->received_count; i++)
		note_received(cases, mailed, &mailed->received[i], now);
}

void
note_mailed(struct cases *cases, const struct mailed *mailed, const char *script,
    struct case_time now)
{
	struct record record = draft(RECORD_MAIL, NULL, now);
	auto_str words = {0}, names = {0};
	add_words(mailed, script, &words);
	add_names(mailed, &names);
	record.account = mailed->account;
	record.generation = mailed->generation;
	record.subject_kind = KIND_MAIL;
	record.value = mailed->size;
	record.recipients = mailed->recipients;
	record.failed = mailed->failed;
	record_set_text(
	    record.origin, sizeof(record.origin), *script ? script : mailed->login);
	record_set_text(record.about, sizeof(record.about), mailed->about);
	record_set_text(
	    record.account_name, sizeof(record.account_name), mailed->account_name);
	record_set_text(record.actor, sizeof(record.actor), mailed->by);
	record_set_text(record.reason, sizeof(record.reason), mailed->outcome);
	record_set_text(record.label, sizeof(record.label), str_text(&names));
	record_set_text(record.text, sizeof(record.text), str_text(&words));
	emit(cases, &record);
}
