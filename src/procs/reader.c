/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads everything that an operator writes, once: settings, accounts, policy.
 * Either all of it is good and goes to the parent as typed blobs, or nothing
 * does and the parent is told every mistake that one run can find.
 *
 *     start    settings ──▶ READ_PLACES
 *     blob     holders  ──▶ accounts, policy ──▶ READ_BLOB each, or READ_FAILED ──▶ the end
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "config/holders.h"
#include "config/parse.h"
#include "config/read.h"
#include "procs/roles.h"
#include "site/services.h"
#include "site/terms.h"

struct reader_inside {
	struct arena *arena;
	struct diag *diag;
	struct config config;
	char host[256];
};

/* Ends the reading: with status 0 if nothing was wrong. */
static void
fail(struct process_frame *frame)
{
	struct reader_inside *inside = frame->state;
	auto_str text = {0};
	diag_print(inside->diag, &text);
	str_cut(&text, message_most(MESSAGE_READ_FAILED));
	int status = process_send(
	    frame, PROCESS_PARENT, MESSAGE_READ_FAILED, text.data, text.length, -1);
	if (status)
		log_error("cannot tell what is wrong: %s", strerror(-status));
	process_finish(frame, 1);
}

/* What was said on the command line stands over the files. */
static void
apply_options(struct reader_inside *inside, const struct options *options)
{
	struct config *config = &inside->config;
	for (size_t i = 0; i < options->setting_count; i++)
		config_set(options->settings[i], inside->arena, inside->diag, config);
	config->state = options->state ? options->state : config->state;
	config->run = options->run ? options->run : config->run;
	config->passwd = options->passwd ? options->passwd : config->passwd;
	config->eml = options->notices ? options->notices : config->eml;
	config->mode = options->observe ? mode_name(MODE_OBSERVE) : config->mode;
}

/* The services of a host with a site are at the doors of its servers, unless somebody said so.
 */
static void
ask_servers(struct reader_inside *inside, const char *description)
{
	struct config *config = &inside->config;
	const char *services = text_equal(config->services, config_default().services)
				   ? site_services(description, inside->arena)
				   : NULL;
	if (services)
		config->services = services;
}

/*
 * Where this host has a site, its book is a control panel: the enforcer suspends and
 * releases by the command that the operator uses, and sees what is so (actions/panel.h).
 */
static void
add_site(struct reader_inside *inside, const char *file)
{
	struct config *config = &inside->config;
	const char *slash = strrchr(file, '/');
	const char *description = arena_printf(
	    inside->arena, "%.*ssite.conf", slash ? (int)(slash - file) + 1 : 0, file);
	if (access(description, F_OK) || config_has_site(config) ||
	    config->panel_count == MOST_PANELS)
		return;
	ask_servers(inside, description);
	if (strpbrk(file, " \t") || strpbrk(config->run, " \t")) {
		log_warning("holds do not reach the roles: '%s' has a blank in it", file);
		return;
	}
	static const char command[] =
	    HAYWARD_PROGRAM " account %s {account} --config %s --run %s";
	config->panels[config->panel_count++] = (struct config_panel){
	    .name = SITE_PANEL,
	    .detect = arena_printf(inside->arena, "%s/site/passwd", config->state),
	    .marker = arena_printf(inside->arena, "%s/site/held", config->state),
	    .marker_line = "{account}",
	    .suspend = arena_printf(inside->arena, command, "suspend", file, config->run),
	    .unsuspend = arena_printf(inside->arena, command, "resume", file, config->run),
	};
}

static void
fill_in(struct reader_inside *inside)
{
	struct config *config = &inside->config;
	if (!*config->host) {
		if (gethostname(inside->host, sizeof(inside->host) - 1))
			fatal("cannot get the host's name: %s", strerror(errno));
		config->host = inside->host;
	}
	if (!*config->sender)
		config->sender = arena_printf(inside->arena, "hayward@%s", config->host);
	config->notices = config_path(config, config->notices, inside->arena);
}

static int
send_places(struct process_frame *frame, const struct config *config)
{
	auto_str places = {0};
	wire_put_text(&places, config->state);
	wire_put_text(&places, config->run);
	return process_send(
	    frame, PROCESS_PARENT, MESSAGE_READ_PLACES, places.data, places.length, -1);
}

static int
reader_start(struct process_frame *frame)
{
	struct reader_inside *inside = memory_new(1, sizeof(*inside));
	frame->state = inside;
	inside->arena = arena_new();
	inside->diag = diag_new();
	config_read(frame->options->config, inside->arena, inside->diag, &inside->config);
	apply_options(inside, frame->options);
	config_check(&inside->config, inside->diag);
	if (diag_errors(inside->diag)) {
		fail(frame);
		return 0;
	}
	fill_in(inside);
	add_site(inside, frame->options->config);
	return send_places(frame, &inside->config);
}

