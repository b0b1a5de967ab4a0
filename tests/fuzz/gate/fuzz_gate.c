/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a mail server that somebody took over may do to a whole conversation of the gate, while
 * the gate's siblings answer late, wrongly, or not at all. The first byte chooses the door, the
 * size of the pieces, and what the siblings do. Nothing passes that is not on record.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "gates/mail_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum {
	IS_LOCAL = 1,
	IS_KNOWN = 2,
	HOLDS = 128,
	NOBODY_ASKS = 4,
	NOBODY_RECORDS = 8,
	IS_LOST = 16,
	SMALL = 32,
	IS_INSIDE = 64,
	HANDS_ON = 128
};

struct siblings {
	uint8_t habits;
	uint64_t told; /* the last record */
	size_t recorded;
};

static void
demand(bool condition)
{
	if (!condition)
		abort();
}

static int
ask(void *context, const struct mail_question *question)
{
	const struct siblings *siblings = context;
	demand(question->id && question->kind < MAIL_QUESTION_KINDS);
	return siblings->habits & NOBODY_ASKS ? -ENOTCONN : 0;
}

static bool
is_server(void *context, uint32_t uid)
{
	(void)context, (void)uid;
	return true;
}

static const struct account *
login(void *context, const char *name)
{
	(void)context, (void)name;
	return NULL;
}

static const struct account *
account(void *context, uint32_t uid)
{
	static char name[] = "alice";
	static const struct account alice = {.id = 61001, .generation = 1, .name = name};
	(void)context;
	return uid == alice.id ? &alice : NULL;
}

/* Every second one is somebody's, and some are the same. */
static const struct account *
address(void *context, const char *recipient, const char **ret_address)
{
	static const struct account alice = {.id = 61001, .name = "alice"};
	static const char *const addresses[] = {"info@alice.example", "@alice.example"};
	(void)context;
	demand(strlen(recipient) <= 256 * 1024);
	*ret_address = addresses[strlen(recipient) / 2 % 2];
	return strlen(recipient) % 2 ? &alice : NULL;
}

static int
record(void *context, const struct mailed *mailed)
{
	struct siblings *siblings = context;
	demand(mailed->id > siblings->told && *mailed->reference && *mailed->outcome);
	demand(mailed->astray_count <= MOST_ASTRAY);
	siblings->told = mailed->id;
	siblings->recorded++;
	return siblings->habits & NOBODY_RECORDS ? -ENOTCONN : 0;
}

static void
answered(void *context)
{
	(void)context;
}

/* What the siblings owe, they pay, or are gone. */
static void
pay(struct mail_session *session, const struct siblings *siblings)
{
	bool lost = siblings->habits & IS_LOST;
	if (mail_session_question(session))
		mail_session_attest(
		    session, &(struct mail_answer){
				 .status = lost				 ? -ETIMEDOUT
					   : siblings->habits & IS_KNOWN ? 0
									 : -ESRCH,
				 .uid = 61001,
			     });
	if (mail_session_telling(session)) {
		demand(mail_session_telling(session) <= siblings->told);
		mail_session_noted(session, &(struct mail_noted){
						.status = lost ? -ETIMEDOUT : 0,
						.held = siblings->habits & HOLDS,
					    });
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (!length)
		return 0;
	log_init("fuzz-gate", false, LOG_LEVEL_ERROR);
	struct siblings siblings = {.habits = bytes[0]};
	struct mail_shared shared = {
	    .ways = {&siblings, ask, is_server, account, login, address, record},
	};
	char name[] = "host";
	struct mail_place place = {.name = name, .hands_on = siblings.habits & HANDS_ON};
	const struct mail_server server = {
	    .pid = 1,
	    .uid = 1,
	    .door = siblings.habits & IS_LOCAL	  ? MAIL_DOOR_LOCAL
		    : siblings.habits & IS_INSIDE ? MAIL_DOOR_INSIDE
						  : MAIL_DOOR_SMTP,
	    .place = &place,
	};
	size_t piece = siblings.habits & SMALL ? 3 : 4096;
	struct mail_session *session = mail_session_new(&shared, &server, answered, NULL);
	struct milter *milter = mail_session_milter(session);
	int status = 0;
	for (size_t at = 1; at < length && !status; at += piece) {
		status =
		    milter_read(milter, bytes + at, length - at < piece ? length - at : piece);
		while (mail_session_question(session) || mail_session_telling(session))
			pay(session, &siblings);
		str_clear(milter_output(milter));
	}
	mail_session_free(session);
	return 0;
}
