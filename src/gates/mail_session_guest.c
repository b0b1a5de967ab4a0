/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who brings mail counts from his connection on; who sends it from the first mail on, for until
 * then it is not known who he is. See gates/porter.h.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "gates/mail_session_internal.h"

/* RFC 8314, RFC 6409 */
enum { PORT_SUBMISSIONS = 465, PORT_SUBMISSION = 587 };

static enum session_kind
kind_of(const struct mail_session *session)
{
	long port = strtol(session_macro(session, "daemon_port"), NULL, 10);
	return port == PORT_SUBMISSION || port == PORT_SUBMISSIONS ? SESSION_SUBMISSION
								   : SESSION_SMTP;
}

/* Whom no rule is against is in. */
static bool
come_in(struct mail_session *session, struct refused *ret_refused)
{
	struct porter *porter = session->shared->porter;
	int64_t now = clock_boot();
	if (porter_refuses(porter, &session->guest, now, ret_refused))
		return false;
	session->inside = porter_lets_in(porter, &session->guest, session, now);
	return true;
}

/* What a site's own servers hand on comes by a door of theirs, and counts for nobody. */
static bool
find_guest(struct mail_session *session)
{
	struct porter *porter = session->shared->porter;
	const struct milter_client *client = milter_client(session->milter);
	return porter && client && session->server.door == MAIL_DOOR_SMTP &&
	       porter_guest(porter, kind_of(session), client->address,
		   session_macro(session, "auth_authen"), "", &session->guest);
}

void
session_arrives(struct mail_session *session)
{
	struct refused refused;
	session_leaves(session);
	if (find_guest(session) && session->guest.kind == SESSION_SMTP)
		come_in(session, &refused);
}

/* Who is at the door for those who log in, and has not, is none of them. */
static bool
is_guest(struct mail_session *session)
{
	return find_guest(session) &&
	       (session->guest.kind == SESSION_SMTP || *session->guest.mailbox);
}

bool
session_may_stay(struct mail_session *session, struct str *ret_words)
{
	struct refused refused;
	char reference[LONGEST_REFERENCE + 1];
	if (session->inside || !is_guest(session) || come_in(session, &refused))
		return true;
	porter_turns_away(session->shared->porter, &session->guest, &refused, clock_boot(),
	    ret_words, reference);
	SET(session->reference, reference);
	return false;
}

void
session_leaves(struct mail_session *session)
{
	if (session->inside)
		turnstile_leave(porter_turnstile(session->shared->porter), session->inside);
	session->inside = NULL;
}
