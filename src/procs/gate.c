/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers mail servers, by milter, about each mail: who sends it, and whether it has a virus;
 * see gates/mail_gate.h. Answers Dovecot about who may come in, see gates/login_gate.h. Below
 * the run directory each place that has a mail server has a folder with its sockets: this host,
 * and the roles of a site. There the site's clamd listens, too.
 *
 * SECURITY: what it parses strangers wrote, so it has no capability and no files. The peeker
 * hands it queue files, read-only, and tells who holds a connection. The key that passes are
 * sealed with it reads before it is shut in.
 */
#include <errno.h>
#include <fcntl.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "gates/form_watch.h"
#include "gates/login_gate.h"
#include "gates/mail_gate.h"
#include "gates/porter.h"
#include "gates/queue_file.h"
#include "model/account.h"
#include "model/gate_sockets.h"
#include "model/tables.h"
#include "procs/roles.h"
#include "procs/sandbox.h"

enum { BACKLOG = 128, TICK_SECONDS = 10 };

static const uint64_t LOGIN_QUESTIONS = UINT64_C(1) << 63;

/* Whose clamd scans: that of the settings, one that listens beside our sockets, nobody's. */
enum scanner { SCANNER_HOSTS, SCANNER_OWN, SCANNER_NONE };

static const struct {
	const char *name;
	enum scanner scanner;
	bool hands_on;
	bool logins;
	bool scripts;
} places[] = {
#define GATE_PLACE(name, scanner, hands_on, logins, scripts)                                   \
	{name, scanner, hands_on, logins, scripts},
#include "procs/gate_places.def"
#undef GATE_PLACE
};

static const char *const doors[MAIL_DOOR_COUNT] = {
    [MAIL_DOOR_SMTP] = GATE_SMTP_SOCKET,
    [MAIL_DOOR_LOCAL] = GATE_LOCAL_SOCKET,
    [MAIL_DOOR_INSIDE] = GATE_INSIDE_SOCKET,
};

struct gatehouse {
	struct process_frame *frame;
	int listeners[array_length(places)][MAIL_DOOR_COUNT];
	int login_listeners[array_length(places)];
	int request_listeners[array_length(places)];
	struct porter *porter;
	struct event *tick;
	struct login_gate *logins;
	struct form_watch *forms;
	struct mail_gate *mail;
	struct mail_place *places[array_length(places)];
	struct accounts *accounts;
	char *scanner, *filter; /* of the settings */
	uint8_t key[MAIL_PASS_KEY];
};

/* ---- what the mail gate wants ---- */

static int
ask(void *context, const struct mail_question *question)
{
	struct gatehouse *gate = context;
	auto_str bytes = {0};
	mail_question_encode(question, &bytes);
	return process_send(
	    gate->frame, PROCESS_PEEKER, MESSAGE_MAIL_QUESTION, bytes.data, bytes.length, -1);
}

static const struct account *
account(void *context, uint32_t uid)
{
	struct gatehouse *gate = context;
	return accounts_find_uid(gate->accounts, uid);
}

/* Numbers of the two gates' questions are apart, for the answers are of one kind. */
static int
ask_parent(void *context, uint64_t id, uint32_t pid)
{
	const struct mail_question question = {
	    .id = LOGIN_QUESTIONS + id, .kind = SESSION_BY_PARENT, .pid = pid};
	return ask(context, &question);
}

static const struct account *
login(void *context, const char *name)
{
	struct gatehouse *gate = context;
	return accounts_find_login(gate->accounts, name);
}

static const struct account *
address(void *context, const char *recipient, const char **ret_address)
{
	struct gatehouse *gate = context;
	return accounts_find_address(gate->accounts, recipient, ret_address);
}

static int
record(void *context, const struct mailed *mailed)
{
	struct gatehouse *gate = context;
	auto_str bytes = {0};
	mailed_encode(mailed, &bytes);
	return process_send(
	    gate->frame, PROCESS_ENGINE, MESSAGE_MAILED, bytes.data, bytes.length, -1);
}

/* What is lost if nobody is there is a line of the journal; the log has it. */
static void
turned_away(void *context, const struct turned_away *away)
{
	struct gatehouse *gate = context;
	auto_str bytes = {0};
	turned_away_encode(away, &bytes);
	if (process_send(
		gate->frame, PROCESS_ENGINE, MESSAGE_TURNED_AWAY, bytes.data, bytes.length, -1))
		log_warning(
		    "%s turned %s away, which is not on record", away->clause, away->who);
}

