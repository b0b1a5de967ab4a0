/* SPDX-License-Identifier: Apache-2.0 */
/* Which request a mail came of, and what of it the visitor chose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <event2/event.h>

#include "base/str.h"
#include "gates/form_watch.h"
#include "model/mailed.h"

enum { UID = 61001, NOW = 1000000 };

static const uint8_t key[WORDS_KEY] = "some key of ours";
static const char *domains[] = {"alice.example"};
static const struct account alice = {
    .name = "alice", .contact = "alice@free.example", .domain_count = 1, .domains = domains};

struct scene {
	struct event_base *loop;
	struct form_watch *watch;
	int64_t now;
};

static bool
nobody(void *context, uint32_t uid)
{
	(void)context, (void)uid;
	return false;
}

static int
begin(void **state)
{
	static struct scene scene;
	scene.loop = event_base_new();
	scene.watch = form_watch_new(scene.loop, nobody, NULL);
	scene.now = NOW;
	*state = &scene;
	return 0;
}

static int
end(void **state)
{
	struct scene *scene = *state;
	form_watch_free(scene->watch);
	event_base_free(scene->loop);
	return 0;
}

static void
ask(struct scene *scene, uint32_t uid, const char *script, uint8_t flags, const char *body)
{
	static struct tracing tracing;
	static struct trace trace;
	uint8_t bytes[TRACE_LARGEST];
	struct parameters parameters;
	tracing_begin(&tracing, key);
	tracing.trace.uid = uid;
	tracing.trace.flags = flags;
	snprintf(tracing.trace.script, sizeof(tracing.trace.script), "%s", script);
	assert_true(parameters_begin_body(&parameters, NULL, &tracing_events, &tracing));
	parameters_feed(&parameters, body, strlen(body));
	parameters_end(&parameters);
	assert_true(trace_decode(bytes, trace_encode(&tracing.trace, bytes), &trace));
	form_watch_add(scene->watch, &trace, scene->now);
}

static struct mail_request
send_mail(struct scene *scene, const char *recipients, const char *message)
{
	struct mail_request request;
	auto_str lines = {0};
	str_add(&lines, recipients);
	const struct form_mail mail = {
	    UID, scene->now, &lines, "common.example", &alice, message, strlen(message)};
	form_watch_find(scene->watch, &mail, &request);
	return request;
}

#define WORDS "one+two+three+four+five+six+seven+eight"
#define TEXT  "Subject: x\r\n\r\none two three\r\nfour five six seven eight\r\n"

static void
test_open(void **state)
{
	struct scene *scene = *state;
	ask(scene, UID, "f.php", TRACE_COOKIE, "to=bob@x.example&m=" WORDS);
	struct mail_request request = send_mail(scene, "<Bob@x.example>\n", TEXT);
	assert_true(request.id);
	assert_true(request.has_text && request.has_cookie && !request.is_known);
	assert_false(request.to_house || request.has_added);
	assert_int_equal(request.stranger_count, 1);
	assert_int_equal(request.script, mail_request_script("/home/alice/f.php"));
	/* Of somebody else's script nothing is said. */
	ask(scene, UID + 1, "f.php", 0, "to=carl@x.example&m=" WORDS);
	assert_int_equal(send_mail(scene, "<carl@x.example>\n", "\r\nnothing of it\r\n").id, 0);
}

static void
test_wrapped(void **state)
{
	struct scene *scene = *state;
	static const char quoted[] = "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
				     "one two th=\r\nree=20four five six\r\nseven eigh=74";
	static const char base64[] =
	    "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; "
	    "boundary=b\r\n\r\n--b\r\n"
	    "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	    "PHA+b25lIHR3byB0aHJlZSBmb3VyPGJyPmZpdmUgc2l4\r\nIHNldmVuIGVpZ2h0PC9wPg==\r\n--b--"
	    "\r\n";
	ask(scene, UID, "f.php", 0, "to=bob@x.example&m=" WORDS);
	assert_true(send_mail(scene, "<bob@x.example>\n", quoted).has_text);
	assert_true(send_mail(scene, "<bob@x.example>\n", base64).has_text);
	assert_false(send_mail(scene, "<bob@x.example>\n",
	    "\r\nWelcome, this is a text of ours with which you have nothing to do: one two "
	    "three")
			 .has_text);
}

