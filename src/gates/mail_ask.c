/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/mail_ask.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An end that is not told, or too long to be one, is nobody's: no connection has it. */
static void
set_end(struct mail_end *end, const char *address, uint16_t port)
{
	if (address && strlen(address) <= LONGEST_ADDRESS)
		snprintf(end->address, sizeof(end->address), "%s", address);
	end->port = port;
}

static uint16_t
port_of(const char *text)
{
	unsigned long port = text ? strtoul(text, NULL, 10) : 0;
	return port <= UINT16_MAX ? (uint16_t)port : 0;
}

bool
mail_ask_connection(const struct milter *milter, struct mail_question *ret_question)
{
	const struct milter_client *client = milter_client(milter);
	const char *here = milter_macro(milter, "daemon_addr");
	*ret_question = (struct mail_question){.kind = MAIL_BY_CONNECTION};
	if (!client || (client->family != MILTER_IPV4 && client->family != MILTER_IPV6))
		return false;
	set_end(&ret_question->client, client->address, client->port);
	set_end(&ret_question->here, here, port_of(milter_macro(milter, "daemon_port")));
	return true;
}

bool
mail_ask_queue_file(const struct milter *milter, struct mail_question *ret_question)
{
	const char *queue_id = milter_macro(milter, "i");
	size_t length = queue_id ? strlen(queue_id) : 0;
	*ret_question = (struct mail_question){.kind = MAIL_BY_QUEUE_FILE};
	if (!length || length > LONGEST_QUEUE_ID)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)queue_id[i]))
			return false;
	memcpy(ret_question->queue_id, queue_id, length + 1);
	return true;
}
