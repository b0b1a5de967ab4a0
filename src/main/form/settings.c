/* SPDX-License-Identifier: Apache-2.0 */
#include "main/form/settings.h"

#include <errno.h>
#include <string.h>

#include "config/values.h"
#include "main/form/address.h"

enum item {
#define ITEM(symbol, name, again) ITEM_##symbol,
#include "main/form/settings.def"
#undef ITEM
	ITEMS
};

static const struct {
	const char *name;
	bool again;
} items[] = {
#define ITEM(symbol, name, again) {name, again},
#include "main/form/settings.def"
#undef ITEM
};

static const char *const item_names[] = {
#define ITEM(symbol, name, again) name,
#include "main/form/settings.def"
#undef ITEM
    NULL,
};

enum { MOST_OF_A_RATE = 1000, LEAST_PERIOD = 60000, LONGEST_PERIOD = 86400000 };

/* The file being read. */
struct file {
	struct words words;
	struct form_settings settings;
	size_t lines[ITEMS]; /* where each was said first; 0: not yet */
	size_t room;	     /* for recipients */
};

static void
complain(struct file *file, const struct word *word, const char *hint, const char *what)
{
	if (word->kind == WORD_LINE_END || word->kind == WORD_END)
		diag_add(file->words.diag, SEVERITY_ERROR, &word->place, hint,
		    "%s, and the line ends here", what);
	else
		diag_add(file->words.diag, SEVERITY_ERROR, &word->place, hint,
		    "%s, this is '%s'", what, word->text);
}

/* The next value of this line; NULL: there is none, which has been said. */
static const char *
take_value(struct file *file, const char *wanted, struct word *ret_word)
{
	*ret_word = file->words.next;
	if (!words_has_value(&file->words)) {
		complain(file, ret_word, NULL, wanted);
		return NULL;
	}
	return words_take(&file->words).text;
}

static void
read_text(struct file *file, const char *wanted, const char **text)
{
	struct word word;
	const char *value = take_value(file, wanted, &word);
	if (value && (!*value || strlen(value) > FORM_LONGEST_LINE))
		complain(file, &word, "at least one character and at most 200 bytes", wanted);
	else if (value)
		*text = value;
}

static const char *
take_name(struct file *file, const char *wanted)
{
	struct word word;
	const char *name = take_value(file, wanted, &word);
	if (name && *name && strlen(name) <= FORM_LONGEST_NAME)
		return name;
	if (name)
		complain(
		    file, &word, "a name has at least one character and at most 64", wanted);
	return NULL;
}

static const char *
take_address(struct file *file, const char *wanted)
{
	struct word word;
	const char *address = take_value(file, wanted, &word);
	const char *wrong = address ? form_address_wrong(address) : NULL;
	if (wrong)
		complain(file, &word, wrong, wanted);
	return wrong ? NULL : address;
}

/* ---- the items ---- */

static struct form_recipient *
add_recipient(struct file *file, const char *alias)
{
	struct form_settings *settings = &file->settings;
	if (!file->room) {
		file->room = FORM_MOST_RECIPIENTS;
		settings->recipients =
		    arena_alloc(file->words.arena, file->room * sizeof(*settings->recipients));
	}
	struct form_recipient *recipient = &settings->recipients[settings->recipient_count++];
	recipient->alias = alias;
	return recipient;
}

static void
read_recipient(struct file *file)
{
	static const char wanted[] = "'recipient' wants a name and addresses";
	struct word word = file->words.next;
	const char *alias = take_name(file, wanted);
	if (!alias)
		return;
	if (form_recipient_find(&file->settings, alias))
		return complain(file, &word, NULL, "each recipient is said once");
	if (file->settings.recipient_count == FORM_MOST_RECIPIENTS)
		return complain(file, &word, NULL, "a form has at most 100 recipients");
	struct form_recipient *recipient = add_recipient(file, alias);
	do {
		word = file->words.next;
		const char *address = take_address(file, wanted);
		if (!address)
			return;
		if (recipient->count == FORM_MOST_ADDRESSES)
			return complain(
			    file, &word, NULL, "a recipient has at most 20 addresses");
		recipient->addresses[recipient->count++] = address;
	} while (words_has_value(&file->words));
}

