/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be wrong with a request is tried in an order in which nothing is counted that
 * is not sent: the limits come last.
 */
#include "main/form/answer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/escape.h"
#include "base/file.h"
#include "main/form/address.h"
#include "main/form/mail.h"
#include "main/form/rate_file.h"
#include "main/form/send.h"
#include "model/address.h"

enum { LARGEST_FILE = 64 * 1024, LONGEST_WHY = 200 };

/* A request being answered. */
struct work {
	const struct form_place *place;
	const struct form_request *request;
	int64_t now;
	struct form_answer *answer;
	struct arena *arena;
	struct str path; /* of the form's file, by the kernel's word */
	struct str text; /* of the file */
	struct form_settings settings;
	struct form_fields fields;
	const struct form_recipient *recipient;
	const char *reply_to;
	char visitor[ADDRESS_TEXT];
	char counted_as[ADDRESS_TEXT];
};

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* A line for the owner's error log: "mail-form: contact.cgi: WHAT: WHY". */
static void
tell_owner(struct work *work, const char *what, const char *why)
{
	struct str *out = &work->answer->errors;
	str_add(out, "mail-form: ");
	escape_text(out, base_name(work->place->file));
	str_addf(out, ": %s", what);
	if (why) {
		str_add(out, ": ");
		escape_bytes(out, why, strnlen(why, LONGEST_WHY));
	}
	str_add_char(out, '\n');
}

static bool
refuse(struct work *work, const char *status, const char *header, const char *words)
{
	form_page_words(status, header, "Not sent", words, work->answer);
	return false;
}

/* ---- the file ---- */

static int
read_file(const char *file, struct str *ret_path, struct str *ret_text)
{
	struct stat about;
	auto_fd int fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &about))
		return -errno;
	if (!S_ISREG(about.st_mode))
		return -EINVAL;
	int status = beneath_path(fd, ret_path);
	return status ? status : file_read_fd(fd, LARGEST_FILE, ret_text);
}

/* Reads the settings; false: something is wrong with them, which is told in out. */
static bool
read_settings(struct work *work, struct str *out)
{
	const char *name = base_name(work->place->file);
	int status = read_file(work->place->file, &work->path, &work->text);
	if (status) {
		str_add(out, "cannot read '");
		escape_text(out, name);
		str_addf(out, "': %s\n", strerror(-status));
		return false;
	}
	struct source source = {name, str_text(&work->text), work->text.length};
	struct diag *diag = diag_new();
	work->settings = form_settings_read(&source, work->arena, diag);
	bool good = diag_errors(diag) == 0;
	diag_print(diag, out);
	diag_free(diag);
	return good;
}

/* ---- what a request must be ---- */

static bool
is_posted(struct work *work)
{
	const char *method = work->request->method;
	if (text_equal(method, "POST"))
		return true;
	if (text_equal(method, "GET") || text_equal(method, "HEAD"))
		form_page_form(&work->settings, work->answer);
	else
		return refuse(work, "405 Method Not Allowed", "Allow: GET, HEAD, POST\r\n",
		    "This form is fetched or sent, and nothing else.");
	return false;
}

static bool
is_ours(struct work *work)
{
	if (form_request_is_ours(work->request))
		return true;
	tell_owner(work, "refused, a page of another site uses this form",
	    *work->request->origin ? work->request->origin : work->request->referer);
	return refuse(work, "403 Forbidden", "",
	    "This form belongs to a page of another site. Please use it there.");
}

static bool
knows_visitor(struct work *work)
{
	const char *text = work->request->visitor;
	struct address address, visitor;
	if (address_parse(text, strlen(text), &address)) {
		tell_owner(work, "refused, the web server does not say who asks", NULL);
		return refuse(work, "500 Internal Server Error", "",
		    "The web server is not set up for this form.");
	}
	visitor = address_of_visitor(&address);
	address_print(&address, work->visitor);
	address_print_visitor(&visitor, work->counted_as);
	return true;
}

static bool
has_body(struct work *work)
{
	static const struct {
		int status;
		const char *code, *words;
	} reasons[] = {
	    {-ENODATA, "411 Length Required", "The request does not say how long it is."},
	    {-EFBIG, "413 Content Too Large",
		"Your text is longer than this form takes. Please shorten it."},
	    {-EPIPE, "400 Bad Request",
		"The request was cut off on its way. Please try again."},
	};
	for (size_t i = 0; i < array_length(reasons); i++)
		if (work->request->body_status == reasons[i].status)
			return refuse(work, reasons[i].code, "", reasons[i].words);
	return true;
}

static bool
has_fields(struct work *work)
{
	const char *why = NULL;
	int status = form_fields_read(
	    work->request->type, &work->request->body, work->arena, &work->fields, &why);
	if (!status)
		return true;
	return refuse(work,
	    status == -EFBIG	    ? "413 Content Too Large"
	    : status == -EOPNOTSUPP ? "415 Unsupported Media Type"
				    : "400 Bad Request",
	    "", why);
}

/* ---- what a visitor must give ---- */

static bool
is_once(struct work *work)
{
	static const char *const names[] = {FORM_TO, FORM_REPLY_TO, FORM_MESSAGE};
	for (size_t i = 0; i < array_length(names); i++)
		if (form_field_count(&work->fields, names[i]) > 1)
			return refuse(work, "400 Bad Request", "",
			    "The request has a field twice of which there is one.");
	return true;
}

/* Who fills that in is a program; it is not to learn that this was noticed. */
static bool
left_honeypot(struct work *work)
{
	if (!work->settings.honeypot || !*form_field(&work->fields, work->settings.honeypot))
		return true;
	tell_owner(work, "thrown away, the honeypot was filled in from", work->visitor);
	form_page_thanks(&work->settings, work->answer);
	return false;
}

