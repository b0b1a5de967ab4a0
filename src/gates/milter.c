/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protocol has no document of its authors'; what is written here was found in the
 * behaviour of mail servers: a packet is four bytes of length, a command and its data; numbers
 * are big-endian; texts end in a NUL.
 */
#include "gates/milter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gates/milter_reply.h"

enum {
	OLDEST_VERSION = 6,
	LENGTH_SIZE = 4,
	/* A header is one packet, however long the mail server lets it be (Postfix's
	 * header_size_limit, 100 KiB unless its operator wants more). */
	LONGEST_PACKET = 256 * 1024 + 1,
	KEPT_INPUT = 128 * 1024, /* bytes of room that stay when nothing is left in it */
	MOST_PARTS = 512, /* texts of one packet: arguments of a command, names and values */
};

/* What a filter may ask to be let do, and what it asks the server to leave out. */
enum {
	MAY_ADD_HEADERS = 1 << 0,
	MAY_CHANGE_HEADERS = 1 << 4,
	MAY_HOLD = 1 << 5,
	MAY_CHOOSE_MACROS = 1 << 8,
};

enum {
	NO_ANSWER_TO_HEADER = 1 << 7,
	NO_UNKNOWN = 1 << 8,
	REFUSED_RECIPIENTS_TOO = 1 << 11,
	NO_ANSWER_TO_HELO = 1 << 13,
	NO_ANSWER_TO_DATA = 1 << 16,
	NO_ANSWER_TO_HEADERS = 1 << 18,
	NO_ANSWER_TO_BODY = 1 << 19,
	BLANKS_BEFORE_VALUES = 1 << 20, /* of headers: as they were, in both directions */
};

static const uint32_t actions_wanted =
    MAY_ADD_HEADERS | MAY_CHANGE_HEADERS | MAY_HOLD | MAY_CHOOSE_MACROS;
static const uint32_t left_out = NO_ANSWER_TO_HEADER | NO_UNKNOWN | REFUSED_RECIPIENTS_TOO |
                                 NO_ANSWER_TO_HELO | NO_ANSWER_TO_DATA | NO_ANSWER_TO_HEADERS |
                                 NO_ANSWER_TO_BODY | BLANKS_BEFORE_VALUES;

/*
 * The server sends them before each command of the stage, headers too, unless it is told which:
 * that is half of all that a filter costs it. It takes a stage with no macros as "as usual".
 */
static const char *const macros_wanted[MILTER_STAGE_COUNT] = {
    [MILTER_CONNECT] = "i j {client_addr} {client_port} {client_name} {client_ptr} "
                       "{daemon_name} {daemon_addr} {daemon_port}",
    [MILTER_HELO] = "{tls_version}",
    [MILTER_SENDER] = "i {auth_type} {auth_authen} {mail_addr}",
    [MILTER_RECIPIENT] = "i {rcpt_mailer} {rcpt_host}",
    [MILTER_DATA] = "i",
    [MILTER_MESSAGE] = "i",
    [MILTER_HEADERS] = "i",
};

struct packet {
	char command;
	const char *data; /* a NUL stands behind it */
	size_t length;
};

enum progress { PROGRESS_NEW, PROGRESS_AGREED, PROGRESS_CONNECTED, PROGRESS_MAIL };

struct milter {
	const struct milter_events *events;
	void *context;
	struct str input;
	struct str output;
	struct str macros[MILTER_STAGE_COUNT]; /* name, NUL, value, NUL and so on */
	struct milter_client client;
	enum progress progress;
	bool waits; /* for an answer */
	bool busy;  /* with what has come; whoever answers within does not begin anew */
	enum milter_stage asked;
	int failed; /* -errno, once it is over */
};

struct milter *
milter_new(const struct milter_events *events, void *context)
{
	struct milter *milter = memory_new(1, sizeof(*milter));
	milter->events = events;
	milter->context = context;
	return milter;
}

static void
client_done(struct milter *milter)
{
	free(milter->client.address);
	free(milter->client.name);
	milter->client = (struct milter_client){0};
}

void
milter_free(struct milter *milter)
{
	if (!milter)
		return;
	for (size_t i = 0; i < MILTER_STAGE_COUNT; i++)
		str_done(&milter->macros[i]);
	client_done(milter);
	str_done(&milter->input);
	str_done(&milter->output);
	free(milter);
}