static void
read_field(struct file *file)
{
	struct form_settings *settings = &file->settings;
	struct word word = file->words.next;
	struct form_field field = {take_name(file, "'field' wants a name and a label"), NULL};
	if (!field.name)
		return;
	field.label = field.name;
	if (words_has_value(&file->words))
		read_text(file, "'field' wants a name and a label", &field.label);
	if (settings->field_count == FORM_MOST_FIELDS)
		return complain(file, &word, NULL, "a form has at most 64 fields");
	settings->fields[settings->field_count++] = field;
}

static void
read_needs(struct file *file)
{
	struct form_settings *settings = &file->settings;
	do {
		struct word word = file->words.next;
		const char *name = take_name(file, "'needs' wants names of fields");
		if (!name)
			return;
		if (settings->needed_count == FORM_MOST_FIELDS)
			return complain(file, &word, NULL, "a form has at most 64 fields");
		settings->needed[settings->needed_count++] = name;
	} while (words_has_value(&file->words));
}

static void
read_from(struct file *file)
{
	file->settings.from = take_address(file, "'from' wants an address of yours");
}

/* What stands in a header is plain ASCII of one line; "//host/" would be another site. */
static bool
is_path(const char *text)
{
	return text[0] == '/' && text[1] != '/' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789-._~/%?&=+,;:@#") == strlen(text);
}

static void
read_thanks(struct file *file)
{
	struct word word = file->words.next;
	const char *text = NULL;
	read_text(file, "'thanks' wants a text, or a path of this site", &text);
	if (text && text[0] == '/' && !is_path(text))
		complain(file, &word, "such as /thanks.html; others are written as %XX",
		    "a path has letters, digits and -._~/ and no two slashes in front");
	else if (text)
		file->settings.thanks = text;
}

static void
read_honeypot(struct file *file)
{
	struct word word = file->words.next;
	const char *name = take_name(file, "'honeypot' wants the name of a field");
	if (name && (text_equal(name, FORM_TO) || text_equal(name, FORM_REPLY_TO) ||
			text_equal(name, FORM_MESSAGE)))
		complain(file, &word, NULL, "people fill that field in");
	else
		file->settings.honeypot = name;
}

int
form_rate_read(const char *text, struct form_rate *ret_rate)
{
	char number[8] = "", span[16];
	struct form_rate rate;
	size_t split = strcspn(text, "/");
	const char *period = text + split + 1;
	if (!text[split] || split >= sizeof(number) || !*period ||
	    strlen(period) + 2 > sizeof(span))
		return -EINVAL;
	memcpy(number, text, split);
	/* "5/h" is "5/1h". */
	bool bare = strchr("mhd", *period) != NULL;
	span[0] = '1';
	memcpy(span + bare, period, strlen(period) + 1);
	if (value_count(number, &rate.most) || value_time(span, &rate.period))
		return -EINVAL;
	if (rate.most < 1 || rate.most > MOST_OF_A_RATE || rate.period < LEAST_PERIOD ||
	    rate.period > LONGEST_PERIOD)
		return -EINVAL;
	*ret_rate = rate;
	return 0;
}

static void
read_rate(struct file *file, struct form_rate *rate)
{
	static const char wanted[] = "a limit is mails in a time, such as 5/h or 20/1d";
	struct word word;
	const char *text = take_value(file, wanted, &word);
	if (text && form_rate_read(text, rate))
		complain(file, &word, "1 to 1000 mails, in a minute at least, a day at most",
		    wanted);
}

static void
read_item(struct file *file, enum item item)
{
	struct form_settings *settings = &file->settings;
	switch (item) {
	case ITEM_RECIPIENT:
		return read_recipient(file);
	case ITEM_FROM:
		return read_from(file);
	case ITEM_SUBJECT:
		return read_text(file, "'subject' wants a text", &settings->subject);
	case ITEM_TITLE:
		return read_text(file, "'title' wants a text", &settings->title);
	case ITEM_BUTTON:
		return read_text(file, "'button' wants a text", &settings->button);
	case ITEM_THANKS:
		return read_thanks(file);
	case ITEM_FIELD:
		return read_field(file);
	case ITEM_NEEDS:
		return read_needs(file);
	case ITEM_HONEYPOT:
		return read_honeypot(file);
	case ITEM_PER_VISITOR:
		return read_rate(file, &settings->per_visitor);
	case ITEM_PER_FORM:
		return read_rate(file, &settings->per_form);
	case ITEMS:
		break;
	}
}

