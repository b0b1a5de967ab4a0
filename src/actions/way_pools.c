/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pools of PHP-FPM that run as the account: their files are put aside and the
 * master is told to read its pools anew (SIGUSR2), after its own check has
 * found nothing wrong, for a master that finds something wrong ends.
 *
 * A master without any pool ends, too, so the last pool is replaced by one of
 * ours that does nothing and costs no process until somebody asks it.
 *
 * Pool files are staff's; one that serves several accounts is left alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions/aside.h"
#include "actions/daemon.h"
#include "actions/place.h"
#include "base/program.h"
#include "base/file.h"

enum { LARGEST_POOL = 1024 * 1024, CHECK_FOR = 5000 };

static const char versions[] = "etc/php";
static const char stand_in[] = "hayward-idle.conf";
static const char stand_in_text[] =
    "; Written by hayward: php-fpm ends when it has no pool at all, and the only ones\n"
    "; of this version are those of a suspended account. Goes away by itself.\n"
    "[hayward-idle]\n"
    "user = nobody\n"
    "group = nogroup\n"
    "listen = /run/php/hayward-idle.sock\n"
    "listen.mode = 0600\n"
    "pm = ondemand\n"
    "pm.max_children = 1\n";

/* What a pool file says of who runs in it. */
struct owners {
	uint32_t ours;
	uint32_t others;
};

static bool
is_login(const struct survey *survey, const char *word, size_t length)
{
	char *end = NULL;
	unsigned long uid = strtoul(word, &end, 10);
	if (end == word + length)
		return uid <= UINT32_MAX && accounts_find_uid(survey->ways->tools->accounts,
						(uint32_t)uid) == survey->account;
	for (uint32_t i = 0; i < survey->login_count; i++)
		if (strlen(survey->logins[i]) == length &&
		    !memcmp(word, survey->logins[i], length))
			return true;
	return false;
}

/* One line; the section's name stands for $pool. */
static void
read_line(
    const struct survey *survey, const char *line, struct str *section, struct owners *owners)
{
	line += strspn(line, " \t");
	if (*line == '[') {
		str_clear(section);
		str_add_bytes(section, line + 1, strcspn(line + 1, "]\n"));
		return;
	}
	if (!text_starts_with(line, "user"))
		return;
	line += strlen("user");
	line += strspn(line, " \t");
	if (*line++ != '=')
		return;
	line += strspn(line, " \t\"");
	size_t length = strcspn(line, " \t\";\r\n");
	bool by_section = length == 5 && !memcmp(line, "$pool", 5);
	bool ours = by_section ? is_login(survey, str_text(section), section->length)
			       : is_login(survey, line, length);
	owners->ours += ours;
	owners->others += !ours;
}

static int
read_pool(const struct survey *survey, const char *path, struct owners *ret_owners)
{
	auto_str text = {0};
	auto_str section = {0};
	*ret_owners = (struct owners){0};
	int status = place_read(survey->ways->tools->root, path, LARGEST_POOL, &text);
	for (const char *line = str_text(&text); !status && *line;) {
		read_line(survey, line, &section, ret_owners);
		line = strchrnul(line, '\n');
		line += *line == '\n';
	}
	return status;
}

struct pools {
	struct survey *survey;
	const char *place;
	uint32_t ours;
	uint32_t others;
};

static bool
is_pool(const char *name)
{
	return *name != '.' && text_ends_with(name, ".conf");
}

static int
survey_pool(void *context, const char *name)
{
	struct pools *pools = context;
	struct owners owners;
	auto_str path = {0};
	if (!is_pool(name) || text_equal(name, stand_in))
		return 0;
	str_addf(&path, "%s/%s", pools->place, name);
	if (read_pool(pools->survey, str_text(&path), &owners) || !owners.ours) {
		pools->others++;
		return 0;
	}
	if (owners.others) {
		pools->others++;
		survey_remark(pools->survey, name, "the pool file serves others too");
		return 0;
	}
	pools->ours++;
	return aside_survey(pools->survey, &way_pools, pools->place, name, false);
}

static int
survey_version(void *context, const char *version)
{
	struct survey *survey = context;
	auto_str place = {0};
	str_addf(&place, "%s/%s/fpm/pool.d", versions, version);
	struct pools pools = {.survey = survey, .place = str_text(&place)};
	int status = place_each(survey->ways->tools->root, pools.place, survey_pool, &pools);
	if (!status && pools.ours && !pools.others)
		survey_add(survey, &way_pools, pools.place, stand_in);
	return status == -ENOENT || status == -ENOTDIR ? 0 : status;
}

