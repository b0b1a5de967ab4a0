/* SPDX-License-Identifier: Apache-2.0 */
#include "model/stored.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "model/quantity.h"

enum {
	LEAST_MAIL = 4 + 4 + 4 + 4 + 8 + 8 + 4 + 8 + 4 + 4,
	LEAST_ACCOUNT = 4 + 4 + 1 + 8 + 4 + 4,
	BOX = 32,
	SIGN = 16,
	DATE = 10,
	SHOWN_FOLDER = 60,
	SHOWN_SUBJECT = 120,
};

static const char digits[] = "0123456789abcdef";

void
stored_wanted_encode(const struct stored_wanted *wanted, struct str *out)
{
	wire_put_u8(out, wanted->wanted);
	wire_put_i64(out, wanted->size);
	wire_put_i64(out, wanted->age);
}

int
stored_wanted_decode(const void *bytes, size_t length, struct stored_wanted *ret_wanted)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct stored_wanted wanted = {.wanted = wire_get_u8(&reader) != 0};
	wanted.size = wire_get_i64(&reader);
	wanted.age = wire_get_i64(&reader);
	int status = wire_end(&reader);
	if (!status && (wanted.size < 0 || wanted.age < 0))
		status = -EBADMSG;
	if (!status)
		*ret_wanted = wanted;
	return status;
}

/* ---- what is stored ---- */

static void
put_mail(const struct stored_mail *mail, struct str *out)
{
	wire_put_text(out, mail->place.user);
	wire_put_text(out, mail->place.box);
	wire_put_u32(out, mail->place.uid);
	wire_put_text(out, mail->place.sign);
	wire_put_i64(out, mail->size);
	wire_put_i64(out, mail->saved);
	wire_put_u32(out, mail->folder);
	wire_put_i64(out, mail->attachments);
	wire_put_text(out, mail->in);
	wire_put_text(out, mail->subject);
}

void
stored_encode(const struct stored *stored, struct str *out)
{
	wire_put_u8(out, stored->works);
	wire_put_text(out, stored->why);
	wire_put_i64(out, stored->wall);
	wire_put_i64(out, stored->boot);
	wire_put_u32(out, stored->count);
	for (uint32_t i = 0; i < stored->count; i++) {
		const struct stored_account *account = &stored->accounts[i];
		wire_put_u32(out, account->account);
		wire_put_u32(out, account->generation);
		wire_put_u8(out, account->whole);
		wire_put_i64(out, account->bytes);
		wire_put_u32(out, account->mail_count);
		for (uint32_t m = 0; m < account->mail_count; m++)
			put_mail(&account->mails[m], out);
		wire_put_u32(out, account->catch_all_count);
		for (uint32_t c = 0; c < account->catch_all_count; c++) {
			wire_put_text(out, account->catch_alls[c].domain);
			wire_put_i64(out, account->catch_alls[c].bytes);
		}
	}
}

static bool
is_place(const struct stored_place *place)
{
	return *place->user && !strpbrk(place->user, "/ \t\r\n[]") && *place->user != '-' &&
	       *place->user != '.' && strlen(place->box) == BOX &&
	       strspn(place->box, digits) == BOX && place->uid && strlen(place->sign) == SIGN &&
	       strspn(place->sign, digits) == SIGN;
}

/* false: it is none. */
static bool
get_mail(struct wire_reader *reader, struct arena *arena, struct stored_mail *mail)
{
	wire_get_text_into(reader, mail->place.user, sizeof(mail->place.user));
	wire_get_text_into(reader, mail->place.box, sizeof(mail->place.box));
	mail->place.uid = wire_get_u32(reader);
	wire_get_text_into(reader, mail->place.sign, sizeof(mail->place.sign));
	mail->size = wire_get_i64(reader);
	mail->saved = wire_get_i64(reader);
	mail->folder = wire_get_u32(reader);
	mail->attachments = wire_get_i64(reader);
	mail->in = wire_get_text(reader, arena, LONGEST_STORED_TEXT);
	mail->subject = wire_get_text(reader, arena, LONGEST_STORED_TEXT);
	return is_place(&mail->place) && mail->size >= 0 && mail->attachments >= -1;
}

