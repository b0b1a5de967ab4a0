/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel program that sees mails being handed in and its reader share. */
#ifndef SENSORS_HANDING_EVENTS_H
#define SENSORS_HANDING_EVENTS_H

#include <linux/types.h>

enum {
	HANDING_RING_BYTES = 64 << 10,
	HANDING_SAID_MOST = 1000, /* mails of one uid, within the window of budget.bpf.h */
};

struct handing_event {
	__u64 script; /* key as in frames; 0: it runs none */
	__u64 at;     /* ns of the boot clock */
	__u32 uid;    /* charged uid */
	__u16 port;   /* its own, of a connection to a mail server; 0: by postdrop */
	__u8 starter; /* enum starter: who started what runs */
	__u8 padding;
};

struct handing_state {
	__u64 lost;
	__u64 unheard; /* more than one uid may say at a time */
};

#endif
