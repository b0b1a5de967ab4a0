/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SECURITY: files are written as root by their path, so a path may only lead
 * through folders that are root's. What lies in a customer's folder is made
 * by a role's `prepare`, which looks where it goes.
 */
#include "roles/apply.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/memory.h"
#include "roles/apply_daemon.h"
#include "roles/apply_files.h"
#include "roles/gatehouse.h"
#include "roles/leftovers.h"
#include "roles/manifest.h"
#include "roles/mounts.h"
#include "roles/role.h"

enum { PATIENCE_S = 60, LARGEST_NUMBER = 32 };

struct output *
apply_render(const struct view *view)
{
	struct output *output = output_new();
	role_render(view, output);
	return output;
}

/* A line for each line of what is the matter. */
static void
say_wrong(struct applied *applied, const char *what, int status, const struct str *why)
{
	const char *text = why->length ? str_text(why) : strerror(-status);
	applied->wrong++;
	size_t length;
	for (const char *line; (line = text_next_line(&text, &length));) {
		str_addf(&applied->said, "wrong %s: ", what);
		escape_bytes(&applied->said, line, length);
		str_add_char(&applied->said, '\n');
	}
}

/* The agent's folder, locked; -errno. */
static int
open_state(const char *path)
{
	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	int state = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (state < 0)
		return -errno;
	for (int tries = 0; flock(state, LOCK_EX | LOCK_NB); tries++) {
		if (tries == PATIENCE_S * 10) {
			close(state);
			return -EBUSY;
		}
		usleep(100000);
	}
	return state;
}

/* What is at hand while a view is being applied. */
struct applying {
	int state;
	struct manifest *manifest;
	const struct output *output;
	struct changes *changes;
	struct applied *applied;
};

static bool
keep_rendered(void *context, const char *path, enum daemon daemon)
{
	struct applying *applying = context;
	(void)daemon;
	return output_find(applying->output, path) != NULL;
}

static bool
remove_stale(void *context, const char *path, enum daemon daemon)
{
	struct applying *applying = context;
	if (!output_find(applying->output, path))
		changes_remove(applying->changes, path, daemon);
	return true;
}

/* Whoever reads what will change is owed a word about it, whatever happens to us in between. */
static int
promise(struct applying *applying)
{
	for (enum daemon daemon = 0; daemon < DAEMON_COUNT; daemon++)
		if (changes_touch(applying->changes, daemon))
			manifest_owe(applying->manifest, daemon, true);
	manifest_add(applying->manifest, applying->output);
	return manifest_write(applying->state, applying->manifest);
}

/* Whether it is as it should be. */
static bool
tell_daemon(struct applying *applying, enum daemon daemon, bool runs)
{
	auto_str why = {0};
	struct daemon_state state = {runs, manifest_owes(applying->manifest, daemon)};
	int status = daemon_serve(daemon, state, &applying->applied->said, &why);
	crash_point(CRASH_DAEMON_TOLD);
	if (status == -EINVAL)
		changes_revert(applying->changes, daemon);
	if (status)
		say_wrong(applying->applied, daemon_info(daemon)->unit, status, &why);
	else
		manifest_owe(applying->manifest, daemon, false);
	return !status;
}

static void
tell_daemons(struct applying *applying)
{
	struct daemon_set ours = {0};
	for (enum daemon daemon = DAEMON_NONE + 1; daemon < DAEMON_COUNT; daemon++)
		ours.has[daemon] = output_names(applying->output, daemon) ||
				   manifest_owes(applying->manifest, daemon);
	struct daemon_set running = daemons_running(&ours);
	const char *served = "";
	for (enum daemon daemon = DAEMON_NONE + 1; daemon < DAEMON_COUNT; daemon++) {
		/* Several rows of the table can be one unit, which the first one starts. */
		const char *unit = daemon_info(daemon)->unit;
		bool runs = running.has[daemon] || text_equal(unit, served);
		if (ours.has[daemon] && tell_daemon(applying, daemon, runs))
			served = unit;
	}
}

