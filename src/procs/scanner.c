/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks into accounts' homes: lists the scripts of one account after the
 * other, and copies the files that a case names. What it finds goes to the
 * keeper; the engine only says whose. A walk goes on in slices between what is
 * heard, so that it delays nothing and can end at any time.
 *
 * What is asked again while it waits is one. What is lost, because this process
 * or the keeper died, the engine asks again.
 *
 * SECURITY: it may read every file, so it parses none (see scan/recognise.c)
 * and copies bytes without looking at them.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/wire.h"
#include "procs/roles.h"
#include "scan/collect.h"
#include "scan/walk.h"

enum {
	SLICE_WORK = 500,     /* of walk_step() */
	SLICE_MS = 20,	      /* of work at a stretch */
	PAUSE_US = 20 * 1000, /* at most half of a processor */
	LONGEST_WALK = 15 * 60 * 1000,
	MOST_WANTED = 65536,
};

/* An account whose scripts are to be listed. */
struct wanted {
	uint32_t account;
	uint32_t generation;
};

struct scanner {
	struct process_frame *frame;
	struct accounts *accounts;
	struct wanted *wanted; /* the first is at work if there is a walk */
	size_t wanted_count, wanted_capacity;
	struct walk *walk;
	int64_t begun; /* boot ms */
	struct event *slice;
};

static void
schedule(struct scanner *scanner)
{
	static const struct timeval pause = {.tv_usec = PAUSE_US};
	if (scanner->wanted_count && evtimer_add(scanner->slice, &pause))
		fatal("cannot set a timer");
}

static void
send_inventory(struct scanner *scanner, const struct inventory *inventory)
{
	auto_str bytes = {0};
	inventory_encode(inventory, &bytes);
	if (bytes.length > message_most(MESSAGE_INVENTORY)) {
		log_error("the list of account %u is too large to be kept", inventory->account);
		return;
	}
	if (process_send(scanner->frame, PROCESS_KEEPER, MESSAGE_INVENTORY, bytes.data,
		bytes.length, -1))
		log_debug("a list found nobody to keep it");
}

static void
next_account(struct scanner *scanner)
{
	walk_free(take(scanner->walk));
	scanner->wanted_count--;
	memmove(scanner->wanted, scanner->wanted + 1,
	    scanner->wanted_count * sizeof(*scanner->wanted));
}

/* An account that cannot be walked through has a list, too: of nothing, and why. */
static void
begin_walk(struct scanner *scanner)
{
	struct wanted wanted = scanner->wanted[0];
	const struct account *account = accounts_find_id(scanner->accounts, wanted.account);
	int status = -ENOENT;
	if (account && account->generation == wanted.generation)
		status = walk_new(account, &walk_limits_usual, &scanner->walk);
	scanner->begun = clock_boot();
	if (!status)
		return;
	struct inventory nothing = {
	    .account = wanted.account, .generation = wanted.generation, .status = status};
	send_inventory(scanner, &nothing);
	next_account(scanner);
}

static void
walk_on(struct scanner *scanner)
{
	int64_t from = clock_boot();
	bool more = true;
	while (more && clock_boot() - from < SLICE_MS)
		more = walk_step(scanner->walk, SLICE_WORK);
	if (more && from - scanner->begun > LONGEST_WALK) {
		walk_cut(scanner->walk);
		more = false;
	}
	if (more)
		return;
	send_inventory(scanner, walk_result(scanner->walk));
	next_account(scanner);
}

static void
on_slice(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	struct scanner *scanner = context;
	if (scanner->wanted_count && !scanner->walk)
		begin_walk(scanner);
	if (scanner->walk)
		walk_on(scanner);
	schedule(scanner);
}

static int
accept_scan(struct scanner *scanner, const void *bytes, size_t length)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct wanted wanted = {0};
	wanted.account = wire_get_u32(&reader);
	wanted.generation = wire_get_u32(&reader);
	if (wire_end(&reader))
		return -EBADMSG;
	/* One that is at work may have passed what is now asked about. */
	for (size_t i = scanner->walk ? 1 : 0; i < scanner->wanted_count; i++)
		if (scanner->wanted[i].account == wanted.account)
			return 0;
	if (scanner->wanted_count >= MOST_WANTED)
		return 0;
	memory_grow(&scanner->wanted, scanner->wanted_count, &scanner->wanted_capacity,
	    sizeof(*scanner->wanted));
	scanner->wanted[scanner->wanted_count++] = wanted;
	schedule(scanner);
	return 0;
}

static void
refuse_files(struct evidence_package *package, int status)
{
	for (uint32_t i = 0; i < package->file_count; i++)
		package->files[i] = (struct evidence_file){
		    .path = package->files[i].path, .digest = "", .status = status};
}

static int
accept_collect(struct scanner *scanner, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct evidence_package package;
	int status = evidence_package_decode(bytes, length, arena, &package);
	if (status)
		return status;
	const struct account *account = accounts_find_id(scanner->accounts, package.account);
	if (account && account->generation == package.generation)
		collect_files(account, arena, &package);
	else
		refuse_files(&package, -ENOENT);
	auto_str whole = {0};
	evidence_package_encode(&package, &whole);
	if (process_send(
		scanner->frame, PROCESS_KEEPER, MESSAGE_EVIDENCE, whole.data, whole.length, -1))
		log_debug("evidence found nobody to keep it; it will be asked for again");
	return 0;
}

static int
scanner_prepare(struct process_frame *frame)
{
	struct scanner *scanner = memory_new(1, sizeof(*scanner));
	scanner->frame = frame;
	frame->state = scanner;
	return 0;
}

static int
scanner_start(struct process_frame *frame)
{
	struct scanner *scanner = frame->state;
	scanner->slice = evtimer_new(frame->loop, on_slice, scanner);
	if (!scanner->slice)
		return -ENOMEM;
	process_ready(frame, "waiting for what to list");
	return 0;
}

static int
scanner_blob(struct process_frame *frame, enum blob kind, const void *bytes, size_t length)
{
	struct scanner *scanner = frame->state;
	struct accounts *accounts = NULL;
	if (kind != BLOB_ACCOUNTS)
		return 0;
	int status = accounts_decode(bytes, length, &accounts);
	if (status)
		return status;
	/* A walk borrows its account: it begins anew. */
	walk_free(take(scanner->walk));
	accounts_free(scanner->accounts);
	scanner->accounts = accounts;
	return 0;
}

static int
scanner_message(struct process_frame *frame, enum process from, enum message message,
    const void *bytes, size_t length, int *fd)
{
	(void)from, (void)fd;
	if (message == MESSAGE_SCAN)
		return accept_scan(frame->state, bytes, length);
	if (message == MESSAGE_COLLECT)
		return accept_collect(frame->state, bytes, length);
	return -EBADMSG;
}

static void
scanner_quit(struct process_frame *frame)
{
	struct scanner *scanner = frame->state;
	walk_free(scanner->walk);
	if (scanner->slice)
		event_free(scanner->slice);
	accounts_free(scanner->accounts);
	free(scanner->wanted);
	free(scanner);
}

const struct process_handlers *
scanner_role(void)
{
	static const struct process_handlers handlers = {
	    .prepare = scanner_prepare,
	    .start = scanner_start,
	    .blob = scanner_blob,
	    .message = scanner_message,
	    .quit = scanner_quit,
	};
	return &handlers;
}
