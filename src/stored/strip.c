/* SPDX-License-Identifier: Apache-2.0 */
/* A mail is put aside, and in its place lies what is left of it without its files. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/clock.h"
#include "base/crash.h"
#include "stored/aside.h"
#include "stored/doveadm.h"
#include "stored/mailbox.h"
#include "stored/remove.h"
#include "stored/store.h"
#include "stored/stubs.h"

/* The last day of those on which it is kept for certain. */
static void
add_until(int store, struct str *out)
{
	json_t *seen = store_read(store);
	int64_t kept = row_number(seen, "kept");
	time_t until = (time_t)(clock_wall() / 1000 + kept);
	struct tm civil;
	char day[16];
	json_decref(seen);
	if (!kept || !gmtime_r(&until, &civil))
		return;
	strftime(day, sizeof(day), "%Y-%m-%d", &civil);
	str_add(out, day);
}

/* The one of a try before that is in the mailbox already: by its size it is known again. Else
 * it is made anew, for it says how long the whole is kept. */
static bool
has_rest(int store, const struct mail_place *place)
{
	auto_str guid = {0};
	bool is_there = false;
	aside_rest_name(place, &guid);
	return aside_rest(store, place) > 0 &&
	       !mailbox_has(place->user, str_text(&guid), &is_there) && is_there;
}

/* -ENOENT: there is nothing in it that could be taken out. */
static int
make_rest(int store, const struct mail_place *place)
{
	auto_str until = {0}, rest = {0};
	char *bytes;
	size_t length;
	if (has_rest(store, place))
		return 0;
	int status = aside_map(store, place, &bytes, &length);
	if (status)
		return status;
	add_until(store, &until);
	const struct stubs stubs = {place->sign, str_text(&until)};
	uint32_t count = stubs_put(bytes, length, &stubs, &rest);
	munmap(bytes, length);
	return count ? aside_keep_rest(store, place, &rest) : -ENOENT;
}

/* Beside the mail that it is made of: until that is gone, both are there. */
static int
put_rest(int store, const struct mail_place *place, const json_t *row)
{
	auto_str guid = {0}, folder = {0};
	const char *name = row_text(row, "mailbox");
	aside_rest_name(place, &guid);
	const struct aside_copy copy = {str_text(&guid), true};
	int status = stored_bring(store, place, &copy, &folder);
	if (status)
		return status;
	crash_point(CRASH_MAIL_REST_IN);
	/* The folder as it is called now. */
	status =
	    strcmp(name, "INBOX") == 0 ? 0 : mailbox_move(place->user, str_text(&guid), name);
	if (!status)
		crash_point(CRASH_MAIL_REST_PLACED);
	return status;
}

static int
leave_rest(int store, const struct mail_place *place, const json_t *row, struct str *words)
{
	int status = make_rest(store, place);
	if (status == -ENOENT) {
		str_add(words, "it has no attachment that could be taken out");
		return aside_forget(store, place) ? -EIO : -ENOENT;
	}
	if (!status)
		status = put_rest(store, place, row);
	return status ? status : stored_take_out(place, row_number(row, "size.virtual"));
}

int
stored_strip(const struct mail_place *place, struct str *words)
{
	return stored_do(place, leave_rest,
	    "its attachments are taken out, the whole can be brought back", words);
}
