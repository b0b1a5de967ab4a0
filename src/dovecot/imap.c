/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin of Dovecot's imap: asks hayward's gate whether a folder that is to be opened
 * (SELECT, EXAMINE; not STATUS, nor what others look into by the way) is somebody else's
 * already, and finds out for the gate whether the client of this session is still there.
 */
#include "session.h"

#include "imap-common.h"
#include "imap-commands.h"
#include "ioloop.h"
#include "mail-storage-private.h"
#include "ostream.h"
#include "program.h"
#include "reach.h"
#include "strescape.h"

enum {
	LOOK_EVERY = 500, /* ms, while a client is looked for */
	LOOKS = 20,	  /* that it has: ten seconds */
	COME_BACK = 2000, /* ms until the gate is looked for again */
};

const char *hayward_imap_plugin_version = DOVECOT_ABI_VERSION;
void hayward_imap_plugin_init(struct module *module);
void hayward_imap_plugin_deinit(void);

/* One process has one client: service_count and client_limit of imap are 1. */
static struct {
	imap_client_created_func_t *next_hook;
	void (*next_destroy)(struct client *client, const char *reason);
	struct client *client; /* NULL: none, or one that is exempt */
	bool selecting;	       /* a command that selects is being carried out */
	char *folder;	       /* the one that is had; NULL: none */
	struct io *io;
	struct timeout *come_back;
	struct timeout *look;
	int looks, there;
} here;

#define HAYWARD_CONTEXT(box) MODULE_CONTEXT(box, hayward_storage_module)
static MODULE_CONTEXT_DEFINE_INIT(hayward_storage_module, &mail_storage_module_register);

static void listen_to_gate(void);

static void
say(const char *word, const char *what)
{
	const char *const words[] = {word, what == NULL ? NULL : str_tabescape(what), NULL};
	(void)gate_say(&session_gate, words);
}

/* ---- whether the client is still there ---- */

static void
stop_looking(void)
{
	timeout_remove(&here.look);
}

/* Its answer, once and for all, or that it has to be looked for again. What goes through the
 * process that encrypts is on its way a moment later, so it is believed the second time that
 * all has arrived. */
static const char *
found_out(enum reach reach)
{
	bool is_last = ++here.looks >= LOOKS;
	switch (reach) {
	case REACH_THERE:
		return ++here.there < 2 ? NULL : "alive";
	case REACH_WAITING:
		return is_last ? "alive" : NULL;
	case REACH_IN_VAIN:
		return is_last ? "dead" : NULL;
	case REACH_GONE:
		return "dead";
	case REACH_UNKNOWN:
		break;
	}
	return "alive";
}

static void
look(void *context ATTR_UNUSED)
{
	const struct mail_user_connection_data *conn = &here.client->user->conn;
	const struct ip_addr *ip = conn->remote_ip;
	const char *found = found_out(reach_of(&ip->u, ip->family == AF_INET6 ? 16 : 4,
	    (uint16_t)conn->remote_port, (uint16_t)conn->local_port));
	if (found == NULL)
		return;
	stop_looking();
	say(found, NULL);
}

/* What is on its way already says it as well, and nothing may be put in the middle of it. */
static void
begin_to_look(void)
{
	struct client *client = here.client;
	if (here.look != NULL)
		return;
	if (client->user->conn.remote_port == 0)
		return say("alive", NULL);
	if (client->output_cmd_lock == NULL &&
	    o_stream_get_buffer_used_size(client->output) == 0)
		client_send_line(client, "* OK Still here");
	here.looks = here.there = 0;
	here.look = timeout_add_short(LOOK_EVERY, look, NULL);
}

/* ---- the line to the gate ---- */

static bool
say_hello(struct mail_user *user)
{
	if (!session_hello(user, "imap"))
		return FALSE;
	if (*program_name() != '\0')
		say("client", program_name());
	return TRUE;
}

static void
come_back(void *context ATTR_UNUSED)
{
	timeout_remove(&here.come_back);
	if (say_hello(here.client->user) && here.folder != NULL)
		say("hold", here.folder);
	listen_to_gate();
}

static void
stop_listening(void)
{
	io_remove(&here.io);
	timeout_remove(&here.come_back);
}

