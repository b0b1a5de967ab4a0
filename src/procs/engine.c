/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's life: what comes in goes into the flow, and after each message
 * what the flow made goes out. The flow decides; this file only hears, keeps
 * the time, and sees that nothing is lost between two lives.
 *
 *     SENSOR_STATE, FRAME, SCRIPT,             ─┐
 *     OBSERVATION, DEED, VISITS                 │
 *     REQUEST (answers.c)  ─────────────────────┼─▶ flow ──▶ engine_release()
 *     ACK, OUTCOME, DELIVERED, the tick  ───────┘
 *
 * Until the keeper has told what was before, nothing is weighed. Frames and visits of
 * that time are passed over; names of scripts and the sensors' state, which are said
 * only once, wait.
 */
#include "procs/engine.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "flow/gates.h"
#include "procs/engine_gate.h"
#include "procs/engine_waiting.h"
#include "procs/roles.h"
#include "procs/sensor_state.h"

enum {
	LONGEST_PAUSE = 1000, /* ms between two ticks */
	SHORTEST_PAUSE = 5,
	MOST_EARLY = 100000,
};

/* Time. */

/* Counted from the last tick: who asks without a pause must not keep time from passing. */
static void
schedule(struct engine_inside *inside)
{
	int64_t pause = inside->ticked + LONGEST_PAUSE - clock_boot();
	if (inside->restored) {
		int64_t due = flow_next_due(inside->flow);
		int64_t now = engine_moment(inside).policy;
		if (due - now < pause)
			pause = due - now;
	}
	if (pause < SHORTEST_PAUSE)
		pause = SHORTEST_PAUSE;
	struct timeval time = {pause / 1000, pause % 1000 * 1000};
	if (evtimer_add(inside->tick, &time))
		fatal("cannot set a timer");
}

static void
on_tick(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	struct engine_inside *inside = context;
	inside->ticked = clock_boot();
	if (inside->restored) {
		flow_tick(inside->flow, engine_moment(inside));
		engine_release(inside);
		if (clock_boot() - inside->checkpointed >= inside->rules->config.checkpoint)
			engine_checkpoint(inside);
		engine_ask_cost(inside);
		engine_tell_standing(inside);
		engine_look_through(inside);
		engine_collect_late(inside);
		engine_look_late(inside);
		engine_doubts_late(inside);
		engine_answer_late(inside);
	}
	schedule(inside);
}

/* From the sensor. */

static int
accept_sensor_state(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct sensor_state states[SENSOR_COUNT];
	size_t count;
	int status = sensor_states_decode(bytes, length, arena, states, &count);
	if (status)
		return status;
	for (size_t i = 0; i < count; i++) {
		struct sensor_fact *fact = &inside->facts.sensors[states[i].sensor];
		fact->works = states[i].works;
		record_set_text(fact->by, sizeof(fact->by), states[i].by);
		record_set_text(fact->lost, sizeof(fact->lost), states[i].lost);
		flow_set_sensor(inside->flow, states[i].sensor, states[i].works);
	}
	return 0;
}

static int
accept_frame(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct frame frame;
	int status = frame_decode(bytes, length, arena, &frame);
	if (!status)
		flow_frame(inside->flow, &frame, engine_moment(inside));
	return status;
}

static int
accept_script(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct script_name name;
	int status = script_name_decode(bytes, length, arena, &name);
	if (!status)
		flow_script_name(inside->flow, &name);
	return status;
}

static int
accept_observation(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct observation observation;
	int status = observation_decode(bytes, length, arena, &observation);
	if (!status)
		flow_observe(inside->flow, &observation, engine_moment(inside));
	return status;
}

/* A fork bomb leaves hardly anything of the processor to whoever is to end it. */
static void
hurry(struct engine_inside *inside)
{
	process_go_first(inside->frame);
	if (process_send(inside->frame, PROCESS_KEEPER, MESSAGE_HURRY, NULL, 0, -1))
		log_debug("the keeper cannot be told to hurry");
}

static int
accept_deed(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct deed deed;
	int status = deed_decode(bytes, length, arena, &deed);
	if (!status && deed.measure == MEASURE_PROCESS_ATTACK)
		hurry(inside);
	if (!status)
		flow_deed(inside->flow, &deed, engine_moment(inside));
	return status;
}

static int
accept_handing(struct engine_inside *inside, const void *bytes, size_t length)
{
	struct handing handing;
	int status = handing_decode(bytes, length, &handing);
	if (!status && inside->restored)
		flow_handing(inside->flow, &handing, engine_moment(inside));
	return status;
}

