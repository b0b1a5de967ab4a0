/* SPDX-License-Identifier: Apache-2.0 */
/* A mail at the gate, as it is put on record and into the log. */
#include "gates/mail_session_internal.h"

#include <string.h>

#include "base/escape.h"
#include "base/log.h"
#include "base/map.h"
#include "base/str.h"

const struct account *
session_account(const struct mail_session *session)
{
	const struct mail_ways *ways = &session->shared->ways;
	return session->attest == ATTEST_KNOWN ? ways->account(ways->context, session->uid)
					       : NULL;
}

/* Who logs in is known by that, whoever holds the connection: a web mailer, say. */
static const struct account *
account_behind(const struct mail_session *session, const char *login)
{
	const struct mail_ways *ways = &session->shared->ways;
	return *login ? ways->login(ways->context, login) : session_account(session);
}

const char *
session_by(const struct mail_session *session, const char *login)
{
	bool known = session->attest == ATTEST_KNOWN;
	if (session->is_own)
		return "server";
	if (session->server.door == MAIL_DOOR_LOCAL)
		return "program";
	if (session->server.door == MAIL_DOOR_INSIDE)
		return known ? "program" : "server";
	return *login ? "login" : known ? "loopback" : "elsewhere";
}

uint64_t
session_sender(const struct mail_session *session)
{
	const char *login = session_macro(session, "auth_authen");
	const struct account *account = account_behind(session, login);
	const struct milter_client *client = milter_client(session->milter);
	char visitor[ADDRESS_TEXT] = "";
	struct address address;
	auto_str text = {0};
	if (client && !address_parse(client->address, strlen(client->address), &address)) {
		const struct address counted = address_of_visitor(&address);
		address_print_visitor(&counted, visitor);
	}
	if (session->is_own)
		str_addf(&text, "server %s", session->server.place->name);
	else if (account)
		str_addf(&text, "account %u", account->id);
	else if (*login)
		str_addf(&text, "login %s", login);
	else if (session->attest == ATTEST_KNOWN)
		str_addf(&text, "uid %u", session->uid);
	else
		str_addf(&text, "client %s", visitor);
	return map_hash(text.data, text.length);
}

const char *
session_macro(const struct mail_session *session, const char *name)
{
	const char *value = milter_macro(session->milter, name);
	return value ? value : "";
}

/* Behind what was found: "bounce, 2 recipients did not get it" */
static void
describe_report(const struct mail_report *report, struct mailed *mailed)
{
	auto_str words = {0};
	str_addf(&words, "%s%s", mailed->detail, *mailed->detail ? "; " : "");
	if (report->kind == MAIL_REPORT_COMPLAINT)
		str_add(&words, "complaint");
	else
		str_addf(&words, "bounce, %u recipient%s did not get it", report->failed,
		    report->failed == 1 ? "" : "s");
	if (report->unknown)
		str_addf(&words, ", %u unknown", report->unknown);
	SET(mailed->detail, str_text(&words));
}

/* "2 recipients do not exist" */
static void
describe_astray(struct mailed *mailed)
{
	auto_str words = {0};
	if (!mailed->astray_count)
		return;
	str_addf(&words, "%s%s%u recipient%s not exist", mailed->detail,
	    *mailed->detail ? "; " : "", mailed->astray_count,
	    mailed->astray_count == 1 ? " does" : "s do");
	SET(mailed->detail, str_text(&words));
}

/* "rated as spam, 17.32 of 15 points" */
static void
describe_score(const struct score *score, struct mailed *mailed)
{
	auto_str words = {0};
	mailed->rated = score->is_known;
	mailed->is_spam = score->is_known && score->refuses;
	if (!mailed->is_spam)
		return;
	str_addf(&words, "%s%srated as spam, %lld.%02lld of %lld points", mailed->detail,
	    *mailed->detail ? "; " : "", (long long)score->points / 100,
	    (long long)score->points % 100, (long long)score->most / 100);
	SET(mailed->detail, str_text(&words));
}

/* "2 recipients whom a visitor named, in words of his" */
static void
describe_request(const struct mail_request *request, struct mailed *mailed)
{
	auto_str words = {0};
	mailed->request = *request;
	if (!request->stranger_count)
		return;
	str_addf(&words, "%s%s%u recipient%s whom a visitor %s%s", mailed->detail,
	    *mailed->detail ? "; " : "", request->stranger_count,
	    request->stranger_count == 1 ? "" : "s",
	    request->has_added ? "added by a header of his own" : "named",
	    request->has_text ? ", in words of his" : "");
	SET(mailed->detail, str_text(&words));
}

/* The number of its own end by which the kernel's word of who connects is found. */
static uint16_t
session_port(const struct mail_session *session)
{
	const struct milter_client *client = milter_client(session->milter);
	bool counts = session->server.door == MAIL_DOOR_SMTP && session->attest == ATTEST_KNOWN;
	return counts && client ? client->port : 0;
}

void
session_describe(const struct mail_session *session, const char *outcome, const char *detail,
    struct mailed *mailed)
{
	const char *login = session_macro(session, "auth_authen");
	const struct account *account = account_behind(session, login);
	*mailed = (struct mailed){
	    .id = ++session->shared->last_telling,
	    .account = account ? account->id : 0,
	    .generation = account ? account->generation : 0,
	    .uid = session->attest == ATTEST_KNOWN ? session->uid : 0,
	    .recipients = session->addressed.count,
	    .named_count =
		session->addressed.count < MOST_NAMED ? session->addressed.count : MOST_NAMED,
	    .named = session->addressed.named,
	    .to = session->addressed.to,
	    .domain = session->addressed.domain,
	    .astray_count = session->addressed.astray_count,
	    .is_own = session->is_own,
	    .handed_at = session->handed_at,
	    .port = session_port(session),
	    .size = session->text ? (int64_t)mail_text_size(session->text) : 0,
	    .received_count = (uint32_t)session->received.count,
	    .received = session->received.list,
	};
	SET(mailed->account_name, account ? account->name : "");
	SET(mailed->by, session_by(session, login));
	SET(mailed->outcome, outcome);
	SET(mailed->place, session->server.place->name);
	SET(mailed->reference, session->reference);
	SET(mailed->queue_id, session_macro(session, "i"));
	SET(mailed->message_id, session->text ? mail_text_id(session->text) : "");
	SET(mailed->sender, session->sender ? session->sender : "");
	SET(mailed->login, login);
	SET(mailed->detail, detail);
	memcpy(mailed->astray, session->addressed.astray, sizeof(mailed->astray));
	describe_astray(mailed);
	describe_score(&session->score, mailed);
	describe_request(&session->request, mailed);
	if (session->is_report) {
		SET(mailed->about, session->report.reference);
		mailed->failed = session->report.failed;
		mailed->unknown = session->report.unknown;
		describe_report(&session->report, mailed);
	}
}

void
session_log(const struct mailed *mailed)
{
	auto_str detail = {0}, sender = {0};
	escape_text(&detail, mailed->detail);
	escape_text(&sender, mailed->sender);
	log_info("mail %s at %s from %s by %s (account %s, uid %u), %u recipients: %s%s%s, "
		 "reference %s",
	    *mailed->queue_id ? mailed->queue_id : "-", mailed->place, str_text(&sender),
	    mailed->by, *mailed->account_name ? mailed->account_name : "-", mailed->uid,
	    mailed->recipients, mailed->outcome, detail.length ? " " : "", str_text(&detail),
	    mailed->reference);
}
