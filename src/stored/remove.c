/* SPDX-License-Identifier: Apache-2.0 */
#include "stored/remove.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/crash.h"
#include "base/log.h"
#include "stored/aside.h"
#include "stored/doveadm.h"
#include "stored/folders.h"
#include "stored/mailbox.h"
#include "stored/store.h"

int
mail_place_read(char *const words[4], struct mail_place *ret_place)
{
	char *end;
	errno = 0;
	unsigned long uid = strtoul(words[2], &end, 10);
	bool is_sign = strlen(words[3]) == 16 && strspn(words[3], "0123456789abcdef") == 16;
	if (!mail_user_is(words[0]) || !is_box(words[1]) || errno || *end || !uid ||
	    uid > UINT32_MAX || !is_sign)
		return -EINVAL;
	*ret_place = (struct mail_place){words[0], words[1], (uint32_t)uid, words[3]};
	return 0;
}

bool
mail_user_is(const char *text)
{
	size_t length = strlen(text);
	return length && length < 256 && *text != '.' && *text != '-' &&
	       !strpbrk(text, "/ \t\r\n");
}

int
stored_explain(int status, struct str *words)
{
	const char *why = status == -ENODEV   ? "there is no Dovecot"
			  : status == -EFBIG  ? "it is too large to be put aside"
			  : status == -EIO    ? "Dovecot does not answer, or gives half of it"
			  : status == -EBUSY  ? "stored mail is being looked at"
			  : status == -ENOENT ? "the mailbox is gone"
					      : strerror(-status);
	if (status && !words->length)
		str_add(words, why);
	return status;
}

int
stored_take_out(const struct mail_place *place, int64_t size)
{
	json_t *rows = NULL;
	const json_t *still;
	int status = mailbox_expunge(place, NULL, size);
	if (status)
		return status;
	crash_point(CRASH_MAIL_EXPUNGED);
	status = mailbox_find(place, &rows, &still);
	if (!status && still)
		status = -EIO;
	json_decref(rows);
	return status;
}

static int
do_found(int store, const struct mail_place *place, const json_t *row, mail_deed *deed,
    struct str *words)
{
	int64_t size = row_number(row, "size.virtual");
	int status = size > LARGEST_MESSAGE ? -EFBIG : aside_take(store, place, row);
	if (status)
		return status;
	crash_point(CRASH_MAIL_ASIDE);
	return deed(store, place, row, words);
}

int
stored_do(const struct mail_place *place, mail_deed *deed, const char *done, struct str *words)
{
	json_t *rows = NULL;
	const json_t *row;
	auto_fd int store = store_open();
	auto_fd int lock = store < 0 ? store : store_lock(store, place->user, STORE_PATIENCE);
	int status = lock < 0 ? lock : mailbox_find(place, &rows, &row);
	if (!status && row)
		status = do_found(store, place, row, deed, words);
	else if (!status && !aside_has(store, place))
		done = "it is not there any more";
	if (!status)
		str_add(words, done);
	json_decref(rows);
	return stored_explain(status, words);
}

static int
take_out(int store, const struct mail_place *place, const json_t *row, struct str *words)
{
	(void)store, (void)words;
	return stored_take_out(place, row_number(row, "size.virtual"));
}

int
stored_remove(const struct mail_place *place, struct str *words)
{
	return stored_do(place, take_out, "moved aside, can be brought back", words);
}

/* ---- back ---- */

/* Where it was, if that is a folder which may hold it; else it stays in the inbox. */
static const char *
settle(const struct mail_place *place, const char *guid, const char *folder)
{
	if (!*folder || strcmp(folder, "INBOX") == 0 || folder_of(folder) == FOLDER_SENT)
		return "INBOX";
	return mailbox_move(place->user, guid, folder) ? "INBOX" : "its folder";
}

int
stored_bring(int store, const struct mail_place *place, const struct aside_copy *copy,
    struct str *folder)
{
	auto_str location = {0};
	bool is_there = false;
	int status = mailbox_has(place->user, copy->guid, &is_there);
	if (!status)
		status = aside_lay_out(store, place, copy, &location, folder);
	if (!status && !is_there)
		status = mailbox_import(place->user, str_text(&location));
	if (!status)
		status = mailbox_has(place->user, copy->guid, &is_there);
	/* What cannot be cleared is in the way of his own mails alone. */
	if (aside_clear(store, place->user))
		log_debug("what was laid out stays there");
	return !status && !is_there ? -EIO : status;
}

static int
bring_back(int store, const struct mail_place *place, struct str *words)
{
	auto_str folder = {0}, guid = {0};
	aside_name(place, &guid);
	const struct aside_copy copy = {str_text(&guid), false};
	int status = stored_bring(store, place, &copy, &folder);
	crash_point(CRASH_MAIL_BACK);
	if (!status)
		str_addf(words, "brought back to %s",
		    settle(place, str_text(&guid), str_text(&folder)));
	return status;
}

/* What was left of it in its place goes, if that is there as it was put there. */
static int
take_out_rest(int store, const struct mail_place *place)
{
	auto_str guid = {0};
	int64_t size = aside_rest(store, place);
	if (size <= 0)
		return (int)size;
	aside_rest_name(place, &guid);
	int status = mailbox_expunge(place, str_text(&guid), size);
	if (!status)
		crash_point(CRASH_MAIL_REST_GONE);
	return status;
}

/* One that was never taken out is not put beside itself. */
static int
restore_aside(int store, const struct mail_place *place, struct str *words)
{
	json_t *rows = NULL;
	const json_t *row;
	int status = mailbox_find(place, &rows, &row);
	if (!status && row)
		str_add(words, "it is in its mailbox still");
	else if (!status)
		status = bring_back(store, place, words);
	json_decref(rows);
	if (!status)
		status = take_out_rest(store, place);
	return status ? status : aside_forget(store, place);
}

/* SECURITY: who gets a domain gets its mailboxes' names, but not what their former owner had.
 */
static int
check_kept(int store, const struct mail_place *place)
{
	uint32_t owner = 0;
	json_t *facts = aside_facts(store, place);
	uint32_t whose = aside_owner(facts);
	/* Of one that was put aside by an older hayward it is up to the staff. */
	int status = !facts ? -ENOENT : whose ? mailbox_number(place->user, "uid", &owner) : 0;
	json_decref(facts);
	return !status && whose != owner ? -ENOENT : status;
}

int
stored_restore(const struct mail_place *place, struct str *words)
{
	auto_fd int store = store_open();
	auto_fd int lock = store < 0 ? store : store_lock(store, place->user, STORE_PATIENCE);
	int status = lock < 0 ? lock : check_kept(store, place);
	if (status == -ENOENT)
		str_add(words, "it is not kept any more, or was brought back");
	else if (!status)
		status = restore_aside(store, place, words);
	return stored_explain(status, words);
}
