/* SPDX-License-Identifier: Apache-2.0 */
/* Deeds of processes: each is an observation, and evidence for as long as it is among the
 * latest. */
#include <stdlib.h>

#include "base/memory.h"
#include "engine/parts.h"

void
deeds_free(struct entity *entity)
{
	for (size_t i = 0; entity->deeds && i < MOST_EVIDENCE; i++)
		free(entity->deeds[i].text);
	free(entity->deeds);
}

/* The place of the deed with these words; else that of the oldest, which is forgotten. */
static struct known_deed *
place_for(struct entity *entity, const char *text)
{
	if (!entity->deeds)
		entity->deeds = memory_new(MOST_EVIDENCE, sizeof(*entity->deeds));
	struct known_deed *oldest = entity->deeds;
	for (struct known_deed *at = entity->deeds; at < entity->deeds + MOST_EVIDENCE; at++) {
		if (text_equal(at->text, text))
			return at;
		if (!at->text || (oldest->text && at->at < oldest->at))
			oldest = at;
	}
	free(oldest->text);
	oldest->text = memory_copy_text(text);
	return oldest;
}

static void
remember(struct entity *entity, const struct deed *deed)
{
	struct known_deed *known = place_for(entity, deed->text);
	known->at = deed->at;
	known->measure = deed->measure;
	known->value = deed->value;
	if (!deed->pid)
		return;
	entity->pid = deed->pid;
	entity->pid_start = deed->pid_start;
}

void
engine_deed(struct engine *engine, const struct deed *deed)
{
	const struct account *account = accounts_find_uid(engine->rules.accounts, deed->uid);
	if (!account)
		return;
	struct subject owner = {KIND_ACCOUNT, account->id, account->generation, 0};
	struct entity *process = script_of(
	    engine, entity_get(engine, &owner), deed->uid, deed->script, KIND_PROCESS);
	if (*deed->text)
		remember(process, deed);
	struct observation observation = {
	    .measure = deed->measure,
	    .subject = process->subject,
	    .at = deed->at,
	    .value = deed->value,
	    .label = "",
	};
	engine_observe(engine, &observation);
}

void
deeds_give(const struct entity *entity, struct finding *finding)
{
	for (size_t i = 0; entity->deeds && i < MOST_EVIDENCE; i++) {
		const struct known_deed *known = &entity->deeds[i];
		if (!known->text || (int)known->measure != finding->measure)
			continue;
		finding->evidence[finding->evidence_count++] = (struct evidence){
		    .script = entity->subject.key,
		    .label = finding->label,
		    .value = known->value,
		    .deed = known->text,
		};
	}
}
