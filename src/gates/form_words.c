/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/form_words.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
	MOST_FORMS = 256,
	MOST_OF_ONE = 16, /* of one uid: whoever has very many makes room among his own */
	MOST_OWN = 1024,  /* runs of a form */
	PLACES = 2 * MOST_OWN,
	LEAST_COMMON = 4, /* runs: two mails have so much in common by chance */
};

struct form {
	struct form *next;
	uint32_t uid;
	char *script;
	uint8_t key[WORDS_KEY]; /* under which the runs are hashed */
	int64_t used;
	size_t count;
	uint32_t own[PLACES]; /* 0: free */
};

struct form_words {
	struct form *first;
};

struct form_words *
form_words_new(void)
{
	return memory_new(1, sizeof(struct form_words));
}

static void
form_free(struct form *form)
{
	free(form->script);
	free(form);
}

void
form_words_free(struct form_words *forms)
{
	for (struct form *form = forms ? forms->first : NULL, *next; form; form = next) {
		next = form->next;
		form_free(form);
	}
	free(forms);
}

/* ---- forms ---- */

/* The one that was not used for longest, of a uid or of all (0), and how many there are. */
static size_t
longest_idle(struct form_words *forms, uint32_t uid, struct form ***ret_link)
{
	size_t count = 0;
	*ret_link = &forms->first;
	for (struct form **link = &forms->first; *link; link = &(*link)->next) {
		if (uid && (*link)->uid != uid)
			continue;
		if (!count++ || (*link)->used < (**ret_link)->used)
			*ret_link = link;
	}
	return count;
}

static void
make_room(struct form_words *forms, uint32_t uid)
{
	struct form **link;
	if (longest_idle(forms, uid, &link) < MOST_OF_ONE &&
	    longest_idle(forms, 0, &link) < MOST_FORMS)
		return;
	struct form *form = *link;
	*link = form->next;
	form_free(form);
}

static struct form *
form_get(struct form_words *forms, const struct trace *trace, int64_t now)
{
	struct form *form = forms->first;
	while (form && (form->uid != trace->uid || strcmp(form->script, trace->script) != 0))
		form = form->next;
	if (!form) {
		make_room(forms, trace->uid);
		form = memory_new(1, sizeof(*form));
		form->uid = trace->uid;
		form->script = memory_copy_text(trace->script);
		form->next = forms->first;
		forms->first = form;
	}
	/* A web server that was started anew has another key, and what was learnt is void. */
	if (memcmp(form->key, trace->key, WORDS_KEY) != 0) {
		memcpy(form->key, trace->key, WORDS_KEY);
		memset(form->own, 0, sizeof(form->own));
		form->count = 0;
	}
	form->used = now;
	return form;
}

/* ---- words ---- */

static uint32_t *
place_of(struct form *form, uint32_t run)
{
	size_t at = run % PLACES;
	while (form->own[at] && form->own[at] != run)
		at = (at + 1) % PLACES;
	return &form->own[at];
}

static void
learn(struct form *form, uint32_t run)
{
	uint32_t *place = place_of(form, run);
	if (*place || form->count == MOST_OWN)
		return;
	*place = run;
	form->count++;
}

struct weight
form_words_weigh(struct form_words *forms, const struct trace *trace,
    const struct mail_words *mail, bool learns, int64_t now)
{
	struct form *form = form_get(forms, trace, now);
	/* Words that were not read are not the form's. */
	bool is_whole = !(trace->flags & TRACE_CUT);
	struct weight weight = {0};
	size_t own = 0, common = 0;
	for (size_t i = 0; i < mail->count; i++) {
		uint32_t run = mail->runs[i];
		if (!trace_keeps_run(trace, run))
			continue;
		bool is_sent = trace_has_run(trace, run);
		if (!is_sent && learns && is_whole)
			learn(form, run);
		if (!is_sent || *place_of(form, run)) {
			own++;
			continue;
		}
		common++;
		wording_add(&weight.wording, run);
	}
	/* Of a short text nothing may be the form's, and all has to be known. */
	bool is_short = common && !own && !trace->run_bits;
	weight.is_visitors = (common >= LEAST_COMMON || is_short) && common >= own;
	weight.is_forms = is_whole && own >= LEAST_COMMON && own > common;
	return weight;
}
