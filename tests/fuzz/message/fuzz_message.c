/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a captured sibling may send: the first byte chooses the message, the
 * rest is its payload. What decodes must come out of its own encoding the same.
 */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "config/holders.h"
#include "model/account.h"
#include "model/action.h"
#include "model/config.h"
#include "model/frame.h"
#include "model/notice.h"
#include "model/observation.h"
#include "model/question.h"
#include "model/visits.h"
#include "procs/policy_clock.h"
#include "procs/process_state.h"
#include "procs/sensor_state.h"
#include "store/dialogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Decodes, and encodes what came out; false if it does not decode. */
typedef bool again(const void *bytes, size_t length, struct arena *arena, struct str *out);

#define AGAIN(name, type, decode)                                                              \
	static bool name##_again(                                                              \
	    const void *bytes, size_t length, struct arena *arena, struct str *out)            \
	{                                                                                      \
		struct type value;                                                             \
		if (decode(bytes, length, arena, &value))                                      \
			return false;                                                          \
		name##_encode(&value, out);                                                    \
		return true;                                                                   \
	}

static int
action_decode_in(
    const void *bytes, size_t length, struct arena *arena, struct action *ret_action)
{
	(void)arena;
	return action_decode(bytes, length, ret_action);
}

static int
ack_decode_in(const void *bytes, size_t length, struct arena *arena, struct ack *ret_ack)
{
	(void)arena;
	return ack_decode(bytes, length, ret_ack);
}

AGAIN(action, action, action_decode_in)
AGAIN(outcome, outcome, outcome_decode)
AGAIN(config, config, config_decode)
AGAIN(frame, frame, frame_decode)
AGAIN(script_name, script_name, script_name_decode)
AGAIN(notice, notice, notice_decode)
AGAIN(delivery, delivery, delivery_decode)
AGAIN(observation, observation, observation_decode)
AGAIN(question, question, question_decode)
AGAIN(answer, answer, answer_decode)
AGAIN(restore, restore, restore_decode)
AGAIN(ack, ack, ack_decode_in)
AGAIN(visits, visits, visits_decode)

static bool
accounts_again(const void *bytes, size_t length, struct arena *arena, struct str *out)
{
	(void)arena;
	struct accounts *accounts;
	if (accounts_decode(bytes, length, &accounts))
		return false;
	size_t count = accounts_count(accounts);
	accounts_encode(count ? accounts_at(accounts, 0) : NULL, (uint32_t)count,
	    accounts_floor(accounts), out);
	for (size_t i = 0; i < count; i++) {
		const struct account *account = accounts_at(accounts, i);
		if (accounts_find_id(accounts, account->id) != account)
			panic("an account is not found by its id");
		for (uint32_t j = 0; j < account->uid_count; j++)
			if (account->uids[j].count &&
			    accounts_find_uid(accounts, account->uids[j].first) != account)
				panic("an account is not found by its uid");
	}
	accounts_free(accounts);
	return true;
}

static bool
holders_again(const void *bytes, size_t length, struct arena *arena, struct str *out)
{
	(void)arena;
	struct holders *holders;
	if (holders_decode(bytes, length, &holders))
		return false;
	holders_encode(holders, out);
	holders_free(holders);
	return true;
}

static bool
records_again(const void *bytes, size_t length, struct arena *arena, struct str *out)
{
	const struct record *records;
	size_t count;
	if (records_decode(bytes, length, arena, &records, &count))
		return false;
	records_encode(records, count, out);
	return true;
}

static bool
checkpoint_again(const void *bytes, size_t length, struct arena *arena, struct str *out)
{
	(void)arena;
	uint64_t sequence;
	const void *state;
	size_t size;
	if (checkpoint_decode(bytes, length, &sequence, &state, &size))
		return false;
	checkpoint_encode(sequence, state, size, out);
	return true;
}

static bool
processes_again(const void *bytes, size_t length, struct arena *arena, struct str *out)
{
	struct process_state states[PROCESS_COUNT];
	size_t count;
	if (process_states_decode(bytes, length, arena, states, &count))
		return false;
	process_states_encode(states, count, out);
	return true;
}

static bool
sensors_again(const void *bytes, size_t length, struct arena *arena, struct str *out)
{
	struct sensor_state states[SENSOR_COUNT];
	size_t count;
	if (sensor_states_decode(bytes, length, arena, states, &count))
		return false;
	sensor_states_encode(states, count, out);
	return true;
}

static bool
anchor_again(const void *bytes, size_t length, struct arena *arena, struct str *out)
{
	(void)arena;
	struct wire_reader reader = wire_read(bytes, length);
	struct policy_anchor anchor = policy_anchor_decode(&reader);
	if (wire_end(&reader))
		return false;
	policy_anchor_encode(&anchor, out);
	return true;
}

/* The order names the corpus: a file begins with its place here. */
static again *const all[] = {
    action_again,
    outcome_again,
    config_again,
    frame_again,
    script_name_again,
    notice_again,
    delivery_again,
    observation_again,
    question_again,
    answer_again,
    restore_again,
    ack_again,
    accounts_again,
    holders_again,
    records_again,
    checkpoint_again,
    processes_again,
    sensors_again,
    anchor_again,
    visits_again,
};

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	auto_str once = {0}, twice = {0};
	if (!length)
		return 0;
	again *say_again = all[bytes[0] % array_length(all)];
	if (!say_again(bytes + 1, length - 1, arena, &once))
		return 0;
	if (!say_again(once.data, once.length, arena, &twice))
		panic("message %u does not decode from its own encoding", bytes[0]);
	if (once.length != twice.length ||
	    (once.length && memcmp(once.data, twice.data, once.length)))
		panic("message %u changes on its way", bytes[0]);
	return 0;
}