static int
change_files(struct applying *applying)
{
	changes_find(applying->changes, applying->output);
	manifest_sift(applying->manifest, remove_stale, applying);
	int status = promise(applying);
	if (status)
		return status;
	crash_point(CRASH_AGENT_PROMISED);
	auto_str why = {0};
	status = changes_make(applying->changes, &applying->applied->said, &why);
	if (status)
		say_wrong(applying->applied, "files", status, &why);
	return 0;
}

/* Whether all is there that the role works on. */
static bool
have_mounts(const struct view *view, struct applied *applied)
{
	auto_str why = {0};
	int status = mounts_prepare(view, &why);
	if (status)
		say_wrong(applied, "mounts", status, &why);
	return !status;
}

static void
ask_role(const struct view *view, int (*work)(const struct view *, struct str *),
    const char *what, struct applied *applied)
{
	auto_str why = {0};
	int status = work ? work(view, &why) : 0;
	if (status)
		say_wrong(applied, what, status, &why);
}

static int
finish(struct applying *applying, const struct view *view)
{
	auto_str generation = {0};
	if (!applying->applied->wrong)
		manifest_sift(applying->manifest, keep_rendered, applying);
	int status = manifest_write(applying->state, applying->manifest);
	if (status || applying->applied->wrong)
		return status ? status : -EINVAL;
	str_addf(&generation, "%lld\n", (long long)view->book.generation);
	return file_replace(
	    applying->state, "generation", 0644, str_text(&generation), generation.length);
}

int
apply_view(const struct view *view, const char *path, struct applied *applied)
{
	const struct role_work *work = role_work(view->role);
	struct applying applying = {.state = open_state(path), .applied = applied};
	if (applying.state < 0)
		return applying.state;
	auto_fd int state = applying.state;
	if (!have_mounts(view, applied))
		return -EINVAL;
	int status = manifest_read(state, &applying.manifest);
	if (status)
		return status;
	status = leftovers_begin(state, applying.manifest);
	if (status) {
		manifest_free(applying.manifest);
		return status;
	}
	crash_point(CRASH_AGENT_BEGUN);
	ask_role(view, gatehouse_look, "gate", applied);
	ask_role(view, work->prepare, "preparing", applied);
	crash_point(CRASH_AGENT_PREPARED);
	struct output *output = apply_render(view);
	applying.output = output;
	applying.changes = changes_new();
	status = change_files(&applying);
	crash_point(CRASH_AGENT_CHANGED);
	if (!status) {
		tell_daemons(&applying);
		ask_role(view, work->settle, "settling", applied);
		crash_point(CRASH_AGENT_SETTLED);
		status = finish(&applying, view);
	}
	crash_point(CRASH_AGENT_NOTED);
	leftovers_end(state);
	changes_free(applying.changes);
	output_free(output);
	manifest_free(applying.manifest);
	return status;
}

static bool
note_daemon(void *context, const char *path, enum daemon daemon)
{
	struct daemon_set *ours = context;
	(void)path;
	ours->has[daemon] = daemon != DAEMON_NONE;
	return true;
}

static void
report_daemons(const struct daemon_set *ours, struct str *out)
{
	const char *before = "";
	struct daemon_set running = daemons_running(ours);
	for (enum daemon daemon = DAEMON_NONE + 1; daemon < DAEMON_COUNT; daemon++) {
		const char *unit = daemon_info(daemon)->unit;
		/* Several rows of the table can be one unit. */
		if (!ours->has[daemon] || text_equal(unit, before))
			continue;
		str_addf(out, "%s %s\n", running.has[daemon] ? "runs" : "down", unit);
		before = unit;
	}
}

int
apply_status(const char *path, struct str *out)
{
	struct daemon_set ours = {0};
	struct manifest *manifest;
	auto_str generation = {0};
	auto_fd int state = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (state < 0 && errno != ENOENT)
		return -errno;
	if (state < 0 || file_read(state, "generation", LARGEST_NUMBER, &generation))
		str_add(&generation, "0\n");
	str_addf(out, "generation %s", str_text(&generation));
	int status = state < 0 ? 0 : manifest_read(state, &manifest);
	if (state < 0 || status)
		return status;
	manifest_sift(manifest, note_daemon, &ours);
	manifest_free(manifest);
	report_daemons(&ours, out);
	return 0;
}
