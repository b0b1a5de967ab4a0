/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came by a catch-all and is still stored: mails whose X-Original-To is an address of the
 * domain that is no mailbox of its own. Our mail server writes that header above all others,
 * so the first one is what counts; those below it are strangers' words.
 */
#include <errno.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/map.h"
#include "stored/doveadm.h"
#include "stored/looking.h"

enum { ASKED_WITHIN = 30000, SELDOM = 1000 /* of the time that it took */ };

/* The address before a line end, in lower case and without what stands behind a '+'. */
static bool
first_address(const char *value, struct str *out)
{
	value += strspn(value, " \t<");
	size_t length = strcspn(value, " \t\r\n>");
	const char *at = memchr(value, '@', length);
	size_t local = at ? (size_t)(at - value) : 0;
	const char *plus = at ? memchr(value, '+', local) : NULL;
	if (!local || length > 320)
		return false;
	for (const char *letter = value; letter < value + length; letter++) {
		if (plus && letter >= plus && letter < at)
			continue;
		bool is_large = *letter >= 'A' && *letter <= 'Z';
		str_add_char(out, is_large ? (char)(*letter + ('a' - 'A')) : *letter);
	}
	return true;
}

static bool
came_by(const struct looking *looking, const struct catch_all *catch_all, const json_t *row)
{
	auto_str address = {0};
	if (!first_address(row_text(row, "hdr.x-original-to"), &address))
		return false;
	const char *domain = strchr(str_text(&address), '@');
	return domain && strcmp(domain + 1, catch_all->domain) == 0 &&
	       !looking_box(looking, str_text(&address));
}

static int
sum_up(const struct looking *looking, const struct catch_all *catch_all, int64_t *ret_bytes)
{
	auto_str errors = {0}, domain = {0};
	json_t *rows = NULL, *row;
	size_t i;
	str_addf(&domain, "@%s", catch_all->domain);
	const char *const words[] = {"fetch", "-u", catch_all->user,
	    "size.virtual hdr.x-original-to", "header", "X-Original-To", str_text(&domain),
	    NULL};
	int status = doveadm_rows(words, NULL, ASKED_WITHIN, &rows, &errors);
	if (status)
		return status;
	*ret_bytes = 0;
	json_array_foreach(rows, i, row)
	{
		if (came_by(looking, catch_all, row))
			*ret_bytes += row_number(row, "size.virtual");
	}
	json_decref(rows);
	return 0;
}

/* What the sum depends on: that nothing came into the mailbox or went, and that no made-up
 * address has become somebody's. */
static void
add_state(const struct looking *looking, const struct catch_all *catch_all,
    const struct looked_at *owner, struct str *out)
{
	static const uint8_t key[16] = "hayward catchall";
	auto_str text = {0}, domain = {0};
	str_addf(&domain, "@%s", catch_all->domain);
	str_addf(&text, "%s %lld %lld", catch_all->user, (long long)owner->bytes,
	    (long long)owner->next);
	for (size_t i = 0; i < looking->box_count; i++)
		if (text_ends_with(looking->boxes[i]->name, str_text(&domain)))
			str_addf(&text, " %s", looking->boxes[i]->name);
	str_addf(out, "%016llx", (unsigned long long)siphash(key, text.data, text.length));
}

/* A failure takes its time, too. */
static void
sum_up_anew(struct looking *looking, const struct catch_all *catch_all, struct looked_at *owner,
    const char *state)
{
	int64_t began = clock_boot(), bytes = 0;
	int status = sum_up(looking, catch_all, &bytes);
	int64_t pause = (clock_boot() - began) * SELDOM / 1000;
	if (status == -ETIMEDOUT)
		looking_failed(looking, owner);
	json_object_set_new(json_object_get(looking->seen, "catch-all"), catch_all->domain,
	    json_pack("{sI ss sI}", "bytes", (json_int_t)bytes, "state", status ? "" : state,
		"next", (json_int_t)(looking->now + pause)));
}

/*
 * Summed up anew where the mailbox has changed, but never for more than a thousandth of time.
 * Until then nothing is told: a sum of before beside the size of now is no share of it, and who
 * has just tidied up would be closed for what he does not hold any more.
 */
void
catch_all_look(struct looking *looking, const struct catch_all *catch_all)
{
	struct looked_at *owner = looking_box(looking, catch_all->user);
	auto_str state = {0};
	if (!owner || owner->is_cut)
		return;
	if (!json_is_object(json_object_get(looking->seen, "catch-all")))
		json_object_set_new(looking->seen, "catch-all", json_object());
	const json_t *all = json_object_get(looking->seen, "catch-all");
	const json_t *kept = json_object_get(all, catch_all->domain);
	add_state(looking, catch_all, owner, &state);
	if (strcmp(row_text(kept, "state"), str_text(&state)) != 0 &&
	    looking->now >= row_number(kept, "next") && clock_boot() <= looking->end)
		sum_up_anew(looking, catch_all, owner, str_text(&state));
	kept = json_object_get(all, catch_all->domain);
	if (strcmp(row_text(kept, "state"), str_text(&state)) != 0)
		return;
	json_t *told = json_pack("{ss sI}", "catch-all", catch_all->domain, "bytes",
	    (json_int_t)row_number(kept, "bytes"));
	looking_say(looking, told);
	json_decref(told);
}
