/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pretend host. Its accounts keep to the levels that the scenario sets;
 * each interval of virtual time becomes a frame, the other levels become
 * observations once a minute. Three clocks move together unless told apart.
 */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "rehearse/play.h"

enum { MINUTE = 60 * 1000, NS_PER_MS = 1000000 };

/* Boot clock at the beginning: long enough ago that windows do not reach beyond it. */
enum { FIRST_BOOT = 100 * 24 * 3600 * 1000LL };

const struct account *
world_account(struct play *play, const struct word *word)
{
	const struct account *account =
	    play->accounts ? accounts_find_name(play->accounts, word->text) : NULL;
	if (!account)
		complain(play, word, "say 'account NAME' above", "unknown account");
	return account;
}

/* What the account's processes share with each other; the name is of an account. */
int64_t *
shared_by(struct play *play, const char *name)
{
	uint32_t number = 0;
	while (
	    number + 1 < play->account_count && strcmp(play->records[number].name, name) != 0)
		number++;
	return &play->shared[number];
}

static uint64_t
script_key(uint32_t uid, const char *path)
{
	static const uint8_t key[16] = "rehearsed script";
	return (siphash(key, path, strlen(path)) ^ (uint64_t)uid << 32) | 2;
}

static bool
is_framed(enum measure measure)
{
	return measure == MEASURE_CPU_SHARE || measure == MEASURE_MEMORY_SHARE ||
	       measure == MEASURE_IO_SHARE || measure == MEASURE_SCRIPTS_CPU_SHARE ||
	       measure == MEASURE_SCRIPT_STARTED_BY;
}

/* ---- frames ---- */

/* Who starts what the level is about: by its measure, or as was said of the script. */
static enum starter
starter_of(const struct play *play, const struct level *level)
{
	if (level->measure == MEASURE_SCRIPTS_CPU_SHARE)
		return STARTER_WEB;
	for (size_t i = 0; level->script && i < play->level_count; i++) {
		const struct level *said = &play->levels[i];
		if (said->measure == MEASURE_SCRIPT_STARTED_BY &&
		    said->account == level->account && text_equal(said->script, level->script))
			return (enum starter)(STARTER_WEB + said->value);
	}
	return STARTER_UNKNOWN;
}

static void
add_use(const struct play *play, struct frame_row *row, const struct level *level)
{
	uint64_t cpu = play->processors * (uint64_t)play->interval * NS_PER_MS;
	uint64_t share = (uint64_t)level->value;
	enum starter starter = starter_of(play, level);
	if (level->measure == MEASURE_IO_SHARE) {
		row->io_ns += (uint64_t)play->interval * NS_PER_MS / HUNDREDTHS * share;
	} else if (level->measure != MEASURE_MEMORY_SHARE) {
		row->cpu_ns += cpu / HUNDREDTHS * share;
		row->web_cpu_ns += starter == STARTER_WEB ? cpu / HUNDREDTHS * share : 0;
		row->inclusive_cpu_ns = row->cpu_ns;
		row->runs += 1;
		row->starter = row->script ? starter : STARTER_UNKNOWN;
	} else {
		row->memory += play->memory / HUNDREDTHS * share;
	}
	row->processes = 1;
	row->pid = row->uid;
	row->pid_start = row->uid;
}

static struct frame_row *
row_for(struct frame *frame, uint32_t uid, uint64_t script)
{
	for (uint32_t i = 0; i < frame->row_count; i++)
		if (frame->rows[i].uid == uid && frame->rows[i].script == script)
			return &frame->rows[i];
	frame->rows[frame->row_count] = (struct frame_row){.uid = uid, .script = script};
	return &frame->rows[frame->row_count++];
}

/* The disks work for accounts, and there is a limit to it. */
static void
add_work_of_disks(struct frame *frame, const struct level *level)
{
	frame->io_busy_ns += frame->io_ns / HUNDREDTHS * (uint64_t)level->value;
	if (frame->io_busy_ns > frame->io_ns)
		frame->io_busy_ns = frame->io_ns;
}

static void
send_frame(struct play *play)
{
	/* A level counts for its account and for its script. */
	auto_free struct frame_row *rows = memory_new(2 * play->level_count + 1, sizeof(*rows));
	struct frame frame = {
	    .at = play->now.boot,
	    .interval_ns = play->interval * NS_PER_MS,
	    .cpu_ns = play->processors * (uint64_t)play->interval * NS_PER_MS,
	    .memory = play->memory,
	    .io_ns = (uint64_t)play->interval * NS_PER_MS,
	    .rows = rows,
	};
	for (size_t i = 0; i < play->level_count; i++) {
		const struct level *level = &play->levels[i];
		if (!level->account || !is_framed(level->measure) || !level->value ||
		    level->measure == MEASURE_SCRIPT_STARTED_BY)
			continue;
		uint32_t uid = level->account->uids[0].first;
		add_use(play, row_for(&frame, uid, 0), level);
		if (level->measure == MEASURE_IO_SHARE)
			add_work_of_disks(&frame, level);
		if (level->script)
			add_use(
			    play, row_for(&frame, uid, script_key(uid, level->script)), level);
	}
	flow_frame(play->flow, &frame, play->now);
}

