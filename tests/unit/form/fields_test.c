/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of requests, and the addresses in them: those of `injections` are all refused. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "main/form/address.h"
#include "main/form/fields.h"
#include "main/form/request.h"

#define URLENCODED  "application/x-www-form-urlencoded"
#define MULTIPART   "multipart/form-data; boundary=b"
#define NAMED(name) "Content-Disposition: form-data; name=\"" name "\"\r\n"

static const char *injections;

static int
read_body(const char *type, const char *body, size_t length, struct arena *arena,
    struct form_fields *fields)
{
	auto_str text = {0};
	const char *why = NULL;
	str_add_bytes(&text, body, length);
	int status = form_fields_read(type, &text, arena, fields, &why);
	assert_int_equal(status != 0, status == 0 ? 0 : why != NULL);
	return status;
}

static const struct {
	const char *what, *type, *body;
	int status;
	const char *a, *b; /* the values of those two fields */
} bodies[] = {
    {"plain", URLENCODED, "a=1&b=2", 0, "1", "2"},
    {"with a set", URLENCODED "; charset=UTF-8", "a=1", 0, "1", ""},
    {"in capitals", "APPLICATION/X-WWW-FORM-URLENCODED", "a=1", 0, "1", ""},
    {"decoded", URLENCODED, "a=x+y%20z%2B%26%3d&b=%C3%BC", 0, "x y z+&=", "\xc3\xbc"},
    {"equals in it", URLENCODED, "a=b=c&b", 0, "b=c", ""},
    {"nothing between", URLENCODED, "&&a=1&&b=2&", 0, "1", "2"},
    {"decoded once", URLENCODED, "a=%2541", 0, "%41", ""},
    {"the first of two", URLENCODED, "a=1&a=2", 0, "1", ""},
    {"empty", URLENCODED, "", 0, "", ""},
    {"an encoded name", URLENCODED, "%61=1", 0, "1", ""},
    {"no name", URLENCODED, "=1", -EINVAL, NULL, NULL},
    {"a broken escape", URLENCODED, "a=%4", -EINVAL, NULL, NULL},
    {"another", URLENCODED, "a=%zz", -EINVAL, NULL, NULL},
    {"and at the end", URLENCODED, "a=%", -EINVAL, NULL, NULL},
    {"a NUL", URLENCODED, "a=x%00y", -EINVAL, NULL, NULL},
    {"in a name", URLENCODED, "a%00=x", -EINVAL, NULL, NULL},
    {"another type", "text/plain", "a=1", -EOPNOTSUPP, NULL, NULL},
    {"nearly a type", URLENCODED "x", "a=1", -EOPNOTSUPP, NULL, NULL},
    {"no type", "", "a=1", -EOPNOTSUPP, NULL, NULL},
    {"parts", MULTIPART,
	"--b\r\n" NAMED("a") "\r\n1\r\n--b\r\n" NAMED("b") "\r\n2\r\n3\r\n--b--\r\n", 0, "1",
	"2\r\n3"},
    {"a quoted boundary", "multipart/form-data; boundary=\"b c\"; x=y",
	"--b c\r\n" NAMED("a") "\r\n1\r\n--b c--", 0, "1", ""},
    {"other headers", MULTIPART,
	"--b\r\nContent-Type: text/plain; name=\"b\"\r\ncontent-disposition:form-data ; "
	"name=a\r\n\r\n1\r\n--b--",
	0, "1", ""},
    {"nearly a delimiter", MULTIPART, "--b\r\n" NAMED("a") "\r\n--b\n--b\r\n-\r\n--b--", 0,
	"--b\n--b\r\n-", ""},
    {"more behind a delimiter", MULTIPART, "--b\r\n" NAMED("a") "\r\n1\r\n--bc\r\n--b--",
	-EINVAL, NULL, NULL},
    {"an empty value", MULTIPART, "--b\r\n" NAMED("a") "\r\n\r\n--b--", 0, "", ""},
    {"no file", MULTIPART,
	"--b\r\nContent-Disposition: form-data; name=\"f\"; "
	"filename=\"\"\r\n\r\n\r\n--b\r\n" NAMED("a") "\r\n1\r\n--b--",
	0, "1", ""},
    {"a file", MULTIPART,
	"--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"x\"\r\n\r\n1\r\n--b--",
	-EOPNOTSUPP, NULL, NULL},
    {"a file without a name", MULTIPART,
	"--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"\"\r\n\r\n1\r\n--b--",
	-EOPNOTSUPP, NULL, NULL},
    {"a file in other words", MULTIPART,
	"--b\r\nContent-Disposition: form-data; name=a; FILENAME*=utf-8''x\r\n\r\n1\r\n--b--",
	-EOPNOTSUPP, NULL, NULL},
    {"an empty file with a name", MULTIPART,
	"--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"x\"\r\n\r\n\r\n--b--",
	-EOPNOTSUPP, NULL, NULL},
    {"not ended", MULTIPART, "--b\r\n" NAMED("a") "\r\n1\r\n--b\r\n", -EINVAL, NULL, NULL},
    {"cut", MULTIPART, "--b\r\n" NAMED("a") "\r\n1", -EINVAL, NULL, NULL},
    {"another boundary", MULTIPART, "--c\r\n" NAMED("a") "\r\n1\r\n--c--", -EINVAL, NULL, NULL},
    {"no boundary", "multipart/form-data", "--b\r\n", -EINVAL, NULL, NULL},
    {"an empty boundary", "multipart/form-data; boundary=", "--\r\n", -EINVAL, NULL, NULL},
    {"a part without a name", MULTIPART, "--b\r\n\r\n1\r\n--b--", -EINVAL, NULL, NULL},
    {"a part that is no field", MULTIPART,
	"--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--b--", -EINVAL, NULL,
	NULL},
    {"a name without an end", MULTIPART,
	"--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--b--", -EINVAL, NULL,
	NULL},
};

