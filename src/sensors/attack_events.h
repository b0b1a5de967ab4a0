/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel programs that look for attacks and their reader share. */
#ifndef SENSORS_ATTACK_EVENTS_H
#define SENSORS_ATTACK_EVENTS_H

#include <linux/types.h>

enum {
	ATTACK_PROGRAM = 32,
	ATTACK_RING_BYTES = 64 << 10,
	ATTACK_UIDS = 4096,
	ATTACK_CALLS = 16384, /* outgoing connections of accounts at a time */
	MINING_TEXT = 1024,   /* of what was said; a power of two */
	MINING_RING_BYTES = 256 << 10,
	MINING_SAID_MOST = 64, /* packets of one uid, within the window of budget.bpf.h */
};

#define ATTACK_AGAIN_NS 10000000000ULL

enum attack_sign {
	ATTACK_BOMB,	  /* a uid that forks and forks */
	ATTACK_REMOTE,	  /* a shell that a connection to elsewhere is the terminal of */
	ATTACK_HIDDEN,	  /* the same of a program without a file */
	ATTACK_CALLS_OUT, /* a program without a file, started by the web server, calls
			     elsewhere */
	ATTACK_LISTENS,	  /* or listens */
	ATTACK_MINES,	  /* hands shares in to a mining pool */
	ATTACK_RELAYED, /* a shell, by way of somebody who hands on between it and elsewhere */
	ATTACK_SERVED,	/* a shell that has any socket to elsewhere for its terminal */
	ATTACK_SIGNS
};

struct attack_event {
	__u64 script;
	__u64 start; /* of the process, ns of the boot clock */
	__u32 uid;
	__u32 pid;
	__u32 sign;   /* enum attack_sign */
	__u32 living; /* of a bomb: tasks */
	__u32 forks;  /* within its window */
	__u16 family; /* of the address; 0: none */
	__u16 port;   /* in network order */
	__u8 address[16];
	char program[ATTACK_PROGRAM]; /* the name of its file */
	char between[ATTACK_PROGRAM]; /* and of who hands on; empty: nobody */
};

/* The beginning of what was sent over a connection that an account began. */
struct mining_said {
	struct attack_event who;
	__u64 call; /* the socket's cookie */
	__u32 length;
	__u32 padding;
	char text[MINING_TEXT];
};

struct attack_state {
	__u64 lost;
	__u64 unheard; /* what may have been miners' words */
	__u64 listens; /* to them at all */
};

#endif