static void
heed(const char *line)
{
	if (strcmp(line, "probe") == 0)
		begin_to_look();
	if (strcmp(line, "end") == 0)
		client_disconnect(here.client, "hayward: its client is gone, and comes anew");
}

static void
heed_all(void)
{
	const char *line;
	while ((line = gate_hear(&session_gate, 0)) != NULL)
		heed(line);
}

static void
on_gate(void *context ATTR_UNUSED)
{
	heed_all();
	if (!gate_is_there(&session_gate))
		listen_to_gate();
}

/* While it is away it is looked for. */
static void
listen_to_gate(void)
{
	stop_listening();
	if (gate_is_there(&session_gate))
		here.io = io_add(session_gate.fd, IO_READ, on_gate, NULL);
	else
		here.come_back = timeout_add(COME_BACK, come_back, NULL);
}

/* ---- folders ---- */

static void
leave(void)
{
	if (here.folder == NULL)
		return;
	i_free_and_null(here.folder);
	say("leave", NULL);
}

static bool
may_open(struct mailbox *box)
{
	const char *name = mailbox_get_vname(box), *code, *text;
	enum session_answer answer;
	io_remove(&here.io);
	say("select", name);
	answer = gate_is_there(&session_gate) ? session_wait(&code, &text) : SESSION_AWAY;
	heed_all();
	listen_to_gate();
	if (answer == SESSION_AWAY && session_is_required(here.client->user)) {
		mail_storage_set_error(
		    box->storage, MAIL_ERROR_TEMP, "Not now, try again in a few minutes.");
		return FALSE;
	}
	if (answer == SESSION_NO) {
		mail_storage_set_error(box->storage, MAIL_ERROR_LIMIT, text);
		return FALSE;
	}
	here.folder = i_strdup(name);
	return TRUE;
}

static int
folder_open(struct mailbox *box)
{
	union mailbox_module_context *module = HAYWARD_CONTEXT(box);
	if (here.client != NULL && here.selecting) {
		leave();
		if (!may_open(box))
			return -1;
	}
	return module->super.open(box);
}

static void
folder_allocated(struct mailbox *box)
{
	struct mailbox_vfuncs *functions = box->vlast;
	union mailbox_module_context *module =
	    p_new(box->pool, union mailbox_module_context, 1);
	module->super = *functions;
	box->vlast = &module->super;
	functions->open = folder_open;
	MODULE_CONTEXT_SET_SELF(box, hayward_storage_module, module);
}

static void
before_command(struct client_command_context *command)
{
	here.selecting = here.client != NULL && (strcasecmp(command->name, "SELECT") == 0 ||
						    strcasecmp(command->name, "EXAMINE") == 0);
}

static void
after_command(struct client_command_context *command)
{
	here.selecting = FALSE;
	if (here.client != NULL && strcasecmp(command->name, "ID") == 0 &&
	    program_heard(command->args))
		say("client", program_name());
	if (here.client != NULL && command->client->mailbox == NULL)
		leave();
}

/* ---- the plugin ---- */

static void
client_destroyed(struct client *client, const char *reason)
{
	stop_looking();
	stop_listening();
	gate_close(&session_gate);
	i_free_and_null(here.folder);
	here.client = NULL;
	here.next_destroy(client, reason);
}

static void
client_created(struct client **client)
{
	struct mail_user *user = (*client)->user;
	if (!session_is_exempt(user)) {
		here.client = *client;
		here.next_destroy = (*client)->v.destroy;
		(*client)->v.destroy = client_destroyed;
		program_begin(user);
		(void)say_hello(user);
		listen_to_gate();
	}
	if (here.next_hook != NULL)
		here.next_hook(client);
}

static struct mail_storage_hooks hooks = {.mailbox_allocated = folder_allocated};

void
hayward_imap_plugin_init(struct module *module)
{
	here.next_hook = imap_client_created_hook_set(client_created);
	command_hook_register(before_command, after_command);
	mail_storage_hooks_add(module, &hooks);
}

void
hayward_imap_plugin_deinit(void)
{
	mail_storage_hooks_remove(&hooks);
	command_hook_unregister(before_command, after_command);
	imap_client_created_hook_set(here.next_hook);
	stop_looking();
	stop_listening();
	i_free_and_null(here.folder);
	gate_close(&session_gate);
}
