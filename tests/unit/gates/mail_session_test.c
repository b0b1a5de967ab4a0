/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations about mails that are scanned: the server's own as well, and one sender's slow
 * ones. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "fake_clamd.h"
#include "gates/mail_session.h"

enum { PATIENCE = 300 /* ms */, MOST_SESSIONS = 40 };

struct stage {
	struct event_base *loop;
	struct fake_clamd fake;
	struct mail_shared shared;
	struct mail_place place;
	char name[8];
	struct mail_session *sessions[MOST_SESSIONS];
	size_t count;
	size_t answered;
	char outcome[32], by[32];
};

static int
ask(void *context, const struct mail_question *question)
{
	(void)context, (void)question;
	return 0;
}

static const struct account *
account(void *context, uint32_t uid)
{
	(void)context, (void)uid;
	return NULL;
}

static const struct account *
login(void *context, const char *name)
{
	(void)context, (void)name;
	return NULL;
}

static const struct account *
address(void *context, const char *recipient, const char **ret_address)
{
	(void)context, (void)recipient, (void)ret_address;
	return NULL;
}

static int
record(void *context, const struct mailed *mailed)
{
	struct stage *stage = context;
	snprintf(stage->outcome, sizeof(stage->outcome), "%s", mailed->outcome);
	snprintf(stage->by, sizeof(stage->by), "%s", mailed->by);
	return 0;
}

static void
answered(void *context)
{
	struct stage *stage = context;
	stage->answered++;
	event_base_loopbreak(stage->loop);
}

static void
stage_begin(struct stage *stage, const char *says)
{
	log_init("mail-session-test", false, LOG_LEVEL_ERROR);
	*stage = (struct stage){.loop = event_base_new(), .name = "host"};
	fake_clamd_begin(&stage->fake, stage->loop, says);
	stage->place.name = stage->name;
	stage->place.clamd = clamd_new(stage->loop, stage->fake.path, PATIENCE);
	stage->shared.ways =
	    (struct mail_ways){stage, ask, NULL, account, login, address, record};
}

static void
stage_end(struct stage *stage)
{
	for (size_t i = 0; i < stage->count; i++)
		mail_session_free(stage->sessions[i]);
	assert_int_equal(stage->shared.scans.count, 0);
	clamd_free(stage->place.clamd);
	fake_clamd_end(&stage->fake);
	event_base_free(stage->loop);
}

static void
add_packet(struct str *out, char command, const char *data, size_t length)
{
	const unsigned char size[] = {0, (unsigned char)((length + 1) >> 16),
	    (unsigned char)((length + 1) >> 8), (unsigned char)(length + 1)};
	str_add_bytes(out, size, sizeof(size));
	str_add_char(out, command);
	str_add_bytes(out, data, length);
}

#define PACKET(out, command, data) add_packet(out, command, data, sizeof(data) - 1)

static void
hear(struct mail_session *session, const struct str *bytes)
{
	assert_int_equal(
	    milter_read(mail_session_milter(session), bytes->data, bytes->length), 0);
}

/* Who it is, as far as the siblings know. */
static void
attest(struct mail_session *session, int status)
{
	if (mail_session_question(session))
		mail_session_attest(session, &(struct mail_answer){.status = status});
}

/* A client's connection. sender: with its brackets. */
static struct mail_session *
session_begin(struct stage *stage, enum mail_door door, const char *client, const char *sender)
{
	const struct mail_server server = {
	    .pid = 1, .uid = 1, .door = door, .place = &stage->place};
	struct mail_session *session =
	    mail_session_new(&stage->shared, &server, answered, stage);
	auto_str bytes = {0}, connect = {0};
	assert_true(stage->count < MOST_SESSIONS);
	stage->sessions[stage->count++] = session;
	PACKET(&bytes, 'O', "\0\0\0\6\0\0\1\377\0\37\377\377");
	str_add_bytes(&connect, "x\0004\x12\x67", 5);
	str_add_bytes(&connect, client, strlen(client) + 1);
	add_packet(&bytes, 'C', connect.data, connect.length);
	hear(session, &bytes);
	attest(session, -EREMOTE);
	str_clear(&bytes);
	PACKET(&bytes, 'D',
	    "Mi\0"
	    "4F00BA\0");
	add_packet(&bytes, 'M', sender, strlen(sender) + 1);
	PACKET(&bytes, 'R', "<b@two.example>\0");
	PACKET(&bytes, 'L', "Subject\0hello\0");
	PACKET(&bytes, 'N', "");
	hear(session, &bytes);
	str_clear(milter_output(mail_session_milter(session)));
	return session;
}

