/* SPDX-License-Identifier: Apache-2.0 */
/* The key of a site's passes: made once, for root alone, and told to no other place than was
 * asked. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "site/pass_key.h"

/* A state directory that is not there yet, in a folder of its own. */
struct scene {
	char folder[64];
	char state[80];
	char key[128];
	struct site_paths paths;
};

static struct scene
scene_new(void)
{
	struct scene scene = {.folder = "/tmp/pass-key-XXXXXX"};
	assert_non_null(mkdtemp(scene.folder));
	snprintf(scene.state, sizeof(scene.state), "%s/state", scene.folder);
	snprintf(scene.key, sizeof(scene.key), "%s/gate/pass-key", scene.state);
	return scene;
}

static void
scene_done(struct scene *scene)
{
	char gate[128];
	snprintf(gate, sizeof(gate), "%s/gate", scene->state);
	unlink(scene->key);
	if (rmdir(gate))
		unlink(gate);
	rmdir(scene->state);
	assert_int_equal(rmdir(scene->folder), 0);
}

static int
tell(struct scene *scene, struct str *digits, struct str *why)
{
	scene->paths = (struct site_paths){.whole = scene->state};
	return pass_key_tell(&scene->paths, digits, why);
}

static void
test_it_is_made_once(void **state)
{
	(void)state;
	struct scene scene = scene_new();
	auto_str first = {0}, second = {0}, why = {0};
	unsigned char key[GATE_KEY_SIZE], zero[GATE_KEY_SIZE] = {0};
	struct stat facts;
	assert_int_equal(tell(&scene, &first, &why), 0);
	assert_int_equal(tell(&scene, &second, &why), 0);
	assert_string_equal(str_text(&first), str_text(&second));
	assert_int_equal(first.length, 2 * GATE_KEY_SIZE);
	assert_int_equal(pass_key_read(str_text(&first), key), 0);
	assert_memory_not_equal(key, zero, sizeof(key));
	assert_int_equal(stat(scene.key, &facts), 0);
	assert_int_equal(facts.st_mode & 07777, 0600);
	assert_int_equal(facts.st_size, GATE_KEY_SIZE);
	scene_done(&scene);
}

/* The state directory is not root's: whoever has it must not lead us elsewhere. */
static void
test_no_link_is_followed(void **state)
{
	(void)state;
	struct scene scene = scene_new();
	auto_str digits = {0}, why = {0}, link = {0};
	str_addf(&link, "%s/gate", scene.state);
	assert_int_equal(mkdir(scene.state, 0755), 0);
	assert_int_equal(symlink(scene.folder, str_text(&link)), 0);
	assert_int_not_equal(tell(&scene, &digits, &why), 0);
	assert_int_equal(digits.length, 0);
	assert_non_null(strstr(str_text(&why), "pass-key"));
	scene_done(&scene);
}

static void
test_what_is_no_key_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "00",
	    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeef",
	    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0",
	    "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff",
	    "0x112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"};
	unsigned char key[GATE_KEY_SIZE];
	for (size_t i = 0; i < array_length(bad); i++)
		assert_int_equal(pass_key_read(bad[i], key), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_it_is_made_once),
	    cmocka_unit_test(test_no_link_is_followed),
	    cmocka_unit_test(test_what_is_no_key_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
