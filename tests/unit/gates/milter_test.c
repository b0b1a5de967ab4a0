/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations as a mail server leads them, in pieces of every size, and such as none would. */
#include "gates/milter.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Writes down what it hears; answers at once, with `verdict`, unless told to wait. */
struct filter {
	struct milter *milter;
	struct str heard;
	bool later;
	enum milter_verdict verdict;
	const char *words;
	int status;
};

static void
question(void *context, enum milter_stage stage, const char *argument)
{
	struct filter *filter = context;
	str_addf(&filter->heard, "%s(%s) ", milter_stage_name(stage), argument);
	if (!filter->later)
		filter->status = milter_answer(filter->milter, filter->verdict, filter->words);
}

static void
header(void *context, const char *name, const char *value)
{
	struct filter *filter = context;
	str_addf(&filter->heard, "%s=%s ", name, value);
}

static void
end_of_headers(void *context)
{
	struct filter *filter = context;
	str_add(&filter->heard, "; ");
}

static void
body(void *context, const void *bytes, size_t length)
{
	struct filter *filter = context;
	str_add_char(&filter->heard, '"');
	str_add_bytes(&filter->heard, bytes, length);
	str_add(&filter->heard, "\" ");
}

static void
forget(void *context)
{
	struct filter *filter = context;
	str_add(&filter->heard, "forget ");
}

static const struct milter_events events = {question, header, end_of_headers, body, forget};

static void
filter_begin(struct filter *filter)
{
	*filter = (struct filter){.verdict = MILTER_CONTINUE, .words = ""};
	filter->milter = milter_new(&events, filter);
}

static void
filter_end(struct filter *filter)
{
	milter_free(filter->milter);
	str_done(&filter->heard);
}

static void
add_packet(struct str *out, char command, const char *data, size_t length)
{
	const unsigned char size[] = {0, (unsigned char)((length + 1) >> 16),
	    (unsigned char)((length + 1) >> 8), (unsigned char)(length + 1)};
	str_add_bytes(out, size, sizeof(size));
	str_add_char(out, command);
	str_add_bytes(out, data, length);
}

#define PACKET(out, command, data) add_packet(out, command, data, sizeof(data) - 1)

static void
add_agreement(struct str *out)
{
	PACKET(out, 'O', "\0\0\0\6\0\0\1\377\0\37\377\377");
}

static void
add_client(struct str *out)
{
	PACKET(out, 'D', "C{client_port}\0" "4711\0" "j\0" "mail.example\0");
	PACKET(out, 'C', "client.example\0" "4" "\x12\x67" "192.0.2.7\0");
	PACKET(out, 'H', "client.example\0");
}

static void
add_message(struct str *out)
{
	PACKET(out, 'D', "M{auth_authen}\0" "alice\0");
	PACKET(out, 'M', "<a@one.example>\0SIZE=7\0");
	PACKET(out, 'R', "<b@two.example>\0");
	PACKET(out, 'T', "");
	PACKET(out, 'L', "Subject\0one\n two\0");
	PACKET(out, 'N', "");
	PACKET(out, 'B', "hello\r\n");
	PACKET(out, 'D', "Ei\0" "4F00BA\0");
	PACKET(out, 'E', "bye");
}

/* Letters of the answers so far; they are gone. */
static const char *
answers(struct filter *filter)
{
	static char letters[64];
	struct str *out = milter_output(filter->milter);
	size_t count = 0;
	for (size_t at = 0; at < out->length;) {
		const unsigned char *size = (const unsigned char *)out->data + at;
		uint32_t length = (uint32_t)size[1] << 16 | (uint32_t)size[2] << 8 | size[3];
		assert_true(length && at + 4 + length <= out->length);
		letters[count++] = out->data[at + 4];
		at += 4 + length;
	}
	letters[count] = '\0';
	str_clear(out);
	return letters;
}

static void
test_a_conversation(void **state)
{
	(void)state;
	auto_str bytes = {0};
	add_agreement(&bytes);
	add_client(&bytes);
	add_message(&bytes);
	add_message(&bytes);
	for (size_t piece = 1; piece < 40; piece++) {
		struct filter filter;
		filter_begin(&filter);
		for (size_t at = 0; at < bytes.length; at += piece) {
			size_t left = bytes.length - at;
			assert_int_equal(milter_read(filter.milter, bytes.data + at,
					     left < piece ? left : piece),
			    0);
		}
		const char message[] =
		    "MAIL(<a@one.example>) RCPT(<b@two.example>) Subject=one\n two ; "
		    "\"hello\r\n\" \"bye\" END-OF-MESSAGE() forget ";
		auto_str expected = {0};
		str_addf(&expected, "CONNECT() %s%s", message, message);
		assert_string_equal(str_text(&filter.heard), str_text(&expected));
		assert_string_equal(answers(&filter), "Occccccc");
		filter_end(&filter);
	}
}