static void
observe_level(struct play *play, const struct level *level)
{
	struct observation observation = {
	    .measure = level->measure,
	    .at = play->now.boot,
	    .value = level->value,
	    .label = level->account ? level->account->name : "host",
	};
	if (level->account) {
		observation.subject = (struct subject){
		    KIND_ACCOUNT, level->account->id, level->account->generation, 0};
		if (level->script) {
			uint32_t uid = level->account->uids[0].first;
			observation.subject.kind = KIND_SCRIPT;
			observation.subject.key = script_key(uid, level->script);
			observation.label = level->script;
		}
	}
	flow_observe(play->flow, &observation, play->now);
}

static bool
is_event(enum measure measure)
{
	enum measure_class class = measure_info(measure)->class;
	return class == CLASS_EVENT || class == CLASS_DISTINCT;
}

static void
send_observations(struct play *play)
{
	for (size_t i = 0; i < play->level_count; i++)
		if (!is_framed(play->levels[i].measure) && !is_event(play->levels[i].measure))
			observe_level(play, &play->levels[i]);
}

static void
expire_levels(struct play *play)
{
	size_t kept = 0;
	for (size_t i = 0; i < play->level_count; i++)
		if (play->levels[i].until > play->now.boot)
			play->levels[kept++] = play->levels[i];
	play->level_count = kept;
}

static bool
stands_still(const struct play *play)
{
	return play->rehearsal->most_steps && play->steps >= play->rehearsal->most_steps;
}

void
world_step(struct play *play)
{
	if (stands_still(play))
		return;
	play->steps++;
	play->now.boot += play->interval;
	play->now.policy += play->interval;
	play->now.wall += play->interval;
	if (play->now.boot > play->silent_until) {
		send_frame(play);
		if (play->now.boot % MINUTE < play->interval)
			send_observations(play);
	}
	if (play->now.boot % MINUTE < play->interval)
		send_visits(play);
	flow_tick(play->flow, play->now);
	notebook_settle(play);
	expire_levels(play);
}

void
world_pass(struct play *play, int64_t ms)
{
	int64_t until = play->now.boot + ms;
	while (play->now.boot + play->interval <= until && !stands_still(play))
		world_step(play);
}

static void
say_name(struct play *play, const struct level *level)
{
	uint32_t uid = level->account->uids[0].first;
	struct script_name name = {
	    .script = script_key(uid, level->script),
	    .uid = uid,
	    .path = level->script,
	    .interpreter = "",
	};
	flow_script_name(play->flow, &name);
}

void
world_set_level(struct play *play, const struct level *level)
{
	if (level->account && level->script)
		say_name(play, level);
	/* An event happens once; a level holds. */
	if (!is_framed(level->measure))
		observe_level(play, level);
	if (is_event(level->measure)) {
		notebook_settle(play);
		return;
	}
	for (size_t i = 0; i < play->level_count; i++) {
		struct level *known = &play->levels[i];
		if (known->account == level->account && known->measure == level->measure &&
		    text_equal(known->script, level->script)) {
			*known = *level;
			return;
		}
	}
	memory_grow(
	    &play->levels, play->level_count, &play->level_capacity, sizeof(*play->levels));
	play->levels[play->level_count++] = *level;
}

/* ---- beginning, and beginning again ---- */

static bool
make_policy(struct play *play, const struct line *line)
{
	if (!play->set) {
		complain_line(
		    play, line, "there is no policy: say 'policy FILE' or 'policy' above");
		return false;
	}
	return policy_load(play->set, NULL, NULL, play->diag, &play->policy) == 0;
}

static void
make_accounts(struct play *play)
{
	auto_str blob = {0};
	accounts_encode(
	    play->records, play->account_count, (uint32_t)play->config.uid_floor, &blob);
	/* What was just encoded decodes. */
	if (accounts_decode(blob.data, blob.length, &play->accounts))
		abort();
}

static struct flow *
new_flow(struct play *play)
{
	struct flow_rules rules = {play->policy, play->accounts, &play->config};
	struct flow *flow = flow_new(&rules);
	for (size_t i = 0; i < SENSOR_COUNT; i++)
		if (i != SENSOR_ENGINE && i != SENSOR_ACCOUNT && i != SENSOR_REQUESTS &&
		    i != SENSOR_CASES)
			flow_set_sensor(flow, (enum sensor)i,
			    i == SENSOR_KERNEL || i == SENSOR_PRESSURE || i == SENSOR_IO);
	return flow;
}

/* The first command that is about the running host closes the description of it. */
bool
world_begin(struct play *play, const struct line *line)
{
	if (play->flow)
		return true;
	if (diag_errors(play->diag) || !make_policy(play, line))
		return false;
	make_accounts(play);
	play->now.boot = FIRST_BOOT;
	play->now.policy = FIRST_BOOT;
	play->flow = new_flow(play);
	flow_resume(play->flow, play->now);
	notebook_settle(play);
	return true;
}

void
world_restart(struct play *play, bool from_journal)
{
	auto_str checkpoint = {0};
	flow_checkpoint(play->flow, &checkpoint);
	flow_free(play->flow);
	play->flow = new_flow(play);
	/* What was just saved can be read. */
	if (!from_journal &&
	    flow_restore(play->flow, checkpoint.data, checkpoint.length, play->now))
		abort();
	for (size_t i = 0; i < play->journal_count && from_journal; i++) {
		auto_str line = {0};
		struct record record;
		record_print(&play->journal[i], &line);
		if (record_parse(line.data, line.length, &record))
			abort();
		flow_replay(play->flow, &record);
	}
	play->held_count = 0;
	flow_resume(play->flow, play->now);
	for (size_t i = 0; i < play->level_count; i++)
		if (play->levels[i].account && play->levels[i].script)
			say_name(play, &play->levels[i]);
	notebook_settle(play);
}
