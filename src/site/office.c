/* SPDX-License-Identifier: Apache-2.0 */
#include "site/office.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/file.h"
#include "config/parse.h"
#include "config/read.h"
#include "model/gate_sockets.h"
#include "site/description.h"
#include "site/host.h"
#include "site/network.h"
#include "site/terms.h"
#include "site/strangers.h"

static const char default_configuration[] = "/etc/hayward/hayward.conf";
static const char default_library[] = HAYWARD_LIBRARY;
static const char default_cache[] = "/var/cache/hayward/trees";

/* Where the trees and packages come from can be said, for tests and for a build tree. */
static const char *
from_environment(const char *name, const char *otherwise)
{
	const char *value = getenv(name);
	return value && *value ? value : otherwise;
}

static void
find_places(struct office *office, const struct office_places *places)
{
	struct config config = config_default();
	const char *file =
	    places->configuration ? places->configuration : default_configuration;
	struct diag *diag = diag_new();
	if (!access(file, F_OK))
		config_read(file, office->arena, diag, &config);
	/* Whoever mends a site must not be kept from it by a mistake elsewhere; haywardd says
	 * it. */
	diag_free(diag);
	const char *slash = strrchr(file, '/');
	if (!*config.directory)
		config.directory = arena_printf(
		    office->arena, "%.*s", slash ? (int)(slash - file) : 1, slash ? file : ".");
	office->config = config;
	const char *state = places->state ? places->state : config.state;
	office->paths = (struct site_paths){
	    .description = places->description ? places->description
					       : arena_printf(office->arena, "%.*ssite.conf",
						     slash ? (int)(slash - file) + 1 : 0, file),
	    .state = arena_printf(office->arena, "%s/site", state),
	    .run = arena_printf(office->arena, "%s/site", config.run),
	    .gate = arena_printf(office->arena, "%s/" GATE_FOLDER, config.run),
	    .whole = state,
	    .cache = from_environment("HAYWARD_TREES", default_cache),
	    .makings = from_environment("HAYWARD_LIBRARY", default_library)};
}

static int
read_description(struct office *office, struct str *ret_why)
{
	const char *path = office->paths.description;
	struct diag *diag = diag_new();
	int status = site_read(path, office->arena, diag, &office->site);
	if (status && !diag_errors(diag))
		str_addf(ret_why, "cannot read '%s': %s\n", path, strerror(-status));
	diag_print(diag, ret_why);
	diag_free(diag);
	return status;
}

/* The terms may be away or wrong while somebody signs up; mail goes on as it did. */
static void
go_on_without_terms(struct office *office, struct str *ret_why)
{
	bool none = strangers_find(&office->site, &office->paths, office->arena) != 0;
	office->lacks_terms = true;
	str_addf(ret_why,
	    "the terms cannot be read (see 'hayward policy check'): the mail server's filters "
	    "%s\n",
	    none ? "are off" : "stay as they are");
}

static int
read_terms(struct office *office, struct str *ret_why)
{
	struct policy *policy = NULL;
	struct policy_set *set = policy_set_new();
	struct diag *unsaid = diag_new(), *diag = diag_new();
	int mode = mode_find(office->config.mode);
	if (terms_read(&office->config, set, unsaid, &policy))
		go_on_without_terms(office, ret_why);
	else
		strangers_meet(&office->site, policy, mode < 0 ? MODE_OBSERVE : (enum mode)mode,
		    clock_wall(), office->arena, diag);
	diag_print(diag, ret_why);
	int status = diag_errors(diag) ? -EINVAL : 0;
	policy_free(policy);
	policy_set_free(set);
	diag_free(unsaid);
	diag_free(diag);
	return status;
}

int
office_read(struct office *office, const struct office_places *places, struct str *ret_why)
{
	*office = (struct office){.arena = arena_new(), .file = {.folder = -1}};
	find_places(office, places);
	int status = read_description(office, ret_why);
	if (!status)
		status = read_terms(office, ret_why);
	if (status)
		office_done(office);
	return status;
}

int
office_open(struct office *office, int64_t patience, struct str *ret_why)
{
	auto_str why = {0};
	int status = book_open(office->paths.state, office->site.uid_first, patience,
	    office->arena, &office->file, &why);
	if (status)
		str_addf(ret_why, "cannot open the book in '%s': %s\n", office->paths.state,
		    str_text(&why));
	/* Whoever had it open until now may have told the mail server something else. */
	if (!status && office->lacks_terms &&
	    strangers_find(&office->site, &office->paths, office->arena))
		office->site.filter_count = 0;
	office->change = (struct change){
	    &office->file.book, &office->site, office->arena, clock_wall(), &office->why};
	return status;
}

int
office_look(struct office *office, struct str *ret_why)
{
	auto_str why = {0};
	int status = book_look(office->paths.state, office->site.uid_first, office->arena,
	    &office->file.book, &why);
	if (status)
		str_addf(ret_why, "cannot read the book in '%s': %s\n", office->paths.state,
		    str_text(&why));
	return status;
}

struct site_world
office_world(const struct office *office, site_say *say, void *context)
{
	return (struct site_world){
	    &office->site, &office->paths, &office->file.book, say, context};
}

struct site_untold
office_tell(const struct office *office, unsigned roles, site_say *say, void *context)
{
	struct site_world world = office_world(office, say, context);
	auto_str why = {0}, line = {0};
	int status = host_write(&office->site, &office->paths, &office->file.book);
	crash_point(CRASH_HOST_WRITTEN);
	if (!status && network_is_up(&office->site))
		status = network_rules(&office->site, &office->file.book, &why);
	if (status) {
		str_addf(
		    &line, "the host: %s", why.length ? str_text(&why) : strerror(-status));
		say(context, str_text(&line));
	}
	crash_point(CRASH_RULES_LOADED);
	return site_tell(&world, roles);
}

void
office_done(struct office *office)
{
	book_close(&office->file);
	str_done(&office->why);
	arena_free(office->arena);
	office->arena = NULL;
}
