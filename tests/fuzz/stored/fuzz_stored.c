/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as what the mail role says of stored mail, as a message of the steward's, as a
 * label and as a mail: whatever is let in is of mailboxes that were asked about, comes back as
 * it went, and is bounded.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/account.h"
#include "model/stored.h"
#include "procs/steward.h"
#include "stored/attachments.h"
#include "stored/folders.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void
demand(bool condition)
{
	if (!condition)
		abort();
}

static struct accounts *
make_accounts(void)
{
	static struct uid_range uids[] = {{20000, 1}};
	static const char *domains[] = {"alice.example"};
	const struct account alice = {.id = 20000,
	    .generation = 1,
	    .name = "alice",
	    .plan = "",
	    .contact = "",
	    .home = "/home/alice",
	    .uid_count = 1,
	    .own_uids = 1,
	    .uids = uids,
	    .domain_count = 1,
	    .domains = domains};
	struct accounts *accounts;
	auto_str bytes = {0};
	accounts_encode(&alice, 1, 1000, &bytes);
	demand(!accounts_decode(bytes.data, bytes.length, &accounts));
	return accounts;
}

static void
check(const struct stored *stored, struct arena *arena)
{
	auto_str once = {0}, twice = {0};
	struct stored found;
	for (uint32_t i = 0; i < stored->count; i++)
		for (uint32_t m = 0; m < stored->accounts[i].mail_count; m++) {
			auto_str label = {0};
			struct stored_place place;
			stored_label(&stored->accounts[i].mails[m], &label);
			demand(!stored_place_read(str_text(&label), &place));
			demand(place.uid == stored->accounts[i].mails[m].place.uid);
		}
	stored_encode(stored, &once);
	demand(!stored_decode(once.data, once.length, arena, &found));
	stored_encode(&found, &twice);
	demand(once.length == twice.length && !memcmp(once.data, twice.data, once.length));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static struct accounts *accounts;
	auto_arena struct arena *arena = arena_new();
	auto_str text = {0};
	struct stored stored;
	struct stored_place place;
	if (!accounts)
		accounts = make_accounts();
	str_add_bytes(&text, bytes, length);
	(void)steward_stored_read(accounts, str_text(&text), arena, &stored);
	check(&stored, arena);
	if (!stored_decode(bytes, length, arena, &stored))
		stored_encode(&stored, &text);
	demand(stored_label_words(str_text(&text)) <= text.length);
	if (!stored_place_read(str_text(&text), &place))
		demand(place.uid && strlen(place.sign) == 16 && *place.user);
	demand(folder_of(str_text(&text)) < FOLDER_COUNT);
	(void)attachments_count((const char *)bytes, length);
	return 0;
}
