/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/desk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "config/parse.h"
#include "config/read.h"
#include "main/hayward/connection.h"
#include "model/request.h"
#include "site/description.h"
#include "site/host.h"
#include "site/network.h"

enum { LARGEST_DESCRIPTION = 1 << 20, PATIENCE_MS = 120000 };

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
find_places(struct desk *desk, const struct desk_places *places)
{
	struct config config = config_default();
	const char *file =
	    places->configuration ? places->configuration : default_configuration;
	struct diag *diag = diag_new();
	if (!access(file, F_OK))
		config_read(file, desk->arena, diag, &config);
	/* Whoever mends a site must not be kept from it by a mistake elsewhere; haywardd says
	 * it. */
	diag_free(diag);
	const char *slash = strrchr(file, '/');
	desk->paths = (struct site_paths){
	    .description = places->description ? places->description
					       : arena_printf(desk->arena, "%.*ssite.conf",
						     slash ? (int)(slash - file) + 1 : 0, file),
	    .state = arena_printf(desk->arena, "%s/site", config.state),
	    .cache = from_environment("HAYWARD_TREES", default_cache),
	    .makings = from_environment("HAYWARD_LIBRARY", default_library)};
}

static int
read_description(struct desk *desk)
{
	auto_str text = {0}, said = {0};
	const char *path = desk->paths.description;
	int status = file_read(AT_FDCWD, path, LARGEST_DESCRIPTION, &text);
	if (status) {
		fprintf(stderr, "hayward: cannot read '%s': %s\n", path, strerror(-status));
		return status == -ENOENT ? ANSWER_NOT_FOUND : ANSWER_INVALID;
	}
	struct diag *diag = diag_new();
	struct source source = {arena_copy_text(desk->arena, path),
	    arena_copy(desk->arena, str_text(&text), text.length), text.length};
	desk->site = site_parse(&source, desk->arena, diag);
	diag_print(diag, &said);
	fputs(str_text(&said), stderr);
	status = diag_errors(diag) ? ANSWER_INVALID : ANSWER_OK;
	diag_free(diag);
	return status;
}

int
desk_read(
    struct desk *desk, const struct arguments *arguments, const struct desk_places *places)
{
	*desk =
	    (struct desk){.arguments = arguments, .arena = arena_new(), .file = {.folder = -1}};
	find_places(desk, places);
	int status = read_description(desk);
	if (status)
		desk_done(desk);
	return status;
}

int
desk_open(
    struct desk *desk, const struct arguments *arguments, const struct desk_places *places)
{
	if (geteuid() != 0) {
		fprintf(stderr, "hayward: a site is administered by root\n");
		return ANSWER_REFUSED;
	}
	int status = desk_read(desk, arguments, places);
	if (status)
		return status;
	auto_str why = {0};
	status = book_open(desk->paths.state, desk->site.uid_first, PATIENCE_MS, desk->arena,
	    &desk->file, &why);
	if (status) {
		fprintf(stderr, "hayward: cannot open the book in '%s': %s\n",
		    desk->paths.state, str_text(&why));
		desk_done(desk);
		return status == -EINVAL ? ANSWER_INVALID : ANSWER_REFUSED;
	}
	desk->change = (struct change){
	    &desk->file.book, &desk->site, desk->arena, clock_wall(), &desk->why};
	return ANSWER_OK;
}

static void
print_line(void *context, const char *line)
{
	(void)context;
	puts(line);
	fflush(stdout);
}

struct site_world
desk_world(const struct desk *desk)
{
	return (struct site_world){
	    &desk->site, &desk->paths, &desk->file.book, print_line, NULL};
}

/* haywardd reads the accounts anew, if it runs; it would at its next start. */
static void
reload_daemon(const struct desk *desk)
{
	auto_str socket = {0};
	arguments_socket(desk->arguments, &socket);
	if (access(str_text(&socket), F_OK))
		return;
	json_t *question = question_new(ASK_RELOAD), *answer;
	if (ask_for_data(desk->arguments, question, &answer) == ANSWER_OK)
		json_decref(answer);
	else
		fprintf(stderr, "hayward: haywardd does not know of this change yet\n");
}

static int
save(struct desk *desk)
{
	int status = book_save(&desk->file);
	if (status)
		fprintf(stderr, "hayward: nothing was changed: cannot write the book: %s\n",
		    strerror(-status));
	return status;
}

int
desk_finish(struct desk *desk, int status, unsigned roles)
{
	if (status) {
		fprintf(stderr, "hayward: %s\n", str_text(&desk->why));
		return status == -ENOENT ? ANSWER_NOT_FOUND : ANSWER_INVALID;
	}
	if (save(desk))
		return ANSWER_REFUSED;
	struct site_world world = desk_world(desk);
	auto_str why = {0};
	status = host_write(&desk->site, &desk->paths, &desk->file.book);
	if (!status && network_is_up(&desk->site))
		status = network_rules(&desk->site, &desk->file.book, &why);
	if (status)
		fprintf(stderr, "hayward: the host: %s\n",
		    why.length ? str_text(&why) : strerror(-status));
	site_tell(&world, roles);
	reload_daemon(desk);
	return ANSWER_OK;
}

void
desk_done(struct desk *desk)
{
	book_close(&desk->file);
	str_done(&desk->why);
	arena_free(desk->arena);
	desk->arena = NULL;
}
