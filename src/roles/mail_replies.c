/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/mail_replies.h"

static const struct {
	const char *words;
	const char *remedy;
} replies[] = {
#define REPLY(symbol, words, why, remedy) {words, remedy},
#include "roles/replies.def"
#undef REPLY
};

/* Indexed by the whole reply; `$$` is Postfix's own name for the time and the other end. */
void
mail_replies_render(const struct site *site, struct output *output, struct str *out)
{
	struct str *table =
	    output_file(output, DAEMON_POSTFIX, "/etc/postfix/hayward/replies.regexp");
	for (size_t i = 0; i < array_length(replies); i++)
		str_addf(table,
		    "/%s/ %s\\nReference $$localtime, $$client_address, port $$client_port, "
		    "for postmaster@%s\n",
		    replies[i].words, replies[i].remedy, site->name);
	str_add(out, "smtpd_reject_footer_maps = regexp:/etc/postfix/hayward/replies.regexp\n");
}
