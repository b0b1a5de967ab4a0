/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hayward account move: an account goes to another site, by way of a folder. Coming in has
 * three steps, of which each may be cut off, and the same command goes on:
 *
 *     a uid is taken for good ──▶ files lie ready ──▶ it is in the book, noted as
 *     unfinished, and the roles make the rest ──▶ databases are filled, the note goes
 *
 * It stays suspended; to resume it is the operator's word that visitors find it here.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "main/hayward/account_move.h"
#include "model/request.h"
#include "site/move.h"
#include "site/notes.h"

static const char note[] = "moving-in";

static int
complain(const char *why)
{
	fprintf(stderr, "hayward account: %s\n", why);
	return ANSWER_INVALID;
}

/* ---- out ---- */

static int
send_out(struct wish *wish, const struct moving *moving, const char *name)
{
	const struct book_account *account = book_find(&wish->desk.office.file.book, name);
	if (!account) {
		complain("there is no such account");
		return ANSWER_NOT_FOUND;
	}
	if (account->standing == STANDING_OPEN)
		return complain(
		    "suspend it first: what changes while it is copied would be torn");
	/* It takes long, and nobody else has to wait. */
	book_close(&wish->desk.office.file);
	if (move_out(moving, account))
		return complain(str_text(moving->why));
	printf("it lies in %s; once it is in at the other site: hayward account remove %s\n",
	    moving->folder, account->name);
	return ANSWER_OK;
}

/* ---- in ---- */

/* Whoever is cut off behind this has used the uid up; nobody else's files get it. */
static int
use_up_uid(struct office *office)
{
	struct book *book = &office->file.book;
	book->account_count--;
	int status = book_save(&office->file);
	book->account_count++;
	return status;
}

static int
begin(struct office *office, const struct moving *moving, const struct book_account *entry)
{
	int status = change_admit(&office->change, entry);
	if (status) {
		str_add(moving->why, str_text(&office->why));
		return status;
	}
	const struct book_account *account = book_find(&office->file.book, entry->name);
	notes_sweep(&office->paths, note, &office->file.book);
	status = use_up_uid(office);
	if (!status)
		status = move_unpack(moving, account);
	if (!status)
		status = note_make(&office->paths, note, account);
	if (!status)
		status = book_save(&office->file);
	if (status && !moving->why->length)
		str_addf(moving->why, "nothing was changed: %s", strerror(-status));
	return status;
}

static int
finish(struct office *office, const struct moving *moving, const char *name)
{
	const struct book_account *account = book_find(&office->file.book, name);
	struct site_untold untold = office_tell(office, ALL_ROLES, moving->say, NULL);
	unsigned needed = 1U << ROLE_FILE | (account->database_count ? 1U << ROLE_WEB : 0);
	if ((untold.down | untold.wrong) & needed)
		return complain("it is in the book; say this again when the roles are well");
	if (move_load(moving, account)) {
		complain(str_text(moving->why));
		return complain("it is in the book; say this again to fill its databases");
	}
	/* Loading left another password to them. */
	struct site_world world = office_world(office, moving->say, NULL);
	if (account->database_count)
		untold = site_tell(&world, 1U << ROLE_WEB);
	note_forget(&office->paths, note, name);
	printf("it has uid %lld, and is suspended: hayward account resume %s\n",
	    (long long)account->uid, account->name);
	return (untold.down | untold.wrong) & needed ? ANSWER_INVALID : ANSWER_OK;
}

static int
take_in(struct wish *wish, const struct moving *moving, const char *name)
{
	struct office *office = &wish->desk.office;
	struct book_account entry;
	const struct book_account *account = book_find(&office->file.book, name);
	if (move_read(moving, office->arena, &entry))
		return complain(str_text(moving->why));
	if (!text_equal(entry.name, name))
		return complain("the folder holds another account");
	bool is_under_way = account && note_is_there(&office->paths, note, account);
	if (!is_under_way && begin(office, moving, &entry))
		return complain(str_text(moving->why));
	int status = finish(office, moving, name);
	desk_reload(&wish->desk);
	return status;
}

int
account_move(struct wish *wish, char **words)
{
	auto_str why = {0};
	const char *folder = wish->export_to ? wish->export_to : wish->import_from;
	if (!folder || (wish->export_to && wish->import_from))
		return complain("say --export FOLDER or --import FOLDER");
	struct site_world world = desk_world(&wish->desk);
	struct moving moving = {
	    world.site, world.paths, folder, world.say, world.context, &why};
	return wish->export_to ? send_out(wish, &moving, words[0])
			       : take_in(wish, &moving, words[0]);
}
