/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hayward top: who uses the machine. On a terminal a screen a second, over one
 * connection; elsewhere, and with --once, one screen.
 */
#include "main/hayward/command.h"
#include "main/hayward/views.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "main/hayward/table.h"
#include "main/hayward/terminal.h"
#include "model/quantity.h"

enum { REFRESH = 1000, HEAD_LINES = 4 };

/* ---- one screen ---- */

/* The fact that is sorted by. */
static const char *
order_fact(enum top_order order)
{
	switch (order) {
	case TOP_BY_CPU:
		return "cpu_percent";
	case TOP_BY_MEMORY:
		return "memory_bytes";
	case TOP_BY_IO:
		return "io_bytes_per_second";
	case TOP_BY_RUNS:
		return "runs_today";
	}
	return "";
}

struct ranked {
	double value;
	size_t index;
};

static int
by_value(const void *left, const void *right)
{
	const struct ranked *one = left, *other = right;
	if (one->value > other->value || one->value < other->value)
		return one->value < other->value ? 1 : -1;
	return one->index < other->index ? -1 : one->index > other->index;
}

/* The rows' places in the order that is wanted; free() it. */
static struct ranked *
rank(const json_t *rows, enum top_order order)
{
	size_t count = json_array_size(rows), index;
	struct ranked *ranks = memory_new(count, sizeof(*ranks));
	const json_t *row;
	json_array_foreach(rows, index, row) ranks[index] =
	    (struct ranked){fact_number(row, order_fact(order)), index};
	qsort(ranks, count, sizeof(*ranks), by_value);
	return ranks;
}

/* What has changed against the mean of the last two minutes; small changes are none. */
static const char *
trend(const json_t *row, const struct look *look)
{
	double now = fact_number(row, "cpu_percent");
	double lately = fact_number(row, "cpu_percent_lately");
	double difference = now - lately, noise = 0.5 + lately / 10;
	if (difference > noise)
		return look->unicode ? "↑" : "up";
	if (difference < -noise)
		return look->unicode ? "↓" : "down";
	return "";
}

static enum paint
heat(double percent)
{
	if (percent >= 20)
		return PAINT_RED;
	return percent >= 10 ? PAINT_YELLOW : PAINT_PLAIN;
}

/* A uid that no account owns, by its login name on this host if there is one. */
static void
add_unowned(struct table *table, const json_t *row)
{
	int64_t uid = fact_integer(row, "uid");
	const struct passwd *entry = getpwuid((uid_t)uid);
	if (entry)
		table_addf(table, "(%s)", entry->pw_name);
	else
		table_addf(table, "(uid %lld)", (long long)uid);
	table_paint(table, PAINT_DIM);
}

static void
add_who(struct table *table, const json_t *row)
{
	if (fact_is_there(row, "account"))
		account_cell(table, row);
	else
		add_unowned(table, row);
}

static void
add_row(struct table *table, const json_t *row, const struct look *look)
{
	auto_str memory = {0}, moved = {0};
	double cpu = fact_number(row, "cpu_percent"), held = fact_number(row, "memory_percent");
	double disks = fact_number(row, "io_percent");
	quantity_add(&moved, UNIT_SIZE, fact_integer(row, "io_bytes_per_second"));
	quantity_add(&memory, UNIT_SIZE, fact_integer(row, "memory_bytes"));
	table_addf(table, "%.2f", cpu);
	table_paint(table, heat(cpu));
	if (fact_is_there(row, "cpu_percent_lately")) {
		table_addf(table, "%.2f", fact_number(row, "cpu_percent_lately"));
		table_add(table, trend(row, look));
		table_addf(table, "%.2f", fact_number(row, "database_percent"));
	}
	table_addf(table, "%.2f", held);
	table_paint(table, heat(held));
	table_add(table, str_text(&memory));
	table_addf(table, "%.2f", disks);
	table_paint(table, heat(disks));
	table_add(table, str_text(&moved));
	table_addf(table, "%lld", (long long)fact_integer(row, "processes"));
	table_addf(table, "%lld", (long long)fact_integer(row, "runs_today"));
	table_addf(table, "%.1f", fact_number(row, "cpu_seconds_today"));
}

