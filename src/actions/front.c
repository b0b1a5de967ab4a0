/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of things is what makes this safe: noted, written, tested, read.
 * A web server that is told to reload with a mistake anywhere in its
 * configuration ends, and all sites with it. So the whole configuration is
 * tested first, by its own program; if it has a mistake without our file too,
 * it is not ours to mend, and the server goes on with what it read last.
 */
#include "actions/front.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/closed.h"
#include "actions/server.h"
#include "base/beneath.h"
#include "base/crash.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"

enum {
	LARGEST_CONFIGURATION = 64 * 1024 * 1024,
	LARGEST_POOL = 1024 * 1024,
	LOOK_EVERY = 5000,    /* ms */
	RELOAD_EVERY = 60000, /* for copies: their owner can make many */
	MOST_WAITING = 64,
};

static const char folder_path[] = "etc/apache2/conf-enabled";
static const char program_path[] = "usr/sbin/apache2";
/* The last of the folder: of two answers to one request Apache heeds the later section's. */
static const char file_name[] = "zz-hayward-closed.conf";

struct front {
	const struct tools *tools;
	struct closed_list list;
	front_tell *tell_site; /* NULL: nobody has asked */
	void *site;
	bool is_lost;	  /* the list could not be read: what it holds is not known */
	bool is_unread;	  /* the file may be newer than what the web server knows */
	struct stat seen; /* the file as it was found right the last time */
	int failed;	  /* what was logged last; 0: nothing is wrong */
	int64_t looked_at;
	int64_t reloaded_at; /* for those who wait */
	uint32_t wait_count; /* accounts whose copies are closed at the next tick but some */
	uint32_t waits[MOST_WAITING];
};

struct front *
front_new(const struct tools *tools)
{
	struct front *front = memory_new(1, sizeof(*front));
	front->tools = tools;
	int status = closed_load(tools->state, &front->list);
	front->is_lost = status != 0;
	front->is_unread = front->list.count > 0;
	if (status)
		log_error("cannot read what the web server has closed: %s; its file is left "
			  "as it is until something is closed anew",
		    strerror(-status));
	return front;
}

void
front_free(struct front *front)
{
	if (!front)
		return;
	closed_done(&front->list);
	free(front);
}

/* ---- Apache ---- */