static void
test_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_length(bodies); i++) {
		auto_arena struct arena *arena = arena_new();
		struct form_fields fields;
		int status = read_body(
		    bodies[i].type, bodies[i].body, strlen(bodies[i].body), arena, &fields);
		if (status != bodies[i].status)
			fail_msg("%s: %d", bodies[i].what, status);
		if (!status && (strcmp(form_field(&fields, "a"), bodies[i].a) != 0 ||
				   strcmp(form_field(&fields, "b"), bodies[i].b) != 0))
			fail_msg("%s: '%s' '%s'", bodies[i].what, form_field(&fields, "a"),
			    form_field(&fields, "b"));
	}
}

static void
test_bounds(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	struct form_fields fields;
	auto_str body = {0};
	for (int i = 0; i < FORM_MOST_VALUES; i++)
		str_add(&body, "a=1&");
	assert_int_equal(read_body(URLENCODED, body.data, body.length, arena, &fields), 0);
	assert_int_equal(form_field_count(&fields, "a"), FORM_MOST_VALUES);
	str_add(&body, "a=1");
	assert_int_equal(read_body(URLENCODED, body.data, body.length, arena, &fields), -EFBIG);
	str_clear(&body);
	str_add_fill(&body, 'n', 65);
	str_add(&body, "=1");
	assert_int_equal(read_body(URLENCODED, body.data, body.length, arena, &fields), -EFBIG);
	str_clear(&body);
	str_add(&body, "a=");
	str_add_fill(&body, 'x', FORM_LARGEST_TEXT - 1);
	assert_int_equal(read_body(URLENCODED, body.data, body.length, arena, &fields), 0);
	str_add(&body, "&b=1");
	assert_int_equal(read_body(URLENCODED, body.data, body.length, arena, &fields), -EFBIG);
	str_add_fill(&body, '&', FORM_LARGEST_REQUEST);
	assert_int_equal(read_body(URLENCODED, body.data, body.length, arena, &fields), -EFBIG);
	assert_int_equal(read_body(URLENCODED, "a=\0b", 4, arena, &fields), -EINVAL);
}