static void
logged_in(void *context, const struct login_seen *login)
{
	struct gatehouse *gate = context;
	auto_str bytes = {0};
	login_seen_encode(login, &bytes);
	if (process_send(
		gate->frame, PROCESS_ENGINE, MESSAGE_LOGIN, bytes.data, bytes.length, -1))
		log_debug("a login is not remembered beyond this process");
}

static bool
is_server(void *context, uint32_t uid)
{
	struct gatehouse *gate = context;
	return uid < (uint32_t)gate->frame->config->uid_floor && !account(context, uid);
}

/* ---- the sockets ---- */

/* The folders stay when haywardd ends: they are mounted where mail servers see them. */
static int
make_folder(const char *path)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		return -errno;
	return 0;
}

/* Anybody may open it who can see it; who it is decides whether he is spoken to. */
static int
listen_at(const char *path, int type, int *ret_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	auto_fd int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || (unlink(path) && errno != ENOENT) ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) || chmod(path, 0666) ||
	    listen(fd, BACKLOG))
		return -errno;
	*ret_fd = take_fd(fd);
	return 0;
}

/* For clamd's socket. A container's system, which sees it, may have made it before. */
static int
give_scanner(const char *folder)
{
	struct identity own = sandbox_identity(PROCESS_GATE);
	auto_str path = {0};
	str_addf(&path, "%s/" GATE_SCANNER_FOLDER, folder);
	if (mkdir(str_text(&path), 0700) && errno != EEXIST)
		return -errno;
	auto_fd int fd = open(str_text(&path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 || fchown(fd, own.uid, own.gid) || fchmod(fd, 0700) ? -errno : 0;
}

static int
open_place(struct gatehouse *gate, size_t place, const char *all)
{
	auto_str folder = {0};
	str_addf(&folder, "%s/%s", all, places[place].name);
	int status = make_folder(str_text(&folder));
	if (!status && places[place].scanner == SCANNER_OWN)
		status = give_scanner(str_text(&folder));
	for (size_t door = 0; door < MAIL_DOOR_COUNT && !status; door++) {
		auto_str path = {0};
		str_addf(&path, "%s/%s", str_text(&folder), doors[door]);
		status = listen_at(str_text(&path), SOCK_STREAM, &gate->listeners[place][door]);
	}
	auto_str logins = {0}, requests = {0};
	str_addf(&logins, "%s/" GATE_LOGIN_SOCKET, str_text(&folder));
	str_addf(&requests, "%s/" GATE_REQUESTS_SOCKET, str_text(&folder));
	if (!status && places[place].logins)
		status =
		    listen_at(str_text(&logins), SOCK_STREAM, &gate->login_listeners[place]);
	if (!status && places[place].scripts)
		status = listen_at(
		    str_text(&requests), SOCK_SEQPACKET, &gate->request_listeners[place]);
	return status;
}

/* Mails that are on their way between servers have passes sealed with it. It is that of a whole site, which other
 * machines have, too, or else our own. */
static int
read_key(const struct process_frame *frame, uint8_t key[MAIL_PASS_KEY])
{
	const char *given = frame->options->pass_key;
	auto_str found = {0};
	if (!given)
		return file_secret(frame->directory, GATE_KEY_FILE, key, MAIL_PASS_KEY);
	int status = file_read(AT_FDCWD, given, MAIL_PASS_KEY, &found);
	if (!status && found.length != MAIL_PASS_KEY)
		status = -EBADMSG;
	if (!status)
		memcpy(key, found.data, MAIL_PASS_KEY);
	return status;
}

/* The parent holds the lock of the run directory, so nobody else's sockets are replaced. */
static int
gate_prepare(struct process_frame *frame)
{
	struct gatehouse *gate = memory_new(1, sizeof(*gate));
	const struct porter_ways porter = {gate, login, turned_away, logged_in};
	auto_str all = {0};
	frame->state = gate;
	gate->frame = frame;
	gate->porter = porter_new(&porter); /* the engine may speak before we serve */
	gate->scanner = memory_copy_text("");
	gate->filter = memory_copy_text("");
	memset(gate->listeners, -1, sizeof(gate->listeners));
	memset(gate->login_listeners, -1, sizeof(gate->login_listeners));
	memset(gate->request_listeners, -1, sizeof(gate->request_listeners));
	str_addf(&all, "%s/" GATE_FOLDER, frame->options->run);
	int status = make_folder(str_text(&all));
	for (size_t place = 0; place < array_length(places) && !status; place++)
		status = open_place(gate, place, str_text(&all));
	if (status) {
		log_error("cannot listen below '%s': %s", str_text(&all), strerror(-status));
		return status;
	}
	status = read_key(frame, gate->key);
	if (status && frame->options->pass_key)
		log_error("no key in '%s': %s", frame->options->pass_key, strerror(-status));
	else if (status)
		log_error("no key in '%s/" GATE_KEY_FOLDER "/" GATE_KEY_FILE "': %s",
		    frame->options->state, strerror(-status));
	return status;
}

/* Who listens there is asked when there is something to ask. */
static void
set_scanner(struct gatehouse *gate)
{
	const char *wanted = gate->frame->config->clamd;
	if (text_equal(gate->scanner, wanted))
		return;
	free(gate->scanner);
	gate->scanner = memory_copy_text(wanted);
	for (size_t place = 0; place < array_length(places); place++)
		if (places[place].scanner == SCANNER_HOSTS)
			mail_gate_scanner(gate->mail, gate->places[place], wanted);
}

static void
set_filter(struct gatehouse *gate)
{
	const char *wanted = gate->frame->config->rspamd;
	if (text_equal(gate->filter, wanted))
		return;
	free(gate->filter);
	gate->filter = memory_copy_text(wanted);
	for (size_t place = 0; place < array_length(places); place++)
		if (places[place].scanner == SCANNER_HOSTS)
			mail_gate_filter(gate->mail, gate->places[place], wanted);
}

/* clamd and rspamd of a site's mail server lie beside our sockets. */
static void
set_own(struct gatehouse *gate, size_t number)
{
	auto_str scanner = {0}, filter = {0};
	const char *run = gate->frame->options->run, *name = places[number].name;
	str_addf(&scanner, "%s/" GATE_FOLDER "/%s/" GATE_CLAMD_SOCKET, run, name);
	str_addf(&filter, "%s/" GATE_FOLDER "/%s/" GATE_RSPAMD_SOCKET, run, name);
	mail_gate_scanner(gate->mail, gate->places[number], str_text(&scanner));
	mail_gate_filter(gate->mail, gate->places[number], str_text(&filter));
}

static int
serve_place(struct gatehouse *gate, size_t number)
{
	struct mail_place *place =
	    mail_gate_place(gate->mail, places[number].name, places[number].hands_on);
	gate->places[number] = place;
	if (places[number].scanner == SCANNER_OWN)
		set_own(gate, number);
	for (size_t door = 0; door < MAIL_DOOR_COUNT; door++) {
		int fd = gate->listeners[number][door];
		gate->listeners[number][door] = -1;
		if (mail_gate_serve(gate->mail, fd, place, (enum mail_door)door))
			return -ENOMEM;
	}
	int fd = gate->login_listeners[number];
	gate->login_listeners[number] = -1;
	if (fd >= 0 && login_gate_serve(gate->logins, fd))
		return -ENOMEM;
	fd = gate->request_listeners[number];
	gate->request_listeners[number] = -1;
	return fd < 0 ? 0 : form_watch_serve(gate->forms, fd);
}

static void
on_tick(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	struct gatehouse *gate = context;
	porter_tick(gate->porter, clock_boot());
}

static void
make_gates(struct gatehouse *gate)
{
	static const struct timeval pause = {.tv_sec = TICK_SECONDS};
	struct event_base *loop = gate->frame->loop;
	const struct login_ways logins = {gate, is_server, account, ask_parent};
	const struct mail_ways mail = {gate, ask, is_server, account, login, address, record};
	gate->logins = login_gate_new(loop, &logins, gate->porter);
	gate->mail = mail_gate_new(loop, &mail, gate->porter);
	gate->forms = form_watch_new(loop, is_server, gate);
	mail_gate_key(gate->mail, gate->key);
	mail_gate_forms(gate->mail, gate->forms);
	gate->tick = event_new(loop, -1, EV_PERSIST, on_tick, gate);
	event_add(gate->tick, &pause);
}

static int
gate_start(struct process_frame *frame)
{
	struct gatehouse *gate = frame->state;
	make_gates(gate);
	for (size_t place = 0; place < array_length(places); place++)
		if (serve_place(gate, place))
			return -ENOMEM;
	set_scanner(gate);
	set_filter(gate);
	process_ready(frame, "answering mail servers");
	return 0;
}

static int
gate_blob(struct process_frame *frame, enum blob kind, const void *bytes, size_t length)
{
	struct gatehouse *gate = frame->state;
	struct accounts *accounts = NULL;
	if (kind == BLOB_CONFIG && gate->mail) {
		set_scanner(gate);
		set_filter(gate);
	}
	if (kind != BLOB_ACCOUNTS)
		return 0;
	int status = accounts_decode(bytes, length, &accounts);
	if (status)
		return status;
	accounts_free(gate->accounts);
	gate->accounts = accounts;
	return 0;
}

static void
gate_peer(struct process_frame *frame, enum process peer, bool connected)
{
	struct gatehouse *gate = frame->state;
	if (connected || !gate->mail)
		return;
	if (peer == PROCESS_PEEKER) {
		mail_gate_unanswered(gate->mail);
		login_gate_unanswered(gate->logins);
	}
	if (peer == PROCESS_ENGINE)
		mail_gate_unnoted(gate->mail);
}

/* ---- answers ---- */

/* Who handed the mail in stands at the beginning of its queue file. */
static void
read_queue_file(int fd, struct mail_answer *answer)
{
	struct handed_in handed = {0};
	answer->status = queue_file_read(fd, &handed);
	answer->uid = handed.uid;
	answer->handed_at = handed.at;
}

static int
on_noted(struct gatehouse *gate, const void *bytes, size_t length)
{
	struct mail_noted noted;
	int status = mail_noted_decode(bytes, length, &noted);
	if (!status && gate->mail)
		mail_gate_noted(gate->mail, &noted);
	return status;
}

/* Who logged in before this process began, as the engine remembers. */
static int
on_logins(struct gatehouse *gate, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct logins_seen seen;
	int status = logins_seen_decode(bytes, length, arena, &seen);
	for (size_t i = 0; !status && i < seen.count; i++)
		turnstile_remember(porter_turnstile(gate->porter), seen.logins[i].mailbox,
		    clock_boot() - seen.logins[i].ago);
	return status;
}

static int
on_standing(struct gatehouse *gate, const void *bytes, size_t length)
{
	return turnstile_rules(porter_turnstile(gate->porter), bytes, length);
}

static int
gate_message(struct process_frame *frame, enum process from, enum message message,
    const void *bytes, size_t length, int *fd)
{
	(void)from;
	struct gatehouse *gate = frame->state;
	struct mail_answer answer;
	if (message == MESSAGE_MAIL_NOTED)
		return on_noted(gate, bytes, length);
	if (message == MESSAGE_STANDING)
		return on_standing(gate, bytes, length);
	if (message == MESSAGE_LOGINS)
		return on_logins(gate, bytes, length);
	int status = mail_answer_decode(bytes, length, &answer);
	if (status)
		return status;
	if (message == MESSAGE_QUEUE_FILE)
		read_queue_file(*fd, &answer);
	if (gate->mail && answer.id > LOGIN_QUESTIONS)
		login_gate_answer(gate->logins, answer.id - LOGIN_QUESTIONS, answer.status);
	else if (gate->mail)
		mail_gate_answer(gate->mail, &answer);
	return 0;
}

static void
gate_quit(struct process_frame *frame)
{
	struct gatehouse *gate = frame->state;
	if (gate->tick)
		event_free(gate->tick);
	login_gate_free(gate->logins);
	mail_gate_free(gate->mail);
	form_watch_free(gate->forms);
	porter_free(gate->porter);
	accounts_free(gate->accounts);
	free(gate->scanner);
	free(gate->filter);
	free(gate);
}

const struct process_handlers *
gate_role(void)
{
	static const struct process_handlers handlers = {
	    .prepare = gate_prepare,
	    .start = gate_start,
	    .blob = gate_blob,
	    .peer = gate_peer,
	    .message = gate_message,
	    .quit = gate_quit,
	};
	return &handlers;
}
