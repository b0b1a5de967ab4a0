/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from a breach, in words: verbs, steps, how a case ends. */
#include "policy/words.h"

#include "base/attributes.h"

/*
 * What happens, for the customer to whom it happens as for the one who reads
 * the terms, and what that means. A '*' stands for what the verb acts on.
 * Throttling is said by throttle_words, since it depends on the resource.
 */
static const struct {
	const char *happens;
	const char *means;
} verb_words[] = {
    [VERB_AUDIT] = {"our staff look at the use",
	"Looked at: a report of the use is written; nothing else follows from it."},
    [VERB_ADVISE] = {"the owner is advised",
	"Advised: a mail says how to do it better; nothing else follows."},
    [VERB_REPORT] = {"the evidence is secured",
	"Secured: what was seen is put together and kept, for staff and, where the law wants "
	"it, for the authorities."},
    [VERB_ALARM] = {"our staff are alerted", "Alerted: a person of ours is told at once."},
    [VERB_WARN] = {"the owner is warned",
	"Warned: a mail says what was seen, what the limit is, what follows and when, how to "
	"put it right, and how to talk to us."},
    [VERB_ASK_TO_MOVE] = {"the owner is asked to move",
	"Asked: a mail proposes a service that has room for such use."},
    [VERB_THROTTLE] = {"", "Limited: programs go on, with less of what they took too much of; "
			   "afterwards they get all of it again."},
    [VERB_RESET_PASSWORD] = {"the mailbox's password is void",
	"A void password: it opens nothing any more, and only the owner can set a new one."},
    [VERB_BLOCK] = {"requests from there are turned away",
	"Turned away: only those that break the rule; everybody else is served."},
    [VERB_TIGHTEN] = {"the mode of the * is put right",
	"Put right: writing by everybody, or the listing of a directory, is taken away; it can "
	"be given back."},
    [VERB_STRIP] = {"its attachments are taken out",
	"Taken out: attachments are kept aside for a time and can be brought back; a note "
	"stays in the mail."},
    [VERB_DISABLE] = {"the * is switched off",
	"Switched off: it alone; nothing is deleted, everything else goes on, and it is "
	"switched on again afterwards."},
    [VERB_STOP] = {"the running programs of the * are ended",
	"Ended: programs are told to end, and ended if they do not."},
    [VERB_REMOVE] = {"the * is moved aside",
	"Moved aside: kept for a time in a quarantine, from where it can be brought back."},
    [VERB_SUSPEND] = {"the account is suspended",
	"Suspended: logins, sites, jobs and sending stop, visitors read that the site is "
	"closed for now, mail still arrives, and the owner can still fetch and delete files."},
    [VERB_LOCK] = {"the account is locked",
	"Locked: suspended, until we have spoken with the owner."},
    [VERB_CANCEL] = {"the account ends",
	"The end: all services of the account stop for good; files, databases and mail are "
	"kept for a time and can be fetched."},
    [VERB_MARK] = {"the mail is marked as junk", "Marked as junk, and delivered all the same."},
    [VERB_DEFER] = {"the mail is put off",
	"Put off: the other server is told why, and tries again by itself."},
    [VERB_REFUSE] = {"the attempt is refused",
	"Refused: the other side is told why, where there is a way to say it."},
    [VERB_REJECT] = {"the mail is refused",
	"Refused: the sender is told why, and how to put it right."},
};
_Static_assert(array_length(verb_words) == VERB_COUNT, "every verb has words");

static const char *const throttle_words[] = {
    [RESOURCE_NONE] = "use",
    [RESOURCE_CPU] = "processor time",
    [RESOURCE_MEMORY] = "memory",
    [RESOURCE_IO] = "disk time",
    [RESOURCE_DISK] = "disk space",
    [RESOURCE_MAIL] = "sending of mail",
    [RESOURCE_BANDWIDTH] = "traffic",
    [RESOURCE_CONNECTIONS] = "number of connections",
};
_Static_assert(array_length(throttle_words) == RESOURCE_COUNT, "every resource has words");

