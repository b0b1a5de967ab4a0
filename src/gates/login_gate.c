/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/login_gate.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "gates/doors.h"
#include "gates/login_line.h"

enum {
	MOST_SESSIONS = 16384,
	MOST_OF_ACCOUNT = 256,	/* that say who they are after they became the customer's */
	PROBE_PATIENCE = 12000, /* ms; the old session looks for ten seconds */
	PEEK_PATIENCE = 1000,	/* ms; Dovecot waits for two seconds */
	MOST_UNREAD = 16384,	/* bytes of answers */
	TICK_SECONDS = 1,
};

struct session {
	struct login_gate *gate;
	struct bufferevent *stream;
	uint32_t pid;
	uint32_t account;  /* whose uid it has; 0: it is no customer's */
	uint64_t question; /* whether it is Dovecot's; 0: none is out */
	bool is_greeted;
	bool is_counted; /* else whatever it wants is all right */
	bool is_probed;
	bool is_over; /* it says or owes too much, and is hung up */
	enum session_kind kind;
	char *login, *address;
	char *program;	   /* by what he says of it; "" */
	char *folder;	   /* wanted, or had; "" */
	bool wants_folder; /* and waits for the answer */
	struct inside *inside;
	struct session *waits_for; /* who is asked whether he is still there */
	int64_t since;		   /* boot ms: of that, or of the question */
	struct session *next, **link;
};

struct login_gate {
	struct event_base *loop;
	struct login_ways ways;
	struct porter *porter;
	struct event *tick;
	struct doors doors;
	struct session *first;
	size_t count;
	uint64_t last_question;
};

/* SECURITY: who asks and asks and does not read would have us keep it all. */
static void
say(struct session *session, const char *text)
{
	struct evbuffer *output = bufferevent_get_output(session->stream);
	session->is_over = session->is_over || evbuffer_get_length(output) > MOST_UNREAD;
	if (!session->is_over)
		bufferevent_write(session->stream, text, strlen(text));
}

static void
leave(struct session *session)
{
	turnstile_leave(porter_turnstile(session->gate->porter), session->inside);
	session->inside = NULL;
}

/* ---- who waits for whom ---- */

static bool
find_guest(struct session *session, struct guest *ret_guest)
{
	bool is_guest = porter_guest(session->gate->porter, session->kind, session->address,
	    session->login, session->folder, ret_guest);
	ret_guest->program = session->program;
	return is_guest;
}

static void
let_in(struct session *session, const struct guest *guest)
{
	leave(session);
	session->inside = porter_lets_in(session->gate->porter, guest, session, clock_boot());
}

/* RFC 2449, 3206 and 5530 have the words that programs understand. */
static const char *
code_of(const struct refused *refused)
{
	if (refused->rule->measure == MEASURE_POP_LOGINS)
		return "LOGIN-DELAY";
	return refused->rule->measure == MEASURE_IMAP_CONNECTIONS ? "LIMIT" : "SYS/TEMP";
}

static void
turn_away(struct session *session, const struct guest *guest, const struct refused *refused)
{
	auto_str line = {0}, words = {0};
	char reference[LONGEST_REFERENCE + 1];
	porter_turns_away(
	    session->gate->porter, guest, refused, clock_boot(), &words, reference);
	str_addf(
	    &line, "no\t%s\t%s. Reference %s\n", code_of(refused), str_text(&words), reference);
	say(session, str_text(&line));
}

/* Whether he is there has to be found out. */
static void
wait_for(struct session *session, struct session *other)
{
	session->waits_for = other;
	session->since = clock_boot();
	say(session, "wait\n");
	if (!other->is_probed)
		say(other, "probe\n");
	other->is_probed = true;
}

/* Asks once more, for somebody may have left meanwhile; who is still there is not asked again.
 */
static void
decide(struct session *session, bool may_probe)
{
	struct guest guest;
	struct refused refused;
	session->waits_for = NULL;
	if (!session->is_counted || !find_guest(session, &guest))
		return say(session, "ok\n");
	if (!porter_refuses(session->gate->porter, &guest, clock_boot(), &refused)) {
		let_in(session, &guest);
		return say(session, "ok\n");
	}
	if (!may_probe || !refused.other)
		return turn_away(session, &guest, &refused);
	wait_for(session, inside_holder(refused.other));
}

/* All that wait for him go on. */
static void
answer_waiting(struct login_gate *gate, const struct session *old, bool may_probe)
{
	for (struct session *one = gate->first; one; one = one->next)
		if (one->waits_for == old)
			decide(one, may_probe);
}

/* ---- one session ---- */