/* false: something in it makes no sense. */
static bool
get_account(struct wire_reader *reader, struct arena *arena, struct stored_account *account)
{
	bool sound = true;
	account->account = wire_get_u32(reader);
	account->generation = wire_get_u32(reader);
	account->whole = wire_get_u8(reader) != 0;
	account->bytes = wire_get_i64(reader);
	account->mail_count = wire_get_count(reader, LEAST_MAIL);
	account->mails =
	    arena_alloc(arena, (account->mail_count + 1) * sizeof(*account->mails));
	for (uint32_t i = 0; i < account->mail_count; i++)
		sound &= get_mail(reader, arena, &account->mails[i]);
	account->catch_all_count = wire_get_count(reader, 4 + 8);
	account->catch_alls =
	    arena_alloc(arena, (account->catch_all_count + 1) * sizeof(*account->catch_alls));
	for (uint32_t i = 0; i < account->catch_all_count; i++) {
		account->catch_alls[i].domain =
		    wire_get_text(reader, arena, LONGEST_STORED_TEXT);
		account->catch_alls[i].bytes = wire_get_i64(reader);
		sound &= account->catch_alls[i].bytes >= 0;
	}
	return sound && account->bytes >= 0;
}

int
stored_decode(const void *bytes, size_t length, struct arena *arena, struct stored *ret_stored)
{
	bool sound = true;
	struct wire_reader reader = wire_read(bytes, length);
	struct stored stored = {.works = wire_get_u8(&reader) != 0};
	stored.why = wire_get_text(&reader, arena, LONGEST_STORED_TEXT);
	stored.wall = wire_get_i64(&reader);
	stored.boot = wire_get_i64(&reader);
	stored.count = wire_get_count(&reader, LEAST_ACCOUNT);
	stored.accounts = arena_alloc(arena, (stored.count + 1) * sizeof(*stored.accounts));
	for (uint32_t i = 0; i < stored.count; i++)
		sound &= get_account(&reader, arena, &stored.accounts[i]);
	int status = wire_end(&reader);
	if (!status && (!sound || stored.wall < 0 || stored.boot < 0))
		status = -EBADMSG;
	if (!status)
		*ret_stored = stored;
	return status;
}

/* ---- who it is about ---- */

struct subject
stored_subject(uint32_t account, uint32_t generation, const struct stored_place *place)
{
	static const uint8_t key[16] = "hayward message ";
	auto_str text = {0};
	str_addf(&text, "%s %s %u %s", place->user, place->box, place->uid, place->sign);
	return (struct subject){
	    KIND_MESSAGE, account, generation, siphash(key, text.data, text.length) | 1};
}

/* ---- labels ---- */

static void
add_cut(struct str *out, const char *text, size_t most)
{
	auto_str cut = {0};
	str_add(&cut, text);
	str_cut(&cut, most);
	while (cut.length && ((unsigned char)cut.data[cut.length - 1] & 0xc0) == 0x80 &&
	       strlen(text) > most)
		str_cut(&cut, cut.length - 1);
	str_add(out, str_text(&cut));
}

void
stored_label(const struct stored_mail *mail, struct str *out)
{
	auto_str date = {0};
	const struct stored_place *place = &mail->place;
	clock_add_utc(&date, mail->saved);
	str_cut(&date, DATE);
	str_addf(out, "%s in ", place->user);
	add_cut(out, mail->in, SHOWN_FOLDER);
	str_add(out, ": ");
	add_cut(out, *mail->subject ? mail->subject : "(no subject)", SHOWN_SUBJECT);
	str_add(out, " (");
	quantity_add(out, UNIT_SIZE, mail->size);
	str_addf(out, ", %s) [%s.%u.%s]", str_text(&date), place->box, place->uid, place->sign);
}

/* Where "[" of the place stands; NULL: there is none. */
static const char *
bracket_of(const char *label)
{
	size_t length = strlen(label);
	const char *at = strrchr(label, '[');
	return length && label[length - 1] == ']' ? at : NULL;
}

int
stored_place_read(const char *label, struct stored_place *ret_place)
{
	struct stored_place place = {0};
	size_t user = strcspn(label, " ");
	const char *at = bracket_of(label);
	int end = 0;
	if (!at || user >= sizeof(place.user) ||
	    sscanf(at, "[%32[0-9a-f].%10u.%16[0-9a-f]]%n", place.box, &place.uid, place.sign,
		&end) != 3 ||
	    !end || at[end])
		return -EINVAL;
	memcpy(place.user, label, user);
	if (!is_place(&place))
		return -EINVAL;
	*ret_place = place;
	return 0;
}

size_t
stored_label_words(const char *label)
{
	struct stored_place place;
	if (stored_place_read(label, &place))
		return strlen(label);
	size_t length = (size_t)(bracket_of(label) - label);
	return length && label[length - 1] == ' ' ? length - 1 : length;
}