static const char *
target_words(enum subject_kind kind)
{
	switch (kind) {
	case KIND_HANDLER:
		return "error handler";
	case KIND_ADDRESS:
		return "mail address";
	case KIND_PROCESS:
		return "program";
	case KIND_HOST:
	case KIND_ACCOUNT:
	case KIND_SCRIPT:
	case KIND_CONNECTION:
	case KIND_FILE:
	case KIND_DATABASE:
	case KIND_MAILBOX:
	case KIND_MESSAGE:
	case KIND_CLIENT:
	case KIND_MAIL:
	case KIND_COUNT:
		break;
	}
	return kind_name(kind);
}

enum subject_kind
words_target(const struct clause *clause, enum verb verb)
{
	enum subject_kind kind = clause->subject;
	while (!(verb_info(verb)->kinds & (1u << kind)) && kind != KIND_HOST)
		kind = kind_container(kind);
	return kind;
}

static void
add_throttle(const struct clause *clause, const struct verb_use *use, struct str *out)
{
	str_addf(out, "the %s of the %s is limited to ", throttle_words[use->resource],
	    target_words(words_target(clause, use->verb)));
	words_quantity(use->amount.unit, use->amount.number, out);
	if (use->amount.unit == UNIT_PERCENT)
		str_add(out, " of the machine's");
}

void
words_verb(const struct clause *clause, const struct verb_use *use, struct str *out)
{
	if (use->ask)
		str_add(out, "if our staff confirm it, ");
	if (use->verb == VERB_THROTTLE) {
		add_throttle(clause, use, out);
		return;
	}
	for (const char *next = verb_words[use->verb].happens; *next; next++) {
		if (*next == '*')
			str_add(out, target_words(words_target(clause, use->verb)));
		else
			str_add_char(out, *next);
	}
	if (use->text)
		str_addf(out, ", with the reply \"%s\"", use->text);
}

const char *
words_verb_means(enum verb verb)
{
	return verb_words[verb].means;
}

void
words_step_when(const struct step *step, struct str *out)
{
	if (step->after == 0) {
		str_add(out, "at once");
		return;
	}
	str_add(out, "after ");
	words_quantity(UNIT_TIME, step->after, out);
}

void
words_step(const struct clause *clause, const struct step *step, struct str *out)
{
	for (size_t i = 0; i < step->verb_count; i++) {
		if (i > 0)
			str_add(out, "; ");
		words_verb(clause, &step->verbs[i], out);
	}
}

void
words_imposed(const struct clause *clause, struct str *out)
{
	if (!clause->imposed)
		return;
	str_add(out, "a breach is recorded and nobody is bothered, until ");
	if (clause->imposed_in_emergency)
		str_addf(out, "the machine is in distress and the %s is a leading cause of it",
		    target_words(clause->subject));
	if (clause->imposed_in_emergency && clause->imposed_by_operator)
		str_add(out, ", or ");
	if (clause->imposed_by_operator)
		str_add(out, "our staff impose it");
}

bool
words_opens_cases(const struct clause *clause)
{
	for (size_t ladder = 0; ladder < LADDER_COUNT; ladder++)
		for (size_t i = 0; i < clause->ladders[ladder].count; i++)
			for (size_t v = 0; v < clause->ladders[ladder].steps[i].verb_count; v++)
				if (verb_info(clause->ladders[ladder].steps[i].verbs[v].verb)
					->when == WHEN_STEP)
					return true;
	return false;
}

bool
words_ends_usual(const struct clause *clause)
{
	const struct ends *ends = &clause->ends;
	return ends->kept && !ends->kept_for && !ends->when && ends->by_owner;
}

void
words_ends(const struct clause *clause, const struct plan *plan, struct str *out)
{
	const struct ends *ends = &clause->ends;
	const char *joint = "";
	if (!words_opens_cases(clause))
		return;
	if (ends->kept && ends->kept_for) {
		str_add(out, "when the rule has been kept for ");
		words_quantity(UNIT_TIME, ends->kept_for, out);
		joint = ", or ";
	} else if (ends->kept) {
		str_add(out, "when the rule is kept again");
		joint = ", or ";
	}
	if (ends->when) {
		str_addf(out, "%swhen ", joint);
		words_condition(ends->when, plan, out);
		joint = ", or ";
	}
	if (ends->by_owner) {
		str_addf(out, "%swhen the owner says that it is mended", joint);
		joint = ", or ";
	}
	str_addf(out, "%swhen our staff end it", joint);
}
