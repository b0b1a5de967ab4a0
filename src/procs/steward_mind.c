/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job that nobody asks for: at intervals the hand looks after the site.
 *
 * Openings that ended are taken out of the book. A role is told of the book if it is at
 * another generation, for it was down or could not do all, or if one of its daemons does
 * not run; so whoever comes back by himself hears what he missed. The
 * mail server is told, too, if the terms ask something else of mail from elsewhere than they
 * did. And once a day every role that is there is told though it knows: certificates run out
 * and others are laid beside them, databases of accounts that are gone have been kept for long
 * enough, and what somebody changed by hand is put right.
 */
#include "procs/steward_job.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "site/strangers.h"

enum { PATIENCE_MS = 10000, DAY_MS = 86400000 };

/* Its time of change is when all were told last; beside the book, so that a day lasts over
 * the ends of haywardd. */
static const char told_file[] = "told";

static bool
has_line(const struct str *said, const char *beginning)
{
	const char *text = str_text(said);
	size_t length;
	for (const char *line; (line = text_next_line(&text, &length));)
		if (text_starts_with(line, beginning))
			return true;
	return false;
}

/* Which of those that answer are to be told. */
static unsigned
find_behind(struct working *working, bool is_due)
{
	const struct office *office = &working->office;
	struct pushed asked[ROLE_COUNT] = {0};
	unsigned behind = 0;
	push_ask(&office->site, &office->paths, asked);
	for (int role = 0; role < ROLE_COUNT; role++) {
		if (asked[role].asked && asked[role].status)
			working->untold |= 1U << role;
		else if (asked[role].asked &&
			 (is_due || has_line(&asked[role].said, "down ") ||
			     asked[role].generation != office->file.book.generation))
			behind |= 1U << role;
	}
	/* The terms were changed, or an exception has ended. */
	if (asked[ROLE_MAIL].asked && !asked[ROLE_MAIL].status &&
	    strangers_differ(&office->site, &office->paths))
		behind |= 1U << ROLE_MAIL;
	pushed_done(asked);
	return behind;
}

/* ---- once a day ---- */

static bool
is_day_over(const struct working *working)
{
	struct stat facts;
	auto_str path = {0};
	str_addf(&path, "%s/%s", working->office.paths.state, told_file);
	if (stat(str_text(&path), &facts))
		return true;
	int64_t age = clock_wall() - (int64_t)facts.st_mtim.tv_sec * 1000;
	/* A clock that was set back must not stop it for years. */
	return age >= DAY_MS || age < -DAY_MS;
}

static void
begin_day(const struct working *working)
{
	int status = file_replace(working->office.file.folder, told_file, 0600, "", 0);
	if (status)
		log_warning("cannot note that all roles were told: they will be told again");
}

/* ---- openings ---- */

/* What ends, for the journal. */
static void
list_ends(struct working *working)
{
	const struct book *book = &working->office.file.book;
	int64_t now = working->office.change.now;
	for (size_t i = 0; i < book->account_count; i++)
		for (size_t k = 0; k < book->accounts[i].opening_count; k++) {
			const struct book_opening *opening = &book->accounts[i].openings[k];
			if (opening->until <= now)
				str_addf(&working->text, "%s%s: %s %lld/%s from %s is over",
				    working->text.length ? "; " : "", book->accounts[i].name,
				    opening->address, (long long)opening->port,
				    protocol_name(opening->protocol), role_name(opening->role));
		}
}

static int
expire(struct working *working, unsigned *roles)
{
	list_ends(working);
	if (!change_expire(&working->office.change, &working->next))
		return 0;
	*roles |= 1U << ROLE_SHELL | 1U << ROLE_WEB;
	return work_save(working);
}

int
work_mind(struct working *working)
{
	auto_str why = {0};
	struct office *office = &working->office;
	int status = office_look(office, &why);
	if (status)
		return status;
	/* Asked without the lock, which is not to be held while somebody does not answer. */
	bool is_due = is_day_over(working);
	unsigned behind = find_behind(working, is_due);
	status = office_open(office, PATIENCE_MS, &why);
	if (status)
		return status;
	status = expire(working, &behind);
	if (!status && behind)
		work_tell(working, behind);
	if (!status && is_due)
		begin_day(working);
	return status;
}