bool
milter_waits(const struct milter *milter)
{
	return milter->waits;
}

struct str *
milter_output(struct milter *milter)
{
	return &milter->output;
}

const struct milter_client *
milter_client(const struct milter *milter)
{
	return milter->progress < PROGRESS_CONNECTED ? NULL : &milter->client;
}

const char *
milter_stage_name(enum milter_stage stage)
{
	static const char *const names[] = {[MILTER_CONNECT] = "CONNECT",
	    [MILTER_HELO] = "HELO",
	    [MILTER_SENDER] = "MAIL",
	    [MILTER_RECIPIENT] = "RCPT",
	    [MILTER_DATA] = "DATA",
	    [MILTER_MESSAGE] = "END-OF-MESSAGE",
	    [MILTER_HEADERS] = "END-OF-HEADERS"};
	return stage < MILTER_STAGE_COUNT ? names[stage] : "?";
}

/* ---- macros ---- */

/* "{client_addr}" and "client_addr" are the same. */
static bool
is_named(const char *told, const char *name)
{
	size_t length = strlen(name);
	if (*told != '{')
		return strcmp(told, name) == 0;
	return strncmp(told + 1, name, length) == 0 && strcmp(told + 1 + length, "}") == 0;
}

static const char *
find_macro(const struct str *macros, const char *name)
{
	const char *at = str_text(macros), *end = at + macros->length;
	while (at < end) {
		const char *value = at + strlen(at) + 1;
		if (is_named(at, name))
			return value;
		at = value + strlen(value) + 1;
	}
	return NULL;
}

const char *
milter_macro(const struct milter *milter, const char *name)
{
	static const enum milter_stage latest_first[] = {MILTER_MESSAGE, MILTER_HEADERS,
	    MILTER_DATA, MILTER_RECIPIENT, MILTER_SENDER, MILTER_HELO, MILTER_CONNECT};
	for (size_t i = 0; i < array_length(latest_first); i++) {
		const char *value = find_macro(&milter->macros[latest_first[i]], name);
		if (value)
			return value;
	}
	return NULL;
}

/* What was told of one message is nothing of the next. */
static void
forget_message(struct milter *milter)
{
	static const enum milter_stage of_message[] = {MILTER_SENDER, MILTER_RECIPIENT,
	    MILTER_DATA, MILTER_MESSAGE, MILTER_HEADERS};
	if (milter->progress == PROGRESS_MAIL) {
		milter->progress = PROGRESS_CONNECTED;
		milter->events->forget(milter->context);
	}
	for (size_t i = 0; i < array_length(of_message); i++)
		str_clear(&milter->macros[of_message[i]]);
}

static enum milter_stage
stage_of(char command)
{
	switch (command) {
	case 'C':
		return MILTER_CONNECT;
	case 'H':
		return MILTER_HELO;
	case 'M':
		return MILTER_SENDER;
	case 'R':
		return MILTER_RECIPIENT;
	case 'T':
		return MILTER_DATA;
	case 'E':
		return MILTER_MESSAGE;
	case 'N':
		return MILTER_HEADERS;
	default:
		return MILTER_STAGE_COUNT;
	}
}

/* How many texts there are; -1: the last has no end, or there are too many. */
static int
count_texts(const char *data, size_t length)
{
	int count = 0;
	for (const char *at = data, *end = data + length; at < end; at += strlen(at) + 1, count++)
		if (count == MOST_PARTS || at + strlen(at) >= end)
			return -1;
	return count;
}

static int
take_macros(struct milter *milter, const struct packet *packet)
{
	if (!packet->length)
		return -EBADMSG;
	enum milter_stage stage = stage_of(packet->data[0]);
	int count = count_texts(packet->data + 1, packet->length - 1);
	if (count < 0 || count % 2)
		return -EBADMSG;
	if (stage == MILTER_STAGE_COUNT)
		return 0; /* of headers, body or a command that is unknown: not asked for */
	str_clear(&milter->macros[stage]);
	str_add_bytes(&milter->macros[stage], packet->data + 1, packet->length - 1);
	return 0;
}

/* ---- what is told ---- */

