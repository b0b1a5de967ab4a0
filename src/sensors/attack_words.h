/* SPDX-License-Identifier: Apache-2.0 */
/* The signs of an attack, checked and put into words. */
#ifndef SENSORS_ATTACK_WORDS_H
#define SENSORS_ATTACK_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "sensors/attack_events.h"

/* Whether so many bytes are an event as the kernel programs make them. */
bool attack_is_event(const void *bytes, size_t length);

/* The value of process.attack that the sign stands for. */
int64_t attack_value(const struct attack_event *event);

/* What was seen; the program's name is the customer's. */
void attack_say(const struct attack_event *event, struct str *out);

#endif