/* ---- the lines ---- */

static bool
at_line_end(const struct words *words)
{
	return words->next.kind == WORD_LINE_END || words->next.kind == WORD_END;
}

static enum item
find_item(const struct word *word)
{
	enum item item = 0;
	while (item < ITEMS &&
	       !(word->kind == WORD_PLAIN && text_equal(items[item].name, word->text)))
		item++;
	return item;
}

static void
complain_item(struct file *file, const struct word *word)
{
	const char *meant = did_you_mean(word->text, item_names);
	complain(file, word,
	    meant ? arena_printf(file->words.arena, "did you mean '%s'?", meant) : NULL,
	    "a line begins with 'recipient', 'from', 'subject' or the like");
}

/* Nothing more is wanted of a line in which something was wrong. */
static void
read_line(struct file *file)
{
	struct word word = words_take(&file->words);
	size_t line, column, errors = diag_errors(file->words.diag);
	enum item item = find_item(&word);
	place_line_column(&word.place, &line, &column);
	if (item == ITEMS)
		complain_item(file, &word);
	else if (file->lines[item] && !items[item].again)
		diag_add(file->words.diag, SEVERITY_ERROR, &word.place, NULL,
		    "'%s' is said twice, first in line %zu", word.text, file->lines[item]);
	else
		read_item(file, item);
	if (item < ITEMS && !file->lines[item])
		file->lines[item] = line;
	if (!at_line_end(&file->words) && diag_errors(file->words.diag) == errors)
		complain(file, &file->words.next, "a text with blanks stands in \"quotes\"",
		    "the line should end here");
	while (!at_line_end(&file->words))
		words_take(&file->words);
}

static void
demand(struct file *file, enum item item, const char *why)
{
	if (file->lines[item])
		return;
	const struct word *end = &file->words.next;
	diag_add(file->words.diag, SEVERITY_ERROR, &end->place, NULL, "there is no '%s': %s",
	    items[item].name, why);
}

static void
check_honeypot(struct file *file)
{
	const struct form_settings *settings = &file->settings;
	for (size_t i = 0; settings->honeypot && i < settings->field_count; i++)
		if (text_equal(settings->fields[i].name, settings->honeypot))
			diag_add(file->words.diag, SEVERITY_ERROR, &file->words.next.place,
			    NULL, "'%s' is a field for people and the honeypot, too",
			    settings->honeypot);
}

struct form_settings
form_settings_read(const struct source *source, struct arena *arena, struct diag *diag)
{
	struct file file = {
	    .words = words_read(source, true, arena, diag),
	    .settings = {.subject = "From the mail form",
		.title = "Write to us",
		.button = "Send",
		.thanks = "Thank you, your message was sent.",
		.per_visitor = {5, 3600000},
		.per_form = {60, 3600000}},
	};
	while (file.words.next.kind != WORD_END)
		if (file.words.next.kind == WORD_LINE_END)
			words_take(&file.words);
		else
			read_line(&file);
	demand(&file, ITEM_RECIPIENT, "nobody gets what visitors write");
	demand(&file, ITEM_FROM, "a mail needs a sender of this site");
	check_honeypot(&file);
	return file.settings;
}

/* ---- what is asked of them ---- */

const struct form_recipient *
form_recipient_find(const struct form_settings *settings, const char *alias)
{
	for (size_t i = 0; i < settings->recipient_count; i++)
		if (text_equal(settings->recipients[i].alias, alias))
			return &settings->recipients[i];
	return NULL;
}

const char *
form_label(const struct form_settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->field_count; i++)
		if (text_equal(settings->fields[i].name, name))
			return settings->fields[i].label;
	return name;
}

bool
form_thanks_is_path(const struct form_settings *settings)
{
	return settings->thanks[0] == '/';
}
