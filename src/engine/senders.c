/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/senders.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "base/sequential.h"

enum { MOST_CONTACTS = 128, MOST_SENDERS = 4096, MOST_OF_ACCOUNT = 64, LONGEST_LABEL = 4096 };

static const int64_t remembered = INT64_C(7) * 24 * 3600 * 1000;

/*
 * Of a list that is kept well two of a hundred addresses are dead, of a club's that is written to
 * once a year a quarter; of what senders of spam buy, half. Mailbox providers want one complaint
 * in a thousand mails at most, and shut out whoever has three; here it takes more, for people who
 * do not like somebody can all complain of him.
 */
static const struct sequential_question unknown_recipients = {
    .innocent = 0.1, .guilty = 0.5, .false_alarm = 1e-6, .miss = 0.01};
static const struct sequential_question complaints = {
    .innocent = 0.01, .guilty = 0.1, .false_alarm = 1e-6, .miss = 0.01};

struct contact {
	uint64_t to;
	uint64_t reference; /* of the last mail to it, by its hash */
	uint32_t recipients;
	uint32_t unknown;
	bool complained;
};

struct sender {
	struct subject subject;
	char *label;
	int64_t seen;
	uint32_t count; /* contacts ever; the last of them are kept */
	struct contact contacts[MOST_CONTACTS];
};

struct senders {
	struct sequential_test unknown, complaints;
	struct map *by_subject;
	struct map *by_reference; /* hash -> sender, of each contact that is kept */
};

