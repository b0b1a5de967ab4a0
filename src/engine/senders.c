/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/senders.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "base/sequential.h"
#include "engine/suspicion.h"

enum { MOST_SENDERS = 4096, MOST_OF_ACCOUNT = 64, LONGEST_LABEL = 4096 };

static const int64_t remembered = INT64_C(7) * 24 * 3600 * 1000;

struct sender {
	struct subject subject;
	char *label;
	int64_t seen;
	uint32_t count; /* contacts ever; the last of them are kept */
	struct sequential_state rated;
	struct contact contacts[MOST_CONTACTS];
};

struct senders {
	struct suspicion_tests tests;
	struct map *by_subject;
	struct map *by_reference; /* hash -> sender, of each contact that is kept */
};

struct senders *
senders_new(void)
{
	struct senders *senders = memory_new(1, sizeof(*senders));
	senders->tests = suspicion_prepare();
	senders->by_subject = map_new();
	senders->by_reference = map_new();
	return senders;
}

/* The same in the next life. Nobody chooses what is in a reference. */
static uint64_t
hash_of(const char *reference)
{
	static const uint8_t key[16] = "hayward mail ref";
	return siphash(key, reference, strlen(reference));
}

static uint32_t
kept(const struct sender *sender)
{
	return sender->count < MOST_CONTACTS ? sender->count : MOST_CONTACTS;
}

/* ---- who there is ---- */

static void
forget_contacts(struct senders *senders, struct sender *sender)
{
	for (uint32_t i = 0; i < kept(sender); i++)
		map_remove_u64(senders->by_reference, sender->contacts[i].reference);
	sender->count = 0;
}

static void
sender_free(struct sender *sender)
{
	free(sender->label);
	free(sender);
}

static void
drop(struct senders *senders, struct sender *sender)
{
	struct subject_key key = subject_key(&sender->subject);
	forget_contacts(senders, sender);
	map_remove(senders->by_subject, &key, sizeof(key));
	sender_free(sender);
}

static void
forget_all(struct senders *senders)
{
	size_t position = 0;
	for (struct sender *sender; (sender = map_next(senders->by_subject, &position));)
		drop(senders, sender);
}

void
senders_free(struct senders *senders)
{
	if (!senders)
		return;
	forget_all(senders);
	map_free(senders->by_subject);
	map_free(senders->by_reference);
	free(senders);
}

static void
choose_silent(struct sender **silent, struct sender *sender)
{
	if (!*silent || sender->seen < (*silent)->seen)
		*silent = sender;
}

/* Whoever has very many scripts makes room among his own. */
static void
make_room(struct senders *senders, uint32_t account)
{
	struct sender *silent = NULL, *own = NULL;
	size_t position = 0, of_account = 0;
	for (struct sender *sender; (sender = map_next(senders->by_subject, &position));) {
		choose_silent(&silent, sender);
		if (sender->subject.account != account)
			continue;
		choose_silent(&own, sender);
		of_account++;
	}
	if (of_account >= MOST_OF_ACCOUNT)
		drop(senders, own);
	else if (map_count(senders->by_subject) >= MOST_SENDERS)
		drop(senders, silent);
}

static struct sender *
sender_get(struct senders *senders, const struct sent *sent)
{
	struct subject_key key = subject_key(&sent->sender);
	struct sender *sender = map_find(senders->by_subject, &key, sizeof(key));
	if (sender)
		return sender;
	make_room(senders, sent->sender.account);
	sender = memory_new(1, sizeof(*sender));
	sender->subject = sent->sender;
	sender->label = memory_copy_text(sent->label);
	map_put(senders->by_subject, &key, sizeof(key), sender);
	return sender;
}

void
senders_forgive(struct senders *senders, const struct subject *subject)
{
	struct subject_key key = subject_key(subject);
	struct sender *sender = map_find(senders->by_subject, &key, sizeof(key));
	if (sender)
		drop(senders, sender);
}

void
senders_forget(struct senders *senders, int64_t now)
{
	size_t position = 0;
	for (struct sender *sender; (sender = map_next(senders->by_subject, &position));)
		if (now - sender->seen > remembered)
			drop(senders, sender);
}

/* ---- what they send ---- */

/* Where what goes to these recipients belongs: the oldest contact makes room. */
static struct contact *
contact_for(
    struct senders *senders, struct sender *sender, const struct recipients *to, int64_t now)
{
	for (uint32_t i = 0; i < kept(sender); i++)
		if (sender->contacts[i].to == to->to)
			return &sender->contacts[i];
	struct contact *contact = &sender->contacts[sender->count % MOST_CONTACTS];
	if (sender->count >= MOST_CONTACTS)
		map_remove_u64(senders->by_reference, contact->reference);
	sender->count++;
	*contact = (struct contact){.to = to->to, .domain = to->domain, .first = now};
	return contact;
}