/* These are the operator's folders: links in them are the operator's too. */
static int
open_folder(const struct front *front)
{
	int fd = openat(front->tools->root, folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

bool
front_is_here(const struct front *front)
{
	return !faccessat(front->tools->root, folder_path, F_OK, 0) &&
	       !faccessat(front->tools->root, program_path, F_OK, 0);
}

void
front_set_site(struct front *front, front_tell *tell, void *context)
{
	front->tell_site = tell;
	front->site = context;
}

static bool
has_site(const struct front *front)
{
	return front->tell_site && front->tools->config &&
	       config_has_site(front->tools->config);
}

void
front_tell_site(const struct front *front)
{
	if (has_site(front) && !front->is_lost)
		front->tell_site(front->site, &front->list);
}

bool
front_closes_scripts(const struct front *front)
{
	return front_is_here(front) || has_site(front);
}

static int
put_file(int folder, const struct str *text)
{
	if (text->length)
		return file_replace(folder, file_name, 0644, text->data, text->length);
	return unlinkat(folder, file_name, 0) && errno != ENOENT ? -errno : 0;
}

/* As `apache2ctl configtest`, which would also make and chown folders of the server's. */
static int
test_configuration(struct str *ret_words)
{
	static const char *const test[] = {
	    "/bin/sh", "-c", ". /etc/apache2/envvars && exec /usr/sbin/apache2 -t", NULL};
	return server_ask(test, ret_words);
}

/* What runs now; a server that is started later reads all of it anyway. */
struct running {
	struct server *servers[MOST_SERVERS];
	size_t count;
};

static struct running
find_running(const struct front *front)
{
	struct running running;
	running.count = server_find(front->tools, "apache2", running.servers);
	return running;
}

static void
running_done(struct running *running)
{
	for (size_t i = 0; i < running->count; i++)
		server_free(running->servers[i]);
}

static int
reload_apache(const struct front *front, const struct running *running, struct str *text)
{
	int status = 0;
	for (size_t i = 0; i < running->count; i++) {
		/* Who still finishes a long download begins nothing new. */
		int left = server_reload(front->tools, running->servers[i], SIGUSR1, false);
		status = left < 0 ? left : status;
	}
	if (status)
		str_addf(text, "; the web server could not be reloaded: %s", strerror(-status));
	else
		str_add(text, "; the web server was reloaded");
	return status;
}

/* With a mistake in the configuration: whether it is there without our file too. */
static int
blame(int folder, const struct str *before, const struct str *after, struct str *text)
{
	auto_str words = {0};
	int status = put_file(folder, before);
	bool others = !status && test_configuration(&words) == -EINVAL;
	if (others)
		status = put_file(folder, after);
	str_addf(text,
	    "; the web server was not reloaded, for its configuration has a "
	    "mistake%s: %s",
	    others ? " that is not ours" : "", str_text(&words));
	return status ? status : -EINVAL;
}

static void
remember(struct front *front, int folder)
{
	front->seen = (struct stat){0};
	if (fstatat(folder, file_name, &front->seen, AT_SYMLINK_NOFOLLOW))
		front->seen = (struct stat){0};
}

/* Has the running server read the file, which was something else before. */
static int
have_it_read(const struct front *front, int folder, const struct str *before,
    const struct str *after, struct str *text)
{
	auto_str words = {0};
	struct running running = find_running(front);
	int status = 0;
	if (!running.count)
		str_add(text, "; no web server runs, the next one heeds it");
	else
		status = test_configuration(&words);
	if (status == -EINVAL)
		status = blame(folder, before, after, text);
	else if (!status && running.count)
		status = reload_apache(front, &running, text);
	running_done(&running);
	return status;
}

/* Makes the file what the list says, and has it read if it was not so already. */
static int
render(struct front *front, struct str *text, bool *ret_changed)
{
	auto_str wanted = {0}, found = {0};
	auto_fd int folder = open_folder(front);
	*ret_changed = false;
	if (folder < 0)
		return folder;
	closed_render(&front->list, &wanted);
	int status = file_read(folder, file_name, LARGEST_CONFIGURATION, &found);
	bool is_there = status != -ENOENT;
	if (is_there == (wanted.length > 0) &&
	    text_equal(str_text(&found), str_text(&wanted))) {
		remember(front, folder);
		if (!front->is_unread)
			return 0;
	} else {
		*ret_changed = true;
		front->is_unread = true;
		status = put_file(folder, &wanted);
		if (status)
			return status;
	}
	crash_point(CRASH_FRONT_WRITTEN);
	status = have_it_read(front, folder, &found, &wanted, text);
	front->is_unread = status != 0;
	remember(front, folder);
	return status;
}

/* ---- PHP-FPM ---- */

static bool
line_names_user(const char *line, const char *user)
{
	size_t length = strlen(user);
	line += strspn(line, " \t");
	if (strncmp(line, "user", 4) != 0)
		return false;
	line += 4 + strspn(line + 4, " \t");
	if (*line != '=')
		return false;
	line += 1 + strspn(line + 1, " \t\"'");
	return !strncmp(line, user, length) && strchr(" \t\"';\r\n", line[length]);
}

static bool
file_names_user(int folder, const char *name, const char *user)
{
	auto_str text = {0};
	if (file_read(folder, name, LARGEST_POOL, &text))
		return false;
	for (const char *line = str_text(&text); line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (line_names_user(line, user))
			return true;
	}
	return false;
}

/* Whether a pool of that version of PHP is configured to run as the account: it may have no
 * workers just now. */
static bool
has_pool(const struct front *front, const char *program, const char *user)
{
	auto_str path = {0};
	str_addf(&path, "etc/php/%s/fpm/pool.d", program + strlen("php-fpm"));
	int fd =
	    openat(front->tools->root, str_text(&path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	if (!folder && fd >= 0)
		close(fd);
	bool found = false;
	for (const struct dirent *entry; folder && !found && (entry = readdir(folder));)
		found = text_ends_with(entry->d_name, ".conf") &&
			file_names_user(fd, entry->d_name, user);
	if (folder)
		closedir(folder);
	return found;
}

static bool
serves(const struct front *front, const struct server *server, const struct account *account)
{
	for (uint32_t i = 0; i < account->own_uids; i++)
		for (uint32_t j = 0; j < account->uids[i].count && j < 16; j++)
			if (server_works_for(server, account->uids[i].first + j))
				return true;
	return has_pool(front, server->program, account->name);
}

/*
 * The cache is one for all pools of a main process and goes only with it. If no
 * pool is the account's, its scripts are served by a shared one: then all.
 */
static int
reload_pools(const struct front *front, const struct account *account, struct str *text)
{
	struct server *servers[MOST_SERVERS];
	size_t count = server_find(front->tools, "php-fpm", servers), own = 0, reloaded = 0;
	bool chosen[MOST_SERVERS];
	int status = 0, left = 0;
	for (size_t i = 0; i < count; i++) {
		chosen[i] = serves(front, servers[i], account);
		own += chosen[i];
	}
	for (size_t i = 0; i < count; i++) {
		int result = 0;
		if (chosen[i] || !own) {
			result = server_reload(front->tools, servers[i], SIGUSR2, true);
			reloaded++;
		}
		status = result < 0 ? result : status;
		left += result > 0 ? result : 0;
		server_free(servers[i]);
	}
	if (reloaded)
		str_addf(text, "; PHP-FPM reloaded (%zu)", reloaded);
	if (left)
		str_addf(text, ", %d requests of before still run", left);
	if (status)
		str_addf(text, ", which did not work: %s", strerror(-status));
	return status;
}

/* What is no PHP by its name, and is executed anew for each visit; everything else may be. */
static bool
may_be_php(const char *path)
{
	static const char *const others[] = {".pl", ".cgi", ".py", ".sh", ".rb", ".lua"};
	for (size_t i = 0; i < array_length(others); i++)
		if (text_ends_with(path, others[i]))
			return false;
	return true;
}

/* ---- what is asked ---- */

static int
close_it(struct front *front, uint64_t action, const struct account *account, const char *path,
    struct str *text)
{
	bool is_new = false, is_changed = false;
	if (!front_is_here(front) && !(path && has_site(front))) {
		str_add(text, "no web server of a known layout is here");
		return -ENOTSUP;
	}
	int status = closed_add(&front->list, action, account, path, &is_new);
	if (!status && is_new)
		status = closed_save(&front->list, front->tools->state);
	if (status) {
		str_addf(text, "cannot note what is closed: %s", strerror(-status));
		return status;
	}
	front->is_lost = false;
	crash_point(CRASH_FRONT_NOTED);
	str_add(text, "visitors get 503");
	if (path && is_new)
		front_tell_site(front);
	if (!front_is_here(front))
		return 0;
	status = render(front, text, &is_changed);
	/* Again after a crash: nobody knows whether the caches were emptied. */
	int pools = !path || may_be_php(path) ? reload_pools(front, account, text) : 0;
	return status ? status : pools;
}

int
front_close_account(
    struct front *front, uint64_t action, const struct account *account, struct str *text)
{
	return close_it(front, action, account, NULL, text);
}

int
front_close_script(struct front *front, uint64_t action, const struct account *account,
    const char *path, struct str *text)
{
	return close_it(front, action, account, path, text);
}

static void
wait_for_reload(struct front *front, uint32_t account)
{
	for (uint32_t i = 0; i < front->wait_count; i++)
		if (front->waits[i] == account)
			return;
	if (front->wait_count < MOST_WAITING)
		front->waits[front->wait_count++] = account;
}

int
front_close_later(
    struct front *front, uint64_t action, const struct account *account, const char *path)
{
	bool is_new = false;
	if (!front_closes_scripts(front))
		return -ENOTSUP;
	int status = closed_add(&front->list, action, account, path, &is_new);
	if (!status && is_new)
		status = closed_save(&front->list, front->tools->state);
	if (!status && is_new)
		front_tell_site(front);
	if (!status && is_new && front_is_here(front))
		wait_for_reload(front, account->id);
	return status;
}

/* Somebody's own words in our file go with it, and are told: the list is what is wanted. */
int
front_open(struct front *front, uint64_t action, struct str *text)
{
	bool is_changed = false;
	size_t count = closed_remove(&front->list, action);
	int status = count ? closed_save(&front->list, front->tools->state) : 0;
	if (!status && count)
		front_tell_site(front);
	if (!status && front_is_here(front) && !front->is_lost)
		status = render(front, text, &is_changed);
	if (status && status != -EINVAL)
		str_addf(text, "; cannot open it in the web server: %s", strerror(-status));
	else
		str_addf(text, "%sweb server: %s", text->length ? "; " : "",
		    count	 ? "undone"
		    : is_changed ? "undone, by writing its file anew"
				 : "already so");
	return status;
}

/* ---- meanwhile ---- */

static bool
looks_the_same(const struct front *front)
{
	struct stat now = {0};
	auto_fd int folder = open_folder(front);
	if (folder < 0)
		return true; /* the web server was removed */
	if (fstatat(folder, file_name, &now, AT_SYMLINK_NOFOLLOW))
		now = (struct stat){0};
	const struct stat *seen = &front->seen;
	return now.st_ino == seen->st_ino && now.st_size == seen->st_size &&
	       now.st_mtim.tv_sec == seen->st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == seen->st_mtim.tv_nsec;
}

static void
close_waiting(struct front *front, int64_t now)
{
	auto_str text = {0};
	bool is_changed = false;
	if (!front->wait_count || now - front->reloaded_at < RELOAD_EVERY)
		return;
	front->reloaded_at = now;
	int status = render(front, &text, &is_changed);
	for (uint32_t i = 0; i < front->wait_count && front->tools->accounts; i++) {
		const struct account *account =
		    accounts_find_id(front->tools->accounts, front->waits[i]);
		int pools = account ? reload_pools(front, account, &text) : 0;
		status = status ? status : pools;
	}
	front->wait_count = 0;
	log_warning("copies of what is disabled are closed%s", str_text(&text));
	if (status)
		log_error("cannot close copies: %s", strerror(-status));
}

int64_t
front_tick(struct front *front, int64_t now)
{
	bool is_changed = false;
	if (front->is_lost || (!front->list.count && !front->seen.st_ino))
		return INT64_MAX;
	if (now - front->looked_at < LOOK_EVERY)
		return front->looked_at + LOOK_EVERY;
	front->looked_at = now;
	close_waiting(front, now);
	if (!looks_the_same(front) || front->is_unread) {
		auto_str text = {0};
		int status = render(front, &text, &is_changed);
		if (is_changed)
			log_warning("somebody changed '/%s/%s'; it was written again%s",
			    folder_path, file_name, str_text(&text));
		if (status && status != front->failed)
			log_error(
			    "cannot close sites: %s%s", strerror(-status), str_text(&text));
		front->failed = status;
	}
	return now + LOOK_EVERY;
}