#define NOW_COLUMN                                                                             \
	{                                                                                      \
		"CPU %", ALIGN_RIGHT, 0, false                                                 \
	}
#define USE_COLUMNS                                                                            \
	{"MEM %", ALIGN_RIGHT, 9, false}, {"MEMORY", ALIGN_RIGHT, 6, false},                   \
	    {"DISK %", ALIGN_RIGHT, 10, false}, {"I/O / S", ALIGN_RIGHT, 3, false},            \
	    {"PROCS", ALIGN_RIGHT, 7, false}, {"RUNS TODAY", ALIGN_RIGHT, 1, false},           \
	{                                                                                      \
		"CPU S TODAY", ALIGN_RIGHT, 2, false                                           \
	}

static const struct column account_columns[] = {
    {"ACCOUNT", ALIGN_LEFT, 0, true},
    NOW_COLUMN,
    {"2 MIN %", ALIGN_RIGHT, 5, false},
    {"TREND", ALIGN_LEFT, 4, false},
    {"DB %", ALIGN_RIGHT, 8, false},
    USE_COLUMNS,
};

static const struct column script_columns[] = {
    {"ACCOUNT", ALIGN_LEFT, 0, true},
    NOW_COLUMN,
    USE_COLUMNS,
    {"SCRIPT", ALIGN_LEFT, 0, true},
};

static void
add_head(const json_t *data, const struct look *look, struct str *out)
{
	const json_t *host = json_object_get(data, "host");
	auto_str line = {0};
	str_add(&line, "hayward top");
	if (*fact_text(data, "name")) {
		str_add(&line, " on ");
		view_text(&line, fact_text(data, "name"));
	}
	str_add(&line, ", ");
	view_text(&line, fact_text(data, "mode"));
	str_add(&line, " mode, ");
	moment_add(&line, look, fact_text(data, "at"));
	view_paint(out, look, PAINT_BOLD, str_text(&line));
	if (fact_flag(host, "emergency"))
		view_paint(out, look, PAINT_RED, "  EMERGENCY");
	str_add_char(out, '\n');
	auto_str memory = {0};
	quantity_add(&memory, UNIT_SIZE, fact_integer(host, "memory_bytes"));
	if (!fact_flag(host, "measured")) {
		str_add(out, "nothing measured yet\n");
		return;
	}
	str_addf(out, "cpu %.1f %%, memory %.1f %% of %s, ", fact_number(host, "cpu_percent"),
	    fact_number(host, "memory_percent"), str_text(&memory));
	if (fact_is_there(host, "io_percent"))
		str_addf(out, "disks %.1f %%, ", fact_number(host, "io_percent"));
	str_addf(out, "%lld processes\n", (long long)fact_integer(host, "processes"));
}

void
top_view(const json_t *data, const struct look *look, const struct top_screen *screen,
    struct str *out)
{
	const json_t *rows = json_object_get(data, "rows");
	size_t count = json_array_size(rows), index;
	add_head(data, look, out);
	str_add_char(out, '\n');
	if (count == 0) {
		str_add(out,
		    screen->scripts ? "no script ran today\n" : "nobody did anything today\n");
		return;
	}
	auto_free struct ranked *ranks = rank(rows, screen->order);
	auto_table struct table *table =
	    screen->scripts ? table_new(script_columns, array_length(script_columns))
			    : table_new(account_columns, array_length(account_columns));
	size_t most = SIZE_MAX;
	if (screen->height)
		most = screen->height > HEAD_LINES ? screen->height - HEAD_LINES : 1;
	for (index = 0; index < count && index < most; index++) {
		const json_t *row = json_array_get(rows, ranks[index].index);
		add_who(table, row);
		add_row(table, row, look);
		if (screen->scripts)
			table_add(table, fact_text(row, "script"));
	}
	table_print(table, look, SIZE_MAX, out);
}

/* ---- the live screen ---- */

static json_t *
top_question(const struct top_screen *screen)
{
	json_t *question = question_new(ASK_TOP);
	if (screen->scripts)
		json_object_set_new(question, "scripts", json_true());
	return question;
}

