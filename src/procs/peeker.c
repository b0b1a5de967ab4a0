/* SPDX-License-Identifier: Apache-2.0 */
/* Answers the engine's and the gate's questions about processes and files, one by one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "model/question.h"
#include "procs/cost.h"
#include "procs/roles.h"
#include "sensors/mail_peek.h"
#include "sensors/peek.h"
#include "sensors/peek_tree.h"
#include "sensors/socket_ask.h"

struct peeker {
	struct accounts *accounts;
	int kernel; /* see sensors/socket_ask.h; -1: it is not asked */
};

/* Sockets are made before it is shut in. */
static int
peeker_prepare(struct process_frame *frame)
{
	struct peeker *peeker = memory_new(1, sizeof(*peeker));
	frame->state = peeker;
	peeker->kernel = socket_ask_open();
	if (peeker->kernel < 0)
		log_warning(
		    "the kernel is not asked about connections: %s", strerror(-peeker->kernel));
	return 0;
}

static int
peeker_start(struct process_frame *frame)
{
	process_ready(frame, "looking");
	return 0;
}

static int
peeker_blob(struct process_frame *frame, enum blob kind, const void *bytes, size_t length)
{
	struct peeker *peeker = frame->state;
	struct accounts *accounts = NULL;
	if (kind != BLOB_ACCOUNTS)
		return 0;
	int status = accounts_decode(bytes, length, &accounts);
	if (status)
		return status;
	accounts_free(peeker->accounts);
	peeker->accounts = accounts;
	return 0;
}

/* The parent is ours, its children are all of us. */
static void
answer_cost(const struct question *question, struct answer *ret_answer)
{
	*ret_answer = (struct answer){.id = question->id, .kind = question->kind, .path = ""};
	ret_answer->status = cost_measure(getppid(), ret_answer);
}

static void
send_tree(struct process_frame *frame, const struct question *question,
    const struct evidence_tree *tree)
{
	auto_str bytes = {0};
	evidence_tree_encode(tree, question->id, &bytes);
	if (process_send(frame, PROCESS_ENGINE, MESSAGE_TREE, bytes.data, bytes.length, -1))
		log_debug("a tree of processes found nobody");
}

/* Twice: what can be had without waiting for anybody goes out before the command lines. */
static void
answer_tree(struct process_frame *frame, const struct question *question, struct arena *arena)
{
	const struct peeker *peeker = frame->state;
	const struct account *account = accounts_find_id(peeker->accounts, question->account);
	struct evidence_tree tree = {.status = -ENOENT};
	if (account)
		peek_tree(peeker->accounts, account, clock_boot(), arena, &tree);
	if (!tree.status && question->kind == QUESTION_TREE) {
		struct evidence_tree first = tree;
		first.status = -EINPROGRESS;
		send_tree(frame, question, &first);
		peek_commands(arena, &tree);
	}
	send_tree(frame, question, &tree);
}

/* What stands in a queue file strangers wrote, so it is not read here. */
static int
answer_gate(struct process_frame *frame, const void *bytes, size_t length)
{
	const struct peeker *peeker = frame->state;
	struct mail_question question;
	struct mail_answer answer;
	auto_str reply = {0};
	int status = mail_question_decode(bytes, length, &question);
	if (status)
		return status;
	auto_fd int file = mail_peek(peeker->kernel, &question, &answer);
	mail_answer_encode(&answer, &reply);
	enum message message = file >= 0 ? MESSAGE_QUEUE_FILE : MESSAGE_MAIL_ANSWER;
	if (process_send(frame, PROCESS_GATE, message, reply.data, reply.length, file))
		log_debug("an answer found no gate");
	return 0;
}

static int
peeker_message(struct process_frame *frame, enum process from, enum message message,
    const void *bytes, size_t length, int *fd)
{
	const struct peeker *peeker = frame->state;
	(void)from, (void)fd;
	if (message == MESSAGE_MAIL_QUESTION)
		return answer_gate(frame, bytes, length);
	auto_arena struct arena *arena = arena_new();
	struct question question;
	struct answer answer;
	if (message != MESSAGE_QUESTION || question_decode(bytes, length, arena, &question))
		return -EBADMSG;
	crash_point(CRASH_PEEKER_ASKED);
	if (question.kind == QUESTION_TREE || question.kind == QUESTION_NAMES) {
		answer_tree(frame, &question, arena);
		return 0;
	}
	if (question.kind == QUESTION_COST)
		answer_cost(&question, &answer);
	else
		peek_answer(&question, peeker->accounts, arena, &answer);
	auto_str reply = {0};
	answer_encode(&answer, &reply);
	if (process_send(frame, PROCESS_ENGINE, MESSAGE_ANSWER, reply.data, reply.length, -1))
		log_debug("an answer found nobody");
	return 0;
}

static void
peeker_quit(struct process_frame *frame)
{
	struct peeker *peeker = frame->state;
	accounts_free(peeker->accounts);
	if (peeker->kernel >= 0)
		close(peeker->kernel);
	free(peeker);
}

const struct process_handlers *
peeker_role(void)
{
	static const struct process_handlers handlers = {
	    .prepare = peeker_prepare,
	    .start = peeker_start,
	    .blob = peeker_blob,
	    .message = peeker_message,
	    .quit = peeker_quit,
	};
	return &handlers;
}