static void
session_free(struct session *session)
{
	struct login_gate *gate = session->gate;
	*session->link = session->next;
	if (session->next)
		session->next->link = session->link;
	gate->count--;
	leave(session);
	bufferevent_free(session->stream);
	free(session->login);
	free(session->address);
	free(session->program);
	free(session->folder);
	answer_waiting(gate, session, true);
	free(session);
}

/* What waited for it to be known goes on. */
static void
begin_counting(struct session *session, bool is_counted)
{
	struct guest guest;
	session->is_counted = is_counted && find_guest(session, &guest);
	if (session->kind == SESSION_POP || session->wants_folder)
		decide(session, session->kind == SESSION_IMAP);
	else if (*session->folder && session->is_counted && find_guest(session, &guest))
		let_in(session, &guest);
	session->wants_folder = false;
}

/*
 * SECURITY: Dovecot's sessions have the uid of the customer, as his own programs on the mail
 * server have; or one that they all share, as other programs of the system may. What a
 * customer's process says of IMAP can only be about his own mailboxes, and harms nobody else;
 * everything else has to come from a child of Dovecot's master.
 */
static void
ask_for_parent(struct session *session)
{
	struct login_gate *gate = session->gate;
	session->question = ++gate->last_question;
	session->since = clock_boot();
	if (!gate->ways.ask(gate->ways.context, session->question, session->pid))
		return;
	session->question = 0;
	begin_counting(session, false);
}

static void
answered(struct session *session, int status)
{
	session->question = 0;
	if (status && status != -EPERM)
		log_warning("a session is not counted: %s", strerror(-status));
	session->is_over |= status == -EPERM;
	if (session->is_over)
		log_warning("process %u says that it is a session, and is none", session->pid);
	else
		begin_counting(session, !status);
}

static int
greet(struct session *session, const struct login_line *line)
{
	struct guest guest;
	bool is_pop = !strcmp(line->words[1], "pop3");
	if (session->is_greeted || strcmp(line->words[0], "1") != 0 ||
	    (!is_pop && strcmp(line->words[1], "imap") != 0) ||
	    strlen(line->words[2]) > LONGEST_MAILBOX)
		return -EBADMSG;
	session->is_greeted = true;
	session->kind = is_pop ? SESSION_POP : SESSION_IMAP;
	session->login = memory_copy_text(line->words[2]);
	session->address = memory_copy_text(line->words[3]);
	session->program = memory_copy_text("");
	session->folder = memory_copy_text("");
	bool is_guest = find_guest(session, &guest);
	/* A mailbox whose owner nobody knows is nobody's to count. */
	if (session->account && is_guest && guest.account != session->account) {
		if (guest.account)
			return -EPERM;
		is_guest = false;
	}
	if (is_guest && (is_pop || !session->account))
		ask_for_parent(session);
	else
		begin_counting(session, is_guest);
	return 0;
}

static void
set_folder(struct session *session, const char *folder)
{
	leave(session);
	free(session->folder);
	session->folder = memory_copy_text(folder);
}

static int
on_folder(struct session *session, const struct login_line *line)
{
	struct guest guest;
	if (session->kind != SESSION_IMAP || session->waits_for || session->wants_folder)
		return -EBADMSG;
	set_folder(session, line->words[0]);
	session->wants_folder = session->question && line->word == LOGIN_SELECT;
	if (session->question)
		return 0;
	if (line->word == LOGIN_SELECT)
		decide(session, true);
	else if (session->is_counted && find_guest(session, &guest))
		let_in(session, &guest);
	return 0;
}

/* SECURITY: he may say what he likes, of his own mailboxes; see turnstile.h. */
static int
on_program(struct session *session, const char *program)
{
	struct guest guest;
	if (session->kind != SESSION_IMAP || strlen(program) > LONGEST_PROGRAM)
		return -EBADMSG;
	free(session->program);
	session->program = memory_copy_text(program);
	if (session->inside && find_guest(session, &guest))
		let_in(session, &guest);
	return 0;
}

/* What it found of its client. */
static int
on_found(struct session *session, bool is_alive)
{
	if (!session->is_probed)
		return -EBADMSG;
	session->is_probed = false;
	if (!is_alive) {
		log_info("the client of process %u is gone: its session ends", session->pid);
		leave(session);
		say(session, "end\n");
	}
	answer_waiting(session->gate, session, !is_alive);
	return 0;
}

