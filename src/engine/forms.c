/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/forms.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"

enum {
	MOST_FORMS = 256,
	MOST_OF_ACCOUNT = 16,
	MOST_REQUESTS = 64, /* of a form */
	MOST_OF_REQUEST = 16,
	MOST_MAILS = 64, /* of a form, that wait for a rating */
	HOUR = 3600 * 1000,
	MOST_REGULARS = 3, /* addresses that several requests name */
	SPAMMED = 2,
};

struct request {
	uint64_t id;
	uint64_t visitor;
	int64_t at;
	bool counts;
	bool to_house;
	bool has_added;
	uint32_t count;
	uint64_t strangers[MOST_OF_REQUEST];
};

struct sent_mail {
	uint64_t reference;
	uint64_t stranger; /* one of them, who stands for all */
	uint64_t request;
	bool refused;
};

struct form {
	struct subject script;
	char *label;
	int64_t seen;
	uint32_t request_count; /* ever */
	struct request requests[MOST_REQUESTS];
	uint32_t mail_count; /* ever */
	struct sent_mail mails[MOST_MAILS];
};

struct forms {
	struct map *by_script;
};

struct forms *
forms_new(void)
{
	struct forms *forms = memory_new(1, sizeof(*forms));
	forms->by_script = map_new();
	return forms;
}

static void
drop(struct forms *forms, struct form *form)
{
	struct subject_key key = subject_key(&form->script);
	map_remove(forms->by_script, &key, sizeof(key));
	free(form->label);
	free(form);
}

void
forms_free(struct forms *forms)
{
	size_t position = 0;
	if (!forms)
		return;
	for (struct form *form; (form = map_next(forms->by_script, &position));)
		drop(forms, form);
	map_free(forms->by_script);
	free(forms);
}

void
forms_forget(struct forms *forms, int64_t now)
{
	size_t position = 0;
	for (struct form *form; (form = map_next(forms->by_script, &position));)
		if (now - form->seen > HOUR)
			drop(forms, form);
}

/* ---- which form ---- */

/* Of an account, or of all (0). */
static size_t
longest_silent(const struct forms *forms, uint32_t account, struct form **ret_form)
{
	size_t position = 0, count = 0;
	*ret_form = NULL;
	for (struct form *form; (form = map_next(forms->by_script, &position));) {
		if (account && form->script.account != account)
			continue;
		count++;
		if (!*ret_form || form->seen < (*ret_form)->seen)
			*ret_form = form;
	}
	return count;
}

static struct form *
form_get(struct forms *forms, const struct form_sent *sent)
{
	struct subject_key key = subject_key(&sent->script);
	struct form *form = map_find(forms->by_script, &key, sizeof(key)), *silent;
	if (form)
		return form;
	if (longest_silent(forms, sent->script.account, &silent) >= MOST_OF_ACCOUNT ||
	    longest_silent(forms, 0, &silent) >= MOST_FORMS)
		drop(forms, silent);
	form = memory_new(1, sizeof(*form));
	form->script = sent->script;
	form->label = memory_copy_text(sent->label);
	map_put(forms->by_script, &key, sizeof(key), form);
	return form;
}

/* ---- what it sent ---- */

static uint32_t
kept(uint32_t count, uint32_t most)
{
	return count < most ? count : most;
}

static struct request *
request_get(struct form *form, const struct mail_request *told, int64_t now)
{
	for (uint32_t i = 0; i < kept(form->request_count, MOST_REQUESTS); i++)
		if (form->requests[i].id == told->id &&
		    form->requests[i].visitor == told->visitor)
			return &form->requests[i];
	struct request *request = &form->requests[form->request_count++ % MOST_REQUESTS];
	*request = (struct request){
	    .id = told->id,
	    .visitor = told->visitor,
	    .at = now,
	    .counts = !told->is_known && !told->has_cookie,
	};
	return request;
}

static bool
names(const struct request *request, uint64_t stranger)
{
	for (uint32_t i = 0; i < request->count; i++)
		if (request->strangers[i] == stranger)
			return true;
	return false;
}

static void
note(struct request *request, const struct mail_request *told, int64_t now)
{
	request->at = now;
	request->to_house |= told->to_house;
	request->has_added |= told->has_added;
	for (uint32_t i = 0; i < told->stranger_count; i++)
		if (request->count < MOST_OF_REQUEST && !names(request, told->strangers[i]))
			request->strangers[request->count++] = told->strangers[i];
}

/* ---- what is told of it ---- */

static void
add_named(struct forms_named *named, uint64_t stranger)
{
	for (uint32_t i = 0; i < named->count; i++)
		if (named->strangers[i] == stranger)
			return;
	if (named->count < FORMS_MOST_NAMED)
		named->strangers[named->count++] = stranger;
}

