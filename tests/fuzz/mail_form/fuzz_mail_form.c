/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a visitor's request: the first line is its Content-Type, the rest its body.
 * Whatever is read is bounded; and the mail that comes of it has the headers that it is to
 * have, and is text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "main/form/address.h"
#include "main/form/fields.h"
#include "main/form/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const char head[] = "From: w@a.example\nTo: o@a.example\nSubject: x\n";
static const char tail[] = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
			   "Content-Transfer-Encoding: quoted-printable\n\n";

static void
demand(bool condition)
{
	if (!condition)
		abort();
}

static void
check_mail(const struct str *mail, const char *reply_to)
{
	size_t length;
	auto_str wanted = {0};
	str_add(&wanted, head);
	if (*reply_to)
		str_addf(&wanted, "Reply-To: %s\n", reply_to);
	str_add(&wanted, tail);
	demand(text_starts_with(str_text(mail), str_text(&wanted)));
	const char *at = str_text(mail) + wanted.length;
	for (const char *line; (line = text_next_line(&at, &length));) {
		demand(length <= 76);
		for (size_t i = 0; i < length; i++)
			demand(line[i] >= ' ' && line[i] <= '~');
	}
	demand(at == mail->data + mail->length);
}

static void
send(const struct form_fields *fields)
{
	static const struct form_recipient recipient = {"o", {"o@a.example"}, 1};
	static const struct form_settings settings = {
	    .from = "w@a.example", .subject = "x", .honeypot = "url"};
	const char *reply_to = form_field(fields, FORM_REPLY_TO);
	auto_str mail = {0};
	if (*reply_to && form_address_wrong(reply_to))
		return;
	demand(strlen(reply_to) == strcspn(reply_to, "\r\n ,;<>\"()[]%"));
	form_mail_write(&(struct form_mail){&settings, &recipient, fields, reply_to,
			    "192.0.2.1", "contact.cgi"},
	    &mail);
	check_mail(&mail, reply_to);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct form_fields fields;
	const char *why = NULL;
	auto_str body = {0};
	const uint8_t *end = length ? memchr(bytes, '\n', length) : NULL;
	size_t type = end ? (size_t)(end - bytes) : length;
	if (end)
		str_add_bytes(&body, end + 1, length - type - 1);
	int status = form_fields_read(
	    arena_copy(arena, (const char *)bytes, type), &body, arena, &fields, &why);
	demand(!status || why);
	demand(fields.count <= FORM_MOST_VALUES);
	size_t total = 0;
	for (size_t i = 0; i < fields.count; i++)
		total += strlen(fields.values[i].name) + strlen(fields.values[i].text);
	demand(total <= FORM_LARGEST_TEXT);
	if (!status)
		send(&fields);
	return 0;
}