/* Two words, and nothing else in the mail. */
static void
test_short(void **state)
{
	struct scene *scene = *state;
	ask(scene, UID, "f.php", 0, "to=bob@x.example&subject=hello&m=Buy+now");
	assert_true(send_mail(scene, "<bob@x.example>\n", "Subject: hello\r\n\r\nBuy now\r\n")
			.has_text);
	assert_false(send_mail(scene, "<bob@x.example>\n", "\r\nYour code\r\n").has_text);
	assert_false(
	    send_mail(scene, "<bob@x.example>\n", "\r\nDear friend: buy now\r\n").has_text);
	assert_false(send_mail(scene, "<bob@x.example>\n", "\r\n\r\n").has_text);
}

static void
test_house(void **state)
{
	struct scene *scene = *state;
	ask(scene, UID, "f.php", 0,
	    "to=info@alice.example,alice@free.example,ALICE@common.example&m=" WORDS
	    "&e=bob@x.example");
	struct mail_request request = send_mail(scene,
	    "<info@alice.example>\n<alice@free.example>\n<alice@common.example>\n", TEXT);
	assert_true(request.id && request.to_house && request.has_text);
	assert_int_equal(request.stranger_count, 0);
	struct mail_request copy = send_mail(scene, "<bob@x.example>\n", TEXT);
	assert_int_equal(copy.id, request.id);
	assert_int_equal(copy.stranger_count, 1);
	assert_int_equal(send_mail(scene, "<office@y.example>\n", TEXT).id, request.id);
	assert_int_equal(
	    send_mail(scene, "<office@y.example>\n", "\r\nquite another text\r\n").id, 0);
}

static void
test_added(void **state)
{
	struct scene *scene = *state;
	ask(scene, UID, "f.php", 0, "e=z@x.example%0aBcc:+v@x.example&m=hello");
	assert_true(send_mail(scene, "<alice@alice.example>\n<v@x.example>\n", TEXT).has_added);
	assert_false(send_mail(scene, "<z@x.example>\n", TEXT).has_added);
}

static void
test_time(void **state)
{
	struct scene *scene = *state;
	ask(scene, UID, "f.php", 0, "to=bob@x.example&m=" WORDS);
	scene->now -= 1000;
	assert_int_equal(send_mail(scene, "<bob@x.example>\n", TEXT).id, 0);
	/* As long as it is of use. */
	for (int i = 0; i < 10; i++) {
		scene->now += 50000;
		assert_true(send_mail(scene, "<bob@x.example>\n", TEXT).id);
	}
	scene->now += 61000;
	assert_int_equal(send_mail(scene, "<bob@x.example>\n", TEXT).id, 0);
}

/* Whoever sends the form's own words along is found out, if it was used before. */
static void
test_own_words(void **state)
{
	struct scene *scene = *state;
	ask(scene, UID, "f.php", 0, "to=a@x.example&n=zoe");
	assert_false(send_mail(scene, "<a@x.example>\n", TEXT).has_text);
	ask(scene, UID, "f.php", 0, "to=b@x.example&n=" WORDS);
	assert_false(send_mail(scene, "<b@x.example>\n", TEXT).has_text);
	ask(scene, UID, "other.php", 0, "to=c@x.example&n=" WORDS);
	assert_true(send_mail(scene, "<c@x.example>\n", TEXT).has_text);
}

/* What a form says around a visitor's words goes on to count as its own. */
static void
test_receipts(void **state)
{
	struct scene *scene = *state;
	static const char receipt[] = "\r\nThank you for your order with us, which we are glad "
				      "to send you tomorrow by post: "
				      "one two three four five six seven eight";
	for (int i = 0; i < 3; i++) {
		ask(scene, UID, "f.php", 0, "to=bob@x.example&m=" WORDS);
		assert_false(send_mail(scene, "<bob@x.example>\n", receipt).has_text);
	}
}