static bool
has_named(const struct forms_named *named, uint64_t stranger)
{
	for (uint32_t i = 0; i < named->count; i++)
		if (named->strangers[i] == stranger)
			return true;
	return false;
}

static int
compare(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
	return (a > b) - (a < b);
}

/* Addresses that stand in the page: each request names one once. */
static struct forms_named
find_regulars(const struct form *form)
{
	uint64_t all[MOST_REQUESTS * MOST_OF_REQUEST];
	struct forms_named regulars = {0};
	size_t count = 0;
	for (uint32_t i = 0; i < kept(form->request_count, MOST_REQUESTS); i++)
		for (uint32_t j = 0; j < form->requests[i].count; j++)
			all[count++] = form->requests[i].strangers[j];
	qsort(all, count, sizeof(*all), compare);
	for (size_t i = 1; i < count && regulars.count <= MOST_REGULARS; i++)
		if (all[i] == all[i - 1])
			add_named(&regulars, all[i]);
	if (regulars.count > MOST_REGULARS)
		regulars.count = 0;
	return regulars;
}

static void
add_request(const struct request *request, const struct forms_named *regulars,
    struct forms_named *named)
{
	bool to_house = request->to_house;
	uint64_t fresh[MOST_OF_REQUEST];
	uint32_t count = 0;
	for (uint32_t i = 0; i < request->count; i++)
		if (has_named(regulars, request->strangers[i]))
			to_house = true;
		else
			fresh[count++] = request->strangers[i];
	bool one_is_excused = (to_house ? count == 1 : count > 1) && !request->has_added;
	for (uint32_t i = one_is_excused; i < count; i++)
		add_named(named, fresh[i]);
}

static uint64_t
hash_of(const char *reference)
{
	static const uint8_t key[16] = "hayward form ref";
	return siphash(key, reference, strlen(reference));
}

void
forms_sent(struct forms *forms, const struct form_sent *sent, int64_t now,
    struct forms_named *ret_named)
{
	const struct mail_request *told = sent->request;
	*ret_named = (struct forms_named){0};
	if (!told->id || (!told->has_text && !told->has_added))
		return;
	struct form *form = form_get(forms, sent);
	struct request *request = request_get(form, told, now);
	form->seen = now;
	note(request, told, now);
	if (told->stranger_count)
		form->mails[form->mail_count++ % MOST_MAILS] = (struct sent_mail){
		    hash_of(sent->reference), told->strangers[0], told->id, false};
	struct forms_named regulars = find_regulars(form);
	for (uint32_t i = 0; i < kept(form->request_count, MOST_REQUESTS); i++) {
		const struct request *other = &form->requests[i];
		if (other->visitor == told->visitor && other->counts && now - other->at < HOUR)
			add_request(other, &regulars, ret_named);
	}
}

/* ---- what a filter says of it ---- */

static struct sent_mail *
find_mail(struct forms *forms, uint64_t reference, struct form **ret_form)
{
	size_t position = 0;
	while ((*ret_form = map_next(forms->by_script, &position)))
		for (uint32_t i = 0; i < kept((*ret_form)->mail_count, MOST_MAILS); i++)
			if ((*ret_form)->mails[i].reference == reference)
				return &(*ret_form)->mails[i];
	return NULL;
}

/* A copy to whoever wrote to the house is no proof of a hole: he may be somebody else, but it
 * takes as much of that as with any other script. */
static bool
is_copy(const struct form *form, uint64_t id)
{
	for (uint32_t i = 0; i < kept(form->request_count, MOST_REQUESTS); i++) {
		const struct request *request = &form->requests[i];
		if (request->id == id)
			return request->to_house && request->count == 1 && !request->has_added;
	}
	return false;
}

/* Looked at anew each time: what goes to the house may come behind the copy. */
static bool
relays_spam(const struct form *form)
{
	struct forms_named spammed = {0};
	for (uint32_t i = 0; i < kept(form->mail_count, MOST_MAILS); i++)
		if (form->mails[i].refused && !is_copy(form, form->mails[i].request))
			add_named(&spammed, form->mails[i].stranger);
	return spammed.count >= SPAMMED;
}

bool
forms_refused(
    struct forms *forms, const char *reference, struct subject *ret_script, char **ret_label)
{
	struct form *form;
	struct sent_mail *mail = find_mail(forms, hash_of(reference), &form);
	if (!mail)
		return false;
	mail->refused = true;
	if (!relays_spam(form))
		return false;
	form->mail_count = 0;
	*ret_script = form->script;
	*ret_label = memory_copy_text(form->label);
	return true;
}
