/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The living processes of an account: `tree`. The peeker looks at them first
 * (engine_look.c); here they are put in order, each behind its parent.
 */
#include <errno.h>
#include <string.h>

#include "model/evidence_order.h"
#include "procs/answer_json.h"
#include "procs/answering.h"

/*
 * Bytes of one text, and of all texts that customers chose the length of: who has many
 * processes with long names, and asks on many connections, must not keep the engine busy.
 */
enum { LONGEST_SHOWN = 1024, MOST_SHOWN = 256 * 1024, TEXTS = 3 };

static size_t
longest_of(const struct evidence_tree *tree)
{
	size_t share = tree->count ? MOST_SHOWN / TEXTS / tree->count : LONGEST_SHOWN;
	return share < LONGEST_SHOWN ? share : LONGEST_SHOWN;
}

static void
set_cut(json_t *row, const char *name, const char *text, size_t longest)
{
	auto_str cut = {0};
	str_add_bytes(&cut, text, strnlen(text, longest));
	json_set_shown(row, name, str_text(&cut));
}

static json_t *
process_row(
    const struct evidence_process *process, uint32_t depth, const struct evidence_tree *tree)
{
	json_t *row = json_new_object();
	int64_t age = tree->taken - (int64_t)process->start;
	size_t longest = longest_of(tree);
	json_set_integer(row, "pid", process->pid);
	json_set_integer(row, "parent", process->parent);
	json_set_integer(row, "depth", depth);
	json_set_integer(row, "uid", process->uid);
	json_set_integer(row, "age_ms", age > 0 ? age : 0);
	json_set_integer(row, "cpu_ms", (int64_t)process->cpu);
	json_set_integer(row, "memory_bytes", (int64_t)process->memory);
	json_set_shown(row, "name", process->name);
	set_cut(row, "program", process->program, longest);
	set_cut(row, "command", process->command, longest);
	set_cut(row, "folder", process->folder, longest);
	json_set_shown(row, "under", *process->under ? process->under : NULL);
	return row;
}

static json_t *
process_list(const struct evidence_tree *tree)
{
	auto_arena struct arena *arena = arena_new();
	const struct evidence_place *places = evidence_order(tree, arena);
	json_t *list = json_new_array();
	for (uint32_t i = 0; i < tree->count; i++)
		json_push(list,
		    process_row(&tree->processes[places[i].index], places[i].depth, tree));
	return list;
}

/* Why there is no tree; 0: there is one. */
static enum answer_status
why_not(struct answering *answering)
{
	const struct evidence_tree *tree = answering->context->tree;
	if (!answering->context->restored) {
		str_add(&answering->text, "hayward has only just begun; ask again in a moment");
		return ANSWER_UNREACHED;
	}
	if (!tree) {
		str_add(&answering->text,
		    "the peeker, which looks at processes, does not answer just now");
		return ANSWER_UNREACHED;
	}
	if (!tree->status || tree->status == -EINPROGRESS)
		return ANSWER_OK;
	str_addf(
	    &answering->text, "the processes cannot be looked at: %s", strerror(-tree->status));
	return ANSWER_UNREACHED;
}

enum answer_status
tell_tree(struct answering *answering)
{
	const struct evidence_tree *tree = answering->context->tree;
	const struct account *account = NULL;
	enum answer_status status = account_named(answering, &account);
	if (status == ANSWER_OK)
		status = why_not(answering);
	if (status != ANSWER_OK)
		return status;
	json_t *data = answering->data;
	int64_t ago = answering->now.boot - tree->taken;
	json_set_shown(data, "account", account->name);
	json_set(data, "at", json_moment(answering->now.wall - ago));
	json_set_integer(data, "total", tree->total);
	json_set_flag(data, "commands", tree->status == 0);
	json_set(data, "processes", process_list(tree));
	return ANSWER_OK;
}
