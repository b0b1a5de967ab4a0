/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/halts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "actions/guard.h"
#include "actions/uids.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/wire.h"

enum {
	FILE_VERSION = 1,
	LARGEST_FILE = 1024 * 1024,
	SMALLEST_HALT = 8,
	HALTED_FOR = 60000, /* ms; evidence takes seconds */
};

static const char file_name[] = "halted";

struct halt {
	uint32_t account;
	uint32_t generation;
	int64_t until; /* boot ms */
};

struct halts {
	const struct tools *tools;
	struct reaper *reaper;
	size_t count, capacity;
	struct halt *items;
};

static int
save(const struct halts *halts)
{
	auto_str bytes = {0};
	wire_put_u32(&bytes, FILE_VERSION);
	wire_put_u32(&bytes, (uint32_t)halts->count);
	for (size_t i = 0; i < halts->count; i++) {
		wire_put_u32(&bytes, halts->items[i].account);
		wire_put_u32(&bytes, halts->items[i].generation);
	}
	return file_replace(halts->tools->state, file_name, 0600, bytes.data, bytes.length);
}

static void
add(struct halts *halts, const struct halt *halt)
{
	memory_grow(&halts->items, halts->count, &halts->capacity, sizeof(*halts->items));
	halts->items[halts->count++] = *halt;
}

/* Their minute begins anew: the lock may be on its way to us again. */
static int
decode(struct halts *halts, const struct str *bytes)
{
	struct wire_reader reader = wire_read(bytes->data, bytes->length);
	bool known = wire_get_u32(&reader) == FILE_VERSION;
	uint32_t count = wire_get_count(&reader, SMALLEST_HALT);
	int64_t until = clock_boot() + HALTED_FOR;
	for (uint32_t i = 0; known && i < count; i++) {
		struct halt halt = {.account = wire_get_u32(&reader), .until = until};
		halt.generation = wire_get_u32(&reader);
		add(halts, &halt);
	}
	return known ? wire_end(&reader) : -EBADMSG;
}

struct halts *
halts_new(const struct tools *tools, struct reaper *reaper)
{
	struct halts *halts = memory_new(1, sizeof(*halts));
	auto_str bytes = {0};
	halts->tools = tools;
	halts->reaper = reaper;
	int status = file_read(tools->state, file_name, LARGEST_FILE, &bytes);
	if (!status)
		status = decode(halts, &bytes);
	if (status && status != -ENOENT)
		log_error("cannot read who stands still: %s", strerror(-status));
	return halts;
}

void
halts_free(struct halts *halts)
{
	if (!halts)
		return;
	free(halts->items);
	free(halts);
}

static struct halt *
find(const struct halts *halts, uint32_t account)
{
	for (size_t i = 0; i < halts->count; i++)
		if (halts->items[i].account == account)
			return &halts->items[i];
	return NULL;
}

static void
forget(struct halts *halts, struct halt *halt)
{
	*halt = halts->items[--halts->count];
	int status = save(halts);
	if (status)
		log_warning("cannot note who stands still: %s", strerror(-status));
}

/* A fork bomb does not wait for a disk: it is noted as soon as it stands. */
int
halts_begin(struct halts *halts, const struct account *account, int64_t now)
{
	struct uids uids;
	struct halt *known = find(halts, account->id);
	struct halt halt = {account->id, account->generation, now + HALTED_FOR};
	if (!halts->reaper)
		return -ENOTSUP;
	uids_find(halts->tools, account, &uids);
	int status =
	    reaper_halt(halts->reaper, account->id, account->generation, uids.uids, uids.count);
	if (known)
		*known = halt;
	else
		add(halts, &halt);
	status = status ? status : save(halts);
	if (status)
		halts_wake(halts, account->id);
	return status;
}

void
halts_forget(struct halts *halts, uint32_t account)
{
	struct halt *halt = find(halts, account);
	if (halt)
		forget(halts, halt);
}

/* An account that is gone has nobody to be woken, and another holder none of its processes. */
static int
run_on(const struct halts *halts, uint32_t id, uint32_t generation)
{
	struct uids uids;
	const struct account *account = guard_holder(halts->tools->accounts, id, generation);
	if (!account)
		return -ENOENT;
	if (!halts->reaper)
		return -ENOTSUP;
	uids_find(halts->tools, account, &uids);
	return reaper_wake(halts->reaper, id, generation, uids.uids, uids.count);
}

void
halts_wake(struct halts *halts, uint32_t account)
{
	struct halt *halt = find(halts, account);
	if (!halt)
		return;
	int status = run_on(halts, halt->account, halt->generation);
	if (status)
		log_error("account %u stands still and cannot be woken: %s", account,
		    strerror(-status));
	else
		log_warning(
		    "account %u stood still to be ended, was not, and runs on", account);
	forget(halts, halt);
}

/* Known or not: who halted it may have died before it was noted. */
void
halts_give_up(struct halts *halts, const struct account *account)
{
	if (find(halts, account->id)) {
		halts_wake(halts, account->id);
		return;
	}
	int status = run_on(halts, account->id, account->generation);
	if (status && status != -ENOTSUP)
		log_warning(
		    "account %u cannot be let run on: %s", account->id, strerror(-status));
}

int64_t
halts_tick(struct halts *halts, int64_t now)
{
	int64_t next = INT64_MAX;
	if (!halts->reaper || !halts->tools->accounts)
		return next;
	/* One that is woken is taken out of the list on the way. */
	for (size_t i = halts->count; i-- > 0;) {
		const struct halt *halt = &halts->items[i];
		if (now >= halt->until)
			halts_wake(halts, halt->account);
		else if (halt->until < next)
			next = halt->until;
	}
	return next;
}
