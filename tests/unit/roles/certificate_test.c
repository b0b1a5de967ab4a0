/* SPDX-License-Identifier: Apache-2.0 */
/* A name has a pair that belongs together, whatever somebody gives or breaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "roles/certificate.h"

enum { LARGEST = 65536 };

static const int64_t now = INT64_C(1800000000000);
static const int64_t day = INT64_C(86400000);

struct place {
	char path[32];
	int folder;
};

static int
set_up(void **state)
{
	static struct place place;
	place = (struct place){.path = "/tmp/hayward-tls.XXXXXX"};
	assert_non_null(mkdtemp(place.path));
	place.folder = open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(place.folder, "given", 0755), 0);
	*state = &place;
	return 0;
}

static int
tear_down(void **state)
{
	struct place *place = *state;
	static const char *const names[] = {"a.example.pem", "a.example.key",
	    "given/a.example.pem", "given/a.example.key", "b.example.pem", "b.example.key"};
	for (size_t i = 0; i < array_length(names); i++)
		(void)unlinkat(place->folder, names[i], 0);
	assert_int_equal(unlinkat(place->folder, "given", AT_REMOVEDIR), 0);
	close(place->folder);
	return rmdir(place->path);
}

static void
copy(const struct place *place, const char *from, const char *to)
{
	auto_str bytes = {0};
	assert_int_equal(file_read(place->folder, from, LARGEST, &bytes), 0);
	assert_int_equal(file_replace(place->folder, to, 0600, bytes.data, bytes.length), 0);
}

static bool
same(const struct place *place, const char *one, const char *other)
{
	auto_str first = {0}, second = {0};
	return !file_read(place->folder, one, LARGEST, &first) &&
	       !file_read(place->folder, other, LARGEST, &second) &&
	       text_equal(str_text(&first), str_text(&second));
}

static void
test_a_name_signs_itself_once(void **state)
{
	const struct place *place = *state;
	auto_str wrong = {0};
	struct stat facts;
	assert_int_equal(
	    certificate_ensure_in(place->folder, "a.example", now, &wrong), CERTIFICATE_MADE);
	assert_int_equal(
	    certificate_ensure_in(place->folder, "a.example", now, &wrong), CERTIFICATE_KEPT);
	assert_int_equal(wrong.length, 0);
	assert_int_equal(fstatat(place->folder, "a.example.key", &facts, 0), 0);
	assert_int_equal(facts.st_mode & 0137, 0);
	assert_int_equal(fstatat(place->folder, "a.example.pem", &facts, 0), 0);
	assert_int_equal(facts.st_mode & 0777, 0644);
}

static void
test_it_is_renewed_before_its_end(void **state)
{
	const struct place *place = *state;
	auto_str wrong = {0};
	assert_int_equal(
	    certificate_ensure_in(place->folder, "a.example", now, &wrong), CERTIFICATE_MADE);
	int64_t later = now + 3600 * day;
	assert_int_equal(
	    certificate_ensure_in(place->folder, "a.example", later, &wrong), CERTIFICATE_KEPT);
	later = now + 3630 * day;
	assert_int_equal(certificate_ensure_in(place->folder, "a.example", later, &wrong),
	    CERTIFICATE_REPLACED);
	assert_int_equal(
	    certificate_ensure_in(place->folder, "a.example", later, &wrong), CERTIFICATE_KEPT);
}

static void
test_what_is_broken_is_made_anew(void **state)
{
	const struct place *place = *state;
	auto_str wrong = {0};
	assert_int_equal(
	    certificate_ensure_in(place->folder, "a.example", now, &wrong), CERTIFICATE_MADE);
	assert_int_equal(
	    certificate_ensure_in(place->folder, "b.example", now, &wrong), CERTIFICATE_MADE);
	copy(place, "b.example.key", "a.example.key");
	assert_int_equal(certificate_ensure_in(place->folder, "a.example", now, &wrong),
	    CERTIFICATE_REPLACED);
	assert_false(same(place, "a.example.key", "b.example.key"));
	assert_int_equal(file_replace(place->folder, "a.example.pem", 0644, "-----", 5), 0);
	assert_int_equal(certificate_ensure_in(place->folder, "a.example", now, &wrong),
	    CERTIFICATE_REPLACED);
}

static void
test_a_given_one_wins_and_stays(void **state)
{
	const struct place *place = *state;
	auto_str wrong = {0};
	assert_int_equal(
	    certificate_ensure_in(place->folder, "b.example", now, &wrong), CERTIFICATE_MADE);
	assert_int_equal(
	    certificate_ensure_in(place->folder, "a.example", now, &wrong), CERTIFICATE_MADE);
	copy(place, "b.example.pem", "given/a.example.pem");
	copy(place, "b.example.key", "given/a.example.key");
	assert_int_equal(certificate_ensure_in(place->folder, "a.example", now, &wrong),
	    CERTIFICATE_REPLACED);
	assert_true(same(place, "a.example.pem", "b.example.pem"));
	assert_true(same(place, "a.example.key", "b.example.key"));
	assert_int_equal(
	    certificate_ensure_in(place->folder, "a.example", now, &wrong), CERTIFICATE_KEPT);
	assert_int_equal(unlinkat(place->folder, "given/a.example.pem", 0), 0);
	assert_int_equal(unlinkat(place->folder, "given/a.example.key", 0), 0);
	assert_int_equal(
	    certificate_ensure_in(place->folder, "a.example", now, &wrong), CERTIFICATE_KEPT);
	assert_true(same(place, "a.example.pem", "b.example.pem"));
	assert_int_equal(wrong.length, 0);
}

static void
test_a_given_one_that_is_wrong_is_told(void **state)
{
	const struct place *place = *state;
	auto_str wrong = {0};
	assert_int_equal(
	    certificate_ensure_in(place->folder, "a.example", now, &wrong), CERTIFICATE_MADE);
	assert_int_equal(
	    certificate_ensure_in(place->folder, "b.example", now, &wrong), CERTIFICATE_MADE);
	copy(place, "b.example.pem", "given/a.example.pem");
	assert_int_equal(
	    certificate_ensure_in(place->folder, "a.example", now, &wrong), CERTIFICATE_KEPT);
	assert_true(text_starts_with(str_text(&wrong), "cannot use the certificate given"));
	str_clear(&wrong);
	copy(place, "a.example.key", "given/a.example.key");
	assert_int_equal(
	    certificate_ensure_in(place->folder, "a.example", now, &wrong), CERTIFICATE_KEPT);
	assert_true(wrong.length > 0);
	assert_false(same(place, "a.example.pem", "b.example.pem"));
}

static void
test_names_that_are_paths_are_refused(void **state)
{
	const struct place *place = *state;
	static const char *const names[] = {"", "../x", "a/b", ".hidden", "a\nb", "A.example"};
	for (size_t i = 0; i < array_length(names); i++) {
		auto_str wrong = {0};
		assert_int_equal(
		    certificate_ensure_in(place->folder, names[i], now, &wrong), -EINVAL);
		assert_true(wrong.length > 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_a_name_signs_itself_once, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_it_is_renewed_before_its_end, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_what_is_broken_is_made_anew, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_a_given_one_wins_and_stays, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_a_given_one_that_is_wrong_is_told, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_names_that_are_paths_are_refused, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
