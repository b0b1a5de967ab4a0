/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mailbox and the sending of mail. Two lists of ours that the services read
 * anew for each login and each mail:
 *
 *     etc/hayward/held/mailboxes   Dovecot: who logs in under one of these names,
 *                                  or at one of these domains, is refused; SMTP
 *                                  AUTH with him, where Dovecot answers for it
 *     etc/hayward/held/senders     Postfix: who may not hand in mail by sendmail(1)
 *
 * Mail that comes in is none of their business and is delivered as ever.
 */
#include <errno.h>
#include <string.h>

#include "actions/listing.h"
#include "actions/place.h"
#include "actions/way.h"

static const char mailboxes[] = "etc/hayward/held/mailboxes";
static const char senders[] = "etc/hayward/held/senders";

enum { LARGEST_CONFIGURATION = 4 * 1024 * 1024 };

/* A domain becomes a line of a list that others parse. */
static bool
is_domain(const char *domain)
{
	size_t length = strspn(domain, "abcdefghijklmnopqrstuvwxyz0123456789.-");
	return length && !domain[length] && domain[0] != '.' && domain[0] != '-';
}

static int
mailbox_survey(struct survey *survey)
{
	for (uint32_t i = 0; i < survey->login_count; i++)
		survey_add(survey, &way_mailbox, mailboxes, survey->logins[i]);
	for (uint32_t i = 0; i < survey->account->domain_count; i++)
		if (is_domain(survey->account->domains[i]))
			survey_add(
			    survey, &way_mailbox, mailboxes, survey->account->domains[i]);
		else
			survey_remark(survey, survey->account->domains[i], "no plain domain");
	return 0;
}

static int
sending_survey(struct survey *survey)
{
	for (uint32_t i = 0; i < survey->login_count; i++)
		survey_add(survey, &way_sending, senders, survey->logins[i]);
	return 0;
}

/* In Dovecot's files a colon ends the name. */
static void
line_of(const struct item *item, struct str *out)
{
	str_add(out, item->name);
	if (text_equal(item->place, mailboxes))
		str_add_char(out, ':');
}

static int
hold_line(struct ways *ways, const struct suspension *suspension, struct item *item)
{
	auto_str line = {0};
	(void)suspension;
	line_of(item, &line);
	return listing_set(ways->tools->root, item->place, str_text(&line), true);
}

static enum standing
look_line(struct ways *ways, const struct item *item)
{
	auto_str line = {0};
	line_of(item, &line);
	int has = listing_has(ways->tools->root, item->place, str_text(&line));
	return has < 0 ? STANDING_UNKNOWN : has ? STANDING_HELD : STANDING_OPEN;
}

static int
release_line(struct ways *ways, const struct item *item, enum undoing *ret_undoing)
{
	auto_str line = {0};
	line_of(item, &line);
	int has = listing_has(ways->tools->root, item->place, str_text(&line));
	*ret_undoing = has == 1 ? UNDOING_DONE : UNDOING_ALREADY;
	return has <= 0 ? has
			: listing_set(ways->tools->root, item->place, str_text(&line), false);
}

static bool
mentions(const struct ways *ways, const char *file, const char *what)
{
	auto_str text = {0};
	return !place_read(ways->tools->root, file, LARGEST_CONFIGURATION, &text) &&
	       strstr(str_text(&text), what);
}

static bool
mailbox_is_here(const struct ways *ways)
{
	return place_exists(ways->tools->root, "etc/dovecot/dovecot.conf");
}

static const char *
mailbox_lacks(const struct ways *ways)
{
	return mentions(ways, "etc/dovecot/conf.d/05-hayward.conf", mailboxes)
		   ? NULL
		   : "Dovecot does not ask for the list of held mailboxes";
}

static bool
sending_is_here(const struct ways *ways)
{
	return place_exists(ways->tools->root, "etc/postfix/main.cf");
}

static const char *
sending_lacks(const struct ways *ways)
{
	return mentions(ways, "etc/postfix/main.cf", senders)
		   ? NULL
		   : "Postfix does not ask for the list of held senders";
}

const struct way way_mailbox = {
    .name = "mailbox",
    .title = "mailbox login",
    .every = 5000,
    .is_here = mailbox_is_here,
    .lacks = mailbox_lacks,
    .survey = mailbox_survey,
    .hold = hold_line,
    .look = look_line,
    .release = release_line,
};

const struct way way_sending = {
    .name = "sending",
    .title = "sending mail",
    .every = 5000,
    .is_here = sending_is_here,
    .lacks = sending_lacks,
    .survey = sending_survey,
    .hold = hold_line,
    .look = look_line,
    .release = release_line,
};