void
senders_sent(struct senders *senders, const struct sent *sent, int64_t now)
{
	uint64_t reference = hash_of(sent->reference);
	if (!sent->to.count || map_find_u64(senders->by_reference, reference))
		return;
	struct sender *sender = sender_get(senders, sent);
	struct contact *contact = contact_for(senders, sender, &sent->to, now);
	sender->seen = now;
	if (contact->reference)
		map_remove_u64(senders->by_reference, contact->reference);
	else
		contact->unknown = 0; /* what was refused is taken now: they do exist */
	contact->reference = reference;
	contact->last = now;
	contact->recipients = sent->to.count;
	contact->is_answer = sent->is_answer;
	map_put_u64(senders->by_reference, reference, sender);
}

/* ---- what is heard of it ---- */

static void
note(struct contact *contact, const struct heard *heard)
{
	uint32_t unknown =
	    heard->unknown < contact->recipients ? heard->unknown : contact->recipients;
	contact->complained |= heard->complaint;
	if (!heard->is_own)
		contact->told |= unknown > 0;
	else if (unknown > contact->unknown)
		contact->unknown = unknown;
}

static void
accuse(struct senders *senders, struct sender *sender, struct suspect *ret_suspect)
{
	ret_suspect->sender = sender->subject;
	ret_suspect->label = memory_copy_text(sender->label);
	forget_contacts(senders, sender);
}

static bool
judge(struct senders *senders, struct sender *sender, struct suspect *ret_suspect)
{
	if (!suspicion_of(&senders->tests, sender->contacts, kept(sender), &ret_suspect->words))
		return false;
	accuse(senders, sender, ret_suspect);
	return true;
}

bool
senders_refused(
    struct senders *senders, const struct sent *sent, int64_t now, struct suspect *ret_suspect)
{
	struct sender *sender = sender_get(senders, sent);
	struct contact *contact = contact_for(senders, sender, &sent->to, now);
	sender->seen = contact->last = now;
	if (contact->reference)
		map_remove_u64(senders->by_reference, contact->reference);
	contact->reference = 0; /* so that what is taken later takes it back */
	contact->recipients = contact->unknown = sent->to.count;
	contact->is_answer = sent->is_answer;
	return judge(senders, sender, ret_suspect);
}

static struct contact *
find_contact(struct senders *senders, const char *reference, struct sender **ret_sender)
{
	uint64_t hash = hash_of(reference);
	struct sender *sender = map_find_u64(senders->by_reference, hash);
	*ret_sender = sender;
	for (uint32_t i = 0; sender && i < kept(sender); i++)
		if (sender->contacts[i].reference == hash)
			return &sender->contacts[i];
	return NULL;
}

bool
senders_heard(struct senders *senders, const char *reference, const struct heard *heard,
    struct suspect *ret_suspect)
{
	struct sender *sender;
	struct contact *contact = find_contact(senders, reference, &sender);
	if (!contact)
		return false;
	note(contact, heard);
	return judge(senders, sender, ret_suspect);
}

bool
senders_rated(
    struct senders *senders, const char *reference, bool is_spam, struct suspect *ret_suspect)
{
	struct sender *sender;
	struct contact *contact = find_contact(senders, reference, &sender);
	if (!contact || contact->rated)
		return false;
	contact->rated = true;
	contact->is_spam = is_spam;
	struct sequential_state *rated = &sender->rated;
	if (sequential_add(&senders->tests.refused, rated, is_spam) != SEQUENTIAL_GUILTY)
		return is_spam && judge(senders, sender, ret_suspect);
	str_addf(&ret_suspect->words,
	    "of its last %u mails to others our filter refuses %u as spam",
	    (unsigned)rated->all, (unsigned)rated->bad);
	accuse(senders, sender, ret_suspect);
	return true;
}

void
suspect_done(struct suspect *suspect)
{
	free(suspect->label);
	str_done(&suspect->words);
	*suspect = (struct suspect){0};
}

/* ---- from life to life ---- */

