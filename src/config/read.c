/* SPDX-License-Identifier: Apache-2.0 */
#include "config/read.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>

#include "base/file.h"
#include "config/accounts.h"
#include "config/parse.h"

#define SUBUID "/etc/subuid"

enum { MOST_TEXT = 1024 * 1024, MOST_USER_LIST = 64 * 1024 * 1024 };

/* 0 and the text in the arena, or -errno. */
static int
read_source(const char *path, size_t most, struct arena *arena, struct source *ret_source)
{
	auto_str text = {0};
	int status = file_read(AT_FDCWD, path, most, &text);
	if (status)
		return status;
	*ret_source = (struct source){
	    .name = arena_copy_text(arena, path),
	    .text = arena_copy(arena, str_text(&text), text.length),
	    .length = text.length,
	};
	return 0;
}

static void
say_unreadable(struct diag *diag, const char *path, int status)
{
	diag_add(
	    diag, SEVERITY_ERROR, NULL, NULL, "cannot read '%s': %s", path, strerror(-status));
}

static void
read_settings(const char *path, struct arena *arena, struct diag *diag, struct config *config)
{
	struct source source;
	int status = read_source(path, MOST_TEXT, arena, &source);
	if (status)
		say_unreadable(diag, path, status);
	else
		config_parse(&source, arena, diag, config);
}

/* Bytes that glob() would take for a pattern stay themselves. */
static void
add_literally(struct str *pattern, const char *text)
{
	for (; *text; text++) {
		if (strchr("*?[]\\", *text))
			str_add_char(pattern, '\\');
		str_add_char(pattern, *text);
	}
}

void
config_read(const char *file, struct arena *arena, struct diag *diag, struct config *ret_config)
{
	struct config config = config_default();
	const char *slash = strrchr(file, '/');
	size_t length = slash ? (size_t)(slash - file) : 0;
	config.directory = length ? arena_copy(arena, file, length) : "/";
	read_settings(file, arena, diag, &config);
	auto_str pattern = {0};
	add_literally(&pattern, file);
	str_add(&pattern, ".d/*.conf");
	glob_t found = {0};
	if (!glob(str_text(&pattern), 0, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc; i++)
			read_settings(found.gl_pathv[i], arena, diag, &config);
	globfree(&found);
	*ret_config = config;
}

const char *
config_path(const struct config *config, const char *path, struct arena *arena)
{
	return path[0] == '/' ? path : arena_printf(arena, "%s/%s", config->directory, path);
}

static void
read_users(
    const struct config *config, struct arena *arena, struct diag *diag, struct users *users)
{
	struct source source;
	const char *path = config_path(config, config->passwd, arena);
	int status = *config->passwd ? read_source(path, MOST_USER_LIST, arena, &source)
				     : users_ask_system(1, UINT32_MAX - 1, arena, users);
	if (status)
		say_unreadable(diag, *config->passwd ? path : "the list of users", status);
	else if (*config->passwd)
		users_parse(&source, arena, diag, users);
}

/* With a passwd file of our own, subordinate uids come from the subuid file beside it. */
static void
read_subordinates(const struct config *config, struct arena *arena, struct diag *diag,
    struct subordinates *subordinates)
{
	struct source source;
	const char *path = SUBUID;
	if (*config->passwd) {
		const char *passwd = config_path(config, config->passwd, arena);
		const char *slash = strrchr(passwd, '/');
		path = arena_printf(arena, "%.*s/subuid", (int)(slash - passwd), passwd);
	}
	int status = read_source(path, MOST_USER_LIST, arena, &source);
	if (!status)
		subordinates_parse(&source, arena, diag, subordinates);
	else if (status != -ENOENT)
		say_unreadable(diag, path, status);
}

static struct declarations
read_declarations(const struct config *config, struct arena *arena, struct diag *diag)
{
	struct source source;
	const char *path = config_path(config, config->accounts, arena);
	int status = read_source(path, MOST_USER_LIST, arena, &source);
	if (!status)
		return declarations_parse(&source, arena, diag);
	if (status != -ENOENT)
		say_unreadable(diag, path, status);
	return (struct declarations){0};
}

const struct account *
accounts_read(const struct config *config, struct holders *holders, struct arena *arena,
    struct diag *diag, size_t *ret_count)
{
	struct users users = users_new();
	struct subordinates subordinates = {0};
	read_users(config, arena, diag, &users);
	read_subordinates(config, arena, diag, &subordinates);
	struct declarations declarations = read_declarations(config, arena, diag);
	const struct account_sources sources = {
	    .users = &users,
	    .subordinates = &subordinates,
	    .declarations = &declarations,
	    .config = config,
	    .holders = holders,
	};
	const struct account *accounts = accounts_build(&sources, arena, diag, ret_count);
	users_done(&users);
	subordinates_done(&subordinates);
	return accounts;
}
