/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operators, panels and useradd write: the first byte chooses between
 * hayward.conf, accounts.conf, passwd and subuid. Whatever is accepted must
 * give a table that decodes: no uid, id or name twice.
 */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "config/accounts.h"
#include "config/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const char some_passwd[] = "alice:x:1001:1001::/home/alice:/bin/sh\n"
				  "bob:x:1002:1002::/home/bob:/bin/sh\n";
static const char some_subuid[] = "alice:100000:65536\nbob:165536:65536\n";

struct texts {
	struct source passwd;
	struct source subuid;
	struct source accounts;
};

static void
check_table(const struct account *records, size_t count)
{
	auto_str table = {0};
	struct accounts *accounts;
	accounts_encode(records, (uint32_t)count, 1000, &table);
	if (accounts_decode(table.data, table.length, &accounts))
		panic("accounts without an error do not fit together");
	accounts_free(accounts);
}

static void
build(const struct texts *texts, struct arena *arena, struct diag *diag)
{
	struct config config = config_default();
	struct users users = users_new();
	struct subordinates subordinates = {0};
	struct holders *holders;
	if (holders_decode(NULL, 0, &holders))
		panic("no holders do not decode");
	users_parse(&texts->passwd, arena, diag, &users);
	subordinates_parse(&texts->subuid, arena, diag, &subordinates);
	struct declarations declarations = declarations_parse(&texts->accounts, arena, diag);
	const struct account_sources sources = {
	    &users, &subordinates, &declarations, &config, holders};
	size_t count;
	const struct account *records = accounts_build(&sources, arena, diag, &count);
	if (!diag_errors(diag))
		check_table(records, count);
	users_done(&users);
	subordinates_done(&subordinates);
	holders_free(holders);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (!length)
		return 0;
	auto_arena struct arena *arena = arena_new();
	struct diag *diag = diag_new();
	auto_str said = {0};
	const char *text = arena_copy(arena, (const char *)bytes + 1, length - 1);
	struct source input = {"input", text, length - 1};
	struct texts texts = {{"passwd", some_passwd, sizeof(some_passwd) - 1},
	    {"subuid", some_subuid, sizeof(some_subuid) - 1}, {"accounts.conf", "", 0}};
	struct config config = config_default();
	switch (bytes[0] % 4) {
	case 0:
		config_parse(&input, arena, diag, &config);
		break;
	case 1:
		texts.accounts = input;
		build(&texts, arena, diag);
		break;
	case 2:
		texts.passwd = input;
		build(&texts, arena, diag);
		break;
	case 3:
		texts.subuid = input;
		build(&texts, arena, diag);
		break;
	}
	diag_print(diag, &said);
	diag_free(diag);
	return 0;
}