static void
session_message(struct mail_session *session)
{
	auto_str bytes = {0};
	PACKET(&bytes, 'B', "hello\r\n");
	PACKET(&bytes, 'E', "");
	hear(session, &bytes);
}

/* The first answer since then: its letter, or 0 if there is none. */
static char
letter_of(struct mail_session *session)
{
	const struct str *out = milter_output(mail_session_milter(session));
	return out->length > 4 ? out->data[4] : '\0';
}

static bool
says(struct mail_session *session, const char *words)
{
	const struct str *out = milter_output(mail_session_milter(session));
	return out->length > 5 && strstr(out->data + 5, words);
}

/* ---- the mail server's own ---- */

static struct mail_session *
bounce(struct stage *stage)
{
	struct mail_session *session = session_begin(stage, MAIL_DOOR_LOCAL, "127.0.0.1", "<>");
	session_message(session);
	attest(session, -ENOENT);
	event_base_dispatch(stage->loop);
	return session;
}

static void
test_a_clean_bounce(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, "c");
	struct mail_session *session = bounce(&stage);
	assert_true(mail_session_telling(session));
	assert_string_equal(stage.outcome, "passed");
	assert_string_equal(stage.by, "server");
	mail_session_noted(session, &(struct mail_noted){0});
	assert_int_equal(letter_of(session), 'c');
	stage_end(&stage);
}

/* What is in it was another's; nobody would hear of the bounce of a bounce. */
static void
test_an_infected_bounce(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, "f");
	struct mail_session *session = bounce(&stage);
	assert_int_equal(letter_of(session), 'd');
	assert_string_equal(stage.outcome, "virus");
	assert_string_equal(stage.by, "server");
	stage_end(&stage);
}

static void
test_a_bounce_that_cannot_be_scanned(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, "e");
	struct mail_session *session = bounce(&stage);
	assert_int_equal(letter_of(session), 'y');
	assert_true(says(session, "451 4.7.1 "));
	stage_end(&stage);
}

/* It is not the server's word if it only could not be looked at. */
static void
test_a_file_that_is_gone(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, "c");
	struct mail_session *session =
	    session_begin(&stage, MAIL_DOOR_LOCAL, "127.0.0.1", "<>");
	session_message(session);
	attest(session, -ESTALE);
	assert_int_equal(letter_of(session), 'y');
	assert_true(says(session, "451 4.7.1 "));
	assert_string_equal(stage.outcome, "untold");
	stage_end(&stage);
}

/* ---- mails that are hard to scan ---- */

static struct mail_session *
stranger(struct stage *stage, const char *client)
{
	struct mail_session *session =
	    session_begin(stage, MAIL_DOOR_SMTP, client, "<a@one.example>");
	session_message(session);
	return session;
}

static void
expect_failure(const char *said, bool is_away)
{
	struct stage stage;
	stage_begin(&stage, said);
	struct mail_session *session = stranger(&stage, "192.0.2.1");
	event_base_dispatch(stage.loop);
	assert_int_equal(letter_of(session), 'y');
	assert_true(says(session, "451 4.7.1 "));
	assert_string_equal(stage.outcome, "unscanned");
	assert_int_equal(stage.place.scanner_failed_at != 0, is_away);
	stage_end(&stage);
}

/* That one mail is too much for it is told to that one's sender and to nobody else. */
static void
test_one_mail_closes_nothing(void **state)
{
	(void)state;
	expect_failure("s", false);
	expect_failure("e", false);
	expect_failure("h", true);
}

static void
test_a_share(void **state)
{
	(void)state;
	struct stage stage;
	stage_begin(&stage, "s");
	for (int i = 0; i < MOST_SCANS_OF_ONE; i++)
		assert_int_equal(letter_of(stranger(&stage, "192.0.2.1")), '\0');
	struct mail_session *one_more = stranger(&stage, "192.0.2.1");
	assert_int_equal(letter_of(one_more), 'y');
	assert_string_equal(stage.outcome, "too-many");
	assert_int_equal(letter_of(stranger(&stage, "192.0.2.2")), '\0');
	assert_int_equal(stage.shared.scans.count, MOST_SCANS_OF_ONE + 1);
	stage_end(&stage);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_clean_bounce),
	    cmocka_unit_test(test_an_infected_bounce),
	    cmocka_unit_test(test_a_bounce_that_cannot_be_scanned),
	    cmocka_unit_test(test_a_file_that_is_gone),
	    cmocka_unit_test(test_one_mail_closes_nothing),
	    cmocka_unit_test(test_a_share),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
