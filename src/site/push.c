/* SPDX-License-Identifier: Apache-2.0 */
#include "site/push.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/program.h"
#include "site/pass_key.h"
#include "site/view.h"

enum {
	APPLY_MS = 120000,
	ASK_MS = 20000,
	STREAM_MS = 6 * 3600000,
	MOST_ARGUMENTS = 20,
	MOST_WORDS = 4
};

static const char agent[] = "/usr/lib/hayward/hayward-role";

/* How a role is reached: the words before the agent's own. */
struct way {
	struct str folder;
	struct str name;
	const char *arguments[MOST_ARGUMENTS];
	struct str words[MOST_WORDS]; /* as a shell takes them */
};

static void
way_to(const struct site *site, const struct site_paths *paths, enum role role,
    const char *verb, struct way *way)
{
	const struct site_role *facts = &site->roles[role];
	containers_folder(paths, &way->folder);
	container_name(role, &way->name);
	const char *const into[] = {"/usr/bin/lxc-attach", "-P", str_text(&way->folder), "-n",
	    str_text(&way->name), "--clear-env", "--set-var",
	    "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "--", agent, verb, NULL};
	const char *const over[] = {"/usr/bin/ssh", "-o", "BatchMode=yes", "-o",
	    "ConnectTimeout=10", "--", facts->machine, agent, verb, NULL};
	if (facts->place == PLACE_CONTAINER)
		memcpy(way->arguments, into, sizeof(into));
	else
		memcpy(way->arguments, over, sizeof(over));
}

static void
way_done(struct way *way)
{
	str_done(&way->folder);
	str_done(&way->name);
	for (size_t i = 0; i < MOST_WORDS; i++)
		str_done(&way->words[i]);
}

/* One role being asked. */
struct asking {
	struct program program;
	bool is_running;
};

static void
ask(const struct site *site, const struct site_paths *paths, enum role role, const char *verb,
    const struct str *input, struct asking *asking, struct pushed *result)
{
	struct way way = {0};
	way_to(site, paths, role, verb, &way);
	result->asked = true;
	result->status =
	    program_start(way.arguments, input, PROGRAM_OUTPUT_AND_ERRORS, &asking->program);
	asking->is_running = !result->status;
	way_done(&way);
}

/* The number behind the last line "generation N". */
static int64_t
generation_in(const char *said)
{
	static const char mark[] = "generation ";
	int64_t generation = 0;
	size_t length;
	for (const char *line; (line = text_next_line(&said, &length));)
		if (text_starts_with(line, mark))
			generation = strtoll(line + strlen(mark), NULL, 10);
	return generation;
}

/* lxc-attach and ssh have statuses of their own for a way that does not lead there. */
static int
meaning_of(const struct site_role *role, int status, const struct str *said)
{
	enum { AGENT_WRONG = 2, SSH_FAILED = 255 };
	if (status <= 0)
		return status;
	if (role->place == PLACE_MACHINE && status == SSH_FAILED)
		return -ENOTCONN;
	if (role->place == PLACE_CONTAINER && strstr(str_text(said), "lxc-attach: "))
		return -ENOTCONN;
	return status == AGENT_WRONG ? -EINVAL : -EIO;
}

static void
answer(const struct site *site, enum role role, struct asking *asking, int64_t end,
    struct pushed *result)
{
	if (!asking->is_running)
		return;
	int64_t left = end - clock_boot();
	int status = program_finish(&asking->program, left > 0 ? (int)left : 0, &result->said);
	asking->is_running = false;
	result->status = meaning_of(&site->roles[role], status, &result->said);
	result->generation = generation_in(str_text(&result->said));
}

/* The view of the book that a role is told. -errno: it cannot be, and ret_why says why. */
static int
write_view(const struct site *site, const struct site_paths *paths, enum role role,
    const struct book *book, struct str *out, struct str *ret_why)
{
	auto_arena struct arena *arena = arena_new();
	auto_str key = {0};
	struct view view = view_for(role, site, book, arena);
	int status = site_has_own_gate(site, role) ? pass_key_tell(paths, &key, ret_why) : 0;
	view.pass_key = str_text(&key);
	if (!status)
		view_encode(&view, out);
	return status;
}

static void
ask_each(const struct site *site, const struct site_paths *paths, const char *verb,
    const struct book *book, unsigned roles, struct asking askings[ROLE_COUNT],
    struct pushed results[ROLE_COUNT])
{
	for (enum role role = 0; role < ROLE_COUNT; role++) {
		if (!(roles & 1U << role) || site->roles[role].place == PLACE_NOWHERE)
			continue;
		auto_str text = {0};
		struct pushed *result = &results[role];
		result->asked = true;
		result->status =
		    book ? write_view(site, paths, role, book, &text, &result->said) : 0;
		if (result->status)
			continue;
		ask(site, paths, role, verb, &text, &askings[role], result);
	}
}

static void
answer_each(const struct site *site, unsigned roles, struct asking askings[ROLE_COUNT],
    int64_t end, struct pushed results[ROLE_COUNT])
{
	for (enum role role = 0; role < ROLE_COUNT; role++)
		if (roles & 1U << role)
			answer(site, role, &askings[role], end, &results[role]);
}

/* Who looks into homes, or mounts them, before it is done: it wants the file server's work. */
static unsigned
who_wants_homes(const struct site *site, unsigned roles)
{
	unsigned found = 1U << ROLE_WEB;
	for (enum role role = 0; role < ROLE_COUNT; role++)
		if (role != ROLE_FILE && site->roles[role].place == PLACE_MACHINE)
			found |= 1U << role;
	return roles & found;
}

void
push_views(const struct site *site, const struct site_paths *paths, const struct book *book,
    unsigned roles, struct pushed results[ROLE_COUNT])
{
	const unsigned files = 1U << ROLE_FILE, later = who_wants_homes(site, roles);
	struct asking askings[ROLE_COUNT] = {0};
	int64_t end = clock_boot() + APPLY_MS;
	ask_each(site, paths, "apply", book, roles & ~later, askings, results);
	answer_each(site, files, askings, end, results);
	crash_point(CRASH_FILES_TOLD);
	/* With a time of its own: it could not begin before. */
	end = clock_boot() + APPLY_MS;
	ask_each(site, paths, "apply", book, later, askings, results);
	answer_each(site, roles & ~files, askings, end, results);
}

void
push_ask(
    const struct site *site, const struct site_paths *paths, struct pushed results[ROLE_COUNT])
{
	struct asking askings[ROLE_COUNT] = {0};
	int64_t end = clock_boot() + ASK_MS;
	ask_each(site, paths, "status", NULL, ALL_ROLES, askings, results);
	answer_each(site, ALL_ROLES, askings, end, results);
}

/* What ssh(1) hands to the shell of the machine, which takes it for one word. */
static void
quote(const char *word, struct str *out)
{
	str_add(out, "'");
	for (; *word; word++)
		if (*word == '\'')
			str_add(out, "'\\''");
		else
			str_add_char(out, *word);
	str_add(out, "'");
}

static void
add_words(struct way *way, bool by_shell, const char *const *words)
{
	size_t count = 0;
	while (way->arguments[count])
		count++;
	for (size_t i = 0; words[i] && i < MOST_WORDS && count + 1 < MOST_ARGUMENTS; i++) {
		if (by_shell)
			quote(words[i], &way->words[i]);
		way->arguments[count++] = by_shell ? str_text(&way->words[i]) : words[i];
	}
}

void
push_run(const struct site *site, const struct site_paths *paths, enum role role,
    const char *const *words, int milliseconds, struct pushed *ret_result)
{
	push_run_with(site, paths, role, words, NULL, milliseconds, ret_result);
}

void
push_run_with(const struct site *site, const struct site_paths *paths, enum role role,
    const char *const *words, const struct str *input, int milliseconds,
    struct pushed *ret_result)
{
	struct asking asking = {0};
	struct way way = {0};
	enum place_kind place = site->roles[role].place;
	if (place == PLACE_NOWHERE) {
		ret_result->status = -ENOTCONN;
		return;
	}
	way_to(site, paths, role, words[0], &way);
	add_words(&way, place == PLACE_MACHINE, words + 1);
	ret_result->status =
	    program_start(way.arguments, input, PROGRAM_OUTPUT_AND_ERRORS, &asking.program);
	asking.is_running = !ret_result->status;
	answer(site, role, &asking, clock_boot() + milliseconds, ret_result);
	way_done(&way);
}

int
push_stream(const struct site *site, const struct site_paths *paths, enum role role,
    const char *const *words, const int files[2], struct str *ret_said)
{
	struct way way = {0};
	enum place_kind place = site->roles[role].place;
	if (place == PLACE_NOWHERE)
		return -ENOTCONN;
	way_to(site, paths, role, words[0], &way);
	add_words(&way, place == PLACE_MACHINE, words + 1);
	int status = program_pass(way.arguments, files[0], files[1], STREAM_MS, ret_said);
	way_done(&way);
	return meaning_of(&site->roles[role], status, ret_said);
}

void
pushed_done(struct pushed results[ROLE_COUNT])
{
	for (int role = 0; role < ROLE_COUNT; role++)
		str_done(&results[role].said);
}
