/* SPDX-License-Identifier: Apache-2.0 */
#include "main/form/page.h"

#include "base/escape.h"

static const char headers[] =
    "Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\n"
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; frame-ancestors 'self'; base-uri 'none'\r\n\r\n";

static const char style[] =
    "body{font-family:sans-serif;max-width:36em;margin:2em auto;padding:0 1em}"
    "label{display:block;margin-top:1em}"
    "input,select,textarea{display:block;width:100%;box-sizing:border-box;font:inherit}"
    "button{margin-top:1em;font:inherit}.unseen{position:absolute;left:-200vw}";

void
form_answer_done(struct form_answer *answer)
{
	str_done(&answer->text);
	str_done(&answer->errors);
}

static void
begin_page(const char *status, const char *header, const char *title, struct str *out)
{
	str_addf(out,
	    "Status: %s\r\n%s%s<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
	    status, header, headers);
	escape_html(out, title);
	str_addf(out, "</title>\n<style>%s</style></head>\n<body><h1>", style);
	escape_html(out, title);
	str_add(out, "</h1>\n");
}

static void
end_page(struct str *out)
{
	str_add(out, "</body></html>\n");
}

void
form_page_words(const char *status, const char *header, const char *title, const char *words,
    struct form_answer *answer)
{
	begin_page(status, header, title, &answer->text);
	str_add(&answer->text, "<p>");
	escape_html(&answer->text, words);
	str_add(&answer->text, "</p>\n");
	end_page(&answer->text);
}

void
form_page_thanks(const struct form_settings *settings, struct form_answer *answer)
{
	if (!form_thanks_is_path(settings)) {
		form_page_words("200 OK", "", settings->title, settings->thanks, answer);
		return;
	}
	auto_str header = {0};
	str_addf(&header, "Location: %s\r\n", settings->thanks);
	form_page_words("303 See Other", str_text(&header), settings->title,
	    "Your message was sent.", answer);
}

/* ---- the form ---- */

static bool
is_needed(const struct form_settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->needed_count; i++)
		if (text_equal(settings->needed[i], name))
			return true;
	return false;
}

static void
begin_field(
    const char *label, const char *element, const char *name, bool needed, struct str *out)
{
	str_add(out, "<label>");
	escape_html(out, label);
	str_addf(out, "\n<%s name=\"", element);
	escape_html(out, name);
	str_add(out, needed ? "\" required" : "\"");
}

/* The label of a field whose name is for programs. */
static const char *
label_or(const struct form_settings *settings, const char *name, const char *fallback)
{
	const char *label = form_label(settings, name);
	return text_equal(label, name) ? fallback : label;
}

static void
add_recipients(const struct form_settings *settings, struct str *out)
{
	if (settings->recipient_count < 2)
		return;
	begin_field(label_or(settings, FORM_TO, "To"), "select", FORM_TO, true, out);
	str_add(out, ">\n");
	for (size_t i = 0; i < settings->recipient_count; i++) {
		str_add(out, "<option>");
		escape_html(out, settings->recipients[i].alias);
		str_add(out, "</option>\n");
	}
	str_add(out, "</select></label>\n");
}

static void
add_line_field(const struct form_settings *settings, const char *name, const char *label,
    const char *more, struct str *out)
{
	begin_field(label, "input", name, is_needed(settings, name), out);
	str_addf(out, "%s></label>\n", more);
}

static void
add_fields(const struct form_settings *settings, struct str *out)
{
	for (size_t i = 0; i < settings->field_count; i++) {
		const struct form_field *field = &settings->fields[i];
		if (!text_equal(field->name, FORM_TO) &&
		    !text_equal(field->name, FORM_REPLY_TO) &&
		    !text_equal(field->name, FORM_MESSAGE))
			add_line_field(settings, field->name, field->label, "", out);
	}
}

static void
add_honeypot(const struct form_settings *settings, struct str *out)
{
	if (!settings->honeypot)
		return;
	str_add(out, "<div class=\"unseen\" aria-hidden=\"true\">");
	add_line_field(settings, settings->honeypot, "Please leave this empty",
	    " tabindex=\"-1\" autocomplete=\"off\"", out);
	str_add(out, "</div>\n");
}

void
form_page_form(const struct form_settings *settings, struct form_answer *answer)
{
	struct str *out = &answer->text;
	begin_page("200 OK", "", settings->title, out);
	str_add(out, "<form method=\"post\" accept-charset=\"utf-8\">\n");
	add_recipients(settings, out);
	add_fields(settings, out);
	add_line_field(settings, FORM_REPLY_TO,
	    label_or(settings, FORM_REPLY_TO, "Your mail address"), " type=\"email\"", out);
	add_honeypot(settings, out);
	begin_field(label_or(settings, FORM_MESSAGE, "Your message"), "textarea", FORM_MESSAGE,
	    is_needed(settings, FORM_MESSAGE), out);
	str_add(out, " rows=\"12\"></textarea></label>\n<button>");
	escape_html(out, settings->button);
	str_add(out, "</button>\n</form>\n");
	end_page(out);
}
