/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/letters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions/mail.h"
#include "actions/template.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/memory.h"

enum { LARGEST_TEMPLATE = 256 * 1024, LONGEST_HOST = 256 };

struct letters {
	char *host;
	char *sender;
	char *operator;
	char *replies; /* "": none */
	struct answer_seal seal;
	struct template *text[NOTICE_KIND_COUNT];
	struct template *html[NOTICE_KIND_COUNT];
};

/* An owner must hear in any case; these words need no file. */
static const char plain_words[] =
    "Subject: {account}: {clause} {title}\n"
    "\n"
    "This is a notice of {host} about the account {account}.\n"
    "\n"
    "{?clause}Clause {clause}, {title}: {says}\n{/clause}"
    "{?value}Measured: {value}{?limit}, limit {limit}{/limit}\n{/value}"
    "{#evidence}  {subject}: {value}{?of_limit}, {of_limit}{/of_limit} ({when})\n{/evidence}"
    "{?reason}{reason}\n{/reason}"
    "{?deadline}Until {deadline}.\n{/deadline}"
    "{?next}What follows then: {next}\n{/next}"
    "{?remedy}What you can do: {remedy}\n{/remedy}"
    "Answers to this mail reach the staff. {?case}Case {case}.{/case}\n";

static void
complain(struct diag *diag, const char *path, const char *what)
{
	struct place place = {.file = path, .length = 1};
	diag_add(diag, SEVERITY_WARNING, &place, NULL, "%s", what);
}

static struct template *
read_template(const char *folder, const char *name, const char *ending, struct diag *diag)
{
	auto_str path = {0}, text = {0};
	str_addf(&path, "%s/%s.%s", folder, name, ending);
	int status = file_read(AT_FDCWD, str_text(&path), LARGEST_TEMPLATE, &text);
	if (status) {
		complain(diag, str_text(&path), strerror(-status));
		return NULL;
	}
	if (text_equal(ending, "txt") && !text_starts_with(str_text(&text), "Subject:")) {
		complain(diag, str_text(&path), "the first line is not 'Subject: ...'");
		return NULL;
	}
	return template_parse(str_text(&path), str_text(&text), diag);
}

static struct template *
plain_template(struct diag *diag)
{
	return template_parse("built-in words", plain_words, diag);
}

static void
read_templates(struct letters *letters, const struct config *config, struct diag *diag)
{
	auto_str folder = {0};
	if (*config->notices != '/')
		str_addf(&folder, "%s/", config->directory);
	str_add(&folder, config->notices);
	for (enum notice_kind kind = 0; kind < NOTICE_KIND_COUNT; kind++) {
		const char *name = notice_kind_name(kind);
		letters->text[kind] = read_template(str_text(&folder), name, "txt", diag);
		if (letters->text[kind])
			letters->html[kind] =
			    read_template(str_text(&folder), name, "html", diag);
		else
			letters->text[kind] = plain_template(diag);
	}
}

static char *
host_name(const struct config *config)
{
	char name[LONGEST_HOST] = "localhost";
	if (*config->host)
		return memory_copy_text(config->host);
	if (gethostname(name, sizeof(name) - 1))
		memcpy(name, "localhost", sizeof("localhost"));
	return memory_copy_text(name);
}

static char *
complete_address(const char *address, const char *fallback, const char *host)
{
	auto_str full = {0};
	str_add(&full, *address ? address : fallback);
	if (!strchr(str_text(&full), '@'))
		str_addf(&full, "@%s", host);
	return str_take(&full);
}

static void
set_seal(struct letters *letters, const uint8_t *key)
{
	struct answer_seal *seal = &letters->seal;
	seal->known = key && *letters->replies && strlen(letters->host) < sizeof(seal->host);
	if (!seal->known)
		return;
	memcpy(seal->key, key, sizeof(seal->key));
	memcpy(seal->host, letters->host, strlen(letters->host));
}

