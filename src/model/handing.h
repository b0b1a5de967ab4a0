/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mail that a program of some uid began to hand in: by postdrop(1), or over a connection of its own.
 * A sensor knows uids and script keys.
 */
#ifndef MODEL_HANDING_H
#define MODEL_HANDING_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/str.h"
#include "model/starter.h"

struct handing {
	uint32_t uid;	 /* charged uid */
	uint64_t script; /* key as in frames; 0: it runs none */
	int64_t at;	 /* ms of the boot clock */
	uint16_t port;	 /* its own end of the connection; 0: by postdrop */
	enum starter starter;
};

void handing_encode(const struct handing *handing, struct str *out);
int handing_decode(
    const void *bytes, size_t length, struct handing *ret_handing) must_use;

#endif
