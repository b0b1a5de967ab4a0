/* SPDX-License-Identifier: Apache-2.0 */
#include "model/action.h"

enum { LONGEST_OUTCOME = 8192 };

void
action_encode(const struct action *action, struct str *out)
{
	wire_put_u64(out, action->id);
	wire_put_u64(out, action->case_number);
	wire_put_u32(out, action->host);
	wire_put_u32(out, action->operation);
	wire_put_u32(out, action->verb);
	wire_put_u32(out, action->resource);
	wire_put_i64(out, action->amount);
	subject_encode(&action->subject, out);
	wire_put_text(out, action->account_name);
	wire_put_text(out, action->path);
	wire_put_u32(out, action->target_count);
	for (uint32_t i = 0; i < action->target_count; i++) {
		wire_put_u32(out, action->targets[i].pid);
		wire_put_u64(out, action->targets[i].start);
	}
}

int
action_decode(const void *bytes, size_t length, struct action *ret_action)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct action action = {0};
	action.id = wire_get_u64(&reader);
	action.case_number = wire_get_u64(&reader);
	action.host = wire_get_u32(&reader);
	action.operation = wire_get_below(&reader, OPERATION_COUNT);
	action.verb = wire_get_below(&reader, VERB_COUNT);
	action.resource = wire_get_below(&reader, RESOURCE_COUNT);
	action.amount = wire_get_i64(&reader);
	action.subject = subject_decode(&reader);
	wire_get_text_into(&reader, action.account_name, sizeof(action.account_name));
	wire_get_text_into(&reader, action.path, sizeof(action.path));
	action.target_count = wire_get_below(&reader, MOST_TARGETS + 1);
	for (uint32_t i = 0; i < action.target_count; i++) {
		action.targets[i].pid = wire_get_u32(&reader);
		action.targets[i].start = wire_get_u64(&reader);
	}
	int status = wire_end(&reader);
	if (!status)
		*ret_action = action;
	return status;
}

void
outcome_encode(const struct outcome *outcome, struct str *out)
{
	wire_put_u64(out, outcome->action);
	wire_put_u32(out, outcome->operation);
	wire_put_i64(out, outcome->status);
	wire_put_text(out, outcome->text);
}

int
outcome_decode(
    const void *bytes, size_t length, struct arena *arena, struct outcome *ret_outcome)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct outcome outcome = {0};
	outcome.action = wire_get_u64(&reader);
	outcome.operation = wire_get_below(&reader, OPERATION_COUNT);
	outcome.status = wire_get_i64(&reader);
	outcome.text = wire_get_text(&reader, arena, LONGEST_OUTCOME);
	int status = wire_end(&reader);
	if (!status)
		*ret_outcome = outcome;
	return status;
}