static int
send_blob(struct process_frame *frame, enum blob kind, const struct str *bytes)
{
	auto_str payload = {0};
	wire_put_u32(&payload, kind);
	auto_fd int fd = file_memory("hayward-blob", bytes->data, bytes->length);
	if (fd < 0)
		return fd;
	return process_send(
	    frame, PROCESS_PARENT, MESSAGE_READ_BLOB, payload.data, payload.length, fd);
}

/* Whether diag_print() wrote the line for a warning of its own, which needs no second such
 * word. */
static const char *
without_severity(const char *line)
{
	const char *word = "warning: ";
	return text_starts_with(line, word) ? line + strlen(word) : line;
}

/* A plan that the policy does not know leaves its accounts without limits: said, not refused.
 */
static void
check_plans(struct reader_inside *inside, const struct policy *policy,
    const struct account *accounts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (*accounts[i].plan && !policy_plan(policy, accounts[i].plan))
			diag_add(inside->diag, SEVERITY_WARNING, NULL, NULL,
			    "account '%s' has plan '%s', which the policy does not know",
			    accounts[i].name, accounts[i].plan);
}

static int
send_all(struct process_frame *frame, const struct policy_set *set, const struct str *accounts,
    const struct str *holders)
{
	const struct reader_inside *inside = frame->state;
	auto_str config = {0}, policy = {0};
	config_encode(&inside->config, &config);
	policy_set_encode(set, &policy);
	const struct str *const blobs[] = {
	    [BLOB_CONFIG] = &config,
	    [BLOB_POLICY] = &policy,
	    [BLOB_ACCOUNTS] = accounts,
	    [BLOB_HOLDERS] = holders,
	};
	for (enum blob kind = 0; kind < BLOB_COUNT; kind++) {
		int status = send_blob(frame, kind, blobs[kind]);
		if (status)
			return status;
	}
	return 0;
}

static void
log_warnings(const struct reader_inside *inside)
{
	auto_str text = {0};
	diag_print(inside->diag, &text);
	for (const char *line = str_text(&text); *line;) {
		line = without_severity(line);
		size_t length = strcspn(line, "\n");
		log_warning("%.*s", (int)length, line);
		line += length + (line[length] == '\n');
	}
}

static int
encode_accounts(
    struct reader_inside *inside, const struct account *accounts, size_t count, struct str *out)
{
	struct accounts *table;
	accounts_encode(accounts, (uint32_t)count, (uint32_t)inside->config.uid_floor, out);
	int status = accounts_decode(out->data, out->length, &table);
	if (!status)
		accounts_free(table);
	return status;
}

static int
finish(struct process_frame *frame, const struct policy_set *set, const struct policy *policy,
    const struct account *accounts, size_t count, struct holders *holders)
{
	struct reader_inside *inside = frame->state;
	auto_str table = {0}, held = {0};
	check_plans(inside, policy, accounts, count);
	int status = encode_accounts(inside, accounts, count, &table);
	if (status)
		panic("the accounts that were read do not fit together");
	holders_encode(holders, &held);
	log_warnings(inside);
	status = send_all(frame, set, &table, &held);
	process_ready(frame, "%zu clauses, %zu accounts, mode %s", policy->clause_count, count,
	    inside->config.mode);
	process_finish(frame, status ? 1 : 0);
	return status;
}

static int
read_all(struct process_frame *frame, struct holders *holders)
{
	struct reader_inside *inside = frame->state;
	struct policy_set *set = policy_set_new();
	struct policy *policy = NULL;
	size_t count;
	int status = 0;
	const struct account *accounts =
	    accounts_read(&inside->config, holders, inside->arena, inside->diag, &count);
	if (terms_read(&inside->config, set, inside->diag, &policy) ||
	    diag_errors(inside->diag))
		fail(frame);
	else
		status = finish(frame, set, policy, accounts, count, holders);
	policy_free(policy);
	policy_set_free(set);
	return status;
}

/* Holders that cannot be read must not make old customers of new ones: nothing is read then. */
static int
reader_blob(struct process_frame *frame, enum blob kind, const void *bytes, size_t length)
{
	struct reader_inside *inside = frame->state;
	struct holders *holders;
	if (kind != BLOB_HOLDERS)
		return -EBADMSG;
	if (holders_decode(bytes, length, &holders)) {
		diag_add(inside->diag, SEVERITY_ERROR, NULL,
		    "move it away to begin counting anew; old cases then concern nobody",
		    "'%s/parent/holders.blob' is damaged", inside->config.state);
		fail(frame);
		return 0;
	}
	int status = read_all(frame, holders);
	holders_free(holders);
	return status;
}

static void
reader_quit(struct process_frame *frame)
{
	struct reader_inside *inside = frame->state;
	diag_free(inside->diag);
	arena_free(inside->arena);
	free(inside);
}

const struct process_handlers *
reader_role(void)
{
	static const struct process_handlers handlers = {
	    .start = reader_start,
	    .blob = reader_blob,
	    .quit = reader_quit,
	};
	return &handlers;
}
