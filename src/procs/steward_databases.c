/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long the database worked for whom. At intervals the hand asks MariaDB, by a child that
 * a server which hangs can keep for ten seconds and nobody else; what its users have used
 * since the answer before is summed up by account and told to the engine.
 *
 * Counters begin anew when the server does, or when somebody flushes them: what is less than
 * before was counted from then. The first answer only says where to begin, so a steward that
 * dies costs one stretch, and blames nobody for what was before.
 *
 * SECURITY: a name is an account's if hayward has made it for that uid, or else by the
 * manner of all panels: the login, or the login, an underscore and more.
 */
#include "procs/steward.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/memory.h"
#include "model/database_time.h"
#include "site/database_time.h"

enum { NOT_HERE = 600000, GIVEN_UP = 400000, NS_PER_US = 1000 };

struct steward_databases {
	struct map *users; /* by name: struct counted */
	int64_t next;	   /* boot ms: when to ask */
	int64_t asked;	   /* boot ms: when the question that is out was put; 0: none is */
	int64_t before;	   /* boot ms: of the last answer; 0: none */
	bool said;	   /* the engine was told that there is nothing to tell */
};

struct counted {
	uint64_t cpu_us;
	int64_t at; /* boot ms: of the answer that it is from */
};

struct steward_databases *
steward_databases_new(void)
{
	struct steward_databases *databases = memory_new(1, sizeof(*databases));
	databases->users = map_new();
	return databases;
}

void
steward_databases_free(struct steward_databases *databases)
{
	size_t position = 0;
	if (!databases)
		return;
	for (struct counted *counted; (counted = map_next(databases->users, &position));)
		free(counted);
	map_free(databases->users);
	free(databases);
}

/* ---- whose it is ---- */

/* How much of the user's name is this login: all of it, or what stands before a '_'. */
static size_t
fits(const char *user, const char *login)
{
	size_t length = strlen(login);
	bool is_start = length && strncmp(user, login, length) == 0;
	return is_start && (!user[length] || user[length] == '_') ? length : 0;
}

static const struct account *
owner_by_name(const struct accounts *accounts, const char *user)
{
	const struct account *owner = NULL;
	size_t longest = 0;
	for (size_t i = 0; i < accounts_count(accounts); i++) {
		size_t length = fits(user, accounts_at(accounts, i)->name);
		if (length > longest) {
			longest = length;
			owner = accounts_at(accounts, i);
		}
	}
	return owner;
}

static const struct account *
owner_of(const struct accounts *accounts, const struct database_user *user)
{
	return user->uid ? accounts_find_uid(accounts, user->uid)
			 : owner_by_name(accounts, user->name);
}

/* ---- what was used ---- */

/* Since the last answer; nothing at the first, and of a user who is new all that there is. */
static uint64_t
gained(struct steward_databases *databases, const struct database_user *user)
{
	struct counted *counted = map_find_text(databases->users, user->name);
	uint64_t gain = databases->before ? user->cpu_us : 0;
	if (!counted) {
		counted = memory_new(1, sizeof(*counted));
		map_put_text(databases->users, user->name, counted);
	} else if (user->cpu_us >= counted->cpu_us) {
		gain = user->cpu_us - counted->cpu_us;
	}
	counted->cpu_us = user->cpu_us;
	counted->at = databases->asked;
	return gain;
}

/* Users that the server told nothing of: it counts them from nothing when they come back. */
static void
forget_others(struct steward_databases *databases)
{
	size_t position = 0, length;
	const void *key;
	for (struct counted *counted;
	     (counted = map_next_key(databases->users, &position, &key, &length));)
		if (counted->at != databases->asked)
			free(map_remove(databases->users, key, length));
}

struct summing {
	struct database_time time;
	size_t capacity;
	struct map *by_id; /* index + 1, as a pointer */
};

static void
add_use(struct summing *summing, const struct account *account, uint64_t cpu_us)
{
	struct database_time *time = &summing->time;
	uintptr_t place = (uintptr_t)map_find_u64(summing->by_id, account->id);
	if (!place) {
		memory_grow(&time->uses, time->count, &summing->capacity, sizeof(*time->uses));
		time->uses[time->count++] =
		    (struct database_use){account->id, account->generation, 0};
		place = time->count;
		map_put_u64(summing->by_id, account->id, (void *)place);
	}
	time->uses[place - 1].cpu_ns += cpu_us * NS_PER_US;
}

static void
tell(struct steward *steward, const struct database_time *time)
{
	auto_str bytes = {0};
	database_time_encode(time, &bytes);
	/* Where the engine is not there, this stretch is nobody's. */
	if (!process_send(steward->frame, PROCESS_ENGINE, MESSAGE_DATABASE_TIME, bytes.data,
		bytes.length, -1))
		steward->databases->said = !time->works;
}

static void
take_answer(struct steward *steward, const char *text, int64_t now)
{
	struct steward_databases *databases = steward->databases;
	struct summing summing = {.by_id = map_new()};
	struct database_user user;
	bool is_counting = false;
	while (database_time_next(&text, &user, &is_counting)) {
		uint64_t gain = gained(databases, &user);
		const struct account *owner =
		    gain && steward->accounts ? owner_of(steward->accounts, &user) : NULL;
		if (owner)
			add_use(&summing, owner, gain);
	}
	forget_others(databases);
	summing.time.works = is_counting;
	summing.time.why = is_counting ? "" : "MariaDB does not count: set userstat = 1";
	summing.time.from = databases->before ? databases->before : now;
	summing.time.until = now;
	tell(steward, &summing.time);
	databases->before = databases->asked;
	map_free(summing.by_id);
	free(summing.time.uses);
}

/* A server that does not answer now goes on counting, and says it all the next time. */
void
steward_databases_heard(
    struct steward *steward, int status, const char *answer, const char *words)
{
	struct steward_databases *databases = steward->databases;
	int64_t now = clock_boot();
	if (!status)
		take_answer(steward, answer, now);
	else if (!databases->said)
		tell(steward, &(struct database_time){.why = words, .from = now, .until = now});
	if (status == -ENODEV && databases->next < now + NOT_HERE)
		databases->next = now + NOT_HERE;
	databases->asked = 0;
}

void
steward_databases_again(struct steward *steward)
{
	steward->databases->said = false;
	steward->databases->next = 0;
}

void
steward_databases_tick(struct steward *steward, int64_t now)
{
	struct steward_databases *databases = steward->databases;
	int64_t every = steward->frame->config->database_interval;
	bool is_out = databases->asked && now - databases->asked < GIVEN_UP;
	if (!every || is_out || now < databases->next || steward->hand < 0)
		return;
	databases->asked = now > 0 ? now : 1;
	databases->next = now + every;
	struct task *task = steward_add(steward, JOB_DATABASES, NULL);
	task->answered = true;
}
