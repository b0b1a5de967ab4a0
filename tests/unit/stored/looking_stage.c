/* SPDX-License-Identifier: Apache-2.0 */
#include "looking_stage.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/memory.h"
#include "stored/doveadm.h"

int64_t __wrap_clock_boot(void);
int __wrap_doveadm_rows(const char *const *words, const struct str *users, int milliseconds,
    json_t **ret_rows, struct str *errors);

static int64_t now = 1000000;
static unsigned asked;
static stage_answers *answers_now;

int64_t
__wrap_clock_boot(void)
{
	return now;
}

int
__wrap_doveadm_rows(const char *const *words, const struct str *users, int milliseconds,
    json_t **ret_rows, struct str *errors)
{
	json_t *rows = json_array();
	(void)errors;
	asked++;
	now++;
	int status = answers_now(words, users ? str_text(users) : "", milliseconds, rows);
	if (status)
		json_decref(rows);
	else
		*ret_rows = rows;
	return status;
}

unsigned
stage_asked(void)
{
	return asked;
}

void
stage_pass(int64_t milliseconds)
{
	now += milliseconds;
}

void
stage_begin(
    struct looking *looking, const char *const *names, json_t *seen, stage_answers *answers)
{
	static struct str out;
	str_clear(&out);
	*looking = (struct looking){.by_name = map_new(),
	    .now = 1800000000 + now / 1000,
	    .end = now + 60000,
	    .seen = json_incref(seen),
	    .out = &out};
	for (; *names; names++) {
		memory_grow(&looking->boxes, looking->box_count, &looking->box_capacity,
		    sizeof(struct looked_at *));
		struct looked_at *box = memory_new(1, sizeof(*box));
		box->name = memory_copy_text(*names);
		looking->boxes[looking->box_count++] = box;
		map_put_text(looking->by_name, *names, box);
	}
	answers_now = answers;
	asked = 0;
}

void
stage_end(struct looking *looking)
{
	for (size_t i = 0; i < looking->box_count; i++) {
		free(looking->boxes[i]->name);
		free(looking->boxes[i]);
	}
	free(looking->boxes);
	free(looking->alone);
	map_free(looking->by_name);
	json_decref(looking->seen);
	str_done(looking->out);
}

bool
stage_has_word(const char *const *words, const char *part)
{
	for (; *words; words++)
		if (strstr(*words, part))
			return true;
	return false;
}
