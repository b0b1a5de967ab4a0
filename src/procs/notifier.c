/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notifier: notices of the engine become mails and are handed to the relay,
 * or written into a folder. It knows words and addresses, and neither accounts
 * nor the database.
 *
 * SECURITY: every fact in a notice may hold what a customer chose, and what the
 * relay answers is a stranger's text; both are escaped where they are used. It
 * runs as its own user, without any capability.
 *
 * It keeps no notice on disk: the engine sends again what it has not heard to be
 * delivered, and the Message-ID of a notice is always the same. All it has there
 * is the key of the tags in addresses that owners answer to (model/answer_tag.h),
 * made once; the engine, which verifies them, hears it at each start.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "actions/post.h"
#include "base/arena.h"
#include "base/crash.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "procs/roles.h"

#define KEY_FILE "answers.key"

struct notifier {
	struct post *post;
	bool has_key;
	uint8_t key[ANSWER_KEY_SIZE];
};

static void
send_delivery(void *context, const struct delivery *delivery)
{
	struct process_frame *frame = context;
	auto_str bytes = {0};
	delivery_encode(delivery, &bytes);
	int status = process_send(
	    frame, PROCESS_ENGINE, MESSAGE_DELIVERED, bytes.data, bytes.length, -1);
	if (status)
		log_warning("cannot tell what became of notice %016llx: %s",
		    (unsigned long long)delivery->notice, strerror(-status));
}

static int
notifier_prepare(struct process_frame *frame)
{
	frame->state = memory_new(1, sizeof(struct notifier));
	return 0;
}

static void
say_ready(struct process_frame *frame)
{
	const struct config *config = frame->config;
	if (*config->eml)
		process_ready(frame, "notices go to the folder '%s'", config->eml);
	else
		process_ready(frame, "notices go to %s", config->relay);
}

/* With another key no answer to an older notice would be believed. */
static void
find_key(struct process_frame *frame)
{
	struct notifier *notifier = frame->state;
	if (notifier->has_key || !*frame->config->replies)
		return;
	int status = file_secret(
	    frame->directory, KEY_FILE, notifier->key, sizeof(notifier->key));
	if (status)
		log_error("owners answer to the operator: no key in '%s/notifier/" KEY_FILE
			  "': %s",
		    frame->options->state, strerror(-status));
	notifier->has_key = !status;
}

static void
tell_seal(struct process_frame *frame)
{
	struct notifier *notifier = frame->state;
	auto_str bytes = {0};
	if (!notifier->post || !process_has_peer(frame, PROCESS_ENGINE))
		return;
	answer_seal_encode(post_seal(notifier->post), &bytes);
	int status = process_send(
	    frame, PROCESS_ENGINE, MESSAGE_ANSWER_SEAL, bytes.data, bytes.length, -1);
	if (status)
		log_warning("cannot tell how answers are verified: %s", strerror(-status));
}

static void
notifier_peer(struct process_frame *frame, enum process peer, bool connected)
{
	if (connected && peer == PROCESS_ENGINE)
		tell_seal(frame);
}

/* The frame gives the new settings before it tells of them. */
static int
notifier_blob(struct process_frame *frame, enum blob kind, const void *bytes, size_t length)
{
	struct notifier *notifier = frame->state;
	(void)bytes;
	(void)length;
	if (kind != BLOB_CONFIG || !notifier->post)
		return 0;
	find_key(frame);
	post_set_key(notifier->post, notifier->has_key ? notifier->key : NULL);
	post_set_config(notifier->post, frame->config);
	tell_seal(frame);
	say_ready(frame);
	return 0;
}

static int
notifier_start(struct process_frame *frame)
{
	struct notifier *notifier = frame->state;
	find_key(frame);
	struct post_settings settings = {
	    .config = frame->config,
	    .key = notifier->has_key ? notifier->key : NULL,
	    .base = frame->loop,
	    .report = send_delivery,
	    .context = frame,
	};
	notifier->post = post_new(&settings);
	tell_seal(frame);
	say_ready(frame);
	return 0;
}

static int
notifier_message(struct process_frame *frame, enum process from, enum message message,
    const void *bytes, size_t length, int *fd)
{
	struct notifier *notifier = frame->state;
	auto_arena struct arena *arena = arena_new();
	struct notice notice;
	(void)from;
	(void)fd;
	if (message != MESSAGE_NOTICE)
		return -EBADMSG;
	int status = notice_decode(bytes, length, arena, &notice);
	crash_point(CRASH_NOTIFIER_HEARD);
	if (!status)
		post_send(notifier->post, &notice);
	return status;
}

static void
notifier_quit(struct process_frame *frame)
{
	struct notifier *notifier = frame->state;
	post_free(notifier->post);
	free(notifier);
	frame->state = NULL;
}

const struct process_handlers *
notifier_role(void)
{
	static const struct process_handlers handlers = {
	    .prepare = notifier_prepare,
	    .start = notifier_start,
	    .blob = notifier_blob,
	    .peer = notifier_peer,
	    .message = notifier_message,
	    .quit = notifier_quit,
	};
	return &handlers;
}
