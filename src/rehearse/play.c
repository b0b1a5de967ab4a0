/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of a scenario. */
#include "rehearse/play.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { DAY = 24 * 3600 * 1000, FIRST_UID = 10001 };

typedef void command(struct play *play, const struct line *line);

/* ---- the host before it runs ---- */

static void
do_host(struct play *play, const struct line *line)
{
	int64_t number;
	for (size_t i = 1; i + 1 < line->count; i += 2) {
		const struct word *what = &line->words[i], *value = &line->words[i + 1];
		auto_str measure = {0};
		str_addf(&measure, "host.%s", what->text);
		int found = measure_find(str_text(&measure));
		if (strcmp(what->text, "processors") == 0 && !play->flow) {
			if (read_count(play, value, 1024, &number))
				play->processors = (uint64_t)number;
		} else if (strcmp(what->text, "memory") == 0 && !play->flow) {
			if (read_size(play, value, &number) && number >= 1 << 20)
				play->memory = (uint64_t)number;
		} else if (found >= 0) {
			struct level level = {
			    .measure = (enum measure)found, .until = INT64_MAX};
			if (read_value(play, value, level.measure, &level.value) &&
			    world_begin(play, line))
				world_set_level(play, &level);
		} else {
			complain(play, what,
			    "processors, memory, or a host measure such as "
			    "cpu-pressure",
			    "a host has no");
		}
	}
}

static void
account_option(struct play *play, const struct line *line, size_t *at, struct account *account)
{
	const struct word *word = &line->words[*at];
	const struct word *value = *at + 1 < line->count ? &line->words[*at + 1] : NULL;
	if (strcmp(word->text, "protected") == 0) {
		account->is_protected = true;
	} else if (strcmp(word->text, "plan") == 0 && value) {
		account->plan = value->text;
		++*at;
	} else if (strcmp(word->text, "contact") == 0 && value) {
		account->contact = value->text;
		++*at;
	} else {
		complain(
		    play, word, "plan NAME, contact ADDRESS or protected", "an account has no");
	}
}

static void
do_account(struct play *play, const struct line *line)
{
	if (play->flow || line->count < 2 || play->account_count == MOST_ACCOUNTS) {
		complain_line(play, line,
		    "accounts are described before time passes: account "
		    "NAME [plan NAME] [contact ADDRESS] [protected]");
		return;
	}
	struct account *account = &play->records[play->account_count];
	struct uid_range *uid = arena_alloc(play->arena, sizeof(*uid));
	*uid = (struct uid_range){FIRST_UID + play->account_count, 1};
	const char *name = line->words[1].text;
	*account = (struct account){
	    .id = uid->first,
	    .generation = 1,
	    .name = name,
	    .plan = "",
	    .contact = arena_printf(play->arena, "%s@example.net", name),
	    .home = arena_printf(play->arena, "/home/%s", name),
	    .initial_bytes = -1,
	    .initial_files = -1,
	    .uid_count = 1,
	    .own_uids = 1,
	    .uids = uid,
	};
	for (uint32_t i = 0; i < play->account_count; i++)
		if (strcmp(play->records[i].name, name) == 0)
			complain(play, &line->words[1], NULL, "there is already an account");
	for (size_t i = 2; i < line->count; i++)
		account_option(play, line, &i, account);
	play->account_count++;
}

static void
add_policy(struct play *play, const char *name, const char *text, size_t length)
{
	if (!play->set)
		play->set = policy_set_new();
	policy_set_add(play->set, name, text, length);
}

static void
do_policy(struct play *play, const struct line *line)
{
	if (play->flow) {
		complain_line(play, line, "the policy is given before time passes");
		return;
	}
	if (line->count == 1) {
		size_t length;
		const char *block = script_block(play, &length);
		if (block)
			add_policy(play, play->name, block, length);
		else
			complain_line(play, line, "this policy has no 'end'");
		return;
	}
	for (size_t i = 1; i < line->count; i++) {
		auto_str text = {0};
		int status = play->rehearsal->read
				 ? play->rehearsal->read(
				       play->rehearsal->context, line->words[i].text, &text)
				 : -ENOENT;
		if (status)
			complain(play, &line->words[i], NULL, "cannot read the policy");
		else
			add_policy(play, line->words[i].text, str_text(&text), text.length);
	}
}

/* Settings of hayward.conf that are numbers; those with a time may be written as one. */
static int64_t *
find_setting(struct config *config, const char *wanted, bool *ret_time)
{
#define SKIP_TEXT(member, name, fallback, what)
#define IS_TIME(member, name, fallback, what)                                                  \
	if (strcmp(wanted, name) == 0) {                                                       \
		*ret_time = true;                                                              \
		return &config->member;                                                        \
	}
#define IS_COUNT(member, name, fallback, what)                                                 \
	if (strcmp(wanted, name) == 0) {                                                       \
		*ret_time = false;                                                             \
		return &config->member;                                                        \
	}
	CONFIG_SETTINGS(SKIP_TEXT, IS_TIME, IS_COUNT, IS_COUNT)
#undef SKIP_TEXT
#undef IS_TIME
#undef IS_COUNT
	return NULL;
}