struct letters *
letters_new(const struct config *config, const uint8_t *key, struct diag *diag)
{
	struct letters *letters = memory_new(1, sizeof(*letters));
	letters->host = host_name(config);
	letters->sender = complete_address(config->sender, "hayward", letters->host);
	letters->operator= complete_address(config->operator, "root", letters->host);
	letters->replies = memory_copy_text(config->replies);
	set_seal(letters, key);
	if (!mail_address_is_fine(letters->sender))
		complain(
		    diag, letters->sender, "'sender' is no address that mail can come from");
	if (!mail_address_is_fine(letters->operator))
		complain(
		    diag, letters->operator, "'operator' is no address that mail can go to");
	read_templates(letters, config, diag);
	return letters;
}

void
letters_free(struct letters *letters)
{
	if (!letters)
		return;
	for (int kind = 0; kind < NOTICE_KIND_COUNT; kind++) {
		template_free(letters->text[kind]);
		template_free(letters->html[kind]);
	}
	free(letters->host);
	free(letters->sender);
	free(letters->operator);
	free(letters->replies);
	free(letters);
}

const char *
letters_host(const struct letters *letters)
{
	return letters->host;
}

void
letters_add_sender(const struct letters *letters, struct str *out)
{
	str_add(out, letters->sender);
}

void
letters_add_operator(const struct letters *letters, struct str *out)
{
	str_add(out, letters->operator);
}

const struct answer_seal *
letters_seal(const struct letters *letters)
{
	return &letters->seal;
}

/* Facts that the letters know by themselves, where the notice does not tell them. */
static struct notice
with_own_facts(
    const struct letters *letters, const struct notice *notice, struct notice_field *fields)
{
	struct notice full = *notice;
	memcpy(fields, notice->fields, notice->field_count * sizeof(*fields));
	full.fields = fields;
	if (!notice_field(notice, "host"))
		fields[full.field_count++] = (struct notice_field){"host", letters->host};
	if (!notice_field(notice, "operator"))
		fields[full.field_count++] =
		    (struct notice_field){"operator", letters->operator};
	return full;
}

/* The rendered text without its first line, which is the subject. */
static const char *
cut_subject(struct str *text, struct str *ret_subject)
{
	size_t line = strcspn(str_text(text), "\n");
	const char *subject = str_text(text) + strlen("Subject:");
	subject += strspn(subject, " ");
	size_t length = (size_t)(str_text(text) + line - subject);
	str_add_bytes(ret_subject, subject, length);
	const char *body = str_text(text) + line;
	return body + strspn(body, "\n");
}

static void
compose(const struct letters *letters, const struct notice *notice, struct mail *mail,
    struct str *out)
{
	auto_str rendered = {0}, subject = {0}, text = {0}, html = {0};
	auto_free struct notice_field *fields =
	    memory_new(notice->field_count + 2, sizeof(*fields));
	struct notice full = with_own_facts(letters, notice, fields);
	template_render(letters->text[notice->kind], &full, TEMPLATE_TEXT, &rendered);
	mail_wrap(cut_subject(&rendered, &subject), &text);
	if (letters->html[notice->kind])
		template_render(letters->html[notice->kind], &full, TEMPLATE_HTML, &html);
	bool to_operator = strcmp(mail->to, letters->operator) == 0;
	mail->host = letters->host;
	mail->from = letters->sender;
	mail->copy = to_operator ? NULL : letters->operator;
	mail->subject = str_text(&subject);
	mail->label = notice_kind_name(notice->kind);
	mail->id = notice->id;
	mail->wall = notice->wall;
	mail->text = str_text(&text);
	mail->html = html.length ? str_text(&html) : NULL;
	mail_compose(mail, out);
}

void
letters_compose(
    const struct letters *letters, const struct notice *notice, const char *to, struct str *out)
{
	auto_str answers = {0};
	answer_address_add(letters->replies, &letters->seal, &notice->matter, &answers);
	struct mail mail = {
	    .to = to, .reply_to = answers.length ? str_text(&answers) : letters->operator};
	compose(letters, notice, &mail, out);
}

void
letters_compose_copy(
    const struct letters *letters, const struct notice *notice, const char *to, struct str *out)
{
	struct mail mail = {.to = to, .reply_to = letters->operator};
	compose(letters, notice, &mail, out);
}