static void
test_facts(void **state)
{
	(void)state;
	struct filter filter;
	auto_str bytes = {0};
	filter_begin(&filter);
	assert_null(milter_client(filter.milter));
	add_agreement(&bytes);
	add_client(&bytes);
	PACKET(&bytes, 'D', "M{auth_authen}\0" "alice\0");
	PACKET(&bytes, 'M', "<a@one.example>\0");
	assert_int_equal(milter_read(filter.milter, bytes.data, bytes.length), 0);
	const struct milter_client *client = milter_client(filter.milter);
	assert_string_equal(client->name, "client.example");
	assert_string_equal(client->address, "192.0.2.7");
	assert_int_equal(client->port, 0x1267);
	assert_int_equal(client->family, MILTER_IPV4);
	assert_string_equal(milter_macro(filter.milter, "client_port"), "4711");
	assert_string_equal(milter_macro(filter.milter, "j"), "mail.example");
	assert_string_equal(milter_macro(filter.milter, "auth_authen"), "alice");
	assert_null(milter_macro(filter.milter, "auth"));
	str_clear(&bytes);
	PACKET(&bytes, 'A', "");
	PACKET(&bytes, 'A', "");
	assert_int_equal(milter_read(filter.milter, bytes.data, bytes.length), 0);
	assert_null(milter_macro(filter.milter, "auth_authen"));
	assert_string_equal(milter_macro(filter.milter, "j"), "mail.example");
	assert_non_null(strstr(str_text(&filter.heard), "MAIL(<a@one.example>) forget "));
	assert_null(strstr(str_text(&filter.heard), "forget forget"));
	filter_end(&filter);
}

static void
test_an_answer_later(void **state)
{
	(void)state;
	struct filter filter;
	auto_str bytes = {0};
	filter_begin(&filter);
	filter.later = true;
	add_agreement(&bytes);
	add_client(&bytes);
	add_message(&bytes);
	assert_int_equal(milter_read(filter.milter, bytes.data, bytes.length), 0);
	assert_string_equal(str_text(&filter.heard), "CONNECT() ");
	assert_true(milter_waits(filter.milter));
	for (int i = 0; i < 3; i++)
		assert_int_equal(milter_answer(filter.milter, MILTER_CONTINUE, ""), 0);
	assert_non_null(strstr(str_text(&filter.heard), "END-OF-MESSAGE() "));
	milter_insert_header(filter.milter, "X-Name", "value");
	milter_remove_header(filter.milter, "X-Name", 1);
	milter_hold(filter.milter, "why");
	assert_int_equal(milter_answer(filter.milter, MILTER_ACCEPT, ""), 0);
	assert_false(milter_waits(filter.milter));
	assert_string_equal(answers(&filter), "Occcimqa");
	filter_end(&filter);
}

/* As long as Postfix lets it be, header_size_limit: nobody else's idea of what is honest. */
static void
test_a_long_header(void **state)
{
	(void)state;
	struct filter filter;
	auto_str bytes = {0}, header = {0};
	filter_begin(&filter);
	add_agreement(&bytes);
	add_client(&bytes);
	PACKET(&bytes, 'M', "<a@one.example>\0");
	str_add_bytes(&header, "To", sizeof("To"));
	while (header.length < 102400)
		str_add(&header, " <somebody@example.net>,");
	str_add_char(&header, '\0');
	for (int i = 0; i < 3; i++)
		add_packet(&bytes, 'L', header.data, header.length);
	PACKET(&bytes, 'N', "");
	for (size_t at = 0; at < bytes.length; at += 4096) {
		size_t left = bytes.length - at;
		assert_int_equal(
		    milter_read(filter.milter, bytes.data + at, left < 4096 ? left : 4096), 0);
	}
	assert_true(filter.heard.length > 3 * 102400);
	assert_string_equal(filter.heard.data + filter.heard.length - 2, "; ");
	filter_end(&filter);
}

static void
test_thrown_away(void **state)
{
	(void)state;
	struct filter filter;
	auto_str bytes = {0};
	filter_begin(&filter);
	add_agreement(&bytes);
	add_client(&bytes);
	assert_int_equal(milter_read(filter.milter, bytes.data, bytes.length), 0);
	filter.verdict = MILTER_DISCARD;
	str_clear(&bytes);
	PACKET(&bytes, 'M', "<a@one.example>\0");
	assert_int_equal(milter_read(filter.milter, bytes.data, bytes.length), 0);
	assert_string_equal(answers(&filter), "Ocd");
	filter_end(&filter);
}