static void
test_good_addresses(void **state)
{
	static const char *const good[] = {"a@b.example", "a.b+c_d-e=f@x-y.b.example",
	    "o'hara@b.example", "A@B.EXAMPLE", "1@1.example", "a/b@c.example",
	    "info@xn--zrich-kva.example",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b.example"};
	(void)state;
	for (size_t i = 0; i < array_length(good); i++)
		if (form_address_wrong(good[i]))
			fail_msg("'%s': %s", good[i], form_address_wrong(good[i]));
}

/* Each is refused as a request or as an address; and none is what a header would break at. */
static void
test_injections(void **state)
{
	(void)state;
	auto_str text = {0};
	size_t length, count = 0;
	assert_int_equal(file_read(AT_FDCWD, injections, 1 << 20, &text), 0);
	const char *at = str_text(&text);
	for (const char *line; (line = text_next_line(&at, &length)); count++) {
		auto_arena struct arena *arena = arena_new();
		struct form_fields fields;
		auto_str body = {0};
		str_addf(&body, "reply-to=%.*s", (int)length, line);
		if (!read_body(URLENCODED, body.data, body.length, arena, &fields) &&
		    !form_address_wrong(form_field(&fields, "reply-to")))
			fail_msg("taken as an address: %.*s", (int)length, line);
	}
	assert_true(count > 100);
}

/* No byte but those of an address is let pass, wherever it stands. */
static void
test_bytes(void **state)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-+=~#&'/?";
	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		char local[] = "axa@b.example", domain[] = "a@bxb.example";
		local[1] = domain[3] = (char)byte;
		if (!form_address_wrong(local) && !strchr(allowed, byte))
			fail_msg("byte %d before the '@'", byte);
		if (!form_address_wrong(domain) && !strchr(allowed, byte))
			fail_msg("byte %d behind the '@'", byte);
	}
}

static const struct {
	bool ours;
	const char *host, *origin, *referer, *fetch_site;
} visits[] = {
    {true, "a.example", "", "", ""},
    {true, "a.example", "http://a.example", "", ""},
    {true, "a.example", "https://A.example", "https://a.example/x?y=http://b.example", ""},
    {true, "a.example:80", "http://a.example", "", ""},
    {true, "a.example", "https://a.example:443", "", ""},
    {true, "a.example:8080", "http://a.example:8080", "http://a.example:8080/", ""},
    {true, "a.example", "null", "", "same-origin"},
    {false, "a.example", "null", "", ""},
    {false, "a.example", "null", "", "cross-site"},
    {false, "a.example", "http://b.example", "", "same-origin"},
    {false, "a.example", "http://a.example.b.example", "", ""},
    {false, "a.example", "http://a.example@b.example", "", ""},
    {false, "a.example", "http://b.example/a.example", "", ""},
    {false, "a.example", "http://a.example:8080", "", ""},
    {false, "a.example", "file://a.example", "", ""},
    {false, "a.example", "a.example", "", ""},
    {false, "a.example", "http://", "", ""},
    {false, "", "http://", "", ""},
    {false, "", "http://a.example", "", ""},
    {false, "a.example", "", "http://b.example/a.example", ""},
    {false, "a.example", "http://a.example", "http://b.example/", ""},
};

static void
test_origins(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_length(visits); i++) {
		struct form_request request = {.host = visits[i].host,
		    .origin = visits[i].origin,
		    .referer = visits[i].referer,
		    .fetch_site = visits[i].fetch_site};
		if (form_request_is_ours(&request) != visits[i].ours)
			fail_msg("host '%s', origin '%s', referer '%s'", visits[i].host,
			    visits[i].origin, visits[i].referer);
	}
}

int
main(int count, char **arguments)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bodies),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_good_addresses),
	    cmocka_unit_test(test_injections),
	    cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_origins),
	};
	injections = count > 1 ? arguments[1] : "injections";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
