/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mail at the gate, as it goes into the journal before the mail server is answered: whose it
 * is by the kernel's or the server's word, and what became of it. Texts are their authors' bytes.
 */
#ifndef MODEL_MAILED_H
#define MODEL_MAILED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/str.h"

struct mailed {
	uint64_t id;	  /* of the telling; comes back when it is on disk */
	uint32_t account; /* its id; 0: nobody's */
	uint32_t generation;
	char account_name[64]; /* "" of nobody */
	uint32_t uid;	       /* of who is known by it */
	uint32_t recipients;
	uint64_t to;	     /* stands for those recipients, and for no others; 0: not known */
	uint32_t failed;     /* of another mail, of which this is a bounce */
	uint32_t unknown;    /* of those: there is no such address */
	uint16_t port;	     /* the sender's end, of a connection from this machine; 0: none */
	int64_t handed_at; /* when a program began to hand it in: wall clock, ms; 0: not known */
	int64_t size; /* bytes of the message */
	char by[16];  /* "program", "loopback", "login", "elsewhere" */
	char outcome[24]; /* "passed", "held", or the refusal's name */
	char place[16];	  /* which of the mail servers */
	char reference[24];
	char queue_id[32];
	char message_id[256];
	char sender[256]; /* of the envelope */
	char login[128];
	char about[24];   /* the reference of the mail that it reports of; "": of none */
	char detail[256]; /* what was found */
};

void mailed_encode(const struct mailed *mailed, struct str *out);
int mailed_decode(const void *bytes, size_t length, struct mailed *ret_mailed) must_use;

/* The answer. */
struct mail_noted {
	uint64_t id;
	int32_t status; /* 0: it is on disk; else -errno, it will not be */
	bool held;	/* its sender is one of spam: it passes when staff say so */
};

void mail_noted_encode(const struct mail_noted *noted, struct str *out);
int mail_noted_decode(const void *bytes, size_t length, struct mail_noted *ret_noted) must_use;

#endif