static void
put_sender(const struct sender *sender, struct str *out)
{
	uint32_t count = kept(sender);
	subject_encode(&sender->subject, out);
	wire_put_text(out, sender->label);
	wire_put_i64(out, sender->seen);
	wire_put_u32(out, sender->rated.bad);
	wire_put_u32(out, sender->rated.all);
	wire_put_u32(out, count);
	for (uint32_t i = sender->count - count; i < sender->count; i++) {
		const struct contact *contact = &sender->contacts[i % MOST_CONTACTS];
		wire_put_u64(out, contact->to);
		wire_put_u64(out, contact->reference);
		wire_put_u64(out, contact->domain);
		wire_put_i64(out, contact->first);
		wire_put_i64(out, contact->last);
		wire_put_u32(out, contact->recipients);
		wire_put_u32(out, contact->unknown);
		wire_put_u8(out, contact->told);
		wire_put_u8(out, contact->complained);
		wire_put_u8(out, contact->rated);
		wire_put_u8(out, contact->is_spam);
	}
}

void
senders_encode(const struct senders *senders, struct str *out)
{
	size_t position = 0;
	wire_put_u32(out, (uint32_t)map_count(senders->by_subject));
	for (struct sender *sender; (sender = map_next(senders->by_subject, &position));)
		put_sender(sender, out);
}

/* How bytes are read. */
struct reading {
	int64_t now;
	int64_t seen; /* the sender that is read */
	enum senders_layout layout;
};

/* What an older one does not tell: it is as if all were written to when the last was. */
static void
get_dates(struct contact *contact, struct wire_reader *reader, const struct reading *reading)
{
	bool is_dated = reading->layout > SENDERS_UNDATED;
	contact->domain = is_dated ? wire_get_u64(reader) : 0;
	contact->first = is_dated ? wire_get_i64(reader) : reading->seen;
	contact->last = is_dated ? wire_get_i64(reader) : reading->seen;
	if (contact->last > reading->now)
		contact->last = reading->now;
	if (contact->first > contact->last)
		contact->first = contact->last;
}

/* Of whom an older one does not tell who said it, anybody may have. */
static void
get_unknown(struct contact *contact, struct wire_reader *reader, const struct reading *reading)
{
	contact->recipients = wire_get_u32(reader);
	contact->unknown = wire_get_u32(reader);
	if (!contact->recipients || contact->unknown > contact->recipients)
		reader->failed = true;
	if (reading->layout > SENDERS_UNTOLD_BY)
		contact->told = wire_get_u8(reader) != 0;
	else if (contact->unknown && contact->recipients > 1) {
		contact->told = true;
		contact->unknown = 0;
	}
}

static void
get_contact(struct senders *senders, struct sender *sender, struct wire_reader *reader,
    const struct reading *reading)
{
	struct contact contact = {.to = wire_get_u64(reader)};
	contact.reference = wire_get_u64(reader);
	get_dates(&contact, reader, reading);
	get_unknown(&contact, reader, reading);
	contact.complained = wire_get_u8(reader) != 0;
	contact.rated = wire_get_u8(reader) != 0;
	contact.is_spam = reading->layout > SENDERS_UNDATED && wire_get_u8(reader) != 0;
	if (contact.reference && map_find_u64(senders->by_reference, contact.reference))
		reader->failed = true;
	if (reader->failed)
		return;
	sender->contacts[sender->count++] = contact;
	if (contact.reference)
		map_put_u64(senders->by_reference, contact.reference, sender);
}

static void
get_sender(struct senders *senders, struct arena *arena, struct wire_reader *reader,
    struct reading reading)
{
	struct subject subject = subject_decode(reader);
	struct subject_key key = subject_key(&subject);
	const char *label = wire_get_text(reader, arena, LONGEST_LABEL);
	int64_t seen = wire_get_i64(reader);
	uint32_t bad = wire_get_u32(reader), all = wire_get_u32(reader);
	uint32_t count = wire_get_below(reader, MOST_CONTACTS + 1);
	reader->failed |= bad > all;
	if (reader->failed || map_find(senders->by_subject, &key, sizeof(key))) {
		reader->failed = true;
		return;
	}
	struct sender *sender = memory_new(1, sizeof(*sender));
	sender->subject = subject;
	sender->label = memory_copy_text(label);
	sender->seen = reading.seen = seen < reading.now ? seen : reading.now;
	sender->rated = sequential_state_of(&senders->tests.refused, bad, all);
	map_put(senders->by_subject, &key, sizeof(key), sender);
	for (uint32_t i = 0; i < count && !reader->failed; i++)
		get_contact(senders, sender, reader, &reading);
}

void
senders_decode(struct senders *senders, struct wire_reader *reader, enum senders_layout layout,
    int64_t now)
{
	const struct reading reading = {.now = now, .layout = layout};
	auto_arena struct arena *arena = arena_new();
	uint32_t count = wire_get_below(reader, MOST_SENDERS + 1);
	for (uint32_t i = 0; i < count && !reader->failed; i++)
		get_sender(senders, arena, reader, reading);
	if (reader->failed)
		forget_all(senders);
}
