/* SPDX-License-Identifier: Apache-2.0 */
/* hayward site: the five servers from one description. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "main/hayward/command.h"
#include "main/hayward/desk.h"
#include "main/hayward/site_filters.h"
#include "main/hayward/site_refused.h"
#include "main/hayward/table.h"
#include "model/request.h"

/* What the options of all of them are. */
struct asked {
	struct arguments arguments;
	struct desk_places places;
	bool everything;
	bool yes;
};

static int
site_check_command(struct asked *asked)
{
	struct desk desk;
	int status = desk_read(&desk, &asked->arguments, &asked->places);
	if (status)
		return status;
	for (enum role role = 0; role < ROLE_COUNT; role++) {
		const struct site_role *facts = &desk.office.site.roles[role];
		if (facts->place != PLACE_NOWHERE)
			printf("%-5s  %-15s  %s%s%s\n", role_name(role), facts->address,
			    facts->host, facts->place == PLACE_MACHINE ? "  on " : "",
			    facts->machine);
	}
	printf(
	    "%zu flows, %zu plans\n", desk.office.site.flow_count, desk.office.site.plan_count);
	auto_str filters = {0};
	site_filters_print(&desk.office.site, &filters);
	fputs(str_text(&filters), stdout);
	desk_done(&desk);
	return ANSWER_OK;
}

static int
site_plan_command(struct asked *asked)
{
	struct desk desk;
	int status = desk_open(&desk, &asked->arguments, &asked->places);
	if (status)
		return status;
	struct site_world world = desk_world(&desk);
	if (!site_plan(&world))
		puts("nothing would change");
	desk_done(&desk);
	return ANSWER_OK;
}

/* What programs said of a failure may have many lines. */
static void
complain_in_lines(const char *text)
{
	size_t length;
	for (const char *line; (line = text_next_line(&text, &length));) {
		auto_str shown = {0};
		escape_bytes(&shown, line, length);
		fprintf(stderr, "hayward site: %s\n", str_text(&shown));
	}
}

/* A command that changes the world: done says what it has come to. */
static int
change_world(struct asked *asked,
    int (*change)(const struct asked *asked, const struct site_world *world, struct str *why),
    const char *done)
{
	struct desk desk;
	int status = desk_open(&desk, &asked->arguments, &asked->places);
	if (status)
		return status;
	auto_str why = {0};
	struct site_world world = desk_world(&desk);
	status = change(asked, &world, &why);
	if (status)
		complain_in_lines(why.length ? str_text(&why) : strerror(-status));
	else
		puts(done);
	desk_done(&desk);
	return status ? ANSWER_INVALID : ANSWER_OK;
}

static int
bring_up(const struct asked *asked, const struct site_world *world, struct str *why)
{
	(void)asked;
	return site_up(world, why);
}

static int
site_up_command(struct asked *asked)
{
	return change_world(asked, bring_up, "the site is up");
}

static int
take_down(const struct asked *asked, const struct site_world *world, struct str *why)
{
	(void)asked;
	return site_down(world, why);
}

static int
site_down_command(struct asked *asked)
{
	return change_world(asked, take_down, "the site is down");
}

static int
destroy(const struct asked *asked, const struct site_world *world, struct str *why)
{
	return site_destroy(world, asked->everything, why);
}

static int
site_destroy_command(struct asked *asked)
{
	if (asked->yes)
		return change_world(asked, destroy,
		    "the containers are gone; homes, mail and the book of customers are there");
	fprintf(stderr,
	    "hayward site destroy: removes the containers%s; say --yes if you mean it\n",
	    asked->everything ? ", their databases, logs and keys" : "");
	return ANSWER_USAGE;
}

/* ---- status ---- */

/* "postfix dovecot"; which units of the role do not run. */
static void
down_units(const struct pushed *answer, struct str *out)
{
	static const char mark[] = "down ";
	const char *text = str_text(&answer->said);
	size_t length;
	for (const char *line; (line = text_next_line(&text, &length));) {
		if (!text_starts_with(line, mark))
			continue;
		str_add(out, out->length ? " " : "");
		str_add_bytes(out, line + strlen(mark), length - strlen(mark));
	}
}