/* Asks and shows one screen; false: hayward is gone, ret_why says how. */
static bool
refresh(struct connection *connection, struct terminal *terminal, struct top_screen *screen,
    struct str *ret_why)
{
	struct reply_read reply;
	int error = connection_ask(connection, top_question(screen), &reply);
	if (error) {
		str_addf(ret_why, "hayward does not answer: %s", strerror(-error));
		return false;
	}
	auto_str text = {0};
	struct look look = look_of_stdout();
	screen->height = terminal_height(terminal) - 1;
	if (reply.status == ANSWER_OK)
		top_view(reply.data, &look, screen, &text);
	else
		view_lines(reply.status == ANSWER_UNREACHED ? &text : ret_why, reply.text);
	json_decref(reply.whole);
	terminal_show(terminal, &text);
	return ret_why->length == 0;
}

/* Obeys a key; false: it was the one that ends. */
static bool
press(struct top_screen *screen, char key)
{
	if (key == 's')
		screen->scripts = !screen->scripts;
	if (key == 'c')
		screen->order = TOP_BY_CPU;
	if (key == 'm')
		screen->order = TOP_BY_MEMORY;
	if (key == 'i')
		screen->order = TOP_BY_IO;
	if (key == 'r')
		screen->order = TOP_BY_RUNS;
	return key != 'q';
}

/* Waits for the next refresh or a reason for an earlier one; false: the end. */
static bool
wait_for_turn(struct terminal *terminal, struct top_screen *screen)
{
	char key = 0;
	switch (terminal_wait(terminal, REFRESH, &key)) {
	case TERMINAL_KEY:
		return press(screen, key);
	case TERMINAL_END:
		return false;
	case TERMINAL_TIMEOUT:
	case TERMINAL_RESIZED:
		break;
	}
	return true;
}

static int
live(const struct arguments *arguments, struct terminal *terminal, struct top_screen *screen)
{
	auto_str path = {0}, why = {0};
	arguments_socket(arguments, &path);
	struct connection *connection = NULL;
	if (!connection_open(str_text(&path), &why, &connection))
		while (refresh(connection, terminal, screen, &why) &&
		       wait_for_turn(terminal, screen))
			;
	connection_free(connection);
	terminal_close(terminal);
	if (!why.length)
		return ANSWER_OK;
	auto_str shown = {0};
	view_lines(&shown, str_text(&why));
	fprintf(stderr, "hayward top: %s\n", str_text(&shown));
	return ANSWER_UNREACHED;
}

static int
once(const struct arguments *arguments, const struct top_screen *screen)
{
	json_t *data;
	int status = ask_for_data(arguments, top_question(screen), &data);
	if (status)
		return status;
	auto_str text = {0};
	struct look look = look_of_stdout();
	if (arguments->json)
		print_json(data);
	else
		top_view(data, &look, screen, &text);
	fwrite(str_text(&text), 1, text.length, stdout);
	json_decref(data);
	return ANSWER_OK;
}

static int
read_order(const char *by, enum top_order *ret_order)
{
	static const char *const names[] = {[TOP_BY_CPU] = "cpu",
	    [TOP_BY_MEMORY] = "memory",
	    [TOP_BY_IO] = "io",
	    [TOP_BY_RUNS] = "runs"};
	for (size_t i = 0; by && i < array_length(names); i++) {
		if (strcmp(by, names[i]) != 0)
			continue;
		*ret_order = (enum top_order)i;
		return ANSWER_OK;
	}
	if (!by)
		return ANSWER_OK;
	fputs("hayward top: --by takes cpu, memory, io or runs\n", stderr);
	return ANSWER_USAGE;
}

int
command_top(int argc, char **argv)
{
	bool only_once = false;
	const char *by = NULL;
	struct top_screen screen = {0};
	const struct flag flags[] = {
	    {"--once", &only_once, NULL},
	    {"--scripts", &screen.scripts, NULL},
	    {"--by", NULL, &by},
	};
	struct arguments arguments;
	if (arguments_read(argc, argv, flags, array_length(flags), &arguments) ||
	    !arguments_count(&arguments, 0, 0) || read_order(by, &screen.order))
		return ANSWER_USAGE;
	struct terminal *terminal = only_once || arguments.json ? NULL : terminal_open();
	return terminal ? live(&arguments, terminal, &screen) : once(&arguments, &screen);
}
