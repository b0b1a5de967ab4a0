/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <sys/prctl.h>

#include "net.h"
#include "strescape.h"

struct gate session_gate = {.fd = -1};

bool
session_is_exempt(struct mail_user *user)
{
	const char *list = mail_user_plugin_getenv(user, "hayward_exempt");
	const struct ip_addr *client = user->conn.remote_ip;
	if (client == NULL || client->family == 0)
		return TRUE;
	const char *const *networks = t_strsplit_spaces(list == NULL ? "" : list, " ");
	for (; *networks != NULL; networks++) {
		struct ip_addr network;
		unsigned int bits;
		if (net_parse_range(*networks, &network, &bits) == 0 &&
		    net_is_in_network(client, &network, bits))
			return TRUE;
	}
	return FALSE;
}

bool
session_is_required(struct mail_user *user)
{
	return mail_user_plugin_getenv_bool(user, "hayward_required");
}

bool
session_hello(struct mail_user *user, const char *service)
{
	const char *const words[] = {"hello", "1", service, str_tabescape(user->username),
	    net_ip2addr(user->conn.remote_ip), NULL};
	/* SECURITY: a customer's programs have this uid, and could speak through a process that
	 * they trace.
	 */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	gate_close(&session_gate);
	return gate_open(&session_gate) && gate_say(&session_gate, words);
}

enum { PATIENCE = 2000, MORE_PATIENCE = 15000 /* ms */ };

enum session_answer
session_wait(const char **ret_code, const char **ret_text)
{
	static const char *const alive[] = {"alive", NULL};
	const char *line;
	int patience = PATIENCE;
	while ((line = gate_hear(&session_gate, patience)) != NULL) {
		const char *const *words = t_strsplit(line, "\t");
		if (strcmp(line, "ok") == 0)
			return SESSION_OK;
		if (strcmp(line, "wait") == 0)
			patience = MORE_PATIENCE;
		if (strcmp(line, "probe") == 0)
			(void)gate_say(&session_gate, alive);
		if (str_array_length(words) == 3 && strcmp(words[0], "no") == 0) {
			*ret_code = words[1];
			*ret_text = words[2];
			return SESSION_NO;
		}
	}
	/* An answer that comes too late would be taken for another's. */
	session_gate.ended = TRUE;
	return SESSION_AWAY;
}
