/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/mail_replies.h"

#include <string.h>

#include "model/standing.h"
#include "roles/safe.h"

static const struct {
	enum filter_kind filter;
	const char *words;
	const char *remedy;
} replies[] = {
#define REPLY(symbol, filter, words, why, remedy) {FILTER_##filter, words, remedy},
#include "roles/replies.def"
#undef REPLY
};

/* In a table's line and in a footer a dollar begins a name, and a backslash a new line. */
static void
add_plain(const char *text, struct str *out)
{
	for (; *text; text++)
		if (*text == '$')
			str_add(out, "$$$$");
		else
			str_add_char(
			    out, *text >= ' ' && *text <= '~' && *text != '\\' ? *text : '/');
}

/* Letters and digits, as the language has it. */
static bool
safe_clause(const char *id)
{
	size_t length =
	    strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
	return length && !id[length];
}

/* What the clause says that asks the filter. */
static void
add_clause(const struct filter_rule *rule, struct str *out)
{
	static const struct standing_word words[] = {{"client", "$$client_address"}};
	auto_str plain = {0};
	add_plain(rule->text, &plain);
	str_cut(&plain, LONGEST_ANSWER);
	standing_fill(str_text(&plain), words, array_length(words), true, out);
	str_addf(out, " (%s)", rule->clause);
}

/* Indexed by the whole reply; `$$` is Postfix's own name for the time and the other end. */
void
mail_replies_render(const struct site *site, struct output *output, struct str *out)
{
	struct str *table =
	    output_file(output, DAEMON_POSTFIX, "/etc/postfix/hayward/replies.regexp");
	for (size_t i = 0; i < array_length(replies); i++) {
		const struct site_filter *filter = site_filter_find(site, replies[i].filter);
		str_addf(table, "/%s/ ", replies[i].words);
		if (filter && *filter->rule.text && safe_clause(filter->rule.clause))
			add_clause(&filter->rule, table);
		else
			str_add(
			    table, *replies[i].remedy ? replies[i].remedy : "Ask postmaster.");
		str_addf(table,
		    "\\nReference $$localtime, $$client_address, port $$client_port, for "
		    "postmaster@%s\n",
		    site->name);
	}
	str_add(out, "smtpd_reject_footer_maps = regexp:/etc/postfix/hayward/replies.regexp\n");
}
