/* SPDX-License-Identifier: Apache-2.0 */
/* hayward accounts: who we host, and what each uses. */
#include "main/hayward/command.h"
#include "main/hayward/views.h"

#include "base/attributes.h"
#include "main/hayward/table.h"
#include "model/quantity.h"

/* What an account did today; empty cells if it did nothing. */
static void
add_use(struct table *table, const json_t *account)
{
	enum { CELLS = 5 };
	if (!fact_flag(account, "active_today")) {
		for (int i = 0; i < CELLS; i++)
			table_add(table, "");
		return;
	}
	auto_str memory = {0};
	quantity_add(&memory, UNIT_SIZE, fact_integer(account, "memory_bytes"));
	table_addf(table, "%.2f", fact_number(account, "cpu_percent"));
	table_addf(table, "%.2f", fact_number(account, "memory_percent"));
	table_add(table, str_text(&memory));
	table_addf(table, "%lld", (long long)fact_integer(account, "processes"));
	table_addf(table, "%lld", (long long)fact_integer(account, "runs_today"));
}

static void
add_standing(struct table *table, const json_t *account)
{
	int64_t cases = fact_integer(account, "open_cases");
	if (cases)
		table_addf(table, "%lld", (long long)cases);
	else
		table_add(table, "");
	table_paint(table, PAINT_YELLOW);
	bool held = fact_integer(account, "holding") != 0;
	table_add(table, held				   ? "under a hold"
			 : fact_flag(account, "protected") ? "protected"
							   : "");
	table_paint(table, held ? PAINT_RED : PAINT_DIM);
}

static void
add_account(struct table *table, const json_t *account)
{
	account_cell(table, account);
	table_paint(table, fact_flag(account, "active_today") ? PAINT_PLAIN : PAINT_DIM);
	table_addf(table, "%lld", (long long)fact_integer(account, "uid"));
	table_add(table, fact_text(account, "plan"));
	add_use(table, account);
	add_standing(table, account);
}

void
accounts_view(const json_t *data, const struct look *look, struct str *out)
{
	static const struct column columns[] = {
	    {"ACCOUNT", ALIGN_LEFT, 0, true},
	    {"UID", ALIGN_RIGHT, 2, false},
	    {"PLAN", ALIGN_LEFT, 3, true},
	    {"CPU %", ALIGN_RIGHT, 0, false},
	    {"MEM %", ALIGN_RIGHT, 0, false},
	    {"MEMORY", ALIGN_RIGHT, 1, false},
	    {"PROCS", ALIGN_RIGHT, 4, false},
	    {"RUNS TODAY", ALIGN_RIGHT, 5, false},
	    {"CASES", ALIGN_RIGHT, 7, false},
	    {"", ALIGN_LEFT, 6, false},
	};
	const json_t *accounts = json_object_get(data, "accounts");
	if (json_array_size(accounts) == 0) {
		str_add(out, "no accounts: no uid in the configured range has a login name\n");
		return;
	}
	auto_table struct table *table = table_new(columns, array_length(columns));
	size_t index;
	const json_t *account;
	json_array_foreach(accounts, index, account) add_account(table, account);
	table_print(table, look, SIZE_MAX, out);
}

static void
active_view(const json_t *data, const struct look *look, struct str *out)
{
	json_t *active = json_array(), *kept = json_object();
	size_t index;
	json_t *account;
	json_array_foreach(json_object_get(data, "accounts"), index,
	    account) if (fact_flag(account, "active_today")) json_array_append(active, account);
	json_object_set_new(kept, "accounts", active);
	if (json_array_size(active) == 0)
		str_add(out, "no account did anything today\n");
	else
		accounts_view(kept, look, out);
	json_decref(kept);
}

int
command_accounts(int argc, char **argv)
{
	bool active = false;
	const struct flag flags[] = {{"--active", &active, NULL}};
	struct arguments arguments;
	int status = arguments_read(argc, argv, flags, array_length(flags), &arguments);
	if (status || !arguments_count(&arguments, 0, 0))
		return ANSWER_USAGE;
	return ask_and_show(
	    &arguments, question_new(ASK_ACCOUNTS), active ? active_view : accounts_view);
}
