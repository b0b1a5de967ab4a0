/* SPDX-License-Identifier: Apache-2.0 */
/* Deeds of processes: each is an observation, and evidence for as long as it is among the
 * latest. */
#include <stdlib.h>

#include "base/memory.h"
#include "engine/parts.h"

enum { DOER_LASTS = 60 * 1000 /* ms that whoever did a deed is believed to be at it */ };

struct known_deed {
	int64_t at;
	enum measure measure;
	int64_t value;
	char *text; /* NULL: none */
};

/* Of the deeds of one process that differ in words, the latest; and who did the last of all. */
struct doings {
	struct known_deed known[MOST_EVIDENCE];
	uint32_t pid; /* 0: not known */
	uint64_t pid_start;
	int64_t at; /* engine time */
};

void
deeds_free(struct entity *entity)
{
	for (size_t i = 0; entity->doings && i < MOST_EVIDENCE; i++)
		free(entity->doings->known[i].text);
	free(entity->doings);
}

/* The place of the deed with these words; else that of the oldest, which is forgotten. */
static struct known_deed *
place_for(struct doings *doings, const char *text)
{
	struct known_deed *oldest = doings->known;
	for (struct known_deed *at = doings->known; at < doings->known + MOST_EVIDENCE; at++) {
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
remember(struct entity *entity, const struct observation *deed, const char *words)
{
	if (!entity->doings)
		entity->doings = memory_new(1, sizeof(*entity->doings));
	struct known_deed *known = place_for(entity->doings, words);
	known->at = deed->at;
	known->measure = deed->measure;
	known->value = deed->value;
}

static void
remember_doer(struct entity *entity, const struct deed *deed)
{
	entity->doings->pid = deed->pid;
	entity->doings->pid_start = deed->pid_start;
	entity->doings->at = deed->at;
}

void
engine_note_deed(
    struct engine *engine, const struct observation *observation, const char *words)
{
	if (observation->at > 0 && engine_knows(engine, &observation->subject))
		remember(entity_get(engine, &observation->subject), observation, words);
}

void
engine_observe_deed(
    struct engine *engine, const struct observation *observation, const char *words)
{
	engine_note_deed(engine, observation, words);
	engine_observe(engine, observation);
}

bool
deed_doer(const struct entity *entity, int64_t now, struct target *ret_doer)
{
	const struct doings *doings = entity->doings;
	if (!doings || !doings->pid || now - doings->at >= DOER_LASTS)
		return false;
	*ret_doer = (struct target){doings->pid, doings->pid_start};
	return true;
}

bool
engine_deed(struct engine *engine, const struct deed *deed, struct subject *ret_doer)
{
	const struct account *account = accounts_find_uid(engine->rules.accounts, deed->uid);
	if (!account)
		return false;
	struct subject owner = {KIND_ACCOUNT, account->id, account->generation, 0};
	struct entity *process = script_of(
	    engine, entity_get(engine, &owner), deed->uid, deed->script, KIND_PROCESS);
	struct observation observation = {
	    .measure = deed->measure,
	    .subject = process->subject,
	    .at = deed->at,
	    .value = deed->value,
	    .label = "",
	};
	if (*deed->text) {
		remember(process, &observation, deed->text);
		remember_doer(process, deed);
	}
	*ret_doer = process->subject;
	engine_observe(engine, &observation);
	return true;
}

void
deeds_give(const struct entity *entity, struct finding *finding)
{
	for (size_t i = 0; entity->doings && i < MOST_EVIDENCE; i++) {
		const struct known_deed *known = &entity->doings->known[i];
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
