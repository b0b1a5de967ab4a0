/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/mail_session_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"
#include "gates/reference.h"
#include "gates/refusal.h"

enum {
	/* ms: so long after nobody was there to scan mails are refused before they come */
	SCANNER_RESTS = 5000,
	PATIENCE = 20000, /* ms for what our own processes owe; Postfix has 300 s */
};

/* ---- answers ---- */

static void
answer(struct mail_session *session, enum milter_verdict verdict, const char *text)
{
	session->is_waiting = false;
	/* A conversation that breaks here breaks again when it is read on, and ends there. */
	if (milter_answer(session->milter, verdict, text))
		log_debug("a mail server's conversation is broken");
}

/* ---- what becomes of it ---- */

static int
record(struct mail_session *session, const struct mailed *mailed)
{
	const struct mail_ways *ways = &session->shared->ways;
	session->addressed.is_told = true;
	return ways->record(ways->context, mailed);
}

static void
refuse(struct mail_session *session, enum refusal refusal, const char *detail)
{
	auto_str text = {0};
	struct mailed mailed;
	bool in_one_line = session->server.door == MAIL_DOOR_LOCAL;
	/* Of the bounce of a bounce nobody would hear: the mail server would keep what it is
	 * about, and write the same again and again. */
	bool is_for_nobody = session->is_own && refusal == REFUSAL_VIRUS;
	refusal_write(refusal, detail, session->reference, in_one_line, &text);
	session_describe(session, refusal_name(refusal), detail, &mailed);
	session_log(&mailed);
	/* Whoever is refused still has his mail: that waits for no record, and what did not
	 * come as far as a mail gets none, or anybody could fill the journal with greetings. */
	if (session->stage == MILTER_MESSAGE && record(session, &mailed))
		log_debug("a refusal is not on record");
	answer(session, is_for_nobody ? MILTER_DISCARD : MILTER_REPLY, str_text(&text));
}

/* Who sends it, as the gate says it to those behind it. */
static void
write_sender(const struct mail_session *session, struct str *out)
{
	const char *login = session_macro(session, "auth_authen");
	if (session->attest == ATTEST_KNOWN) {
		const struct account *account = session_account(session);
		str_addf(out, "by=%s; account=%s; uid=%u", session_by(session, ""),
		    account ? account->name : "-", session->uid);
	}
	if (*login) {
		str_addf(out, "%sby=login; login=", out->length ? "; " : "");
		escape_header(out, login);
	}
}

/* The server that gets it next asks as well, and is told whose it is. */
static void
hand_on(struct mail_session *session)
{
	struct mail_pass pass = {.uid = session->uid, .at = clock_wall() / 1000};
	auto_str value = {0};
	if (!session->server.place->hands_on || session->attest != ATTEST_KNOWN)
		return;
	SET(pass.reference, session->reference);
	mail_pass_write(session->shared->key, &pass, mail_text_sealed(session->text), &value);
	milter_insert_header(session->milter, MAIL_TEXT_PASS, str_text(&value));
}

static void
let_pass(struct mail_session *session, bool held)
{
	auto_str sender = {0};
	static const char *const ours[] = {MAIL_TEXT_SENDER, MAIL_TEXT_PASS};
	/* From the last on, so that the numbers of the others stay. */
	for (size_t i = 0; i < array_length(ours); i++)
		for (uint32_t n = mail_text_count(session->text, ours[i]); n > 0; n--)
			milter_remove_header(session->milter, ours[i], n);
	write_sender(session, &sender);
	if (sender.length) {
		str_addf(&sender, "; reference=%s", session->reference);
		milter_insert_header(session->milter, MAIL_TEXT_SENDER, str_text(&sender));
	}
	hand_on(session);
	struct mailed mailed;
	session_describe(session, held ? "held" : "passed", "", &mailed);
	session_log(&mailed);
	if (held)
		milter_hold(session->milter, "its sender is one of spam");
	answer(session, MILTER_CONTINUE, "");
}

/* The message, in bytes that end with the call of the reader. */
static void
read_message(struct mail_session *session,
    void (*reader)(struct mail_session *session, const char *message, size_t length))
{
	const size_t begin = strlen(MAIL_TEXT_BEGIN);
	uint64_t size = mail_text_size(session->text);
	int fd = mail_text_file(session->text);
	void *mapped = fd < 0 || size <= begin
			   ? MAP_FAILED
			   : mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (mapped == MAP_FAILED)
		return;
	reader(session, (const char *)mapped + begin, size - begin);
	munmap(mapped, size);
}

