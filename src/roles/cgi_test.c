/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/cgi_test.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/escape.h"
#include "site/names.h"

enum { LONGEST_QUERY = 8192 };

/* As packaging/roles/web has it: these, and whatever lies in a cgi-bin. */
static const char *const endings[] = {".cgi", ".pl"};

static int
refuse(struct str *out, const char *what, const char *path)
{
	str_add(out, "cannot try '");
	escape_text(out, path);
	str_addf(out, "': %s\n", what);
	return -EINVAL;
}

static bool
is_program(const char *path)
{
	for (size_t i = 0; i < array_length(endings); i++)
		if (text_ends_with(path, endings[i]))
			return true;
	return strstr(path, "/cgi-bin/") != NULL;
}

/* A query becomes part of an environment and of a line. */
static bool
is_query(const char *query)
{
	size_t length = strlen(query);
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)query[i] <= ' ' || query[i] == 0x7f)
			return false;
	return length <= LONGEST_QUERY;
}

static const char *
open_words(int status)
{
	return status == -ELOOP	   ? "a link is in the way; links are not tried"
	       : status == -ENOENT ? "there is no such file"
				   : strerror(-status);
}

/* The folder is opened, and the script in it seen to be a file, beneath the home. */
static int
open_script(struct cgi_place *place, const char *home, const char *relative, struct str *out)
{
	struct stat facts = {0};
	auto_str above = {0};
	auto_fd int homes = open(home, O_PATH | O_DIRECTORY | O_CLOEXEC);
	str_add_bytes(&above, relative, (size_t)(place->name - relative));
	place->folder = homes < 0 ? -errno
				  : beneath_open(homes, above.length ? str_text(&above) : ".",
					O_RDONLY | O_DIRECTORY);
	if (place->folder < 0)
		return refuse(out, open_words(place->folder), relative);
	auto_fd int file = beneath_open(place->folder, place->name, O_PATH);
	if (file < 0)
		return refuse(out, open_words(file), relative);
	if (fstat(file, &facts) || !S_ISREG(facts.st_mode))
		return refuse(out,
		    S_ISLNK(facts.st_mode) ? open_words(-ELOOP) : "it is no file", relative);
	return 0;
}

static void
tell_amounts(const struct cgi_place *place, const struct cgi_outcome *outcome, struct str *out)
{
	str_addf(out, "uid: %u (%s)\n", place->uid, place->account);
	str_addf(out, "time: %lld ms\n", (long long)outcome->wall_us / 1000);
	if (outcome->cpu_us >= 0)
		str_addf(out, "processor: %lld.%lld ms\n", (long long)outcome->cpu_us / 1000,
		    (long long)outcome->cpu_us % 1000 / 100);
	if (outcome->memory_kib >= 0)
		str_addf(out, "memory: %lld KiB\n", (long long)outcome->memory_kib);
}

static void
tell_limits(const struct cgi_place *place, struct str *out)
{
	str_addf(out, "limits: %lld s of processor, %lld MiB of memory, %lld processes\n",
	    (long long)place->cpu_s, (long long)place->memory >> 20,
	    (long long)place->processes);
}

/* How it ended; true: a visitor would have seen an error whatever it wrote. */
static void
tell_end(const struct cgi_outcome *outcome, struct str *out)
{
	const char *words =
	    WIFEXITED(outcome->status) ? cgi_suexec_words(WEXITSTATUS(outcome->status)) : NULL;
	if (outcome->is_late)
		str_addf(out, "ended: after %d s, by us\n", CGI_LONGEST_MS / 1000);
	else if (words && !outcome->output.length)
		str_addf(out, "ended: suexec did not run it: %s\n", words);
	else if (WIFSIGNALED(outcome->status))
		str_addf(out, "ended: by signal %d (%s)\n", WTERMSIG(outcome->status),
		    strsignal(WTERMSIG(outcome->status)));
	else
		str_addf(out, "ended: with exit status %d\n", WEXITSTATUS(outcome->status));
}

static int
try_place(const struct cgi_place *place, const char *query, struct str *out)
{
	struct cgi_outcome outcome = {.cpu_us = -1, .memory_kib = -1};
	bool is_php = text_ends_with(place->name, ".php") && !strstr(place->path, "/cgi-bin/");
	int status = is_php ? cgi_run_php(place, query, &outcome)
			    : cgi_run_program(place, query, &outcome);
	if (!status) {
		str_addf(out, "run by: %s\n",
		    is_php ? "the account's pool of PHP" : "suexec, as a program");
		tell_amounts(place, &outcome, out);
		if (!is_php) {
			tell_limits(place, out);
			tell_end(&outcome, out);
		}
		cgi_tell(&outcome, out);
	} else if (is_php)
		str_addf(
		    out, "the account's pool of PHP does not answer: %s\n", strerror(-status));
	else
		str_addf(out, "cannot start it: %s\n", strerror(-status));
	str_done(&outcome.output);
	str_done(&outcome.errors);
	return status;
}

static int
find_and_try(struct cgi_place *place, const char *home, const char *relative, struct str *out)
{
	auto_str path = {0};
	const char *query = place->script; /* until it is known what the script is called */
	str_addf(&path, "%s/%s", home, relative);
	place->path = str_text(&path);
	int status = open_script(place, home, relative, out);
	if (status)
		return status;
	status = cgi_place_read(place);
	if (status == -ENOENT)
		return refuse(out,
		    "it lies in no folder of the account's sites, or they are closed",
		    relative);
	if (status)
		return status;
	place->script = place->path + place->root.length;
	if (!is_program(place->path) && !text_ends_with(place->path, ".php"))
		return refuse(out, "the web server sends such a file as it is and runs nothing",
		    relative);
	return try_place(place, query, out);
}

int
cgi_test(const char *account, const char *path, const char *query, struct str *out)
{
	const struct passwd *user = account_name_wrong(account) ? NULL : getpwnam(account);
	if (!user)
		return refuse(out, "there is no such account", account);
	auto_str home = {0};
	str_add(&home, user->pw_dir);
	size_t length = home.length;
	if (strncmp(path, user->pw_dir, length) == 0 && path[length] == '/')
		path += length + 1;
	if (folder_wrong(path))
		return refuse(out, folder_wrong(path), path);
	if (!is_query(query))
		return refuse(out, "a query has no blanks; write %20", path);
	const char *slash = strrchr(path, '/');
	struct cgi_place place = {.account = account,
	    .uid = user->pw_uid,
	    .folder = -1,
	    .name = slash ? slash + 1 : path,
	    .script = query};
	int status = find_and_try(&place, str_text(&home), path, out);
	cleanup_fd(&place.folder);
	str_done(&place.root);
	str_done(&place.server);
	str_done(&place.socket);
	return status;
}
