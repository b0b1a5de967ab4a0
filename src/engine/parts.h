/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine's files ask of each other. Only for engine/. */
#ifndef ENGINE_PARTS_H
#define ENGINE_PARTS_H

#include "engine/internal.h"

/* A value with its doubt: low and high are numerators over whole. */
struct bounds {
	__int128 low;
	__int128 high;
	__int128 whole;	  /* 0: nothing is known at all */
	const char *text; /* of a text measure */
	__int128 seen;	  /* what of whole was seen; 0: all of it */
	int64_t deed_at;  /* engine time of the single event that it is; 0: it is none */
};

/* What may be believed of the memory that was counted for an account. */
struct proof {
	bool known;
	bool wanting; /* none, or an old one: to be asked for where it matters */
	uint32_t of;  /* hundredths of a percent of the count that are its own; 0: not known */
};

/* A question to the windows of `N times`. */
struct window_question {
	const struct series *series;
	struct cell *cell;
	const struct comparison *comparison;
	__int128 limit;
	struct proof proof;
};

/* Of the windows of `N times`: those surely and those possibly broken, and the largest. */
struct window_count {
	uint32_t sure;
	uint32_t possible;
	struct bounds worst;
};

#define NO_LIMIT ((__int128)1 << 100)

/* ---- entity.c ---- */
struct entity *entity_find(const struct engine *engine, const struct subject *subject);
struct entity *entity_get(struct engine *engine, const struct subject *subject);
void entity_drop(struct engine *engine, struct entity *entity);
void entity_drop_all(struct engine *engine);
struct cell *entity_cell(struct engine *engine, struct entity *entity, size_t series);
void cell_free(struct cell *cell);

/* Forgets the groups of whom nothing is inside the window any more. */
void cell_drop_groups(
    const struct engine *engine, const struct series *series, struct cell *cell);
void engine_sweep(struct engine *engine);

/* ---- frame.c ---- */

/* The script's entity, or its process; beyond the most that one account may have, its "other
 * scripts". */
struct entity *script_of(struct engine *engine, struct entity *account, uint32_t uid,
    uint64_t script, enum subject_kind kind);

/* ---- deed.c ---- */
void deeds_free(struct entity *entity);

/* The process that did the latest of the deeds, while it may be at it still. */
bool deed_doer(const struct entity *process, int64_t now, struct target *ret_doer);

/* The processes that the row names, until the entity's are forgotten. */
void runs_add(struct entity *entity, const struct frame_row *row);
void runs_forget(struct entity *entity);
void runs_free(struct entity *entity);

/* Whether the subject is the host's or a client's, or of an account that there is. */
bool engine_knows(const struct engine *engine, const struct subject *subject);

/* Puts what the subject was seen doing, as far as it is what was found, into the finding. */
void deeds_give(const struct entity *doer, struct finding *finding);

/* ---- plan.c ---- */
void plan_make(struct engine *engine);
void plan_done(struct plan_of_kind *kinds);
bool series_equal(const struct series *one, const struct series *other);
bool frame_fed(enum measure measure, enum subject_kind kind);
bool adds_up(enum measure measure);
bool is_part(enum measure measure);

/* A level of single events: each says what happened, and nothing of the time after it. */
bool is_of_deeds(const struct series *series);

/* What the account keeps for one of SERIES_PART. */
struct series series_of_whole(const struct series *part);
const struct rule *rule_of(const struct engine *engine, const struct clause *clause);

/* ---- sample.c ---- */
void series_sample(struct engine *engine, struct entity *entity, size_t number,
    const struct observation *observation);
void exact_expire(struct cell *cell, int64_t from);

/* So many runs with this value ended, for `in N% of runs`. */
void series_add_runs(struct engine *engine, struct entity *entity, size_t number, int64_t at,
    int64_t value, uint64_t count);

/* ---- part.c: one of SERIES_PART, and of the account what it is a part of ---- */
void part_sample(struct engine *engine, const struct entity *entity,
    const struct series *series, struct cell *cell, const struct observation *observation);
struct bounds part_bounds(const struct engine *engine, const struct series *series,
    const struct entity *entity, struct cell *cell);

/* Time passes, in which whatever there was of them was seen. */
void parts_pass(struct engine *engine, int64_t now);

/* ---- origin.c ---- */
void origin_add(
    const struct engine *engine, struct entity *entity, const struct frame_row *row);
enum starter origin_of(const struct entity *entity);
void origin_encode(const struct origin *origin, struct str *out);
struct origin *origin_decode(struct wire_reader *reader, int64_t now) must_use;

/* ---- value.c ---- */
struct bounds series_value(struct engine *engine, const struct series *series,
    struct entity *entity, struct cell *cell);
struct bounds frame_level(
    const struct engine *engine, enum measure measure, const struct entity *entity);
struct window_count series_count_windows(
    struct engine *engine, const struct window_question *question);
enum verdict bounds_compare(
    const struct bounds *bounds, enum comparison_operator how, __int128 limit);
int64_t frame_now(const struct engine *engine);
uint32_t frame_splits(const struct engine *engine, const struct frame *frame, int64_t width,
    struct split *splits, uint32_t most);

/* ---- weigh.c ---- */
void weigh_entity(struct engine *engine, struct entity *entity);
void weigh_emergency(struct engine *engine);

/* ---- proof.c ---- */
struct proof proof_of(
    const struct engine *engine, enum measure measure, const struct subject *subject);
void proof_apply(const struct proof *proof, struct bounds *bounds);
void proof_want(struct engine *engine, const struct subject *subject);

/* ---- leading.c ---- */
bool is_leading(struct engine *engine, const struct subject *subject, enum resource resource);

#endif
