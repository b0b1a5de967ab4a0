/* SPDX-License-Identifier: Apache-2.0 */
/* Who sends spam is known in the next life, and by what an older one knew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "senders_scene.h"

/* Over a restart, in the middle. */
static void
test_rated_kept(void **state)
{
	struct scene *scene = *state;
	for (uint64_t i = 1; i <= 4; i++)
		assert_false(scene_rate(scene, scene_send_mail(scene, SCRIPT, i, 1), true));
	auto_str bytes = {0};
	senders_encode(scene->senders, &bytes);
	senders_free(scene->senders);
	scene->senders = senders_new();
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	senders_decode(scene->senders, &reader, SENDERS_NOW, 1000);
	assert_int_equal(wire_end(&reader), 0);
	bool guilty = false;
	for (uint64_t i = 5; i <= 6 && !guilty; i++)
		guilty = scene_rate(scene, scene_send_mail(scene, SCRIPT, i, 1), true);
	assert_true(guilty);
}

/* What is known is known in the next life, and bytes that are none are nobody. */
static void
test_saved(void **state)
{
	struct scene *scene = *state;
	uint64_t first = scene->sent + 1;
	for (uint64_t i = 0; i < 300; i++)
		scene_send_mail(scene, SCRIPT, i + 1, 1);
	for (uint64_t i = 172; i < 178; i++)
		scene_hear(scene, first + i, 1, false);
	auto_str bytes = {0};
	senders_encode(scene->senders, &bytes);
	for (size_t length = 0; length < bytes.length; length += 7) {
		struct senders *cut = senders_new();
		struct wire_reader reader = wire_read(bytes.data, length);
		senders_decode(cut, &reader, SENDERS_NOW, 1000);
		assert_true(reader.failed);
		auto_str nothing = {0};
		senders_encode(cut, &nothing);
		assert_int_equal(nothing.length, 4);
		senders_free(cut);
	}
	senders_free(scene->senders);
	scene->senders = senders_new();
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	senders_decode(scene->senders, &reader, SENDERS_NOW, 1000);
	assert_int_equal(wire_end(&reader), 0);
	auto_str again = {0};
	senders_encode(scene->senders, &again);
	assert_int_equal(again.length, bytes.length);
	assert_memory_equal(again.data, bytes.data, bytes.length);
	assert_false(scene_hear(scene, first, 1, false));
	bool guilty = false;
	for (uint64_t i = 178; i < 240 && !guilty; i++)
		guilty = scene_hear(scene, first + i, 1, false);
	assert_true(guilty);
}

/* One sender, of whose rated mails so many were bad, in front of his contacts. */
static void
put_sender(struct str *bytes, uint32_t bad, uint32_t all, uint32_t contacts)
{
	struct subject subject = scene_script(SCRIPT);
	wire_put_u32(bytes, 1);
	subject_encode(&subject, bytes);
	wire_put_text(bytes, "/home/a/form.php");
	wire_put_i64(bytes, 900);
	wire_put_u32(bytes, bad);
	wire_put_u32(bytes, all);
	wire_put_u32(bytes, contacts);
}

/* As version 10 of the checkpoint has it: one sender, and six contacts of his. */
static void
test_older(void **state)
{
	struct scene *scene = *state;
	auto_str bytes = {0};
	put_sender(&bytes, 4, 6, 6);
	for (uint64_t i = 1; i <= 6; i++) {
		wire_put_u64(&bytes, i);
		wire_put_u64(&bytes, 7000 + i);
		wire_put_u32(&bytes, 1);
		wire_put_u32(&bytes, i <= 4);
		wire_put_u8(&bytes, false);
		wire_put_u8(&bytes, true);
	}
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	senders_decode(scene->senders, &reader, SENDERS_UNDATED, 1000);
	assert_int_equal(wire_end(&reader), 0);
	bool guilty = false;
	for (uint64_t i = 10; i < 14 && !guilty; i++)
		guilty = scene_rate(scene, scene_send_mail(scene, SCRIPT, i, 1), true);
	assert_true(guilty);
}

/* As versions 11 and 12 have it, which do not tell who said that somebody is unknown: of one he
 * counts, of several as the word of one of them. */
static void
test_untold(void **state)
{
	struct scene *scene = *state;
	auto_str bytes = {0};
	put_sender(&bytes, 0, 0, 10);
	for (uint64_t i = 1; i <= 10; i++) {
		uint32_t recipients = i == 10 ? 30 : 1;
		wire_put_u64(&bytes, i);
		wire_put_u64(&bytes, 7000 + i);
		wire_put_u64(&bytes, i == 10 ? 0 : i);
		wire_put_i64(&bytes, 900);
		wire_put_i64(&bytes, 900);
		wire_put_u32(&bytes, recipients);
		wire_put_u32(&bytes, recipients);
		wire_put_u8(&bytes, false);
		wire_put_u8(&bytes, false);
		wire_put_u8(&bytes, false);
	}
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	senders_decode(scene->senders, &reader, SENDERS_UNTOLD_BY, 1000);
	assert_int_equal(wire_end(&reader), 0);
	scene->sent = 1000;
	for (uint64_t i = 0; i < 3; i++)
		assert_false(
		    scene_hear(scene, scene_send_mail(scene, SCRIPT, 50 + i, 1), 1, false));
	bool guilty = false;
	for (uint64_t i = 10; i < 36 && !guilty; i++)
		guilty = scene_hear(scene, scene_send_mail(scene, SCRIPT, 50 + i, 1), 1, false);
	assert_true(guilty);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_rated_kept, scene_begin, scene_end),
	    cmocka_unit_test_setup_teardown(test_saved, scene_begin, scene_end),
	    cmocka_unit_test_setup_teardown(test_older, scene_begin, scene_end),
	    cmocka_unit_test_setup_teardown(test_untold, scene_begin, scene_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
