/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine and the gate of logins: the gate answers alone, by rules that it is sent when it
 * begins, and again whenever they have changed; exceptions end by themselves, too.
 */
#include <string.h>

#include "base/log.h"
#include "flow/gates.h"
#include "procs/engine_gate.h"

/* A gate that is gone is told when it is there again. */
static bool
tell(struct engine_inside *inside, enum message message, const struct str *bytes)
{
	return !process_send(
	    inside->frame, PROCESS_GATE, message, bytes->data, bytes->length, -1);
}

static bool
is_told(const struct engine_inside *inside, const struct str *rules)
{
	return inside->standing.length == rules->length &&
	       !memcmp(str_text(&inside->standing), str_text(rules), rules->length);
}

void
engine_tell_standing(struct engine_inside *inside)
{
	auto_arena struct arena *arena = arena_new();
	auto_str rules = {0};
	if (!inside->restored)
		return;
	struct standing_rules standing = flow_standing(inside->flow, arena);
	standing_encode(&standing, &rules);
	if (is_told(inside, &rules) || !tell(inside, MESSAGE_STANDING, &rules))
		return;
	str_clear(&inside->standing);
	str_add_bytes(&inside->standing, rules.data, rules.length);
}

void
engine_gate_again(struct engine_inside *inside)
{
	auto_arena struct arena *arena = arena_new();
	auto_str bytes = {0};
	str_clear(&inside->standing);
	inside->facts.sensors[SENSOR_SESSION].works = true;
	record_set_text(inside->facts.sensors[SENSOR_SESSION].by,
	    sizeof(inside->facts.sensors[SENSOR_SESSION].by), "the gate");
	engine_remark_mail(inside, NULL);
	if (!inside->restored)
		return;
	struct logins_seen logins = flow_logins(inside->flow, engine_moment(inside), arena);
	logins_seen_encode(&logins, &bytes);
	if (!tell(inside, MESSAGE_LOGINS, &bytes))
		log_warning("the gate is not told who logged in to POP lately");
	engine_tell_standing(inside);
}

int
engine_accept_login(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct login_seen login;
	int status = login_seen_decode(bytes, length, arena, &login);
	if (!status && inside->restored)
		flow_login(inside->flow, &login, engine_moment(inside));
	return status;
}

int
engine_accept_turned_away(struct engine_inside *inside, const void *bytes, size_t length)
{
	struct turned_away away;
	int status = turned_away_decode(bytes, length, &away);
	if (!status && inside->restored)
		flow_turned_away(inside->flow, &away, engine_moment(inside));
	return status;
}
