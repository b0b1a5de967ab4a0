/* SPDX-License-Identifier: Apache-2.0 */
#include "main/form/mail.h"

#include <string.h>

#include "base/escape.h"

/* Of a line; what an encoded word takes of it, so that a line has room for its frame and the
 * name of a header. */
enum { LONGEST_LINE = 76, LONGEST_WORD = 50 };

/* ---- encodings ---- */

static bool
is_plain(unsigned char byte)
{
	return byte > 0x20 && byte < 0x7f && byte != '=';
}

/* A blank is plain unless the line ends behind it. */
static void
quote_line(const char *line, size_t length, struct str *out)
{
	size_t start = out->length;
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)line[i];
		bool plain = is_plain(byte) || (byte == ' ' && i + 1 < length);
		if (out->length - start + (plain ? 1 : 3) > LONGEST_LINE - 1) {
			str_add(out, "=\n");
			start = out->length;
		}
		if (plain)
			str_add_char(out, (char)byte);
		else
			str_addf(out, "=%02X", byte);
	}
	str_add_char(out, '\n');
}

void
form_quote(const struct str *text, struct str *out)
{
	size_t length;
	const char *at = str_text(text);
	for (const char *line; (line = text_next_line(&at, &length));)
		quote_line(line, length, out);
}

static void
add_encoded_byte(unsigned char byte, struct str *out)
{
	if (is_plain(byte) && !strchr("?_\"(),.:;<>@[\\]", byte))
		str_add_char(out, (char)byte);
	else
		str_addf(out, "=%02X", byte);
}

void
form_header_text(const char *text, struct str *out)
{
	bool plain = !strstr(text, "=?");
	for (const char *at = text; *at; at++)
		plain = plain && (is_plain((unsigned char)*at) || *at == ' ' || *at == '=');
	if (plain) {
		str_add(out, text);
		return;
	}
	size_t left = strlen(text);
	while (left) {
		size_t start = out->length;
		str_add(
		    out, start && out->data[start - 1] == '=' ? "\n =?utf-8?Q?" : "=?utf-8?Q?");
		/* A character is in one word with all its bytes. */
		while (left && out->length - start < LONGEST_WORD) {
			uint32_t point;
			size_t size = utf8_next(text, left, &point);
			for (size_t i = 0; i < (size ? size : 1); i++)
				add_encoded_byte((unsigned char)*text++, out);
			left -= size ? size : 1;
		}
		str_add(out, "?=");
	}
}

/* ---- the body ---- */

/* The lines of a text, however they end, each behind the indent; the first one goes on. */
static void
add_lines(const char *text, const char *indent, struct str *out)
{
	bool first = true;
	do {
		size_t length = strcspn(text, "\r\n");
		if (!first && length)
			str_add(out, indent);
		for (size_t run, left = length; left; left -= run) {
			run = strcspn(text, "\t");
			run = run < left ? run : left;
			escape_bytes(out, text, run);
			if (run < left) {
				str_add_char(out, ' ');
				run++;
			}
			text += run;
		}
		str_add_char(out, '\n');
		text += text[0] == '\r' && text[1] == '\n' ? 2 : *text != '\0';
		first = false;
	} while (*text);
}

static bool
is_special(const struct form_settings *settings, const char *name)
{
	return text_equal(name, FORM_TO) || text_equal(name, FORM_REPLY_TO) ||
	       text_equal(name, FORM_MESSAGE) || text_equal(name, settings->honeypot);
}

/* Further lines of a value are indented: none passes for another field. */
static void
write_fields(const struct form_mail *mail, struct str *out)
{
	const struct form_fields *fields = mail->fields;
	bool first = true;
	for (size_t i = 0; i < fields->count; i++) {
		const struct form_value *value = &fields->values[i];
		if (is_special(mail->settings, value->name))
			continue;
		if (first)
			str_add_char(out, '\n');
		first = false;
		escape_text(out, value->name);
		str_add(out, *value->text ? ": " : ":");
		add_lines(value->text, "    ", out);
	}
}

static void
write_body(const struct form_mail *mail, struct str *out)
{
	add_lines(form_field(mail->fields, FORM_MESSAGE), "", out);
	write_fields(mail, out);
	str_add(out, "\n-- \nSent with the form '");
	escape_text(out, mail->form);
	str_addf(out, "' by a visitor from %s", mail->visitor);
	str_add(out, *mail->reply_to ? ".\nNobody has checked that the address is the "
				       "visitor's own.\n"
				     : ", who gave no address.\n");
}

/* ---- the whole ---- */

static void
write_recipients(const struct form_recipient *recipient, struct str *out)
{
	str_add(out, "To: ");
	for (size_t i = 0; i < recipient->count; i++)
		str_addf(out, "%s%s", i ? ",\n " : "", recipient->addresses[i]);
	str_add_char(out, '\n');
}

void
form_mail_write(const struct form_mail *mail, struct str *out)
{
	auto_str body = {0}, subject = {0};
	form_header_text(mail->settings->subject, &subject);
	str_addf(out, "From: %s\n", mail->settings->from);
	write_recipients(mail->recipient, out);
	str_addf(out, "Subject: %s\n", str_text(&subject));
	if (*mail->reply_to)
		str_addf(out, "Reply-To: %s\n", mail->reply_to);
	str_add(out, "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
		     "Content-Transfer-Encoding: quoted-printable\n\n");
	write_body(mail, &body);
	form_quote(&body, out);
}
