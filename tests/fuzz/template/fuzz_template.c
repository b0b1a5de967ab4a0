/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a template, and as every fact in it; the mail that comes of it is well formed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "actions/mail.h"
#include "actions/template.h"
#include "base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void
check_mail(const struct str *mail)
{
	size_t column = 0;
	for (size_t i = 0; i < mail->length; i++) {
		unsigned char byte = (unsigned char)mail->data[i];
		bool ends = byte == '\r' && mail->data[i + 1] == '\n';
		if (!ends && !(byte == '\n' && i && mail->data[i - 1] == '\r') &&
		    (byte < 0x20 || byte > 0x7e) && byte != '\t')
			abort();
		column = ends || byte == '\n' ? 0 : column + 1;
		if (column > 998)
			abort();
	}
}

static void
compose(const struct template *template, const struct notice *notice, const char *words)
{
	auto_str text = {0}, html = {0}, wrapped = {0}, mail = {0};
	template_render(template, notice, TEMPLATE_TEXT, &text);
	template_render(template, notice, TEMPLATE_HTML, &html);
	mail_wrap(str_text(&text), &wrapped);
	struct mail facts = {
	    .host = words,
	    .from = "hayward@example.net",
	    .to = words,
	    .copy = words,
	    .reply_to = words,
	    .subject = str_text(&text),
	    .label = "warning",
	    .id = 1,
	    .text = str_text(&wrapped),
	    .html = str_text(&html),
	};
	mail_compose(&facts, &mail);
	check_mail(&mail);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_free char *words = memory_new(length + 1, 1);
	memcpy(words, bytes, length);
	struct notice_field fields[] = {{"account", words}, {"value", words}, {"limit", ""}};
	struct notice_evidence evidence[] = {{words, words, words, words}, {"", "", "", ""}};
	struct notice notice = {.to = "",
	    .field_count = 3,
	    .fields = fields,
	    .evidence_count = 2,
	    .evidence = evidence};
	struct diag *diag = diag_new();
	auto_str complaints = {0};
	struct template *template = template_parse("fuzz", words, diag);
	if (template)
		compose(template, &notice, words);
	diag_print(diag, &complaints);
	template_free(template);
	diag_free(diag);
	return 0;
}