static void
read_report(struct mail_session *session, const char *message, size_t length)
{
	session->is_report = mail_report_read(message, length, &session->report);
}

/* What another server of the site hands on was looked at there, where the request was. */
static void
find_request(struct mail_session *session, const char *message, size_t length)
{
	const struct form_mail mail = {
	    .uid = session->uid,
	    .at = session->handed_at ? session->handed_at : clock_wall(),
	    .recipients = &session->named,
	    .host = session_macro(session, "j"),
	    .account = session_account(session),
	    .message = message,
	    .length = length,
	};
	form_watch_find(session->shared->forms, &mail, &session->request);
}

static bool
may_come_of_request(const struct mail_session *session)
{
	const struct form_watch *forms = session->shared->forms;
	return forms && session->attest == ATTEST_KNOWN &&
	       session->server.door != MAIL_DOOR_INSIDE && !session->is_own &&
	       !*session_macro(session, "auth_authen") && form_watch_has(forms, session->uid);
}

/* ---- rating ---- */

static void accept_message(struct mail_session *session);

static void
on_rated(void *context, const struct score *score)
{
	struct mail_session *session = context;
	session->rating = NULL;
	session->score = *score;
	accept_message(session);
	session->answered(session->context);
}

/*
 * What is sent from here is rated, for who sends it answers for that; of what comes from
 * elsewhere the mail server itself asks, and its own words are nobody's. Not knowing is no
 * reason to hold a mail up.
 */
static void
rate(struct mail_session *session)
{
	const size_t begin = strlen(MAIL_TEXT_BEGIN);
	const struct account *account = session_account(session);
	const char *login = session_macro(session, "auth_authen");
	struct rspamd *rspamd = session->server.place->rspamd;
	uint64_t size = mail_text_size(session->text);
	int file = mail_text_file(session->text);
	const struct rated_mail mail = {
	    .sender = session->sender,
	    .user = *login    ? login
		    : account ? account->name
			      : "",
	    .file = file,
	    .begin = begin,
	    .size = size - begin,
	};
	if (rspamd && *mail.user && file >= 0 && size > begin)
		session->rating = rspamd_rate(rspamd, &mail, on_rated, session);
	if (session->rating)
		session->is_waiting = true;
	else
		accept_message(session);
}

/* It passes when that is on disk. */
static void
accept_message(struct mail_session *session)
{
	if (mail_text_is_report(session->text))
		read_message(session, read_report);
	if (may_come_of_request(session))
		read_message(session, find_request);
	struct mailed mailed;
	session_describe(session, "passed", "", &mailed);
	if (record(session, &mailed))
		return refuse(session, REFUSAL_UNRECORDED, "");
	session->telling = mailed.id;
	session->since = clock_boot();
	session->is_waiting = true;
}

/* ---- scanning ---- */

static void
on_scanned(void *context, enum clamd_verdict verdict, const char *words, const char *part)
{
	struct mail_session *session = context;
	auto_str detail = {0};
	session->scan = NULL;
	scan_shares_give_back(&session->shared->scans, session->scanned_for);
	/* SECURITY: that one mail took too long, or is one that it cannot read, says nothing of
	 * the others. */
	if (verdict != CLAMD_FAILED)
		session->server.place->scanner_failed_at =
		    verdict == CLAMD_AWAY ? clock_boot() : 0;
	str_add(&detail, words);
	if (verdict == CLAMD_CLEAN)
		rate(session);
	else if (verdict == CLAMD_FAILED || verdict == CLAMD_AWAY)
		refuse(session, REFUSAL_UNSCANNED, str_text(&detail));
	else {
		if (*part)
			str_addf(&detail, " in %s", part);
		refuse(session, REFUSAL_VIRUS, str_text(&detail));
	}
	session->answered(session->context);
}

static void
scan(struct mail_session *session)
{
	struct mail_shared *shared = session->shared;
	struct clamd *clamd = session->server.place->clamd;
	if (!clamd)
		return rate(session);
	session->scanned_for = session_sender(session);
	if (!scan_shares_take(&shared->scans, session->scanned_for))
		return refuse(session, REFUSAL_TOO_MANY, "");
	session->scan = mail_scan_new(clamd, session->text, on_scanned, session);
	session->is_waiting = session->scan != NULL;
	if (session->scan)
		return;
	scan_shares_give_back(&shared->scans, session->scanned_for);
	refuse(session, REFUSAL_UNSCANNED, "there is no room for it");
}