static void
do_set(struct play *play, const struct line *line)
{
	bool is_time = false;
	int64_t *setting = line->count == 3
			       ? find_setting(&play->config, line->words[1].text, &is_time)
			       : NULL;
	if (!setting) {
		complain_line(play, line, "set SETTING VALUE, with a setting of hayward.conf");
		return;
	}
	int64_t value;
	if (is_time ? read_duration(play, &line->words[2], &value)
		    : read_count(play, &line->words[2], INT32_MAX, &value))
		*setting = value;
}

static void
do_mode(struct play *play, const struct line *line)
{
	if (line->count != 2 || mode_find(line->words[1].text) < 0) {
		complain_line(play, line, "mode observe, warn or enforce");
		return;
	}
	play->config.mode = line->words[1].text;
	if (!play->flow)
		return;
	struct flow_rules rules = {play->policy, play->accounts, &play->config};
	flow_reload(play->flow, &rules, play->now);
	notebook_settle(play);
}

static void
do_every(struct play *play, const struct line *line)
{
	int64_t ms;
	if (line->count == 2 && read_duration(play, &line->words[1], &ms) && ms >= 100 &&
	    ms <= 3600000)
		play->interval = ms;
	else
		complain_line(play, line, "every 100ms to 1h: the length of a frame");
}

static void
do_start(struct play *play, const struct line *line)
{
	int64_t wall;
	if (play->flow || line->count != 2 || !read_date(line->words[1].text, &wall))
		complain_line(play, line, "start YYYY-MM-DD, before time passes");
	else
		play->now.wall = wall;
}

/* ---- time ---- */

static void
do_pass(struct play *play, const struct line *line)
{
	int64_t ms;
	if (line->count != 2)
		complain_line(play, line, "pass TIME");
	else if (read_duration(play, &line->words[1], &ms) && ms <= 400 * (int64_t)DAY)
		world_pass(play, ms);
}

static void
do_clock(struct play *play, const struct line *line)
{
	int64_t ms;
	bool back = line->count == 3 && strcmp(line->words[1].text, "back") == 0;
	if (line->count != 3 || (!back && strcmp(line->words[1].text, "forward") != 0)) {
		complain_line(play, line, "clock back TIME or clock forward TIME");
		return;
	}
	if (!read_duration(play, &line->words[2], &ms))
		return;
	play->now.wall += back ? -ms : ms;
	flow_tick(play->flow, play->now);
	notebook_settle(play);
}

static void
do_restart(struct play *play, const struct line *line)
{
	bool from_journal = line->count == 3 && strcmp(line->words[1].text, "from") == 0 &&
			    strcmp(line->words[2].text, "journal") == 0;
	if (line->count != 1 && !from_journal)
		complain_line(play, line, "restart, or restart from journal");
	else
		world_restart(play, from_journal);
}

/* ---- what the accounts do ---- */

static void
do_silent(struct play *play, const struct line *line)
{
	int64_t ms;
	if (line->count == 2 && read_duration(play, &line->words[1], &ms))
		play->silent_until = play->now.boot + ms;
	else if (line->count != 2)
		complain_line(play, line, "silent TIME: the sensors say nothing for so long");
}

static bool
observe_option(struct play *play, const struct line *line, size_t *at, struct level *level)
{
	const char *option = line->words[*at].text;
	int64_t ms;
	if (*at + 1 < line->count && strcmp(option, "by") == 0) {
		level->script = line->words[++*at].text;
		return true;
	}
	if (*at + 1 < line->count && strcmp(option, "for") == 0) {
		if (!read_duration(play, &line->words[++*at], &ms))
			return false;
		level->until = play->now.boot + ms;
		return true;
	}
	complain(play, &line->words[*at], "by SCRIPT or for TIME", "what is meant by");
	return false;
}

static void
do_observe(struct play *play, const struct line *line)
{
	int measure = line->count >= 4 ? measure_find(line->words[2].text) : -1;
	if (measure < 0) {
		complain_line(
		    play, line, "observe ACCOUNT MEASURE VALUE [by SCRIPT] [for TIME]");
		return;
	}
	struct level level = {.measure = (enum measure)measure, .until = INT64_MAX};
	level.account = world_account(play, &line->words[1]);
	if (!level.account || !read_value(play, &line->words[3], level.measure, &level.value))
		return;
	for (size_t i = 4; i < line->count; i++)
		if (!observe_option(play, line, &i, &level))
			return;
	world_set_level(play, &level);
}

static void
do_idle(struct play *play, const struct line *line)
{
	const struct account *account =
	    line->count == 2 ? world_account(play, &line->words[1]) : NULL;
	size_t kept = 0;
	for (size_t i = 0; account && i < play->level_count; i++)
		if (play->levels[i].account != account)
			play->levels[kept++] = play->levels[i];
	if (account)
		play->level_count = kept;
	else if (line->count != 2)
		complain_line(play, line, "idle ACCOUNT");
}

