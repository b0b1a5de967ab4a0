/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hayward tree: the living processes of an account, what was started by what.
 * They come in the order in which they are shown, each with its depth; which
 * branches go on below a line is known from the lines below it, so these are
 * drawn from the last one upwards. An owner chooses how deep his tree is: from
 * some depth on a number stands for the branches.
 */
#include "main/hayward/command.h"
#include "main/hayward/table.h"
#include "main/hayward/views.h"

#include <stdlib.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "model/quantity.h"

enum {
	MOST_DEPTH = 512, /* as processes, see model/evidence.h */
	MOST_LEVELS = 24, /* that are drawn where lines are as wide as it takes */
	LEAST_LEVELS = 2,
	OTHER_COLUMNS = 30,   /* of the terminal, which a narrow one shows, too */
	COLUMNS_OF_LEVEL = 6, /* two of them for branches, the others for commands */
	SECOND = 1000,
	MINUTE = 60 * SECOND
};

/* What stands before the commands, line by line, and which levels go on below. */
struct drawing {
	const struct look *look;
	size_t most; /* levels */
	bool goes_on[MOST_DEPTH + 1];
	char **branches;
};

static size_t
depth_of(const json_t *process)
{
	int64_t depth = fact_integer(process, "depth");
	return depth < 0 ? 0 : depth > MOST_DEPTH ? MOST_DEPTH : (size_t)depth;
}

static void
draw_line(struct drawing *drawing, size_t depth, struct str *out)
{
	bool unicode = drawing->look->unicode;
	const char *bar = unicode ? "│ " : "| ", *fork = unicode ? "├─" : "|-",
		   *end = unicode ? "└─" : "`-";
	for (size_t level = 1; level < depth && level < drawing->most; level++)
		str_add(out, drawing->goes_on[level] ? bar : "  ");
	if (depth > drawing->most)
		str_addf(out, "[%zu] ", depth);
	else if (depth)
		str_add(out, drawing->goes_on[depth] ? fork : end);
	drawing->goes_on[depth] = true;
	for (size_t level = depth + 1; level <= MOST_DEPTH; level++)
		drawing->goes_on[level] = false;
}

static void
draw(struct drawing *drawing, const json_t *processes)
{
	size_t width = drawing->look->width;
	drawing->most = LEAST_LEVELS;
	if (!width)
		drawing->most = MOST_LEVELS;
	else if (width > OTHER_COLUMNS + LEAST_LEVELS * COLUMNS_OF_LEVEL)
		drawing->most = (width - OTHER_COLUMNS) / COLUMNS_OF_LEVEL;
	for (size_t i = json_array_size(processes); i-- > 0;) {
		auto_str branches = {0};
		draw_line(drawing, depth_of(json_array_get(processes, i)), &branches);
		drawing->branches[i] = str_take(&branches);
	}
}

static void
add_used(struct table *table, int64_t ms)
{
	auto_str text = {0};
	if (ms < MINUTE)
		str_addf(&text, "%lld.%02lld s", (long long)(ms / SECOND),
		    (long long)(ms % SECOND / 10));
	else
		view_duration(&text, ms);
	table_add(table, str_text(&text));
}

static const char *
words_of(const json_t *process)
{
	const char *command = fact_text(process, "command"), *name = fact_text(process, "name");
	if (*command)
		return command;
	return *name ? name : "?";
}

static void
add_row(struct table *table, const json_t *process, const char *branches)
{
	auto_str age = {0}, memory = {0};
	view_duration(&age, fact_integer(process, "age_ms"));
	quantity_add(&memory, UNIT_SIZE, fact_integer(process, "memory_bytes"));
	table_addf(table, "%lld", (long long)fact_integer(process, "pid"));
	table_add(table, str_text(&age));
	add_used(table, fact_integer(process, "cpu_ms"));
	table_add(table, str_text(&memory));
	table_add(table, fact_text(process, "under"));
	table_paint(table, PAINT_DIM);
	table_addf(table, "%s%s", branches, words_of(process));
}

static void
add_processes(const json_t *processes, const struct look *look, struct str *out)
{
	static const struct column columns[] = {
	    {"PID", ALIGN_RIGHT, 0, false},
	    {"AGE", ALIGN_RIGHT, 2, false},
	    {"CPU", ALIGN_RIGHT, 4, false},
	    {"MEMORY", ALIGN_RIGHT, 3, false},
	    {"UNDER", ALIGN_LEFT, 1, false},
	    {"COMMAND", ALIGN_LEFT, 0, true},
	};
	size_t count = json_array_size(processes);
	struct drawing drawing = {
	    .look = look, .branches = memory_new(count + 1, sizeof(char *))};
	auto_table struct table *table = table_new(columns, array_length(columns));
	draw(&drawing, processes);
	for (size_t i = 0; i < count; i++) {
		add_row(table, json_array_get(processes, i), drawing.branches[i]);
		free(drawing.branches[i]);
	}
	free(drawing.branches);
	table_print(table, look, SIZE_MAX, out);
}

static void
add_remarks(const json_t *data, size_t count, struct str *out)
{
	int64_t total = fact_integer(data, "total");
	if (total > (int64_t)count)
		str_addf(out, "%zu of them %s shown; the others are only counted\n", count,
		    count == 1 ? "is" : "are");
	if (count && !fact_flag(data, "commands"))
		str_add(
		    out, "command lines did not come in time: programs are shown by name\n");
}

void
tree_view(const json_t *data, const struct look *look, struct str *out)
{
	const json_t *processes = json_object_get(data, "processes");
	size_t count = json_array_size(processes);
	long long total = (long long)fact_integer(data, "total");
	auto_str line = {0};
	view_text(&line, fact_text(data, "account"));
	str_add(&line, ", ");
	moment_add(&line, look, fact_text(data, "at"));
	str_addf(&line, ": %lld process%s", total, total == 1 ? "" : "es");
	view_paint(out, look, PAINT_BOLD, str_text(&line));
	str_add_char(out, '\n');
	add_remarks(data, count, out);
	if (!count)
		return;
	str_add_char(out, '\n');
	add_processes(processes, look, out);
}

int
command_tree(int argc, char **argv)
{
	struct arguments arguments;
	int status = arguments_read(argc, argv, NULL, 0, &arguments);
	if (status || !arguments_count(&arguments, 0, 1))
		return ANSWER_USAGE;
	json_t *question = question_new(ASK_TREE);
	if (question_add_text(&arguments, question, "account",
		arguments.word_count ? arguments.words[0] : NULL))
		return ANSWER_USAGE;
	return ask_and_show(&arguments, question, tree_view);
}