/* ---- who sends it ---- */

static void
ask(struct mail_session *session, struct mail_question *question)
{
	struct mail_shared *shared = session->shared;
	question->id = ++shared->last_question;
	question->pid = session->server.pid;
	question->server = session->server.uid;
	session->question = question->id;
	session->since = clock_boot();
	session->attest = ATTEST_WAITING;
	if (!shared->ways.ask(shared->ways.context, question))
		return;
	session->question = 0;
	session->attest = ATTEST_FAILED;
}

/* Whether it goes on; else it waits or was refused. */
static bool
knows_sender(struct mail_session *session)
{
	switch (session->attest) {
	case ATTEST_WAITING:
		session->is_waiting = true;
		return false;
	case ATTEST_NOBODY:
		refuse(session, REFUSAL_NOBODY, "");
		return false;
	case ATTEST_FAILED:
		refuse(session, REFUSAL_UNTOLD, "");
		return false;
	case ATTEST_NOT:
	case ATTEST_KNOWN:
		break;
	}
	return true;
}

/* ---- the stages ---- */

static void
message_end(struct mail_session *session)
{
	session_tell_astray(session);
	if (session->scan)
		scan_shares_give_back(&session->shared->scans, session->scanned_for);
	mail_scan_forget(session->scan);
	session->scan = NULL;
	rspamd_forget(session->rating);
	session->rating = NULL;
	session->score = (struct score){0};
	mail_text_free(session->text);
	session->text = NULL;
	free(session->sender);
	session->sender = NULL;
	session->telling = 0;
	mail_received_clear(&session->received);
	session_forget_addressed(session);
	str_clear(&session->named);
	session->request = (struct mail_request){0};
	session->is_own = session->is_report = false;
}

static void
message_begin(struct mail_session *session, const char *sender)
{
	message_end(session);
	session->text = mail_text_new();
	session->sender = memory_copy_text(sender);
	reference_make(session->reference);
}

static void
on_sender(struct mail_session *session)
{
	const struct mail_place *place = session->server.place;
	int64_t failed_at = place->scanner_failed_at;
	auto_str words = {0};
	if (!knows_sender(session))
		return;
	if (!session_may_stay(session, &words))
		return refuse(session, REFUSAL_TURNED_AWAY, str_text(&words));
	if (place->clamd && failed_at && clock_boot() - failed_at < SCANNER_RESTS)
		refuse(session, REFUSAL_UNSCANNED, "the scanner does not answer");
	else
		answer(session, MILTER_CONTINUE, "");
}

/*
 * A server of the same site hands it on, with the pass of who handed it in there. What has none
 * is that server's own word to somebody, a bounce, and has no sender to blame.
 *
 * SECURITY: whoever can connect from there as somebody else gets nothing through without one;
 * and a mail without a sender is no good to whoever wants to be answered.
 */
static void
read_pass(struct mail_session *session)
{
	struct mail_pass pass;
	const char *value = mail_text_pass(session->text);
	session->attest = ATTEST_NOT;
	if (!*value && text_equal(session->sender, "<>"))
		return;
	session->attest = ATTEST_FAILED;
	if (!mail_pass_read(session->shared->key, value, clock_wall() / 1000,
		mail_text_sealed(session->text), &pass))
		return;
	session->attest = ATTEST_KNOWN;
	session->uid = pass.uid;
	SET(session->reference, pass.reference);
}

static void
on_message(struct mail_session *session)
{
	if (!session->text)
		return refuse(session, REFUSAL_UNTOLD, "");
	if (session->server.door == MAIL_DOOR_INSIDE)
		read_pass(session);
	struct mail_question question;
	bool asks = session->server.door == MAIL_DOOR_LOCAL && session->attest == ATTEST_NOT &&
		    !session->is_own;
	if (asks && !mail_ask_queue_file(session->milter, &question))
		return refuse(session, REFUSAL_UNTOLD, "");
	if (asks)
		ask(session, &question);
	if (knows_sender(session))
		scan(session);
}