static int
pools_survey(struct survey *survey)
{
	return place_each(survey->ways->tools->root, versions, survey_version, survey);
}

static bool
pools_are_here(const struct ways *ways)
{
	return place_exists(ways->tools->root, versions);
}

static bool
is_stand_in(const struct item *item)
{
	return text_equal(item->name, stand_in);
}

static void
stand_in_path(const struct item *item, struct str *out)
{
	str_addf(out, "%s/%s", item->place, stand_in);
}

static int
pools_hold(struct ways *ways, const struct suspension *suspension, struct item *item)
{
	auto_str path = {0};
	if (!is_stand_in(item))
		return aside_hold(ways, suspension, item);
	stand_in_path(item, &path);
	return file_replace(
	    ways->tools->root, str_text(&path), 0644, stand_in_text, strlen(stand_in_text));
}

static enum standing
pools_look(struct ways *ways, const struct item *item)
{
	auto_str path = {0};
	if (!is_stand_in(item))
		return aside_look(ways, item);
	stand_in_path(item, &path);
	return place_exists(ways->tools->root, str_text(&path)) ? STANDING_HELD : STANDING_OPEN;
}

static int
release_stand_in(struct ways *ways, const struct item *item, enum undoing *ret_undoing)
{
	auto_str path = {0};
	auto_str text = {0};
	stand_in_path(item, &path);
	int status = place_read(ways->tools->root, str_text(&path), LARGEST_POOL, &text);
	*ret_undoing = status == -ENOENT ? UNDOING_ALREADY : UNDOING_CHANGED;
	if (status || !text_equal(str_text(&text), stand_in_text))
		return status == -ENOENT ? 0 : status;
	auto_fd int folder = place_open(ways->tools->root, item->place, O_RDONLY | O_DIRECTORY);
	if (folder < 0 || unlinkat(folder, stand_in, 0))
		return folder < 0 ? folder : -errno;
	*ret_undoing = UNDOING_DONE;
	return 0;
}

static int
pools_release(struct ways *ways, const struct item *item, enum undoing *ret_undoing)
{
	return is_stand_in(item) ? release_stand_in(ways, item, ret_undoing)
				 : aside_release(ways, item, ret_undoing);
}

static int
count_pool(void *context, const char *name)
{
	uint32_t *count = context;
	*count += is_pool(name);
	return 0;
}

/* The version in etc/php/VERSION/fpm/pool.d. */
static void
version_of(const char *place, struct str *out)
{
	const char *version = place + strlen(versions) + 1;
	str_add_bytes(out, version, strcspn(version, "/"));
}

/* A reload that fails would end the service for everybody: the master's own check goes first.
 */
static int
check(const char *executable, const char *version)
{
	auto_str configuration = {0};
	auto_str nothing = {0};
	auto_str said = {0};
	str_addf(&configuration, "/%s/%s/fpm/php-fpm.conf", versions, version);
	const char *arguments[] = {
	    executable, "--test", "--fpm-config", str_text(&configuration), NULL};
	int status = program_run(arguments, &nothing, CHECK_FOR, &said);
	return status > 0 ? -EINVAL : status;
}

static int
pools_tell(struct ways *ways, const struct suspension *suspension, const char *place)
{
	auto_str version = {0};
	auto_str pid_file = {0};
	auto_str executable = {0};
	uint32_t count = 0;
	(void)suspension;
	int status = place_each(ways->tools->root, place, count_pool, &count);
	if (status || !count)
		return status ? status : -ENOENT;
	version_of(place, &version);
	str_addf(&pid_file, "run/php/php%s-fpm.pid", str_text(&version));
	status = daemon_executable(ways->tools, str_text(&pid_file), "php-fpm", &executable);
	if (status == -ESRCH)
		return 0; /* it does not run, and will read its pools when it does */
	status = status ? status : check(str_text(&executable), str_text(&version));
	return status ? status
		      : daemon_signal(ways->tools, str_text(&pid_file), "php-fpm", SIGUSR2);
}

const struct way way_pools = {
    .name = "pools",
    .title = "PHP pool",
    .every = 15000,
    .is_here = pools_are_here,
    .survey = pools_survey,
    .hold = pools_hold,
    .look = pools_look,
    .release = pools_release,
    .tell = pools_tell,
    .is_the_holders = true,
};
