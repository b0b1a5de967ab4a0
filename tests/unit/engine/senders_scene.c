/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "senders_scene.h"

struct subject
scene_script(uint64_t key)
{
	return (struct subject){KIND_SCRIPT, 61001, 1, key};
}

void
scene_name(uint64_t number, char reference[24])
{
	snprintf(reference, 24, "HW-%llu", (unsigned long long)number);
}

/* One mail to that many who are not written to otherwise; its number. */
uint64_t
scene_send_mail(struct scene *scene, uint64_t key, uint64_t to, uint32_t recipients)
{
	char reference[24];
	scene_name(++scene->sent, reference);
	/* Each at a domain of his own. */
	const struct sent sent = {
	    scene_script(key), "/home/a/form.php", reference, {to, to, recipients}};
	senders_sent(scene->senders, &sent, (int64_t)scene->sent);
	return scene->sent;
}

/* The same to several, each at a domain of his own. */
uint64_t
scene_send_circular(struct scene *scene, uint64_t to, uint32_t recipients)
{
	char reference[24];
	scene_name(++scene->sent, reference);
	const struct sent sent = {
	    scene_script(SCRIPT), "/home/a/form.php", reference, {to, 0, recipients}};
	senders_sent(scene->senders, &sent, (int64_t)scene->sent);
	return scene->sent;
}

static bool
hear_words(struct scene *scene, uint64_t number, struct heard heard)
{
	char reference[24];
	struct suspect suspect = {0};
	scene_name(number, reference);
	bool guilty = senders_heard(scene->senders, reference, &heard, &suspect);
	if (guilty) {
		assert_int_equal(suspect.sender.key, SCRIPT);
		assert_string_equal(suspect.label, "/home/a/form.php");
		assert_non_null(strstr(
		    str_text(&suspect.words), heard.complaint ? "complained" : "do not exist"));
	}
	suspect_done(&suspect);
	return guilty;
}

/* From somebody who got it, or says so. */
bool
scene_hear(struct scene *scene, uint64_t number, uint32_t unknown, bool complaint)
{
	return hear_words(
	    scene, number, (struct heard){.unknown = unknown, .complaint = complaint});
}

/* From our own mail server. */
bool
scene_bounce(struct scene *scene, uint64_t number, uint32_t unknown)
{
	return hear_words(scene, number, (struct heard){.unknown = unknown, .is_own = true});
}

bool
scene_rate(struct scene *scene, uint64_t number, bool is_spam)
{
	char reference[24];
	struct suspect suspect = {0};
	scene_name(number, reference);
	bool guilty = senders_rated(scene->senders, reference, is_spam, &suspect);
	if (guilty)
		assert_non_null(strstr(str_text(&suspect.words), "our filter refuses"));
	suspect_done(&suspect);
	return guilty;
}

int
scene_begin(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	scene->senders = senders_new();
	*state = scene;
	return 0;
}

int
scene_end(void **state)
{
	struct scene *scene = *state;
	senders_free(scene->senders);
	free(scene);
	return 0;
}
