/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a message is addressed to, one by one. The mail server tells of those it refuses, too:
 * who names many that do not exist has made them up, though no mail of his ever comes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "gates/mail_session_internal.h"

enum { LONGEST_NAMED = 32 * 1024 /* bytes of recipients that are remembered */ };

/* "<alice@Example.org>": of its last @; 0: it has none. */
static uint64_t
domain_of(const char *recipient)
{
	const char *at = strrchr(recipient, '@');
	return at ? mailed_hash(at + 1, strcspn(at + 1, ">")) : 0;
}

/*
 * Of whom it refuses the mail server tells the status by itself (smtpd_milter.c); an address
 * that is only an alias goes nowhere as it stands, and has the same mailer with a status and
 * words.
 */
static bool
is_refused(const struct mail_session *session)
{
	const char *status = session_macro(session, "rcpt_host");
	return text_equal(session_macro(session, "rcpt_mailer"), "error") && *status &&
	       !status[strspn(status, "0123456789.")];
}

/*
 * Of all reasons only that there is no such address (RFC 3463): it is not his fault that a
 * server is full, or that it does not like who asks.
 */
static bool
is_unknown(const struct mail_session *session)
{
	return mail_status_is_unknown(session_macro(session, "rcpt_host"));
}

static void
add_astray(struct addressed *addressed, const char *recipient)
{
	if (addressed->astray_count == MOST_ASTRAY)
		return;
	addressed->astray[addressed->astray_count++] =
	    (struct astray){mailed_hash(recipient, strlen(recipient)), domain_of(recipient)};
}

static void
add_named(struct addressed *addressed, uint64_t recipient)
{
	if (addressed->count < MOST_NAMED) {
		memory_grow(&addressed->named, addressed->count, &addressed->capacity,
		    sizeof(*addressed->named));
		addressed->named[addressed->count] = recipient;
	}
	addressed->to += recipient;
	addressed->count++;
}

void
session_forget_addressed(struct mail_session *session)
{
	free(session->addressed.named);
	session->addressed = (struct addressed){0};
}

/* "<info@alice.example>"; of what goes on to another server that one tells. */
static void
receive(struct mail_session *session, const char *recipient)
{
	const struct mail_ways *ways = &session->shared->ways;
	const char *address = "";
	size_t length = strlen(recipient);
	bool bracketed = length > 1 && *recipient == '<' && recipient[length - 1] == '>';
	auto_str name = {0};
	if (session->server.place->hands_on)
		return;
	str_add_bytes(&name, recipient + bracketed, length - 2 * bracketed);
	const struct account *account = ways->address(ways->context, str_text(&name), &address);
	if (account)
		mail_received_add(&session->received, account, address);
}

void
session_addresses(struct mail_session *session, const char *recipient)
{
	struct addressed *addressed = &session->addressed;
	if (is_refused(session)) {
		if (is_unknown(session))
			add_astray(addressed, recipient);
		return;
	}
	uint64_t domain = domain_of(recipient);
	addressed->domain = !addressed->count || addressed->domain == domain ? domain : 0;
	add_named(addressed, mailed_hash(recipient, strlen(recipient)));
	if (session->named.length < LONGEST_NAMED)
		str_addf(&session->named, "%s\n", recipient);
	receive(session, recipient);
}

/* Only of customers: of a stranger nobody would know what to do with it. */
void
session_tell_astray(struct mail_session *session)
{
	const struct mail_ways *ways = &session->shared->ways;
	struct mailed mailed;
	if (!session->addressed.astray_count || session->addressed.is_told)
		return;
	session_describe(session, "unsent", "", &mailed);
	if (!mailed.account)
		return;
	session_log(&mailed);
	if (ways->record(ways->context, &mailed))
		log_debug("who was refused as a recipient is not on record");
}