static void
on_question(void *context, enum milter_stage stage, const char *argument)
{
	struct mail_session *session = context;
	struct mail_question question;
	session->stage = stage;
	if (stage == MILTER_CONNECT)
		session_arrives(session);
	if (stage == MILTER_CONNECT && session->server.door == MAIL_DOOR_SMTP &&
	    mail_ask_connection(session->milter, &question))
		ask(session, &question);
	if (stage == MILTER_SENDER) {
		message_begin(session, argument);
		return on_sender(session);
	}
	if (stage == MILTER_MESSAGE)
		return on_message(session);
	if (stage == MILTER_RECIPIENT)
		session_addresses(session, argument);
	answer(session, MILTER_CONTINUE, "");
}

/*
 * pickup(8) says of each program's mail who handed it in, so what has no such word and no
 * sender is the mail server's own (`internal_mail_filter_classes = bounce`).
 */
static bool
is_own_word(const struct mail_session *session, const struct mail_answer *answer)
{
	const char *sender = session->sender ? session->sender : "-";
	return session->server.door == MAIL_DOOR_LOCAL && answer->status == -ENOENT &&
	       (!*sender || text_equal(sender, "<>"));
}

void
mail_session_attest(struct mail_session *session, const struct mail_answer *answer)
{
	session->is_own = is_own_word(session, answer);
	int status = session->is_own ? -EREMOTE : answer->status;
	session->question = 0;
	session->uid = answer->uid;
	session->handed_at = answer->handed_at;
	if (status && status != -ESRCH && status != -EREMOTE)
		log_warning("at %s it cannot be told who sends a mail: %s",
		    session->server.place->name, strerror(-status));
	session->attest = !status	       ? ATTEST_KNOWN
			  : status == -EREMOTE ? ATTEST_NOT
			  : status == -ESRCH   ? ATTEST_NOBODY
					       : ATTEST_FAILED;
	if (!session->is_waiting)
		return;
	if (session->stage == MILTER_SENDER)
		on_sender(session);
	else
		on_message(session);
	session->answered(session->context);
}

static void
on_header(void *context, const char *name, const char *value)
{
	struct mail_session *session = context;
	if (session->text)
		mail_text_header(session->text, name, value);
}

static void
on_end_of_headers(void *context)
{
	struct mail_session *session = context;
	if (session->text)
		mail_text_end_headers(session->text);
}

static void
on_body(void *context, const void *bytes, size_t length)
{
	struct mail_session *session = context;
	if (session->text)
		mail_text_body(session->text, bytes, length);
}

/* A program's mail has its own sender, wherever it was handed in; all of one connection have
 * the one who holds it. */
static void
on_forget(void *context)
{
	struct mail_session *session = context;
	message_end(session);
	session->is_waiting = false;
	if (session->server.door == MAIL_DOOR_SMTP)
		return;
	session->attest = ATTEST_NOT;
	session->question = 0;
	session->handed_at = 0;
}

struct mail_session *
mail_session_new(struct mail_shared *shared, const struct mail_server *server,
    void (*answered)(void *context), void *context)
{
	static const struct milter_events events = {
	    .question = on_question,
	    .header = on_header,
	    .end_of_headers = on_end_of_headers,
	    .body = on_body,
	    .forget = on_forget,
	};
	struct mail_session *session = memory_new(1, sizeof(*session));
	session->shared = shared;
	session->server = *server;
	session->answered = answered;
	session->context = context;
	session->milter = milter_new(&events, session);
	return session;
}

void
mail_session_free(struct mail_session *session)
{
	if (!session)
		return;
	message_end(session);
	session_leaves(session);
	str_done(&session->named);
	milter_free(session->milter);
	free(session);
}

struct milter *
mail_session_milter(struct mail_session *session)
{
	return session->milter;
}

uint64_t
mail_session_question(const struct mail_session *session)
{
	return session->question;
}

uint64_t
mail_session_telling(const struct mail_session *session)
{
	return session->telling;
}

void
mail_session_noted(struct mail_session *session, const struct mail_noted *noted)
{
	session->telling = 0;
	if (noted->status)
		refuse(session, REFUSAL_UNRECORDED, "");
	else
		let_pass(session, noted->held);
	session->answered(session->context);
}

void
mail_session_tick(struct mail_session *session, int64_t now)
{
	if (now - session->since < PATIENCE)
		return;
	if (session->question)
		mail_session_attest(session, &(struct mail_answer){.status = -ETIMEDOUT});
	else if (session->telling)
		mail_session_noted(session, &(struct mail_noted){.status = -ETIMEDOUT});
}
