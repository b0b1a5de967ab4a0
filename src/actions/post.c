/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A letter is one mail to one address. A notice to an owner makes two: the
 * owner's, whose fate is reported, and the operator's copy, which may fail by
 * itself without harm. A letter waits, doubling from a minute to an hour, until
 * the relay takes it or refuses it for good.
 */
#include "actions/post.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions/letters.h"
#include "actions/mail.h"
#include "actions/smtp.h"
#include "base/crash.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"

enum {
	FIRST_WAIT = 60 * 1000, /* ms */
	LONGEST_WAIT = 60 * 60 * 1000,
	MOST_AT_ONCE = 4,
	MOST_DELIVERED = 10000,
};

struct letter {
	struct post *post;
	struct letter *next;
	uint64_t notice;
	bool is_copy; /* the operator's; its fate is not reported */
	char *to;
	struct str bytes;
	struct smtp *smtp; /* under way; else NULL */
	struct event *timer;
	bool is_due;
	int64_t wait; /* ms until the next try */
	int64_t late; /* ms it has waited in all */
	bool told_late;
};

struct post {
	struct post_settings settings;
	struct letters *words;
	char *host;
	struct letter *first;
	size_t under_way;
	struct map *delivered; /* notice -> itself, so that a repeated one is not sent again */
	uint64_t order[MOST_DELIVERED];
	size_t delivered_count;
};

static void try_letters(struct post *post);

static void
report(struct post *post, uint64_t notice, int status, const char *words)
{
	struct delivery delivery = {notice, status, words};
	post->settings.report(post->settings.context, &delivery);
}

static void
letter_free(struct letter *letter)
{
	for (struct letter **at = &letter->post->first; *at; at = &(*at)->next)
		if (*at == letter) {
			*at = letter->next;
			break;
		}
	smtp_cancel(letter->smtp);
	if (letter->timer)
		event_free(letter->timer);
	str_done(&letter->bytes);
	free(letter->to);
	free(letter);
}

/* The latest of them, for the engine repeats only what it has not heard of. */
static void
remember(struct post *post, uint64_t notice)
{
	uint64_t *slot = &post->order[post->delivered_count++ % MOST_DELIVERED];
	if (post->delivered_count > MOST_DELIVERED)
		map_remove_u64(post->delivered, *slot);
	*slot = notice;
	map_put_u64(post->delivered, notice, slot);
}

static void
settle(struct letter *letter, int status, const char *words)
{
	struct post *post = letter->post;
	uint64_t notice = letter->notice;
	bool is_copy = letter->is_copy;
	if (status)
		log_warning(
		    "notice %016" PRIx64 " to '%s' is refused: %s", notice, letter->to, words);
	letter_free(letter);
	if (is_copy)
		return;
	crash_point(CRASH_NOTIFIER_DELIVERED);
	if (!status)
		remember(post, notice);
	report(post, notice, status, words);
}

static void
on_timer(evutil_socket_t fd, short what, void *context)
{
	struct letter *letter = context;
	(void)fd;
	(void)what;
	letter->is_due = true;
	try_letters(letter->post);
}

/* Staff hear once that it is late; it is tried on all the same. */
static void
wait_on(struct letter *letter, const char *words)
{
	struct post *post = letter->post;
	struct timeval wait = {letter->wait / 1000, letter->wait % 1000 * 1000};
	log_info("notice %016" PRIx64 " waits %" PRId64 " s: %s", letter->notice,
	    letter->wait / 1000, words);
	event_add(letter->timer, &wait);
	bool was_told = letter->told_late;
	letter->late += letter->wait;
	letter->wait = letter->wait * 2 < LONGEST_WAIT ? letter->wait * 2 : LONGEST_WAIT;
	letter->told_late |= letter->late >= post->settings.config->undelivered;
	if (letter->told_late && !was_told && !letter->is_copy)
		report(post, letter->notice, -EAGAIN, words);
}

static void
on_result(void *context, enum smtp_result result, const char *words)
{
	struct letter *letter = context;
	struct post *post = letter->post;
	letter->smtp = NULL;
	post->under_way--;
	switch (result) {
	case SMTP_TAKEN:
		settle(letter, 0, words);
		break;
	case SMTP_NEVER:
		settle(letter, -ENXIO, words);
		break;
	case SMTP_LATER:
		wait_on(letter, words);
		break;
	}
	try_letters(post);
}

/*
 * Into the folder: the name is made from the Message-ID, so a notice that is
 * written twice, as after a crash, is there once.
 */
