/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers mail servers, by milter, about each mail: who sends it, and whether it has a virus;
 * see gates/mail_gate.h. Below the run directory each place that has a mail server has a
 * folder with its sockets: this host, and the roles of a site. There the site's clamd listens,
 * too.
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

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "gates/mail_gate.h"
#include "gates/queue_file.h"
#include "model/account.h"
#include "model/gate_sockets.h"
#include "model/tables.h"
#include "procs/roles.h"
#include "procs/sandbox.h"

#define KEY_FILE "pass-key"

enum { BACKLOG = 128 };

/* Whose clamd scans: that of the settings, one that listens beside our sockets, nobody's. */
enum scanner { SCANNER_HOSTS, SCANNER_OWN, SCANNER_NONE };

static const struct {
	const char *name;
	enum scanner scanner;
	bool hands_on;
} places[] = {
#define GATE_PLACE(name, scanner, hands_on) {name, scanner, hands_on},
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
	struct mail_gate *mail;
	struct mail_place *places[array_length(places)];
	struct accounts *accounts;
	char *scanner; /* of the settings */
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

static const struct account *
login(void *context, const char *name)
{
	struct gatehouse *gate = context;
	return accounts_find_login(gate->accounts, name);
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
listen_at(const char *path, int *ret_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	auto_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
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
		status = listen_at(str_text(&path), &gate->listeners[place][door]);
	}
	return status;
}

/* The parent holds the lock of the run directory, so nobody else's sockets are replaced. */
static int
gate_prepare(struct process_frame *frame)
{
	struct gatehouse *gate = memory_new(1, sizeof(*gate));
	auto_str all = {0};
	frame->state = gate;
	gate->frame = frame;
	gate->scanner = memory_copy_text("");
	memset(gate->listeners, -1, sizeof(gate->listeners));
	str_addf(&all, "%s/" GATE_FOLDER, frame->options->run);
	int status = make_folder(str_text(&all));
	for (size_t place = 0; place < array_length(places) && !status; place++)
		status = open_place(gate, place, str_text(&all));
	if (status) {
		log_error("cannot listen below '%s': %s", str_text(&all), strerror(-status));
		return status;
	}
	/* Mails that are on their way between servers have passes sealed with it. */
	status = file_secret(frame->directory, KEY_FILE, gate->key, MAIL_PASS_KEY);
	if (status)
		log_error("no key in '%s/gate/" KEY_FILE "': %s", frame->options->state,
		    strerror(-status));
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

static int
serve_place(struct gatehouse *gate, size_t number)
{
	struct mail_place *place =
	    mail_gate_place(gate->mail, places[number].name, places[number].hands_on);
	auto_str own = {0};
	gate->places[number] = place;
	str_addf(&own, "%s/" GATE_FOLDER "/%s/" GATE_CLAMD_SOCKET, gate->frame->options->run,
	    places[number].name);
	if (places[number].scanner == SCANNER_OWN)
		mail_gate_scanner(gate->mail, place, str_text(&own));
	for (size_t door = 0; door < MAIL_DOOR_COUNT; door++) {
		int fd = gate->listeners[number][door];
		gate->listeners[number][door] = -1;
		if (mail_gate_serve(gate->mail, fd, place, (enum mail_door)door))
			return -ENOMEM;
	}
	return 0;
}

static int
gate_start(struct process_frame *frame)
{
	struct gatehouse *gate = frame->state;
	const struct mail_ways ways = {gate, ask, is_server, account, login, record};
	gate->mail = mail_gate_new(frame->loop, &ways);
	mail_gate_key(gate->mail, gate->key);
	for (size_t place = 0; place < array_length(places); place++)
		if (serve_place(gate, place))
			return -ENOMEM;
	set_scanner(gate);
	process_ready(frame, "answering mail servers");
	return 0;
}

static int
gate_blob(struct process_frame *frame, enum blob kind, const void *bytes, size_t length)
{
	struct gatehouse *gate = frame->state;
	struct accounts *accounts = NULL;
	if (kind == BLOB_CONFIG && gate->mail)
		set_scanner(gate);
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
	if (peer == PROCESS_PEEKER)
		mail_gate_unanswered(gate->mail);
	if (peer == PROCESS_ENGINE)
		mail_gate_unnoted(gate->mail);
}

/* ---- answers ---- */

/* Who handed the mail in stands at the beginning of its queue file. */
static void
read_queue_file(int fd, struct mail_answer *answer)
{
	auto_free char *head = memory_new(1, QUEUE_FILE_HEAD);
	ssize_t length = pread(fd, head, QUEUE_FILE_HEAD, 0);
	answer->status =
	    length < 0 ? -errno : queue_file_uid(head, (size_t)length, &answer->uid);
	if (!answer->status)
		answer->handed_at = queue_file_time(head, (size_t)length);
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

static int
gate_message(struct process_frame *frame, enum process from, enum message message,
    const void *bytes, size_t length, int *fd)
{
	(void)from;
	struct gatehouse *gate = frame->state;
	struct mail_answer answer;
	if (message == MESSAGE_MAIL_NOTED)
		return on_noted(gate, bytes, length);
	int status = mail_answer_decode(bytes, length, &answer);
	if (status)
		return status;
	if (message == MESSAGE_QUEUE_FILE)
		read_queue_file(*fd, &answer);
	if (gate->mail)
		mail_gate_answer(gate->mail, &answer);
	return 0;
}

static void
gate_quit(struct process_frame *frame)
{
	struct gatehouse *gate = frame->state;
	mail_gate_free(gate->mail);
	accounts_free(gate->accounts);
	free(gate->scanner);
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
