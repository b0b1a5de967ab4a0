/* SPDX-License-Identifier: Apache-2.0 */
/* The mail of the cancelled: the table is made of all of them at once. */
#include <errno.h>
#include <string.h>

#include "actions/answers.h"
#include "actions/cancel_parts.h"
#include "actions/guard.h"
#include "base/log.h"
#include "model/config.h"

static const char *
table_path(const struct cancels *cancels)
{
	const struct config *config = cancels->settings.tools->config;
	return config ? config->mail_answers : "";
}

bool
cancel_mail_is_asked(const struct cancels *cancels)
{
	return *table_path(cancels) != '\0';
}

/* The addresses are kept: what an account owned may not be known any more when it is gone. */
void
cancel_mail_begin(struct cancels *cancels, struct cancel *cancel)
{
	const struct tools *tools = cancels->settings.tools;
	const struct account *account =
	    guard_holder(tools->accounts, cancel->account, cancel->generation);
	struct str *note = &cancel->notes[NOTE_MAIL];
	auto_str left = {0};
	str_clear(note);
	str_clear(&cancel->addresses);
	if (!*table_path(cancels)) {
		str_add(note, "mail: not answered here, 'mail-answers' is not set");
		return;
	}
	if (account)
		answers_of(
		    tools->accounts, account, tools->config->host, &cancel->addresses, &left);
	cancel->final_at = cancels->time + tools->config->mail_deferred;
	uint32_t count = 0;
	for (const char *at = str_text(&cancel->addresses); *at; at++)
		count += *at == '\n';
	str_addf(note, "mail: of %u domains and addresses answered 450, later 550", count);
	if (left.length)
		str_addf(note, "; %s", str_text(&left));
	str_cut(note, 1500);
}

static bool
is_answered(const struct cancel *cancel)
{
	return cancel->stage >= CANCEL_MAIL && cancel->stage <= RELEASE_WAYS;
}

void
cancel_mail_render(struct cancels *cancels, struct str *ret_problem)
{
	const char *path = table_path(cancels);
	auto_str table = {0};
	bool changed = false;
	str_clear(ret_problem);
	if (!*path)
		return;
	answers_begin(&table);
	for (size_t i = 0; i < cancels->count; i++) {
		const struct cancel *cancel = cancels->items[i];
		if (is_answered(cancel))
			answers_add(&table, str_text(&cancel->addresses),
			    cancels->time >= cancel->final_at);
	}
	int status = answers_write(cancels->settings.tools->root, path, &table, &changed);
	if (status == -EEXIST)
		str_addf(ret_problem, "mail: '%s' is somebody else's file and is left", path);
	else if (status)
		str_addf(ret_problem, "mail: cannot write '%s': %s", path, strerror(-status));
	else if (changed)
		log_info("wrote '%s'", path);
}