static int
accept_from_sensor(
    struct engine_inside *inside, enum message message, const void *bytes, size_t length)
{
	if (message == MESSAGE_FRAME)
		return accept_frame(inside, bytes, length);
	if (message == MESSAGE_SCRIPT)
		return accept_script(inside, bytes, length);
	if (message == MESSAGE_OBSERVATION)
		return accept_observation(inside, bytes, length);
	if (message == MESSAGE_DEED)
		return accept_deed(inside, bytes, length);
	if (message == MESSAGE_HANDED)
		return accept_handing(inside, bytes, length);
	return message == MESSAGE_SENSOR_STATE ? accept_sensor_state(inside, bytes, length)
					       : -EBADMSG;
}

/* From the logs. */
static int
accept_pool_runs(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct frame runs;
	int status = frame_decode(bytes, length, arena, &runs);
	if (!status && inside->restored)
		flow_pool_runs(inside->flow, &runs);
	return status;
}

static int
accept_visits(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct visits visits;
	int status = visits_decode(bytes, length, arena, &visits);
	if (!status && inside->restored)
		flow_visits(inside->flow, &visits, engine_moment(inside));
	return status;
}

/* From the steward. */
static int
accept_database_time(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct database_time time;
	int status = database_time_decode(bytes, length, arena, &time);
	if (status)
		return status;
	struct sensor_fact *fact = &inside->facts.sensors[SENSOR_QUERIES];
	fact->works = time.works;
	record_set_text(fact->by, sizeof(fact->by), time.works ? "MariaDB's own count" : "");
	record_set_text(fact->lost, sizeof(fact->lost), time.why);
	engine_hear_database(inside, time.works);
	if (inside->restored)
		flow_database(inside->flow, &time, engine_moment(inside));
	return 0;
}

/* Before the last life is known. */
static int
hold_back(struct engine_inside *inside, enum message message, const void *bytes, size_t length)
{
	bool said_once = message == MESSAGE_SCRIPT || message == MESSAGE_SENSOR_STATE;
	if (!said_once || inside->early.count >= MOST_EARLY)
		return 0;
	auto_str copy = {0};
	str_add_bytes(&copy, bytes, length);
	pending_add(&inside->early, message, 0, &copy);
	return 0;
}

static void
hear_what_was_early(struct engine_inside *inside)
{
	for (const struct pending *early = inside->early.first; early; early = early->next)
		if (accept_from_sensor(
			inside, early->message, early->bytes.data, early->bytes.length))
			log_error("the sensor sent %s that does not decode",
			    message_name(early->message));
	pending_free(&inside->early);
}

/* From the others. */

static int
accept_request(struct engine_inside *inside, const void *bytes, size_t length)
{
	if (engine_ask_others(inside, bytes, length))
		engine_reply(inside, bytes, length);
	return 0;
}

static int
accept_restore(struct engine_inside *inside, const void *bytes, size_t length)
{
	bool before = inside->restored;
	int status = engine_accept_restore(inside, bytes, length);
	if (!status && !before && inside->restored) {
		hear_what_was_early(inside);
		engine_gate_again(inside);
	}
	return status;
}

static int
dispatch(struct engine_inside *inside, enum process from, enum message message,
    const void *bytes, size_t length)
{
	if (message == MESSAGE_RESTORE)
		return accept_restore(inside, bytes, length);
	if (message == MESSAGE_PROCESSES)
		return engine_accept_processes(inside, bytes, length);
	if (message == MESSAGE_ANSWER)
		return engine_accept_answer(inside, bytes, length);
	if (message == MESSAGE_TREE)
		return engine_accept_tree(inside, bytes, length);
	if (message == MESSAGE_LISTED)
		return engine_accept_listed(inside, bytes, length);
	if (message == MESSAGE_KEPT)
		return engine_accept_kept(inside, bytes, length);
	if (from == PROCESS_SENSOR)
		return inside->restored ? accept_from_sensor(inside, message, bytes, length)
					: hold_back(inside, message, bytes, length);
	if (message == MESSAGE_PROBED)
		return engine_accept_probed(inside, bytes, length);
	if (message == MESSAGE_VISITS)
		return accept_visits(inside, bytes, length);
	if (message == MESSAGE_POOL_RUNS)
		return accept_pool_runs(inside, bytes, length);
	if (message == MESSAGE_POOL_SCRIPT)
		return inside->restored ? accept_script(inside, bytes, length) : 0;
	if (message == MESSAGE_ACK)
		return engine_accept_ack(inside, bytes, length);
	if (message == MESSAGE_OUTCOME || message == MESSAGE_DESK_OUTCOME)
		return engine_accept_outcome(inside, bytes, length);
	if (message == MESSAGE_ANSWER_SEAL)
		return answer_seal_decode(bytes, length, &inside->seal);
	if (message == MESSAGE_DELIVERED)
		return engine_accept_delivery(inside, bytes, length);
	if (message == MESSAGE_DATABASE_TIME)
		return accept_database_time(inside, bytes, length);
	if (message == MESSAGE_STORED)
		return engine_accept_stored(inside, bytes, length);
	if (message == MESSAGE_CHANGED)
		return engine_accept_changed(inside, bytes, length);
	if (message == MESSAGE_MAILED)
		return engine_accept_mailed(inside, bytes, length);
	if (message == MESSAGE_LOGIN)
		return engine_accept_login(inside, bytes, length);
	if (message == MESSAGE_TURNED_AWAY)
		return engine_accept_turned_away(inside, bytes, length);
	return message == MESSAGE_REQUEST ? accept_request(inside, bytes, length) : -EBADMSG;
}

