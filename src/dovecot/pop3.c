/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin of Dovecot's pop3: asks hayward's gate whether who has logged in may come in now. */
#include "session.h"

#include <sys/socket.h>

#include "ostream.h"
#include "pop3-common.h"

const char *hayward_pop3_plugin_version = DOVECOT_ABI_VERSION;
void hayward_pop3_plugin_init(struct module *module);
void hayward_pop3_plugin_deinit(void);

static pop3_client_created_func_t *next_hook;
static void (*next_destroy)(struct client *client, const char *reason);

/* Dovecot goes on with the login, which finds that its client has left: it is not yet so far
 * that it could end one. */
static void
turn_away(struct client *client, const char *code, const char *text)
{
	client_send_line(client, "-ERR [%s] %s", code, text);
	(void)o_stream_flush(client->output);
	(void)shutdown(client->fd_out, SHUT_RDWR);
	e_info(client->user->event, "hayward: not let in: %s", text);
}

static void
ask(struct client *client)
{
	const char *code, *text;
	enum session_answer answer =
	    session_hello(client->user, "pop3") ? session_wait(&code, &text) : SESSION_AWAY;
	if (answer == SESSION_NO)
		turn_away(client, code, text);
	else if (answer == SESSION_AWAY && session_is_required(client->user))
		turn_away(client, "SYS/TEMP", "Not now, try again in a few minutes.");
}

static void
client_destroyed(struct client *client, const char *reason)
{
	gate_close(&session_gate);
	next_destroy(client, reason);
}

static void
client_created(struct client **client)
{
	if (!session_is_exempt((*client)->user)) {
		next_destroy = (*client)->v.destroy;
		(*client)->v.destroy = client_destroyed;
		ask(*client);
	}
	if (next_hook != NULL)
		next_hook(client);
}

void
hayward_pop3_plugin_init(struct module *module)
{
	(void)module;
	next_hook = pop3_client_created_hook_set(client_created);
}

void
hayward_pop3_plugin_deinit(void)
{
	pop3_client_created_hook_set(next_hook);
	gate_close(&session_gate);
}