static int
on_line(struct session *session, char *text)
{
	struct login_line line;
	int status = login_line_read(text, &line);
	if (status || (!session->is_greeted && line.word != LOGIN_HELLO))
		return -EBADMSG;
	switch (line.word) {
	case LOGIN_HELLO:
		return greet(session, &line);
	case LOGIN_CLIENT:
		return on_program(session, line.words[0]);
	case LOGIN_SELECT:
	case LOGIN_HOLD:
		return on_folder(session, &line);
	case LOGIN_LEAVE:
		set_folder(session, "");
		return 0;
	case LOGIN_DEAD:
	case LOGIN_ALIVE:
		return on_found(session, line.word == LOGIN_ALIVE);
	}
	return -EBADMSG;
}

static void
on_bytes(struct bufferevent *stream, void *context)
{
	struct session *session = context;
	struct evbuffer *input = bufferevent_get_input(stream);
	int status = 0;
	while (!status) {
		auto_free char *line = evbuffer_readln(input, NULL, EVBUFFER_EOL_LF);
		if (!line)
			break;
		status = on_line(session, line);
	}
	if (!status && evbuffer_get_length(input) < LONGEST_LOGIN_LINE)
		return;
	log_warning("process %u of account %u says at the login gate what it may not: hung up",
	    session->pid, session->account);
	session_free(session);
}

static void
on_event(struct bufferevent *stream, short events, void *context)
{
	(void)stream, (void)events;
	session_free(context);
}

/* ---- doors ---- */

static size_t
count_of(const struct login_gate *gate, uint32_t account)
{
	size_t count = 0;
	for (const struct session *one = gate->first; one; one = one->next)
		count += one->account == account;
	return count;
}

static void
begin(struct login_gate *gate, int fd, uint32_t pid, uint32_t account)
{
	struct bufferevent *stream =
	    bufferevent_socket_new(gate->loop, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!stream) {
		close(fd);
		return;
	}
	struct session *session = memory_new(1, sizeof(*session));
	session->gate = gate;
	session->stream = stream;
	session->pid = pid;
	session->account = account;
	session->link = &gate->first;
	session->next = gate->first;
	if (gate->first)
		gate->first->link = &session->next;
	gate->first = session;
	gate->count++;
	bufferevent_setcb(stream, on_bytes, NULL, on_event, session);
	bufferevent_setwatermark(stream, EV_READ, 0, LONGEST_LOGIN_LINE);
	bufferevent_enable(stream, EV_READ); /* what is written may be from the beginning */
}

static void
on_visit(void *context, int fd, const struct ucred *peer)
{
	struct login_gate *gate = context;
	const struct login_ways *ways = &gate->ways;
	const struct account *account = ways->account(ways->context, peer->uid);
	bool may = account ? count_of(gate, account->id) < MOST_OF_ACCOUNT
			   : ways->is_server(ways->context, peer->uid);
	if (may && gate->count < MOST_SESSIONS)
		begin(gate, fd, (uint32_t)peer->pid, account ? account->id : 0);
	else
		close(fd);
}

int
login_gate_serve(struct login_gate *gate, int listener)
{
	return doors_open(&gate->doors, gate->loop, listener, on_visit, gate, NULL);
}

/* ---- the whole ---- */

static void
hang_up(struct login_gate *gate)
{
	for (struct session *one = gate->first, *next; one; one = next) {
		next = one->next;
		if (one->is_over)
			session_free(one);
	}
}

/* A session that does not even say what it found is one that goes on. */
static void
on_tick(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	struct login_gate *gate = context;
	int64_t now = clock_boot();
	for (struct session *one = gate->first; one; one = one->next)
		if (one->waits_for && now - one->since > PROBE_PATIENCE)
			decide(one, false);
		else if (one->question && now - one->since > PEEK_PATIENCE)
			answered(one, -ETIMEDOUT);
	hang_up(gate);
}

void
login_gate_answer(struct login_gate *gate, uint64_t id, int status)
{
	for (struct session *one = gate->first; one; one = one->next)
		if (one->question == id)
			return answered(one, status);
}

void
login_gate_unanswered(struct login_gate *gate)
{
	for (struct session *one = gate->first; one; one = one->next)
		if (one->question)
			answered(one, -ENOTCONN);
}

struct login_gate *
login_gate_new(struct event_base *loop, const struct login_ways *ways, struct porter *porter)
{
	static const struct timeval pause = {.tv_sec = TICK_SECONDS};
	struct login_gate *gate = memory_new(1, sizeof(*gate));
	gate->loop = loop;
	gate->ways = *ways;
	gate->porter = porter;
	gate->tick = event_new(loop, -1, EV_PERSIST, on_tick, gate);
	event_add(gate->tick, &pause);
	return gate;
}

void
login_gate_free(struct login_gate *gate)
{
	if (!gate)
		return;
	while (gate->first)
		session_free(gate->first);
	doors_close(&gate->doors);
	event_free(gate->tick);
	free(gate);
}