struct senders *
senders_new(void)
{
	struct senders *senders = memory_new(1, sizeof(*senders));
	senders->unknown = sequential_prepare(&unknown_recipients);
	senders->complaints = sequential_prepare(&complaints);
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

/* Of an account, or of all (0). */
static size_t
longest_silent(const struct senders *senders, uint32_t account, struct sender **ret_silent)
{
	size_t position = 0, count = 0;
	*ret_silent = NULL;
	for (struct sender *sender; (sender = map_next(senders->by_subject, &position));) {
		if (account && sender->subject.account != account)
			continue;
		count++;
		if (!*ret_silent || sender->seen < (*ret_silent)->seen)
			*ret_silent = sender;
	}
	return count;
}

/* Whoever has very many scripts makes room among his own. */
static void
make_room(struct senders *senders, uint32_t account)
{
	struct sender *silent;
	if (longest_silent(senders, account, &silent) >= MOST_OF_ACCOUNT ||
	    longest_silent(senders, 0, &silent) >= MOST_SENDERS)
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
contact_for(struct senders *senders, struct sender *sender, uint64_t to)
{
	for (uint32_t i = 0; i < kept(sender); i++)
		if (sender->contacts[i].to == to)
			return &sender->contacts[i];
	struct contact *contact = &sender->contacts[sender->count % MOST_CONTACTS];
	if (sender->count >= MOST_CONTACTS)
		map_remove_u64(senders->by_reference, contact->reference);
	sender->count++;
	*contact = (struct contact){.to = to};
	return contact;
}

void
senders_sent(struct senders *senders, const struct sent *sent, int64_t now)
{
	uint64_t reference = hash_of(sent->reference);
	if (!sent->recipients || map_find_u64(senders->by_reference, reference))
		return;
	struct sender *sender = sender_get(senders, sent);
	struct contact *contact = contact_for(senders, sender, sent->to);
	sender->seen = now;
	if (contact->reference)
		map_remove_u64(senders->by_reference, contact->reference);
	contact->reference = reference;
	contact->recipients = sent->recipients;
	map_put_u64(senders->by_reference, reference, sender);
}

/* ---- what is heard of it ---- */

struct sum {
	uint64_t recipients, unknown, complaints;
};

static struct sum
sum_of(const struct sender *sender)
{
	struct sum sum = {0};
	for (uint32_t i = 0; i < kept(sender); i++) {
		sum.recipients += sender->contacts[i].recipients;
		sum.unknown += sender->contacts[i].unknown;
		sum.complaints += sender->contacts[i].complained;
	}
	return sum;
}

static bool
is_guilty(const struct sequential_test *test, uint64_t bad, uint64_t all)
{
	return (double)bad * test->bad + (double)(all - bad) * test->good >= test->above;
}

static void
note(struct contact *contact, const struct heard *heard)
{
	uint32_t unknown =
	    heard->unknown < contact->recipients ? heard->unknown : contact->recipients;
	if (unknown > contact->unknown)
		contact->unknown = unknown;
	contact->complained |= heard->complaint;
}

static bool
judge(const struct senders *senders, const struct sender *sender, struct str *words)
{
	struct sum sum = sum_of(sender);
	bool unknown = is_guilty(&senders->unknown, sum.unknown, sum.recipients);
	bool complained = is_guilty(&senders->complaints, sum.complaints, sum.recipients);
	if (!unknown && !complained)
		return false;
	str_addf(words, "of its last %llu recipients", (unsigned long long)sum.recipients);
	if (unknown)
		str_addf(words, " %llu do not exist", (unsigned long long)sum.unknown);
	if (complained)
		str_addf(words, "%s %llu complained", unknown ? " and" : "",
		    (unsigned long long)sum.complaints);
	return true;
}

static struct contact *
find_contact(struct sender *sender, uint64_t reference)
{
	for (uint32_t i = 0; i < kept(sender); i++)
		if (sender->contacts[i].reference == reference)
			return &sender->contacts[i];
	return NULL;
}

bool
senders_heard(struct senders *senders, const char *reference, const struct heard *heard,
    struct subject *ret_sender, char **ret_label, struct str *ret_words)
{
	uint64_t hash = hash_of(reference);
	struct sender *sender = map_find_u64(senders->by_reference, hash);
	struct contact *contact = sender ? find_contact(sender, hash) : NULL;
	if (!contact)
		return false;
	note(contact, heard);
	if (!judge(senders, sender, ret_words))
		return false;
	*ret_sender = sender->subject;
	*ret_label = memory_copy_text(sender->label);
	forget_contacts(senders, sender);
	return true;
}

/* ---- from life to life ---- */

static void
put_sender(const struct sender *sender, struct str *out)
{
	uint32_t count = kept(sender);
	subject_encode(&sender->subject, out);
	wire_put_text(out, sender->label);
	wire_put_i64(out, sender->seen);
	wire_put_u32(out, count);
	for (uint32_t i = sender->count - count; i < sender->count; i++) {
		const struct contact *contact = &sender->contacts[i % MOST_CONTACTS];
		wire_put_u64(out, contact->to);
		wire_put_u64(out, contact->reference);
		wire_put_u32(out, contact->recipients);
		wire_put_u32(out, contact->unknown);
		wire_put_u8(out, contact->complained);
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

static void
get_contact(struct senders *senders, struct sender *sender, struct wire_reader *reader)
{
	struct contact contact = {.to = wire_get_u64(reader)};
	contact.reference = wire_get_u64(reader);
	contact.recipients = wire_get_u32(reader);
	contact.unknown = wire_get_u32(reader);
	contact.complained = wire_get_u8(reader) != 0;
	if (!contact.recipients || contact.unknown > contact.recipients ||
	    map_find_u64(senders->by_reference, contact.reference))
		reader->failed = true;
	if (reader->failed)
		return;
	sender->contacts[sender->count++] = contact;
	map_put_u64(senders->by_reference, contact.reference, sender);
}

static void
get_sender(
    struct senders *senders, struct arena *arena, struct wire_reader *reader, int64_t now)
{
	struct subject subject = subject_decode(reader);
	struct subject_key key = subject_key(&subject);
	const char *label = wire_get_text(reader, arena, LONGEST_LABEL);
	int64_t seen = wire_get_i64(reader);
	uint32_t count = wire_get_below(reader, MOST_CONTACTS + 1);
	if (reader->failed || map_find(senders->by_subject, &key, sizeof(key))) {
		reader->failed = true;
		return;
	}
	struct sender *sender = memory_new(1, sizeof(*sender));
	sender->subject = subject;
	sender->label = memory_copy_text(label);
	sender->seen = seen < now ? seen : now;
	map_put(senders->by_subject, &key, sizeof(key), sender);
	for (uint32_t i = 0; i < count && !reader->failed; i++)
		get_contact(senders, sender, reader);
}

void
senders_decode(struct senders *senders, struct wire_reader *reader, int64_t now)
{
	auto_arena struct arena *arena = arena_new();
	uint32_t count = wire_get_below(reader, MOST_SENDERS + 1);
	for (uint32_t i = 0; i < count && !reader->failed; i++)
		get_sender(senders, arena, reader, now);
	if (reader->failed)
		forget_all(senders);
}
