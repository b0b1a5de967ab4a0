/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hayward-reply: the mail server starts it for each answer of an owner to a
 * notice, the mail on standard input. Reading order:
 *
 *   reply/letter.c   what the mail says           (apart.c: in a child)
 *   reply/words.c    what of it is new            (html.c: if there is but HTML)
 *   here             what becomes of it
 *
 * It holds no secret and decides nothing: tag and words go to the running
 * hayward, which knows whether they belong together. Whatever is wrong with a
 * mail, the sender hears nothing of it, neither whether there is such a case
 * (exit status 0, a line in the log); only if hayward cannot be reached the mail
 * server shall keep the mail and try again (EX_TEMPFAIL).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "main/hayward/connection.h"
#include "main/reply/letter.h"
#include "model/answer_tag.h"

enum { CHUNK = 65536 };

/* What the mail server says of the mail; NULL: nothing. */
struct envelope {
	const char *sender;
	const char *recipient;
};

/* The first 1 MiB is kept; the rest is taken, for a mail server that cannot write is unhappy.
 */
static int
read_mail(struct str *ret_mail)
{
	auto_free char *chunk = memory_new(1, CHUNK);
	for (;;) {
		ssize_t got = read(STDIN_FILENO, chunk, CHUNK);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : 0;
		size_t room = LARGEST_LETTER - ret_mail->length;
		str_add_bytes(ret_mail, chunk, (size_t)got < room ? (size_t)got : room);
	}
}

/* Bounces and answering machines write without a sender; pipe(8) calls that MAILER-DAEMON. */
static bool
is_from_nobody(const char *sender)
{
	static const char daemon[] = "MAILER-DAEMON";
	return sender && (!*sender || strcmp(sender, "<>") == 0 ||
			     strncasecmp(sender, daemon, strlen(daemon)) == 0);
}

/* Told by the mail server, the address is where the mail went; headers are a last resort. */
static int
find_tag(const struct envelope *envelope, const struct letter *letter, uint64_t *ret_case,
    char ret_tag[ANSWER_TAG_SIZE])
{
	const char *told =
	    envelope->recipient && *envelope->recipient ? envelope->recipient : NULL;
	return answer_tag_find(told ? told : str_text(&letter->to), ret_case, ret_tag);
}

static json_t *
question_of(const struct letter *letter, uint64_t number, const char *tag)
{
	json_t *question = question_new(ASK_MAILED);
	json_object_set_new(question, "case", json_integer((json_int_t)number));
	json_object_set_new(question, "tag", json_string(tag));
	json_object_set_new(question, "note", json_string(str_text(&letter->words)));
	if (letter->from.length)
		json_object_set_new(question, "person", json_string(str_text(&letter->from)));
	return question;
}

static int
exit_status_of(const struct letter *letter, uint64_t number, const struct reply_read *reply)
{
	const char *from = str_text(&letter->from);
	bool later = reply->status == ANSWER_UNREACHED || reply->status == ANSWER_REFUSED;
	if (reply->status == ANSWER_OK)
		log_info(
		    "an answer of '%s' went into case %llu", from, (unsigned long long)number);
	else
		log_warning("an answer of '%s' %s: %s", from,
		    later ? "waits" : "is passed over", reply->text);
	return later ? EX_TEMPFAIL : EX_OK;
}

static int
hand_over(const struct arguments *arguments, const struct letter *letter, uint64_t number,
    const char *tag)
{
	auto_str path = {0}, why = {0};
	struct connection *connection = NULL;
	struct reply_read reply;
	arguments_socket(arguments, &path);
	if (connection_open(str_text(&path), &why, &connection)) {
		log_warning("an answer waits: %s", str_text(&why));
		return EX_TEMPFAIL;
	}
	int error = connection_ask(connection, question_of(letter, number, tag), &reply);
	connection_free(connection);
	if (error) {
		log_warning("an answer waits: hayward does not answer: %s", strerror(-error));
		return EX_TEMPFAIL;
	}
	int status = exit_status_of(letter, number, &reply);
	json_decref(reply.whole);
	return status;
}

/* Why nothing comes of the mail; NULL: it goes on. */
static const char *
fault_of(const struct letter *letter, bool has_tag)
{
	if (letter->automatic.length)
		return str_text(&letter->automatic);
	if (!has_tag)
		return "it was sent to no address of a notice";
	return letter->words.length ? NULL : "nothing new is in it";
}

static int
deliver(const struct arguments *arguments, const struct envelope *envelope)
{
	auto_str mail = {0};
	auto_letter letter = {0};
	uint64_t number = 0;
	char tag[ANSWER_TAG_SIZE];
	int status = read_mail(&mail);
	if (status) {
		log_warning("an answer waits: cannot read it: %s", strerror(-status));
		return EX_TEMPFAIL;
	}
	if (is_from_nobody(envelope->sender)) {
		log_info("a mail is passed over: it has no sender");
		return EX_OK;
	}
	status = letter_read_apart(mail.data, mail.length, &letter);
	if (status) {
		log_warning("a mail of '%s' %s", envelope->sender ? envelope->sender : "",
		    status == -EBADMSG ? "is passed over: it cannot be read" : "waits");
		return status == -EBADMSG ? EX_OK : EX_TEMPFAIL;
	}
	const char *fault = fault_of(&letter, !find_tag(envelope, &letter, &number, tag));
	if (fault) {
		log_info("a mail of '%s' is passed over: %s", str_text(&letter.from), fault);
		return EX_OK;
	}
	return hand_over(arguments, &letter, number, tag);
}

static const char *
environment(const char *one, const char *other)
{
	const char *value = getenv(one);
	return value && *value ? value : getenv(other);
}

int
main(int argc, char **argv)
{
	struct arguments arguments;
	struct envelope envelope = {
	    getenv("SENDER"), environment("ORIGINAL_RECIPIENT", "RECIPIENT")};
	bool to_terminal = false;
	const struct flag flags[] = {
	    {"--sender", .value = &envelope.sender},
	    {"--recipient", .value = &envelope.recipient},
	    {"--stderr", .is_set = &to_terminal},
	};
	/* A mistake in the mail server's configuration shall cost no answer. */
	if (arguments_read(argc, argv, flags, array_length(flags), &arguments) ||
	    !arguments_count(&arguments, 0, 0))
		return EX_TEMPFAIL;
	log_init("hayward-reply", !to_terminal, LOG_LEVEL_INFO);
	return deliver(&arguments, &envelope);
}
