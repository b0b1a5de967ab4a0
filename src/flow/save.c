/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checkpoint: version, clocks, windows, casefiles, what is under way. The boot clock of a
 * later boot begins anew; engine time goes on by what the wall clock gained,
 * if that is more than what the boot clock says. Too much is harmless: it was
 * not seen, and what was not seen counts for nobody.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "engine/forms.h"
#include "engine/senders.h"
#include "flow/internal.h"
#include "flow/logins.h"

enum {
	CHECKPOINT_MAGIC = 0x5057616c /* "laWP" */,
	CHECKPOINT_VERSION = 13,
	CHECKPOINT_OLDEST = 10, /* that can be read */
	/* Knows whom accounts had business with, as all later ones. */
	CHECKPOINT_WITH_FORMS = 12,
};

/* What each version knows of senders, from the oldest on. */
static const enum senders_layout layouts[] = {
    SENDERS_UNDATED, SENDERS_UNTOLD_BY, SENDERS_UNTOLD_BY, SENDERS_NOW};
_Static_assert(array_length(layouts) == CHECKPOINT_VERSION - CHECKPOINT_OLDEST + 1,
    "each version has its layout");

/* Engine time must stay far from overflow, whatever the wall clock claims. */
static const int64_t most_gain = INT64_C(3660) * 24 * 3600 * 1000;

/* Against damage, not against malice: who can write checkpoints can write journals. */
static uint64_t
checksum(const void *bytes, size_t length)
{
	static const uint8_t key[16] = "hayward flow sum";
	return siphash(key, bytes, length);
}

void
flow_checkpoint(const struct flow *flow, struct str *out)
{
	wire_put_u32(out, CHECKPOINT_MAGIC);
	wire_put_u32(out, CHECKPOINT_VERSION);
	size_t sum_at = out->length;
	wire_put_u64(out, 0);
	size_t from = out->length;
	wire_put_i64(out, flow->now.boot);
	wire_put_i64(out, flow->now.wall);
	wire_put_i64(out, flow->now.policy);
	wire_put_i64(out, flow->offset);
	wire_put_i64(out, flow->ahead);
	wire_put_i64(out, flow->believed_from);
	wire_put_u8(out, flow->emergency);
	cases_encode(flow->cases, out);
	engine_encode(flow->engine, out);
	senders_encode(flow->senders, out);
	logins_encode(flow->logins, out);
	forms_encode(flow->forms, out);
	cases_encode_held(flow->cases, out);
	uint64_t sum = htole64(checksum(out->data + from, out->length - from));
	memcpy(out->data + sum_at, &sum, sizeof(sum));
}

static int64_t
gain_since(const struct moment *saved, const struct moment *now)
{
	int64_t boot = now->boot - saved->boot, wall = now->wall - saved->wall;
	int64_t gain = boot > wall ? boot : wall;
	if (gain < 0)
		gain = 0;
	return gain < most_gain ? gain : most_gain;
}

static bool
is_plausible(const struct moment *moment, int64_t offset)
{
	int64_t most = INT64_C(1) << 51;
	return moment->boot >= 0 && moment->boot < most && moment->wall > -most &&
	       moment->wall < most && moment->policy >= 0 && moment->policy < most &&
	       offset > -most && offset < most && moment->boot + offset >= 0;
}

int
flow_restore(struct flow *flow, const void *bytes, size_t length, struct moment now)
{
	struct wire_reader reader = wire_read(bytes, length);
	if (wire_get_u32(&reader) != CHECKPOINT_MAGIC)
		return -EBADMSG;
	uint32_t version = wire_get_u32(&reader);
	if (version < CHECKPOINT_OLDEST || version > CHECKPOINT_VERSION)
		return -EBADMSG;
	uint64_t sum = wire_get_u64(&reader);
	if (reader.failed || sum != checksum(reader.at, (size_t)(reader.end - reader.at)))
		return -EBADMSG;
	struct moment saved = {0};
	saved.boot = wire_get_i64(&reader);
	saved.wall = wire_get_i64(&reader);
	saved.policy = wire_get_i64(&reader);
	int64_t offset = wire_get_i64(&reader);
	int64_t ahead = wire_get_i64(&reader);
	int64_t believed_from = wire_get_i64(&reader);
	bool emergency = wire_get_u8(&reader) != 0;
	if (reader.failed || !is_plausible(&saved, offset) || ahead < 0 || ahead >> 51)
		return -EBADMSG;
	int64_t engine_now = saved.boot + offset + gain_since(&saved, &now);
	int status = cases_decode(flow->cases, &reader);
	if (!status)
		status = engine_decode(flow->engine, &reader, engine_now);
	if (!status)
		senders_decode(
		    flow->senders, &reader, layouts[version - CHECKPOINT_OLDEST], engine_now);
	if (!status)
		logins_decode(flow->logins, &reader, engine_now);
	if (!status && version >= CHECKPOINT_WITH_FORMS)
		forms_decode(flow->forms, &reader, engine_now);
	/* One of before it was kept for how long notices were under way ends here. */
	if (!status && reader.at < reader.end)
		cases_decode_held(flow->cases, &reader);
	if (status || wire_end(&reader)) {
		flow_forget(flow);
		return -EBADMSG;
	}
	flow->offset = engine_now - now.boot;
	flow->ahead = ahead;
	flow->believed_from = believed_from;
	flow->emergency = emergency;
	flow->durable = cases_sequence(flow->cases);
	flow->now = (struct moment){now.boot, saved.policy, saved.wall};
	flow->paused = true;
	return 0;
}