/* The handlers. */

/* The empty root of the sandbox has no /proc. */
static void
read_boot_id(struct engine_inside *inside)
{
	auto_str text = {0};
	if (file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", BOOT_ID_SIZE - 1, &text)) {
		log_info("this system does not tell boots apart; downtime is taken from the "
			 "wall clock");
		return;
	}
	size_t length = strcspn(str_text(&text), "\n");
	memcpy(inside->boot_id, str_text(&text), length);
}

static int
engine_prepare(struct process_frame *frame)
{
	struct engine_inside *inside = memory_new(1, sizeof(*inside));
	inside->frame = frame;
	inside->facts.list_again = engine_list_again;
	inside->facts.listed_when = engine_listed_when;
	inside->facts.engine = inside;
	inside->facts.seal = &inside->seal;
	frame->state = inside;
	read_boot_id(inside);
	return 0;
}

static int
engine_start(struct process_frame *frame)
{
	struct engine_inside *inside = frame->state;
	inside->tick = evtimer_new(frame->loop, on_tick, inside);
	if (!inside->tick)
		return -ENOMEM;
	schedule(inside);
	return 0;
}

static int
engine_blob(struct process_frame *frame, enum blob kind, const void *bytes, size_t length)
{
	return engine_accept_blob(frame->state, kind, bytes, length);
}

static void
engine_peer(struct process_frame *frame, enum process peer, bool connected)
{
	struct engine_inside *inside = frame->state;
	if (peer == PROCESS_CONTROL)
		pending_free(&inside->unsaid); /* who asked went with it */
	if (connected)
		engine_send_again(inside, peer);
	else if (peer == PROCESS_KEEPER && !inside->restored)
		engine_forget(inside);
	else if (peer == PROCESS_PROBER)
		engine_services_unknown(inside);
}

static int
engine_message(struct process_frame *frame, enum process from, enum message message,
    const void *bytes, size_t length, int *fd)
{
	(void)fd;
	struct engine_inside *inside = frame->state;
	int status = dispatch(inside, from, message, bytes, length);
	engine_release(inside);
	if (!status)
		schedule(inside);
	return status;
}

static void
engine_quit(struct process_frame *frame)
{
	struct engine_inside *inside = frame->state;
	if (inside->restored) {
		engine_release(inside);
		engine_checkpoint(inside);
	}
	event_free(inside->tick);
	pending_free(&inside->early);
	pending_free(&inside->unwritten);
	pending_free(&inside->undone);
	pending_free(&inside->undone_at_desk);
	pending_free(&inside->unsent);
	pending_free(&inside->unsaid);
	pending_free(&inside->unnoted);
	pending_free(&inside->unnoted_mails);
	str_done(&inside->standing);
	engine_scan_done(inside);
	engine_collect_done(inside);
	engine_doubts_done(inside);
	engine_look_done(inside);
	engine_forget_asked(inside);
	engine_let_go(inside);
	free(inside);
}

const struct process_handlers *
engine_role(void)
{
	static const struct process_handlers handlers = {
	    .prepare = engine_prepare,
	    .start = engine_start,
	    .blob = engine_blob,
	    .peer = engine_peer,
	    .message = engine_message,
	    .quit = engine_quit,
	};
	return &handlers;
}
