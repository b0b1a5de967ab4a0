/* SPDX-License-Identifier: Apache-2.0 */
/* Records of what people did: staff who decide and extend, owners who answer, requests. */
#include <string.h>

#include "base/memory.h"
#include "cases/internal.h"

static void
apply_decision(struct casefile *casefile, const struct record *record)
{
	struct order *order = find_order(casefile, record->action);
	if (!order)
		return;
	order->at = record->at;
	if (record->kind == RECORD_REFUSED) {
		order->state = ORDER_REFUSED;
	} else if (strcmp(record->reason, "reached") == 0) {
		order->state = ORDER_DONE;
		delivered(casefile, order, record);
	}
}

/* Every later step moves with the next one, for all delays count from one zero. */
static void
apply_extended(struct casefile *casefile, const struct record *record)
{
	if (casefile->zero != NEVER)
		casefile->zero += record->value;
	if (casefile->due_wall)
		casefile->due_wall += record->value;
	if (casefile->second_wall)
		casefile->second_wall += record->value;
}

void
apply_people(struct casefile *casefile, const struct record *record)
{
	bool owner = strcmp(record->reason, "owner") == 0;
	switch ((int)record->kind) {
	case RECORD_APPROVED:
	case RECORD_REFUSED:
		apply_decision(casefile, record);
		break;
	case RECORD_EXTENDED:
		apply_extended(casefile, record);
		break;
	default:
		casefile->unread_since = owner && casefile->unread_since == 0 ? record->at
					 : owner ? casefile->unread_since
						 : 0;
		return;
	}
	/* Whoever of the staff decides in a case has read what its owner said. */
	casefile->unread_since = 0;
}

void
apply_petition(struct cases *cases, const struct record *record)
{
	if (record->request <= cases->last_petition)
		return;
	memory_grow(&cases->petitions, cases->petition_count, &cases->petition_capacity,
	    sizeof(*cases->petitions));
	struct petition *petition = &cases->petitions[cases->petition_count++];
	*petition = (struct petition){
	    .number = record->request,
	    .kind = (enum petition_kind)record->value,
	    .account = record->account,
	    .generation = record->generation,
	    .until = record->until,
	    .at = record->at,
	    .wall = record->wall,
	};
	record_set_text(
	    petition->account_name, sizeof(petition->account_name), record->account_name);
	record_set_text(petition->clause, sizeof(petition->clause), record->clause);
	record_set_text(petition->text, sizeof(petition->text), record->text);
	record_set_text(petition->destination, sizeof(petition->destination), record->label);
	cases->last_petition = record->request;
}

static enum petition_state
state_from(const char *word)
{
	for (int state = 0; state < PETITION_STATE_COUNT; state++)
		if (text_equal(petition_state_name((enum petition_state)state), word))
			return (enum petition_state)state;
	return PETITION_WITHDRAWN;
}

void
apply_petition_decided(struct cases *cases, const struct record *record)
{
	struct petition *petition = petition_get(cases, record->request);
	if (!petition)
		return;
	petition->state = state_from(record->reason);
	if (petition->kind == PETITION_KIND_PORT) {
		petition->due = petition->state == PETITION_GRANTED   ? DUE_OPENING
				: petition->state == PETITION_REVOKED ? DUE_SHUTTING
								      : DUE_NOTHING;
		petition->until = record->until ? record->until : petition->until;
		petition->ordered = record->sequence;
		petition->sent = false;
	}
	petition->decided = record->at;
	petition->decided_wall = record->wall;
	record_set_text(petition->by, sizeof(petition->by), record->actor);
	record_set_text(petition->answer, sizeof(petition->answer), record->text);
}

/* An opening that was taken back while it was being made has still to be shut. */
void
apply_changed(struct cases *cases, const struct record *record)
{
	struct petition *petition = petition_get(cases, record->request);
	bool shuts = strcmp(record->reason, "shut") == 0;
	if (!petition || petition->due != (shuts ? DUE_SHUTTING : DUE_OPENING))
		return;
	petition->due = DUE_NOTHING;
	record_set_text(petition->outcome, sizeof(petition->outcome), record->text);
}