static int
write_file(const struct letter *letter)
{
	struct post *post = letter->post;
	auto_str name = {0};
	auto_fd int folder =
	    open(post->settings.config->eml, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	mail_add_id(letter->notice, post->host, &name);
	str_add(&name, ".eml");
	return file_replace(
	    folder, str_text(&name), 0640, letter->bytes.data, letter->bytes.length);
}

static void
put_into_folder(struct letter *letter)
{
	int status = letter->is_copy ? 0 : write_file(letter);
	if (status)
		wait_on(letter, strerror(-status));
	else
		settle(letter, 0, "written as a file");
}

static void
hand_to_relay(struct letter *letter)
{
	struct post *post = letter->post;
	auto_str sender = {0};
	struct smtp_relay relay;
	if (smtp_parse_relay(post->settings.config->relay, &relay)) {
		wait_on(
		    letter, "the relay in hayward.conf is not smtp://HOST or smtp://HOST:PORT");
		return;
	}
	letters_add_sender(post->words, &sender);
	struct smtp_message message = {
	    .relay = &relay,
	    .name = post->host,
	    .from = str_text(&sender),
	    .to = letter->to,
	    .bytes = letter->bytes.data,
	    .length = letter->bytes.length,
	    .patience = post->settings.patience,
	};
	letter->smtp = smtp_send(post->settings.base, &message, on_result, letter);
	if (letter->smtp)
		post->under_way++;
	else
		wait_on(letter, "the relay in hayward.conf is not to be found");
}

/* Begins the next letter that is due; false: none is. */
static bool
try_one(struct post *post)
{
	for (struct letter *letter = post->first; letter; letter = letter->next) {
		if (!letter->is_due || letter->smtp)
			continue;
		letter->is_due = false;
		if (*post->settings.config->eml)
			put_into_folder(letter);
		else
			hand_to_relay(letter);
		return true;
	}
	return false;
}

static void
try_letters(struct post *post)
{
	while (post->under_way < MOST_AT_ONCE && try_one(post))
		continue;
}

static void
add_letter(struct post *post, const struct notice *notice, const char *to, bool is_copy,
    const struct str *bytes)
{
	struct letter *letter = memory_new(1, sizeof(*letter));
	struct letter **last = &post->first;
	while (*last)
		last = &(*last)->next;
	letter->post = post;
	letter->notice = notice->id;
	letter->is_copy = is_copy;
	letter->to = memory_copy_text(to);
	letter->wait = post->settings.first_wait ? post->settings.first_wait : FIRST_WAIT;
	letter->is_due = true;
	letter->timer = evtimer_new(post->settings.base, on_timer, letter);
	if (!letter->timer)
		fatal("cannot make a timer");
	str_add_bytes(&letter->bytes, bytes->data, bytes->length);
	*last = letter;
}

static bool
is_waiting(const struct post *post, uint64_t notice)
{
	for (const struct letter *letter = post->first; letter; letter = letter->next)
		if (letter->notice == notice && !letter->is_copy)
			return true;
	return false;
}

void
post_send(struct post *post, const struct notice *notice)
{
	auto_str bytes = {0}, operator= {0};
	if (map_find_u64(post->delivered, notice->id)) {
		report(post, notice->id, 0, "was delivered before");
		return;
	}
	if (is_waiting(post, notice->id))
		return;
	letters_add_operator(post->words, &operator);
	const char *to = *notice->to ? notice->to : str_text(&operator);
	if (!mail_address_is_fine(to)) {
		report(post, notice->id, -ENXIO,
		    "the address is not one that mail can be sent to");
		return;
	}
	letters_compose(post->words, notice, to, &bytes);
	add_letter(post, notice, to, false, &bytes);
	if (strcmp(to, str_text(&operator)) != 0 && mail_address_is_fine(str_text(&operator))) {
		str_clear(&bytes);
		letters_compose_copy(post->words, notice, to, &bytes);
		add_letter(post, notice, str_text(&operator), true, &bytes);
	}
	try_letters(post);
}

size_t
post_waiting(const struct post *post)
{
	size_t waiting = 0;
	for (const struct letter *letter = post->first; letter; letter = letter->next)
		waiting += !letter->is_copy;
	return waiting;
}

/* A line of a log is one line; a complaint has three. */
static void
log_complaints(const struct diag *diag)
{
	auto_str complaints = {0};
	char *saved = NULL;
	diag_print(diag, &complaints);
	for (char *line = complaints.length ? strtok_r(complaints.data, "\n", &saved) : NULL;
	     line; line = strtok_r(NULL, "\n", &saved))
		log_warning("%s", line);
}

void
post_set_config(struct post *post, const struct config *config)
{
	struct diag *diag = diag_new();
	post->settings.config = config;
	letters_free(post->words);
	post->words = letters_new(config, post->settings.key, diag);
	free(post->host);
	post->host = memory_copy_text(letters_host(post->words));
	log_complaints(diag);
	diag_free(diag);
}

void
post_set_key(struct post *post, const uint8_t *key)
{
	post->settings.key = key;
}

const struct answer_seal *
post_seal(const struct post *post)
{
	return letters_seal(post->words);
}

struct post *
post_new(const struct post_settings *settings)
{
	struct post *post = memory_new(1, sizeof(*post));
	post->settings = *settings;
	post->delivered = map_new();
	post_set_config(post, settings->config);
	return post;
}

void
post_free(struct post *post)
{
	if (!post)
		return;
	while (post->first)
		letter_free(post->first);
	letters_free(post->words);
	map_free(post->delivered);
	free(post->host);
	free(post);
}
