/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/forms.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "engine/acquaintances.h"

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
	bool to_acquaintance;
	struct wording wording;
	uint64_t kin; /* stands for the requests of its visitor with much the same text */
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
	struct acquaintances *acquaintances;
};

struct forms *
forms_new(void)
{
	struct forms *forms = memory_new(1, sizeof(*forms));
	forms->by_script = map_new();
	forms->acquaintances = acquaintances_new();
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
	acquaintances_free(forms->acquaintances);
	free(forms);
}

void
forms_forgive(struct forms *forms, const struct subject *script)
{
	struct subject_key key = subject_key(script);
	struct form *form = map_find(forms->by_script, &key, sizeof(key));
	if (form)
		drop(forms, form);
}

void
forms_forget(struct forms *forms, int64_t now)
{
	size_t position = 0;
	for (struct form *form; (form = map_next(forms->by_script, &position));)
		if (now - form->seen > HOUR)
			drop(forms, form);
	acquaintances_forget(forms->acquaintances, now);
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

static uint64_t
hash_of(const void *bytes, size_t length)
{
	static const uint8_t key[16] = "hayward form ref";
	return siphash(key, bytes, length);
}

static uint64_t
reference_hash(const char *reference)
{
	return hash_of(reference, strlen(reference));
}

/* A text that changes little by little is still the same. */
static uint64_t
kin_of(const struct form *form, const struct mail_request *told, int64_t now)
{
	for (uint32_t i = 0; i < kept(form->request_count, MOST_REQUESTS); i++) {
		const struct request *other = &form->requests[i];
		if (other->visitor == told->visitor && now - other->at < HOUR &&
		    wording_agrees(&other->wording, &told->wording))
			return other->kin;
	}
	return hash_of(told->wording.runs, told->wording.count * sizeof(*told->wording.runs));
}

static struct request *
request_get(struct form *form, const struct mail_request *told, int64_t now)
{
	for (uint32_t i = 0; i < kept(form->request_count, MOST_REQUESTS); i++)
		if (form->requests[i].id == told->id &&
		    form->requests[i].visitor == told->visitor)
			return &form->requests[i];
	uint64_t kin = kin_of(form, told, now);
	struct request *request = &form->requests[form->request_count++ % MOST_REQUESTS];
	*request = (struct request){
	    .id = told->id,
	    .visitor = told->visitor,
	    .at = now,
	    .counts = !told->is_known && !told->has_cookie,
	    .wording = told->wording,
	    .kin = kin,
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

/* Whom a mail went to because its visitor named him, without those whom the site knew. */
struct unknown {
	uint32_t count;
	uint64_t list[MAIL_REQUEST_MOST_STRANGERS];
};

/* Stands for a request, and is not 0. */
static uint64_t
mark_of(const struct mail_request *told)
{
	const uint64_t both[] = {told->id, told->visitor};
	return hash_of(both, sizeof(both)) | 1;
}

/* Who adds headers of his own is no friend, whomever he writes to. */
static struct unknown
find_unknown(const struct forms *forms, const struct form_sent *sent)
{
	const struct mail_request *told = sent->request;
	struct unknown unknown = {0};
	for (uint32_t i = 0; i < told->stranger_count; i++) {
		const struct acquaintance one = {told->strangers[i], mark_of(told)};
		if (told->has_added ||
		    !acquaintances_has(forms->acquaintances, &sent->script, &one))
			unknown.list[unknown.count++] = told->strangers[i];
	}
	return unknown;
}

static void
note(struct request *request, const struct mail_request *told, const struct unknown *unknown,
    int64_t now)
{
	request->at = now;
	request->to_house |= told->to_house;
	request->has_added |= told->has_added;
	request->to_acquaintance |= unknown->count < told->stranger_count;
	for (uint32_t i = 0; i < unknown->count; i++)
		if (request->count < MOST_OF_REQUEST && !names(request, unknown->list[i]))
			request->strangers[request->count++] = unknown->list[i];
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

/* Whom a request named of whom it counts. */
struct counted {
	uint32_t count;
	uint64_t strangers[MOST_OF_REQUEST];
	bool is_single; /* nobody is left but one: a friend, or the visitor */
};

static struct counted
count_request(const struct request *request, const struct forms_named *regulars)
{
	bool to_house = request->to_house || request->to_acquaintance;
	struct counted counted = {0};
	uint64_t fresh[MOST_OF_REQUEST];
	uint32_t count = 0;
	for (uint32_t i = 0; i < request->count; i++)
		if (has_named(regulars, request->strangers[i]))
			to_house = true;
		else
			fresh[count++] = request->strangers[i];
	/* The visitor himself, who gets a copy. */
	bool one_is_excused = (to_house || count > 1) && !request->has_added;
	for (uint32_t i = one_is_excused; i < count; i++)
		counted.strangers[counted.count++] = fresh[i];
	counted.is_single = counted.count == 1 && !request->has_added;
	return counted;
}

static void
add_counted(const struct counted *counted, struct forms_named *named)
{
	for (uint32_t i = 0; i < counted->count; i++)
		add_named(named, counted->strangers[i]);
}

/*
 * Five people behind one address write five texts to a friend of each; who has something to
 * sell writes one to all. Of those who were named alone, or beside the visitor, only they count
 * to whom much the same was written as by the request at hand.
 */
static struct forms_named
name_all(const struct form *form, const struct request *at_hand, int64_t now)
{
	struct forms_named regulars = find_regulars(form), named = {0}, alone = {0};
	bool is_said_to_many = false;
	for (uint32_t i = 0; i < kept(form->request_count, MOST_REQUESTS); i++) {
		const struct request *other = &form->requests[i];
		if (other->visitor != at_hand->visitor || !other->counts ||
		    now - other->at >= HOUR)
			continue;
		struct counted counted = count_request(other, &regulars);
		bool is_kin = other->kin == at_hand->kin;
		if (!counted.is_single)
			add_counted(&counted, &named);
		else if (is_kin)
			add_counted(&counted, &alone);
		is_said_to_many |= is_kin && counted.count && !counted.is_single;
	}
	for (uint32_t i = 0; i < alone.count; i++)
		if (alone.count > 1 || is_said_to_many || !named.count)
			add_named(&named, alone.strangers[i]);
	const uint64_t group[] = {at_hand->visitor, at_hand->kin};
	named.group = hash_of(group, sizeof(group));
	return named;
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
	struct unknown unknown = find_unknown(forms, sent);
	note(request, told, &unknown, now);
	if (unknown.count)
		form->mails[form->mail_count++ % MOST_MAILS] = (struct sent_mail){
		    reference_hash(sent->reference), unknown.list[0], told->id, false};
	*ret_named = name_all(form, request, now);
}

void
forms_wrote(struct forms *forms, const struct form_wrote *wrote, int64_t now)
{
	const struct mail_request *told = wrote->request;
	bool is_forms = told->is_forms && !told->has_text && !told->has_added;
	bool is_named = told->stranger_count > 0;
	const uint64_t *list = is_named ? told->strangers : wrote->named;
	uint32_t count = is_named ? told->stranger_count : wrote->named_count;
	for (uint32_t i = 0; i < count && (is_forms || !is_named); i++) {
		const struct acquaintance one = {list[i], is_named ? mark_of(told) : 0};
		acquaintances_add(forms->acquaintances, &wrote->account, &one, now);
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
	struct sent_mail *mail = find_mail(forms, reference_hash(reference), &form);
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

/* ---- from life to life ---- */

void
forms_encode(const struct forms *forms, struct str *out)
{
	acquaintances_encode(forms->acquaintances, out);
}

void
forms_decode(struct forms *forms, struct wire_reader *reader, int64_t now)
{
	acquaintances_decode(forms->acquaintances, reader, now);
}