static bool
chose_recipient(struct work *work)
{
	const char *alias = form_field(&work->fields, FORM_TO);
	work->recipient = form_recipient_find(&work->settings, alias);
	if (!*alias && work->settings.recipient_count == 1)
		work->recipient = work->settings.recipients;
	if (work->recipient)
		return true;
	tell_owner(work, "refused, there is no recipient", alias);
	return refuse(work, "400 Bad Request", "", "This form has no such recipient.");
}

static bool
gave_address(struct work *work)
{
	work->reply_to = form_field(&work->fields, FORM_REPLY_TO);
	const char *wrong = *work->reply_to ? form_address_wrong(work->reply_to) : NULL;
	if (!wrong)
		return true;
	auto_str words = {0};
	str_addf(&words,
	    "We cannot answer to that mail address: %s. Please go back and look at its "
	    "spelling.",
	    wrong);
	return refuse(work, "422 Unprocessable Content", "", str_text(&words));
}

/* Whether there is more than blanks. */
static bool
is_filled(const char *text)
{
	return text[strspn(text, " \t\r\n")] != '\0';
}

static bool
gave_all(struct work *work)
{
	const struct form_settings *settings = &work->settings;
	for (size_t i = 0; i < settings->needed_count; i++) {
		if (is_filled(form_field(&work->fields, settings->needed[i])))
			continue;
		auto_str words = {0};
		str_addf(&words, "Please go back and fill this in: %s.",
		    form_label(settings, settings->needed[i]));
		return refuse(work, "422 Unprocessable Content", "", str_text(&words));
	}
	for (size_t i = 0; i < work->fields.count; i++)
		if (!text_equal(work->fields.values[i].name, FORM_TO) &&
		    !text_equal(work->fields.values[i].name, FORM_REPLY_TO) &&
		    is_filled(work->fields.values[i].text))
			return true;
	return refuse(work, "422 Unprocessable Content", "",
	    "Please go back and write something: there is no text to send.");
}

/* ---- the limits, and the mail ---- */

static bool
refuse_limit(struct work *work, int64_t wait)
{
	int64_t seconds = (wait + 999) / 1000, minutes = (seconds + 59) / 60;
	auto_str header = {0}, words = {0};
	str_addf(&header, "Retry-After: %lld\r\n", (long long)seconds);
	str_addf(&words,
	    "Many messages were sent with this form lately. Please try again in %lld "
	    "minute%s; go back, your text is still there.",
	    (long long)minutes, minutes == 1 ? "" : "s");
	tell_owner(work, "refused, its limit is reached; asked from", work->visitor);
	return refuse(work, "429 Too Many Requests", str_text(&header), str_text(&words));
}

static bool
refuse_for_now(struct work *work, const char *what, const char *why)
{
	tell_owner(work, what, why);
	return refuse(work, "503 Service Unavailable", "Retry-After: 60\r\n",
	    "Your message could not be sent. Please try again in some minutes; go back, your "
	    "text is still there.");
}

static bool
is_within_limits(struct work *work)
{
	struct rate_file file = {work->place->home, str_text(&work->path)};
	int64_t wait = 0;
	int status = rate_file_take(&file, &work->settings, work->counted_as, work->now, &wait);
	if (status == -EAGAIN && wait)
		return refuse_limit(work, wait);
	return status ? refuse_for_now(work, "not sent, cannot count it below '~/.hayward'",
			    strerror(-status))
		      : true;
}

static bool
is_sent(struct work *work)
{
	auto_str mail = {0}, why = {0};
	form_mail_write(&(struct form_mail){&work->settings, work->recipient, &work->fields,
			    work->reply_to, work->visitor, base_name(work->place->file)},
	    &mail);
	if (form_send(work->place->sendmail, work->settings.from, work->recipient, &mail, &why))
		return true;
	struct rate_file file = {work->place->home, str_text(&work->path)};
	int status = rate_file_give_back(&file, work->counted_as, work->now);
	if (status)
		tell_owner(work, "cannot take back that it was counted", strerror(-status));
	return refuse_for_now(work, "not sent", str_text(&why));
}

static void
answer_request(struct work *work)
{
	static bool (*const steps[])(struct work *) = {is_posted, is_ours, knows_visitor,
	    has_body, has_fields, is_once, left_honeypot, chose_recipient, gave_address,
	    gave_all, is_within_limits, is_sent};
	for (size_t i = 0; i < array_length(steps); i++)
		if (!steps[i](work))
			return;
	form_page_thanks(&work->settings, work->answer);
}

void
form_answer(const struct form_place *place, const struct form_request *request, int64_t now,
    struct form_answer *answer)
{
	auto_arena struct arena *arena = arena_new();
	struct work work = {
	    .place = place, .request = request, .now = now, .answer = answer, .arena = arena};
	if (read_settings(&work, &answer->errors))
		answer_request(&work);
	else
		form_page_words("500 Internal Server Error", "", "Not in order",
		    "This form is not set up rightly. Its owner finds the reason in the error "
		    "log.",
		    answer);
	str_done(&work.path);
	str_done(&work.text);
}

int
form_check(const struct form_place *place, struct str *out)
{
	auto_arena struct arena *arena = arena_new();
	struct work work = {.place = place, .arena = arena};
	bool good = read_settings(&work, out);
	if (good)
		str_addf(out, "'%s' is in order; recipients: %zu\n", base_name(place->file),
		    work.settings.recipient_count);
	str_done(&work.path);
	str_done(&work.text);
	return !good;
}
