/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What accounts say on connections that they began, as far as it may be a miner's
 * words (mining.h): JSON from the very first, apart from what a proxy wants to hear. All
 * else is looked at for its first bytes, four times a connection, and never leaves the kernel.
 */
#ifndef SENSORS_MINING_BPF_H
#define SENSORS_MINING_BPF_H

#include "sensors/account.bpf.h"
#include "sensors/attack_events.h"
#include "sensors/budget.bpf.h"
#include "sensors/call.bpf.h"

enum {
	MINING_LOOKS = 4,    /* packets with data until a connection is not of interest */
	MINING_LISTENS = 96, /* packets of a connection that are told */
	PROTOCOL_TCP = 6,
	LENGTH_IP6 = 40,
	PASS = 1,
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, MINING_RING_BYTES);
} mining_said SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, BUDGET_UIDS);
	__type(key, __u32);
	__type(value, struct budget);
} mining_budgets SEC(".maps");

/* Where the data of the TCP segment begins; 0: it is none. Offsets are from the IP header. */
static __always_inline __u32
data_at(const struct __sk_buff *packet)
{
	__u8 first = 0, protocol = 0, offset = 0;
	if (bpf_skb_load_bytes(packet, 0, &first, 1))
		return 0;
	__u32 at = first >> 4 == 6 ? LENGTH_IP6 : (first & 15) * 4;
	if (bpf_skb_load_bytes(packet, first >> 4 == 6 ? 6 : 9, &protocol, 1) ||
	    protocol != PROTOCOL_TCP || bpf_skb_load_bytes(packet, at + 12, &offset, 1))
		return 0;
	return at + (offset >> 4) * 4;
}

static __always_inline void
tell(const struct __sk_buff *packet, struct call *call, __u32 from)
{
	__u32 length = packet->len - from, zero = 0;
	struct mining_said *said = 0;
	/* SECURITY: each is taken apart by the sensor, and who wants them so has many calls. */
	if (budget_allows(&mining_budgets, call->who.uid, MINING_SAID_MOST))
		said = bpf_ringbuf_reserve(&mining_said, sizeof(*said), 0);
	if (!said) {
		struct attack_state *shared = bpf_map_lookup_elem(&attack_state, &zero);
		if (shared)
			add_to(shared->unheard, 1);
		return;
	}
	said->who = call->who;
	said->call = bpf_get_socket_cookie((void *)packet);
	said->length = length < MINING_TEXT ? length : MINING_TEXT;
	/* For the verifier, which does not see that data is more than nothing. */
	__u32 copied = ((said->length - 1) & (MINING_TEXT - 1)) + 1;
	if (bpf_skb_load_bytes(packet, from, said->text, copied)) {
		bpf_ringbuf_discard(said, BPF_RB_NO_WAKEUP);
		return;
	}
	/* Nobody is woken: a miner goes on for hours. */
	bpf_ringbuf_submit(said, BPF_RB_NO_WAKEUP);
}

static __always_inline void
mining_listen(struct __sk_buff *packet, struct call *call)
{
	if (call->told >= MINING_LISTENS || (!call->told && call->looked >= MINING_LOOKS))
		return;
	__u32 from = data_at(packet);
	__u8 first = 0;
	if (!from || from >= packet->len || bpf_skb_load_bytes(packet, from, &first, 1))
		return;
	call->looked++;
	if (first != '{')
		return;
	call->told++;
	tell(packet, call, from);
}

#endif
