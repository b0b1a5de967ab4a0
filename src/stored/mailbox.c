/* SPDX-License-Identifier: Apache-2.0 */
#include "stored/mailbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/program.h"
#include "stored/doveadm.h"
#include "stored/look.h"

enum { WITHIN = 30000, NUMBER_WITHIN = 20000, NO_SUCH_USER = 67 /* EX_NOUSER */ };

int
mailbox_find(const struct mail_place *place, json_t **ret_rows, const json_t **ret_row)
{
	char uid[16];
	auto_str errors = {0};
	snprintf(uid, sizeof(uid), "%u", place->uid);
	const char *const words[] = {"fetch", "-u", place->user,
	    "mailbox uid guid size.virtual date.saved.unixtime date.received.unixtime flags "
	    "hdr.subject.utf8",
	    "mailbox-guid", place->box, "uid", uid, NULL};
	*ret_row = NULL;
	int status = doveadm_rows(words, NULL, WITHIN, ret_rows, &errors);
	/* Whose folder, or who himself, is gone has no mail there. */
	if (status == -EIO && strstr(str_text(&errors), "doesn't exist")) {
		*ret_rows = json_array();
		return 0;
	}
	if (status)
		return status;
	const json_t *row = json_array_get(*ret_rows, 0);
	struct mail_sign sign = mail_sign_of(place->box, place->uid, row_text(row, "guid"),
	    row_number(row, "size.virtual"), row_number(row, "date.saved.unixtime"));
	if (row && strcmp(sign.text, place->sign) == 0)
		*ret_row = row;
	return 0;
}

int
mailbox_expunge(const struct mail_place *place, const char *guid, int64_t size)
{
	char uid[16], above[24], below[24];
	auto_str errors = {0};
	snprintf(uid, sizeof(uid), "%u", place->uid);
	snprintf(above, sizeof(above), "%lld", (long long)size - 1);
	snprintf(below, sizeof(below), "%lld", (long long)size + 1);
	/* By its size as well: between the look and this another may have got the UID. */
	const char *const words[] = {"expunge", "-u", place->user, "mailbox-guid", place->box,
	    guid ? "guid" : "uid", guid ? guid : uid, "larger", above, "smaller", below, NULL};
	int status = doveadm_do(words, WITHIN, &errors);
	bool is_gone = status == -EIO && strstr(str_text(&errors), "doesn't exist");
	return is_gone ? 0 : status;
}

int
mailbox_has(const char *user, const char *guid, bool *ret_has)
{
	auto_str errors = {0};
	json_t *rows = NULL;
	const char *const words[] = {"fetch", "-u", user, "uid", "guid", guid, NULL};
	int status = doveadm_rows(words, NULL, WITHIN, &rows, &errors);
	if (status == -EIO && strstr(str_text(&errors), "doesn't exist"))
		status = -ENOENT;
	*ret_has = !status && json_array_size(rows);
	json_decref(rows);
	return status;
}

int
mailbox_import(const char *user, const char *location)
{
	auto_str errors = {0};
	const char *const words[] = {"import", "-u", user, location, "", "all", NULL};
	return doveadm_do(words, WITHIN, &errors);
}

int
mailbox_move(const char *user, const char *guid, const char *folder)
{
	auto_str errors = {0};
	/* A folder may be called "-A", which else means all users. */
	const char *const words[] = {
	    "move", "-u", user, "--", folder, "mailbox", "INBOX", "guid", guid, NULL};
	return doveadm_do(words, WITHIN, &errors);
}

int
mailbox_number(const char *user, const char *field, uint32_t *ret_number)
{
	const char *const words[] = {"/usr/bin/doveadm", "user", "-f", field, user, NULL};
	auto_str said = {0};
	char *end;
	int status = program_run(words, NULL, NUMBER_WITHIN, &said);
	if (status)
		return status == NO_SUCH_USER ? -ENOENT : status < 0 ? status : -EIO;
	unsigned long number = strtoul(str_text(&said), &end, 10);
	if (end == str_text(&said) || (*end && *end != '\n') || !number || number >= UINT32_MAX)
		return -EIO;
	*ret_number = (uint32_t)number;
	return 0;
}
