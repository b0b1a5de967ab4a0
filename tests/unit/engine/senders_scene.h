/* SPDX-License-Identifier: Apache-2.0 */
/* Senders and their mails, for the tests of who sends spam. */
#ifndef TESTS_UNIT_ENGINE_SENDERS_SCENE_H
#define TESTS_UNIT_ENGINE_SENDERS_SCENE_H

#include "engine/senders.h"

enum { SCRIPT = 7, OTHER = 8 };

struct scene {
	struct senders *senders;
	uint64_t sent; /* mails so far, all by their number */
};

int scene_begin(void **state);
int scene_end(void **state);

struct subject scene_script(uint64_t key);
void scene_name(uint64_t number, char reference[24]);

/* One mail to that many who are not written to otherwise; its number. */
uint64_t scene_send_mail(struct scene *scene, uint64_t key, uint64_t to, uint32_t recipients);

/* The same to several, each at a domain of his own. */
uint64_t scene_send_circular(struct scene *scene, uint64_t to, uint32_t recipients);

/* What is said of a mail, and whether its sender is one of spam for it: by somebody who got it,
 * or says so; by our own mail server; by the filter. */
bool scene_hear(struct scene *scene, uint64_t number, uint32_t unknown, bool complaint);
bool scene_bounce(struct scene *scene, uint64_t number, uint32_t unknown);
bool scene_rate(struct scene *scene, uint64_t number, bool is_spam);

#endif
