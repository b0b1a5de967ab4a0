/* SPDX-License-Identifier: Apache-2.0 */
#include "site/up.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/crash.h"
#include "base/escape.h"
#include "site/host.h"
#include "site/network.h"
#include "site/strangers.h"

enum { BOOT_MS = 90000 };

static void say(const struct site_world *world, const char *format, ...) printf_like(2, 3);

static void
say(const struct site_world *world, const char *format, ...)
{
	char *line;
	va_list arguments;
	va_start(arguments, format);
	int length = vasprintf(&line, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	auto_free char *owned = line;
	world->say(world->context, owned);
}

static bool
is_contained(const struct site_world *world, enum role role)
{
	return world->site->roles[role].place == PLACE_CONTAINER;
}

static bool
has_containers(const struct site_world *world)
{
	for (enum role role = 0; role < ROLE_COUNT; role++)
		if (is_contained(world, role))
			return true;
	return false;
}

/* Each line of the text, or only those that begin so. */
static void
say_lines(
    const struct site_world *world, enum role role, const char *text, const char *beginning)
{
	size_t length;
	for (const char *line; (line = text_next_line(&text, &length));) {
		auto_str shown = {0};
		/* What an agent says is escaped already; programs on the way to it are not. */
		escape_bytes(&shown, line, length);
		if (text_starts_with(line, beginning))
			say(world, "%s: %s", role_name(role), str_text(&shown));
	}
}

/* Keeps the first failure, and says each. */
static void
note(const struct site_world *world, enum role role, int status, const struct str *why,
    int *first, struct str *ret_why)
{
	if (!status)
		return;
	say_lines(world, role, why->length ? str_text(why) : strerror(-status), "");
	if (!*first) {
		*first = status;
		str_addf(ret_why, "%s is not as it should be", role_name(role));
	}
}

/* ---- plan ---- */

static size_t
plan_container(const struct site_world *world, enum role role)
{
	switch (container_look(world->site, world->paths, role, NULL)) {
	case CONTAINER_ABSENT:
		say(world, "%s: make its container, at %s", role_name(role),
		    world->site->roles[role].address);
		return 1;
	case CONTAINER_STOPPED:
		say(world, "%s: start its container", role_name(role));
		return 1;
	case CONTAINER_OUTDATED:
	case CONTAINER_RUNNING:
		break;
	}
	if (!container_differs(world->site, world->paths, role))
		return 0;
	say(world, "%s: start its container anew, for its description changed",
	    role_name(role));
	return 1;
}

static size_t
plan_telling(const struct site_world *world, enum role role, const struct pushed *asked)
{
	if (asked->status == -ENOTCONN && is_contained(world, role))
		return 0;
	if (!asked->status && asked->generation == world->book->generation)
		return 0;
	say(world, "%s: tell it of generation %lld of the book", role_name(role),
	    (long long)world->book->generation);
	return 1;
}

size_t
site_plan(const struct site_world *world)
{
	size_t steps = 0;
	struct pushed asked[ROLE_COUNT] = {0};
	if (has_containers(world) && !network_is_up(world->site)) {
		say(world, "make the bridge %s with %s, and load the port rules",
		    world->site->bridge, world->site->gateway);
		steps++;
	}
	push_ask(world->site, world->paths, asked);
	for (enum role role = 0; role < ROLE_COUNT; role++) {
		if (is_contained(world, role))
			steps += plan_container(world, role);
		if (asked[role].asked)
			steps += plan_telling(world, role, &asked[role]);
	}
	pushed_done(asked);
	return steps;
}

/* ---- up ---- */

/* Whether haywardd runs already or not: the folder stays the same, only its socket comes. */
static int
make_run(const char *run)
{
	auto_str above = {0};
	const char *slash = strrchr(run, '/');
	str_add_bytes(&above, run, slash ? (size_t)(slash - run) : 0);
	bool good = (!mkdir(str_text(&above), 0755) || errno == EEXIST) &&
		    (!mkdir(run, 0755) || errno == EEXIST);
	return good ? 0 : -errno;
}

/* Likewise, for the mail servers of the roles; haywardd makes more of them. */
static int
make_gate(const char *gate)
{
	if (mkdir(gate, 0755) && errno != EEXIST)
		return -errno;
	for (enum role role = 0; role < ROLE_COUNT; role++) {
		auto_str folder = {0};
		str_addf(&folder, "%s/%s", gate, role_name(role));
		if (role_has_mail(role) && mkdir(str_text(&folder), 0755) && errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* What all containers see of the host must be there before they do. */
static int
make_stores(const struct site_world *world, struct str *ret_why)
{
	if (!has_containers(world))
		return 0;
	const struct {
		const char *path;
		mode_t mode;
	} stores[] = {
	    {world->paths->cache, 0755}, {world->site->homes, 0755}, {world->site->mail, 0711}};
	for (size_t i = 0; i < array_length(stores); i++)
		if (mkdir(stores[i].path, stores[i].mode) && errno != EEXIST) {
			int status = -errno;
			str_addf(ret_why, "cannot make '%s'", stores[i].path);
			return status;
		}
	int status = make_run(world->paths->run);
	return status ? status : make_gate(world->paths->gate);
}

static int
start(const struct site_world *world, enum role role, struct str *ret_why)
{
	struct container_trees trees = {0};
	int status = container_trees(world->paths, role, &trees, ret_why);
	if (status)
		return status;
	if (container_look(world->site, world->paths, role, &trees) != CONTAINER_RUNNING)
		say(world, "%s: starting its container", role_name(role));
	status = container_start(world->site, world->paths, role, &trees, ret_why);
	container_trees_done(&trees);
	return status;
}

/* All begin to boot before the first is waited for; gives the set of those that are up. */
static unsigned
start_all(const struct site_world *world, int *first, struct str *ret_why)
{
	unsigned up = 0;
	for (enum role role = 0; role < ROLE_COUNT; role++) {
		auto_str why = {0};
		int status = is_contained(world, role) ? start(world, role, &why) : 0;
		note(world, role, status, &why, first, ret_why);
		if (!status && world->site->roles[role].place != PLACE_NOWHERE)
			up |= 1U << role;
	}
	crash_point(CRASH_ALL_STARTED);
	for (enum role role = 0; role < ROLE_COUNT; role++) {
		auto_str why = {0};
		if (!(up & 1U << role) || !is_contained(world, role))
			continue;
		int status = container_await(world->paths, role, BOOT_MS);
		if (status)
			str_add(&why, "its container does not come up");
		note(world, role, status, &why, first, ret_why);
		if (status)
			up &= ~(1U << role);
	}
	return up;
}

/* Lines of an agent that say what went wrong, or all that a way to it said. */
static void
say_wrong(const struct site_world *world, enum role role, const struct pushed *result)
{
	const char *text = str_text(&result->said);
	if (result->status == -ENOTCONN)
		say(world, "%s: is down; it is told when it is back", role_name(role));
	else if (result->status == -EINVAL && strstr(text, "wrong "))
		say_lines(world, role, text, "wrong ");
	else
		say_lines(world, role, *text ? text : strerror(-result->status), "");
}

struct site_untold
site_tell(const struct site_world *world, unsigned roles)
{
	struct pushed results[ROLE_COUNT] = {0};
	struct site_untold untold = {0};
	push_views(world->site, world->paths, world->book, roles, results);
	for (enum role role = 0; role < ROLE_COUNT; role++) {
		if (!results[role].asked || !results[role].status)
			continue;
		if (results[role].status == -ENOTCONN)
			untold.down |= 1U << role;
		else
			untold.wrong |= 1U << role;
		say_wrong(world, role, &results[role]);
	}
	if (results[ROLE_MAIL].asked && !results[ROLE_MAIL].status &&
	    strangers_keep(world->site, world->paths))
		say(world, "cannot note what the mail server was told: it is told again");
	pushed_done(results);
	return untold;
}

int
site_up(const struct site_world *world, struct str *ret_why)
{
	int first = make_stores(world, ret_why);
	crash_point(CRASH_STORES_MADE);
	if (!first)
		first = host_write(world->site, world->paths, world->book);
	crash_point(CRASH_HOST_WRITTEN);
	if (!first && has_containers(world))
		first = network_up(world->site, world->book, ret_why);
	if (first)
		return first;
	crash_point(CRASH_BRIDGE_UP);
	unsigned up = start_all(world, &first, ret_why);
	crash_point(CRASH_ALL_UP);
	say(world, "telling the roles of generation %lld of the book",
	    (long long)world->book->generation);
	struct site_untold untold = site_tell(world, up);
	if ((untold.down || untold.wrong) && !first) {
		first = -EIO;
		str_add(ret_why, "not every role is as it should be");
	}
	return first;
}

/* ---- down ---- */

int
site_down(const struct site_world *world, struct str *ret_why)
{
	int first = 0;
	for (enum role role = ROLE_COUNT; role-- > 0;) {
		auto_str why = {0};
		if (!is_contained(world, role) ||
		    container_look(world->site, world->paths, role, NULL) != CONTAINER_RUNNING)
			continue;
		say(world, "%s: stopping its container", role_name(role));
		int status = container_stop(world->paths, role, &why);
		note(world, role, status, &why, &first, ret_why);
	}
	if (!first && has_containers(world))
		first = network_down(world->site, ret_why);
	return first;
}

int
site_destroy(const struct site_world *world, bool everything, struct str *ret_why)
{
	int first = site_down(world, ret_why);
	for (enum role role = 0; role < ROLE_COUNT && !first; role++) {
		auto_str why = {0};
		if (!is_contained(world, role) ||
		    container_look(world->site, world->paths, role, NULL) == CONTAINER_ABSENT)
			continue;
		say(world, "%s: removing its container", role_name(role));
		int status = container_remove(world->paths, role, everything, &why);
		note(world, role, status, &why, &first, ret_why);
	}
	return first;
}
