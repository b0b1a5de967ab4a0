/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came by a catch-all and is still stored: mails whose X-Original-To is an address of the
 * domain that is no mailbox of its own. Our mail server writes that header above all others,
 * so the first one is what counts; those below it are strangers' words.
 */
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

/* Summed up anew where the mailbox has changed, but never for more than a thousandth of time.
 */
void
catch_all_look(struct looking *looking, const struct catch_all *catch_all)
{
	const struct looked_at *owner = looking_box(looking, catch_all->user);
	json_t *all = json_object_get(looking->seen, "catch-all");
	if (!owner || owner->is_cut)
		return;
	if (!json_is_object(all)) {
		all = json_object();
		json_object_set_new(looking->seen, "catch-all", all);
	}
	json_t *kept = json_object_get(all, catch_all->domain);
	int64_t began = clock_boot(), bytes = row_number(kept, "bytes");
	bool is_same = kept && row_number(kept, "of") == owner->bytes &&
		       strcmp(row_text(kept, "user"), catch_all->user) == 0;
	if (!is_same && looking->now >= row_number(kept, "next")) {
		if (began > looking->end || sum_up(looking, catch_all, &bytes))
			return;
		int64_t pause = (clock_boot() - began) * SELDOM / 1000;
		json_object_set_new(all, catch_all->domain,
		    json_pack("{sI sI sI ss}", "bytes", (json_int_t)bytes, "of",
			(json_int_t)owner->bytes, "next", (json_int_t)(looking->now + pause),
			"user", catch_all->user));
	}
	json_t *told =
	    json_pack("{ss sI}", "catch-all", catch_all->domain, "bytes", (json_int_t)bytes);
	looking_say(looking, told);
	json_decref(told);
}