static void
add_state(const struct desk *desk, enum role role, const struct pushed *answer, struct str *out)
{
	if (desk->office.site.roles[role].place == PLACE_CONTAINER)
		str_add(out, container_state_name(container_look(
				 &desk->office.site, &desk->office.paths, role, NULL)));
	else
		str_add(out, answer->status ? "not reached" : "running");
}

static void
add_role(
    struct table *table, const struct desk *desk, enum role role, const struct pushed *answer)
{
	auto_str state = {0}, down = {0};
	int64_t behind = desk->office.file.book.generation - answer->generation;
	bool reached = !answer->status;
	add_state(desk, role, answer, &state);
	down_units(answer, &down);
	table_add(table, role_name(role));
	table_add(table, desk->office.site.roles[role].address);
	table_add(table, str_text(&state));
	table_paint(table, reached ? PAINT_GREEN : PAINT_RED);
	if (!reached)
		table_add(table, "");
	else if (!behind)
		table_add(table, "as the book says");
	else
		table_addf(table, "%lld behind", (long long)behind);
	table_paint(table, behind ? PAINT_YELLOW : PAINT_GREEN);
	table_add(table, !reached ? "" : down.length ? str_text(&down) : "all run");
	table_paint(table, down.length ? PAINT_RED : PAINT_DIM);
}

/* The state that can be told without haywardd; 0 only if all is well. */
static int
site_status_command(struct asked *asked)
{
	static const struct column columns[] = {
	    {"ROLE", ALIGN_LEFT, 0, false},
	    {"ADDRESS", ALIGN_LEFT, 2, false},
	    {"STATE", ALIGN_LEFT, 0, false},
	    {"CUSTOMERS", ALIGN_LEFT, 0, false},
	    {"DAEMONS", ALIGN_LEFT, 1, true},
	};
	struct desk desk;
	int status = desk_open(&desk, &asked->arguments, &asked->places);
	if (status)
		return status;
	struct pushed answers[ROLE_COUNT] = {0};
	auto_table struct table *table = table_new(columns, array_length(columns));
	auto_str out = {0}, down = {0};
	push_ask(&desk.office.site, &desk.office.paths, answers);
	for (enum role role = 0; role < ROLE_COUNT; role++) {
		if (desk.office.site.roles[role].place == PLACE_NOWHERE)
			continue;
		add_role(table, &desk, role, &answers[role]);
		down_units(&answers[role], &down);
		if (answers[role].status || down.length ||
		    answers[role].generation != desk.office.file.book.generation)
			status = ANSWER_INVALID;
	}
	struct look look = look_of_stdout();
	table_print(table, &look, SIZE_MAX, &out);
	size_t accounts = desk.office.file.book.account_count;
	str_addf(&out, "%zu account%s, generation %lld of the book\n", accounts,
	    accounts == 1 ? "" : "s", (long long)desk.office.file.book.generation);
	site_refused_print(&desk.office.file.book, answers, &look, &out);
	fputs(str_text(&out), stdout);
	pushed_done(answers);
	desk_done(&desk);
	return status;
}

int
command_site(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct asked *asked);
	} actions[] = {{"check", site_check_command}, {"plan", site_plan_command},
	    {"up", site_up_command}, {"down", site_down_command},
	    {"status", site_status_command}, {"destroy", site_destroy_command}};
	struct asked asked = {0};
	const struct flag flags[] = {DESK_FLAGS(&asked.places),
	    {"--everything", &asked.everything, NULL}, {"--yes", &asked.yes, NULL}};
	if (arguments_read(argc, argv, flags, array_length(flags), &asked.arguments) ||
	    !arguments_count(&asked.arguments, 1, 1))
		return ANSWER_USAGE;
	for (size_t i = 0; i < array_length(actions); i++)
		if (text_equal(asked.arguments.words[0], actions[i].name))
			return actions[i].run(&asked);
	fprintf(stderr, "hayward site: check, plan, up, down, status or destroy\n");
	return ANSWER_USAGE;
}