/* What the form says around a visitor's words, and a name that changes, make no other text. */
static void
test_wording(void **state)
{
	struct scene *scene = *state;
	static const char *const texts[] = {
	    "dear+bob+we+sell+the+best+watches+of+the+whole+world+for+less+than+you+believe",
	    "dear+carla+we+sell+the+best+watches+of+the+whole+world+for+less+than+you+believe",
	    "look+at+this+page+is+it+not+lovely+we+have+to+go+there+with+all+the+children",
	};
	struct wording wordings[3];
	for (int i = 0; i < 3; i++) {
		auto_str body = {0}, message = {0};
		str_addf(&body, "to=bob@x.example&m=%s&junk=%d+%d+%d+%d", texts[i], i, i + 1,
		    i + 2, i * i);
		str_addf(&message, "\r\n%s\r\nsent by the page of old trams", texts[i]);
		ask(scene, UID, "f.php", 0, str_text(&body));
		struct mail_request request =
		    send_mail(scene, "<bob@x.example>\n", str_text(&message));
		assert_true(request.has_text && !request.is_forms);
		wordings[i] = request.wording;
	}
	assert_true(wording_agrees(&wordings[0], &wordings[1]));
	assert_false(wording_agrees(&wordings[0], &wordings[2]));
	assert_false(wording_agrees(&wordings[1], &wordings[2]));
	assert_false(wording_agrees(&(struct wording){0}, &(struct wording){0}));
}

/* Whose the words are: the visitor cannot make a confirmation his by sending its words along,
 * nor his own text the form's. */
static void
test_confirmation(void **state)
{
	struct scene *scene = *state;
	ask(scene, UID, "f.php", 0, "to=a@x.example&n=zoe");
	assert_true(send_mail(scene, "<a@x.example>\n", TEXT).is_forms);
	ask(scene, UID, "f.php", 0, "to=b@x.example&n=" WORDS);
	assert_true(send_mail(scene, "<b@x.example>\n", TEXT).is_forms);
	ask(scene, UID, "f.php", TRACE_CUT, "to=c@x.example&n=zoe");
	assert_false(send_mail(scene, "<c@x.example>\n", TEXT).is_forms);
	ask(scene, UID, "open.php", 0, "to=d@x.example&m=one+two+three");
	assert_false(send_mail(scene, "<d@x.example>\n", "\r\none two three").is_forms);
	ask(scene, UID, "open.php", 0, "to=d@x.example&m=" WORDS);
	assert_false(send_mail(scene, "<d@x.example>\n", TEXT).is_forms);
}

/* As the mail server names them, in small letters or not. */
static void
test_strangers(void **state)
{
	struct scene *scene = *state;
	ask(scene, UID, "f.php", 0, "to=bob@x.example&m=" WORDS);
	struct mail_request request = send_mail(scene, "<Bob@X.example>\n", TEXT);
	assert_int_equal(request.strangers[0], mailed_hash("<bob@x.example>", 15));
}

static void
test_bounds(void **state)
{
	struct scene *scene = *state;
	for (uint32_t i = 0; i < 5000; i++)
		ask(scene, UID, "f.php", 0, "to=bob@x.example");
	assert_int_equal(form_watch_count(scene->watch), 32);
	for (uint32_t i = 0; i < 5000; i++)
		ask(scene, UID + i, "f.php", 0, "to=bob@x.example");
	assert_int_equal(form_watch_count(scene->watch), 1024);
	assert_false(form_watch_has(scene->watch, UID));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_open, begin, end),
	    cmocka_unit_test_setup_teardown(test_wrapped, begin, end),
	    cmocka_unit_test_setup_teardown(test_short, begin, end),
	    cmocka_unit_test_setup_teardown(test_house, begin, end),
	    cmocka_unit_test_setup_teardown(test_added, begin, end),
	    cmocka_unit_test_setup_teardown(test_time, begin, end),
	    cmocka_unit_test_setup_teardown(test_own_words, begin, end),
	    cmocka_unit_test_setup_teardown(test_receipts, begin, end),
	    cmocka_unit_test_setup_teardown(test_wording, begin, end),
	    cmocka_unit_test_setup_teardown(test_confirmation, begin, end),
	    cmocka_unit_test_setup_teardown(test_strangers, begin, end),
	    cmocka_unit_test_setup_teardown(test_bounds, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
