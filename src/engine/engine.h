/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine weighs: frames and observations go in, findings come out. Pure;
 * time is told. Its only clock is *engine time*, ms that never step: the
 * caller adds what makes a boot clock continuous over reboots (flow/flow.c).
 *
 * What it remembers is windows, one for each (measure, span) that some clause
 * asks about and each subject that did something within that span; clauses
 * share them. A subject that is idle costs nothing and a frame costs what is in it.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "base/str.h"
#include "model/account.h"
#include "model/database_time.h"
#include "model/deed.h"
#include "model/finding.h"
#include "model/frame.h"
#include "model/observation.h"
#include "policy/rules.h"

struct engine;

/* What is borrowed until engine_reload() or engine_free(). */
struct engine_rules {
	const struct policy *policy;
	const struct accounts *accounts;
	int64_t approaching; /* percent of a limit that counts as near it; 0: never */
	/*
	 * What the casefiles say: founded cases of an account within a span of
	 * ms, 0: all that are remembered. NULL: no account ever broke anything.
	 */
	int64_t (*breaches)(void *context, const struct account *account, int64_t span);
	void *context; /* its first argument */
	/* Logs tell what PHP's pools ran: what their workers use waits for it, see pools.h. */
	bool pools_logged;
};

struct engine *engine_new(const struct engine_rules *rules) must_use;
void engine_free(struct engine *engine);

/* New rules; what the windows hold is kept for every window that the new rules ask for too. */
void engine_reload(struct engine *engine, const struct engine_rules *rules);

/*
 * Whether a sensor feeds its measures here. false: this host has none, and its
 * measures never help to break a clause. Until told, and while one that works
 * is silent, they are unknown: they open nothing and cure nothing.
 */
void engine_set_sensor(struct engine *engine, enum sensor sensor, bool works);

/*
 * What was seen; `at` in both is engine time. A frame that does not end after
 * the one before is ignored; so is an observation of an account that is gone.
 */
void engine_frame(struct engine *engine, const struct frame *frame);
void engine_script_name(struct engine *engine, const struct script_name *name);

/* Its name, as long as the engine knows it, valid until the next call; "": it is not known. */
const char *engine_script(struct engine *engine, uint32_t uid, uint64_t script);

void engine_observe(struct engine *engine, const struct observation *observation);

/* One of several values that are of one instant: nothing is weighed before the last of them is
 * observed, for old and new ones together say what never was. */
void engine_note(struct engine *engine, const struct observation *observation);

/* As engine_observe(); words: what was seen, kept as evidence for as long as it is among the latest. */
void engine_observe_deed(
    struct engine *engine, const struct observation *observation, const char *words);

/* Keeps the words alone, with the observation's measure and value. */
void engine_note_deed(
    struct engine *engine, const struct observation *observation, const char *words);

/*
 * A process did something; it counts for the subject "process" of its script, and
 * is what `stop` and `throttle` are about. false: its uid is no account's, and it is passed
 * over.
 */
bool engine_deed(struct engine *engine, const struct deed *deed, struct subject *ret_doer);

/* Which scripts workers of PHP-FPM ran, by the logs of their pools; see pools.h. */
void engine_pool_runs(struct engine *engine, const struct frame *runs);

/* How long the database worked for the i-th account of those: part of its processor time. */
void engine_database(struct engine *engine, const struct database_time *time, uint32_t i);

/*
 * Of these accounts (keys: id << 32 | generation) only these mails (keys of their subjects) are
 * left: the others are forgotten. Values of the maps mean nothing.
 */
void engine_keep_messages(
    struct engine *engine, const struct map *accounts, const struct map *messages);

/* Time passes: windows move on, what has been idle is forgotten. */
void engine_tick(struct engine *engine, int64_t now);

/* A new day begins for the totals of usage.h. */
void engine_new_day(struct engine *engine);

/*
 * What the last frame, observation or tick found: subjects for which a clause is broken,
 * or nearly (approaching). Valid until the engine is next told something.
 */
const struct finding *engine_findings(struct engine *engine, size_t *ret_count);

/*
 * Weighs one clause for one subject afresh. A subject that is gone keeps
 * everything, if those who would see it look.
 */
struct finding engine_weigh(
    struct engine *engine, const struct clause *clause, const struct subject *subject);

/* As engine_weigh(), for the `ends when` of the clause. */
enum verdict engine_weigh_end(
    struct engine *engine, const struct clause *clause, const struct subject *subject);

/*
 * The scripts behind a finding about an account, the largest first; of one about a
 * process what it was seen doing.
 */
void engine_evidence(struct engine *engine, struct finding *finding);

/*
 * The next account of which a clause wants to know what it really holds: memory
 * is counted by address space, and shared pages count for each who shares them.
 * Until engine_prove_memory() tells, its memory breaks nothing. An account is
 * given again after a while, as long as it matters.
 */
bool engine_next_doubt(struct engine *engine, struct subject *ret_account) must_use;

/*
 * The proof: bytes held with shared pages divided among their holders, and
 * counted whole for each, of the same processes at the same time. counted 0
 * proves nothing.
 */
void engine_prove_memory(
    struct engine *engine, const struct subject *account, uint64_t held, uint64_t counted);

/* Whether the emergency condition holds, with its own `ends when kept for`. */
bool engine_emergency(const struct engine *engine);

/* The plan's or account's own value of a limit or attribute; false if there is none. */
bool engine_limit(const struct engine *engine, const struct account *account,
    const struct operand *operand, int64_t *ret_value) must_use;

/*
 * What runs as that script, for `stop`, the largest first; of a process, whoever was seen
 * doing it. Gives how many, 0 if none is known.
 */
uint32_t engine_targets(const struct engine *engine, const struct subject *subject,
    struct target ret_targets[MOST_TARGETS]) must_use;

/*
 * Windows and counters as bytes, and back into an engine that has the rules of
 * today. now is engine time: what lies between was not seen. -EBADMSG: it is
 * malformed; the engine is then empty.
 */
void engine_encode(const struct engine *engine, struct str *out);
int engine_decode(struct engine *engine, struct wire_reader *reader, int64_t now) must_use;

/* Engine time of what the engine was told last. */
int64_t engine_now(const struct engine *engine);

#endif