static void
do_shared(struct play *play, const struct line *line)
{
	int64_t part = UNKNOWN_SHARED;
	const struct account *account =
	    line->count == 3 ? world_account(play, &line->words[1]) : NULL;
	if (line->count != 3)
		complain_line(play, line,
		    "shared ACCOUNT PERCENT, or unknown: what of its memory is counted for "
		    "several of its processes");
	if (account && (strcmp(line->words[2].text, "unknown") == 0 ||
			   read_value(play, &line->words[2], MEASURE_MEMORY_SHARE, &part)))
		*shared_by(play, account->name) = part > HUNDREDTHS ? HUNDREDTHS : part;
}

/* ---- hands and relay ---- */

static void
do_outcome(struct play *play, const struct line *line)
{
	static const struct {
		const char *word;
		int64_t status;
	} outcomes[] = {
	    {"works", 0}, {"fails", -EIO}, {"unavailable", -ENOTSUP}, {"refused", -EPERM}};
	int verb = line->count == 3 ? verb_find(line->words[1].text) : -1;
	for (size_t i = 0; verb >= 0 && i < array_length(outcomes); i++) {
		if (strcmp(line->words[2].text, outcomes[i].word) == 0) {
			play->status_of[verb] = outcomes[i].status;
			return;
		}
	}
	complain_line(play, line, "outcome VERB works, fails, unavailable or refused");
}

static void
do_mail(struct play *play, const struct line *line)
{
	const char *how = line->count == 2 ? line->words[1].text : "";
	if (strcmp(how, "works") == 0) {
		play->mail = MAIL_WORKS;
		if (play->flow)
			notebook_mail_works(play);
	} else if (strcmp(how, "holds") == 0) {
		play->mail = MAIL_HOLDS;
	} else if (strcmp(how, "bounces") == 0) {
		play->mail = MAIL_BOUNCES;
	} else {
		complain_line(play, line, "mail works, holds or bounces");
	}
}

/* ---- all of them ---- */

static const struct {
	const char *word;
	bool describes; /* said before the host runs, or about it as such */
	command *run;
} commands[] = {
    {"host", true, do_host},
    {"account", true, do_account},
    {"policy", true, do_policy},
    {"set", true, do_set},
    {"mode", true, do_mode},
    {"every", true, do_every},
    {"start", true, do_start},
    {"pass", false, do_pass},
    {"clock", false, do_clock},
    {"restart", false, do_restart},
    {"silent", false, do_silent},
    {"observe", false, do_observe},
    {"idle", false, do_idle},
    {"shared", false, do_shared},
    {"visits", false, do_visits},
    {"outcome", true, do_outcome},
    {"mail", true, do_mail},
    {"lift", false, do_request},
    {"mended", false, do_request},
    {"approve", false, do_request},
    {"refuse", false, do_request},
    {"impose", false, do_request},
    {"reached", false, do_request},
    {"extend", false, do_discussion},
    {"answer", false, do_discussion},
    {"request", false, do_petition},
    {"grant", false, do_decide_petition},
    {"deny", false, do_decide_petition},
    {"withdraw", false, do_decide_petition},
    {"maintenance", false, do_maintenance},
    {"breaker", false, do_breaker},
    {"exception", false, do_exception},
    {"revoke", false, do_exception},
    {"expect", false, expect},
};

static void
run(struct play *play, const struct line *line)
{
	const char *names[array_length(commands) + 1] = {0};
	for (size_t i = 0; i < array_length(commands); i++) {
		names[i] = commands[i].word;
		if (strcmp(commands[i].word, line->words[0].text) != 0)
			continue;
		if (commands[i].describes || world_begin(play, line))
			commands[i].run(play, line);
		return;
	}
	const char *meant = did_you_mean(line->words[0].text, names);
	auto_str hint = {0};
	if (meant)
		str_addf(&hint, "did you mean '%s'?", meant);
	complain(play, &line->words[0], meant ? str_text(&hint) : NULL, "unknown command");
}

/* `at 09:00 ...`: time passes until then; the first one is where the play begins. */
static bool
run_at(struct play *play, struct line *line)
{
	int64_t time;
	if (line->count < 2 || !read_time_of_day(line->words[1].text, &time)) {
		complain_line(play, line, "at HH:MM, with a command behind it if you like");
		return false;
	}
	int64_t until = (time - play->now.wall % DAY + DAY) % DAY;
	if (!play->flow)
		play->now.wall += until;
	else
		world_pass(play, until);
	line->count -= 2;
	memmove(line->words, line->words + 2, line->count * sizeof(*line->words));
	return line->count > 0;
}

bool
play_all(struct play *play)
{
	struct line line;
	while (script_next(play, &line)) {
		if (strcmp(line.words[0].text, "at") == 0 && !run_at(play, &line))
			continue;
		run(play, &line);
		/* What cannot be read cannot be played; what was not met can. */
		if (diag_errors(play->diag) && !play->missed)
			return false;
	}
	return true;
}