static uint32_t
number_at(const char *data)
{
	const unsigned char *bytes = (const unsigned char *)data;
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static int
ask(struct milter *milter, enum milter_stage stage, const char *argument)
{
	milter->waits = true;
	milter->asked = stage;
	milter->events->question(milter->context, stage, argument);
	return 0;
}

static int
take_agreement(struct milter *milter, const struct packet *packet)
{
	if (packet->length < 12 || milter->progress != PROGRESS_NEW)
		return -EBADMSG;
	uint32_t version = number_at(packet->data);
	uint32_t actions = number_at(packet->data + 4), protocol = number_at(packet->data + 8);
	/* One that offers less is asked for nothing else: it would only hang up. */
	if (version < OLDEST_VERSION || (actions & actions_wanted) != actions_wanted ||
	    (protocol & left_out) != left_out)
		return -EBADMSG;
	milter_reply_agree(&milter->output, OLDEST_VERSION, actions_wanted, left_out,
	    macros_wanted, MILTER_STAGE_COUNT);
	milter->progress = PROGRESS_AGREED;
	return 0;
}

/* The name, its NUL, a letter for the family; of the known ones a port and a text. */
static int
take_client(struct milter *milter, const struct packet *packet)
{
	size_t name = strlen(packet->data) + 1;
	if (milter->progress != PROGRESS_AGREED || packet->length < name + 1)
		return -EBADMSG;
	const char *at = packet->data + name, *end = packet->data + packet->length;
	struct milter_client client = {.family = *at++};
	const char *address = "";
	if (client.family != MILTER_UNKNOWN) {
		if (end - at < 3 || end[-1])
			return -EBADMSG;
		client.port = (uint16_t)(number_at(at - 2) & 0xffff);
		address = at + 2;
	}
	client_done(milter);
	client.address = memory_copy_text(address);
	client.name = memory_copy_text(packet->data);
	milter->client = client;
	milter->progress = PROGRESS_CONNECTED;
	return ask(milter, MILTER_CONNECT, "");
}

static int
take_greeting(struct milter *milter, const struct packet *packet)
{
	(void)packet; /* the server's own checks are about it */
	return milter->progress < PROGRESS_CONNECTED ? -EBADMSG : 0;
}

static int
take_sender(struct milter *milter, const struct packet *packet)
{
	if (milter->progress != PROGRESS_CONNECTED ||
	    count_texts(packet->data, packet->length) < 1)
		return -EBADMSG;
	milter->progress = PROGRESS_MAIL;
	return ask(milter, MILTER_SENDER, packet->data);
}

static int
take_recipient(struct milter *milter, const struct packet *packet)
{
	if (milter->progress != PROGRESS_MAIL ||
	    count_texts(packet->data, packet->length) < 1)
		return -EBADMSG;
	return ask(milter, MILTER_RECIPIENT, packet->data);
}

static int
take_header(struct milter *milter, const struct packet *packet)
{
	if (milter->progress != PROGRESS_MAIL ||
	    count_texts(packet->data, packet->length) != 2)
		return -EBADMSG;
	milter->events->header(
	    milter->context, packet->data, packet->data + strlen(packet->data) + 1);
	return 0;
}

static int
take_end_of_headers(struct milter *milter, const struct packet *packet)
{
	(void)packet;
	if (milter->progress != PROGRESS_MAIL)
		return -EBADMSG;
	milter->events->end_of_headers(milter->context);
	return 0;
}

static int
take_body(struct milter *milter, const struct packet *packet)
{
	if (milter->progress != PROGRESS_MAIL)
		return -EBADMSG;
	if (packet->length)
		milter->events->body(milter->context, packet->data, packet->length);
	return 0;
}

static int
take_message(struct milter *milter, const struct packet *packet)
{
	int status = take_body(milter, packet);
	return status ? status : ask(milter, MILTER_MESSAGE, "");
}

static int
take_nothing(struct milter *milter, const struct packet *packet)
{
	(void)packet;
	return milter->progress == PROGRESS_NEW ? -EBADMSG : 0;
}

static int
take_abort(struct milter *milter, const struct packet *packet)
{
	(void)packet;
	forget_message(milter);
	return 0;
}

/* The connection is used again for another client. */
static int
take_next_client(struct milter *milter, const struct packet *packet)
{
	(void)packet;
	if (milter->progress == PROGRESS_NEW)
		return -EBADMSG;
	forget_message(milter);
	client_done(milter);
	str_clear(&milter->macros[MILTER_CONNECT]);
	str_clear(&milter->macros[MILTER_HELO]);
	milter->progress = PROGRESS_AGREED;
	return 0;
}

static int
take_leave(struct milter *milter, const struct packet *packet)
{
	(void)packet;
	forget_message(milter);
	return -ECONNRESET;
}

static int
take_packet(struct milter *milter, const struct packet *packet)
{
	static const struct {
		char command;
		int (*accept)(struct milter *milter, const struct packet *packet);
	} commands[] = {
	    {'L', take_header},
	    {'B', take_body},
	    {'D', take_macros},
	    {'R', take_recipient},
	    {'M', take_sender},
	    {'E', take_message},
	    {'N', take_end_of_headers},
	    {'T', take_nothing}, /* DATA */
	    {'H', take_greeting},
	    {'C', take_client},
	    {'A', take_abort},
	    {'K', take_next_client},
	    {'Q', take_leave},
	    {'O', take_agreement},
	    {'U', take_nothing}, /* a command that the server does not know */
	};
	for (size_t i = 0; i < array_length(commands); i++)
		if (commands[i].command == packet->command)
			return commands[i].accept(milter, packet);
	return -EBADMSG;
}

/* ---- packets ---- */

/*
 * The first packet of what has come. 0: it is not whole. A byte of NUL is lent behind its data,
 * so that a text without an end has one.
 */
static int
next_packet(struct milter *milter, size_t at, struct packet *ret_packet, size_t *ret_size)
{
	const struct str *input = &milter->input;
	if (input->length - at < LENGTH_SIZE)
		return 0;
	uint32_t length = number_at(input->data + at);
	if (!length || length > LONGEST_PACKET)
		return -EBADMSG;
	if (input->length - at - LENGTH_SIZE < length)
		return 0;
	ret_packet->command = input->data[at + LENGTH_SIZE];
	ret_packet->data = input->data + at + LENGTH_SIZE + 1;
	ret_packet->length = length - 1;
	*ret_size = LENGTH_SIZE + length;
	return 1;
}

static int
take_lent(struct milter *milter, const struct packet *packet)
{
	char *end = (char *)(uintptr_t)(packet->data + packet->length);
	char lent = *end;
	*end = '\0';
	int status = take_packet(milter, packet);
	*end = lent;
	return status;
}

static int
take_up(struct milter *milter)
{
	size_t at = 0;
	int status = 0;
	milter->busy = true;
	while (!milter->waits && !status) {
		struct packet packet;
		size_t size;
		status = next_packet(milter, at, &packet, &size);
		if (status <= 0)
			break;
		at += size;
		status = take_lent(milter, &packet);
	}
	str_drop(&milter->input, at);
	if (!milter->input.length && milter->input.capacity > KEPT_INPUT)
		str_done(&milter->input);
	milter->busy = false;
	return status;
}

int
milter_read(struct milter *milter, const void *bytes, size_t length)
{
	if (milter->failed)
		return milter->failed;
	str_add_bytes(&milter->input, bytes, length);
	milter->failed = milter->waits ? 0 : take_up(milter);
	return milter->failed;
}

/* ---- answers ---- */

static char
letter_of(enum milter_verdict verdict)
{
	return verdict == MILTER_ACCEPT ? 'a' : verdict == MILTER_DISCARD ? 'd' : 'c';
}

int
milter_answer(struct milter *milter, enum milter_verdict verdict, const char *text)
{
	milter->waits = false;
	if (verdict == MILTER_REPLY)
		milter_reply_words(&milter->output, text);
	else
		milter_reply(&milter->output, letter_of(verdict), "", 0);
	/* Of a refused sender nothing follows; of an accepted one nothing is told any more. */
	if (milter->asked == MILTER_MESSAGE ||
	    (milter->asked == MILTER_SENDER && verdict != MILTER_CONTINUE))
		forget_message(milter);
	if (!milter->busy && !milter->failed)
		milter->failed = take_up(milter);
	return milter->failed;
}

void
milter_insert_header(struct milter *milter, const char *name, const char *value)
{
	milter_reply_insert(&milter->output, name, value);
}

void
milter_remove_header(struct milter *milter, const char *name, uint32_t index)
{
	milter_reply_remove(&milter->output, name, index);
}

void
milter_hold(struct milter *milter, const char *reason)
{
	milter_reply(&milter->output, 'q', reason, strlen(reason) + 1);
}