/* Each is refused for good, wherever it comes. */
static void
test_against_the_protocol(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t length;
	} wrong[] = {
#define WRONG(text) {text, sizeof(text) - 1}
	    WRONG("\0\0\0\0"),
	    WRONG("\377\377\377\377O"),
	    WRONG("\0\4\0\2B"),
	    WRONG("\0\0\0\1?"),
	    WRONG("\0\0\0\1M"),
	    WRONG("\0\0\0\3Mab"),
	    WRONG("\0\0\0\1C"),
	    WRONG("\0\0\0\4C\0" "4\1"),
	    WRONG("\0\0\0\6C\0" "4\1\1x"),
	    WRONG("\0\0\0\1D"),
	    WRONG("\0\0\0\4DMi\0"),
	    WRONG("\0\0\0\3DMi"),
	    WRONG("\0\0\0\1E"),
	    WRONG("\0\0\0\1N"),
	    WRONG("\0\0\0\3Lx\0"),
	    WRONG("\0\0\0\15O\0\0\0\6\0\0\1\377\0\37\377\377"),
	};
	for (size_t i = 0; i < array_length(wrong); i++) {
		struct filter filter;
		auto_str bytes = {0};
		filter_begin(&filter);
		add_agreement(&bytes);
		assert_int_equal(milter_read(filter.milter, bytes.data, bytes.length), 0);
		str_clear(milter_output(filter.milter));
		assert_int_equal(
		    milter_read(filter.milter, wrong[i].bytes, wrong[i].length), -EBADMSG);
		assert_int_equal(milter_read(filter.milter, "", 0), -EBADMSG);
		assert_int_equal(milter_output(filter.milter)->length, 0);
		filter_end(&filter);
	}
}

static void
test_too_little_offered(void **state)
{
	(void)state;
	static const char *const offers[] = {
	    "\0\0\0\2\0\0\1\377\0\37\377\377",
	    "\0\0\0\6\0\0\0\77\0\37\377\377",
	    "\0\0\0\6\0\0\1\377\0\0\0\177",
	};
	for (size_t i = 0; i < array_length(offers); i++) {
		struct filter filter;
		auto_str bytes = {0};
		filter_begin(&filter);
		add_packet(&bytes, 'O', offers[i], 12);
		assert_int_equal(
		    milter_read(filter.milter, bytes.data, bytes.length), -EBADMSG);
		filter_end(&filter);
	}
}

static void
test_words(void **state)
{
	(void)state;
	static const struct {
		const char *said;
		const char *sent;
	} cases[] = {
	    {"550 5.7.1 virus", "550 5.7.1 virus"},
	    {"550 5.7.1 one\ntwo\nthree", "550-5.7.1 one\r\n550-5.7.1 two\r\n550 5.7.1 three"},
	    {"451 wait", "451 wait"},
	    {"550 5.7.1 100% sure\r", "550 5.7.1 100%% sure\\x0d"},
	    {"250 2.0.0 fine", "451 4.3.0 250 2.0.0 fine"},
	    {"", "451 4.3.0 refused"},
	};
	for (size_t i = 0; i < array_length(cases); i++) {
		struct filter filter;
		auto_str bytes = {0};
		filter_begin(&filter);
		add_agreement(&bytes);
		assert_int_equal(milter_read(filter.milter, bytes.data, bytes.length), 0);
		str_clear(milter_output(filter.milter));
		filter.verdict = MILTER_REPLY;
		filter.words = cases[i].said;
		str_clear(&bytes);
		PACKET(&bytes, 'C', "client.example\0U");
		assert_int_equal(milter_read(filter.milter, bytes.data, bytes.length), 0);
		const struct str *out = milter_output(filter.milter);
		assert_int_equal(out->length, 4 + 1 + strlen(cases[i].sent) + 1);
		assert_string_equal(out->data + 5, cases[i].sent);
		filter_end(&filter);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_conversation),
	    cmocka_unit_test(test_facts),
	    cmocka_unit_test(test_an_answer_later),
	    cmocka_unit_test(test_a_long_header),
	    cmocka_unit_test(test_thrown_away),
	    cmocka_unit_test(test_against_the_protocol),
	    cmocka_unit_test(test_too_little_offered),
	    cmocka_unit_test(test_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
