/* SPDX-License-Identifier: Apache-2.0 */
/* An incident for showing: its cases, and one timeline of all of them. */
#include "procs/answering.h"

#include <stdlib.h>

#include "base/memory.h"
#include "procs/answer_json.h"

struct line {
	const struct casefile *casefile;
	const struct history_line *history;
};

static int
compare_lines(const void *one, const void *other)
{
	uint64_t first = ((const struct line *)one)->history->sequence;
	uint64_t second = ((const struct line *)other)->history->sequence;
	return (first > second) - (first < second);
}

static json_t *
line_object(const struct line *line)
{
	json_t *item = json_new_object();
	json_set_integer(item, "sequence", (int64_t)line->history->sequence);
	json_set(item, "at", json_moment(line->history->wall));
	json_set_integer(item, "case", (int64_t)line->casefile->number);
	json_set_shown(item, "clause", line->casefile->clause);
	json_set_shown(item, "kind", record_kind_name(line->history->kind));
	json_set_shown(item, "text", line->history->text);
	return item;
}

/* One timeline: the records of all cases, in the order in which they were made. */
static json_t *
timeline(const struct casefile *const *files, size_t count)
{
	size_t total = 0, made = 0;
	for (size_t i = 0; i < count; i++)
		total += files[i]->history_count;
	auto_free struct line *lines = memory_new(total + 1, sizeof(*lines));
	for (size_t i = 0; i < count; i++)
		for (size_t h = 0; h < files[i]->history_count; h++)
			lines[made++] = (struct line){files[i], &files[i]->history[h]};
	qsort(lines, made, sizeof(*lines), compare_lines);
	json_t *list = json_new_array();
	for (size_t i = 0; i < made; i++)
		json_push(list, line_object(&lines[i]));
	return list;
}

enum answer_status
tell_incident(struct answering *answering)
{
	const struct casefile *asked;
	enum answer_status status = case_named(answering, &asked);
	if (status != ANSWER_OK)
		return status;
	const struct cases *cases = flow_cases(answering->context->flow);
	auto_free const struct casefile **files = NULL;
	size_t count = 0, capacity = 0, position = 0;
	json_t *list = json_new_array();
	for (const struct casefile *casefile; (casefile = cases_next(cases, &position));) {
		if (casefile->incident != asked->incident || !case_visible(answering, casefile))
			continue;
		memory_grow(&files, count, &capacity, sizeof(*files));
		files[count++] = casefile;
		json_push(list, case_summary(answering, casefile));
	}
	json_set_integer(answering->data, "incident", (int64_t)asked->incident);
	json_set_shown(answering->data, "account", asked->account_name);
	json_set(answering->data, "cases", list);
	json_set(answering->data, "history", timeline(files, count));
	return ANSWER_OK;
}
