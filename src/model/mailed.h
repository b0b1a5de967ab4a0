/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mail at the gate, as it goes into the journal before the mail server is answered: whose it
 * is by the kernel's or the server's word, and what became of it. Texts are their authors'
 * bytes.
 */
#ifndef MODEL_MAILED_H
#define MODEL_MAILED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/str.h"
#include "model/mail_request.h"
#include "model/subject.h"

enum { MOST_RECEIVED = 1000, MOST_NAMED = 1000 };

/* What a mail brings to one address of an account: itself, or that which takes all others of
 * its domain. */
struct received {
	uint32_t account, generation;
	uint32_t recipients; /* of the mail, who are that address */
	const char *account_name;
	const char *address; /* "info@alice.example", "@alice.example" */
};

/* An address that the mail server refused. */
struct astray {
	uint64_t to, domain; /* as of a mail, to it alone */
};

/* More of one mail are not told of; a mail server hangs up before. */
enum { MOST_ASTRAY = 32 };

/* The subject that an address is, whoever tells of it: "info@alice.example", "@alice.example".
 */
struct subject address_subject(uint32_t account, uint32_t generation, const char *address);

/* What an address or a domain is known by where mails are told of, in small letters or not: the
 * same in the next life. Who makes two alike hides one of them, as if he did not write. */
uint64_t mailed_hash(const char *text, size_t length);

struct mailed {
	uint64_t id;	  /* of the telling; comes back when it is on disk */
	uint32_t account; /* its id; 0: nobody's */
	uint32_t generation;
	char account_name[64]; /* "" of nobody */
	uint32_t uid;	       /* of who is known by it */
	uint32_t recipients;
	uint64_t to; /* stands for those recipients, and for no others; 0: not known */
	uint32_t named_count;
	const uint64_t *named; /* mailed_hash() of each of them; borrowed; of more the first */
	uint64_t domain;       /* stands for that of all of them; 0: they are at several */
	uint32_t failed;       /* of another mail, of which this is a bounce */
	uint32_t unknown;      /* of those: there is no such address */
	bool is_own;	       /* what a mail server tells a sender, by the kernel's word */
	bool rated;	       /* by the host's filter */
	bool is_spam;	       /* and it would refuse it */
	uint16_t port; /* the sender's end, of a connection from this machine; 0: none */
	int64_t
	    handed_at;	  /* when a program began to hand it in: wall clock, ms; 0: not known */
	int64_t size;	  /* bytes of the message */
	char by[16];	  /* "program", "loopback", "login", "elsewhere" */
	char outcome[24]; /* "passed", "held", "unsent", or the refusal's name */
	char place[16];	  /* which of the mail servers */
	char reference[24];
	char queue_id[32];
	char message_id[256];
	char sender[256]; /* of the envelope */
	char login[128];
	char about[24];	  /* the reference of the mail that it reports of; "": of none */
	char detail[256]; /* what was found */
	struct mail_request request; /* of a visitor, that it came of */
	uint32_t received_count;
	const struct received *received; /* by addresses of ours, each once; borrowed */
	uint32_t astray_count;
	struct astray astray[MOST_ASTRAY]; /* recipients besides, who do not exist here */
};

void mailed_encode(const struct mailed *mailed, struct str *out);
int mailed_decode(
    const void *bytes, size_t length, struct arena *arena, struct mailed *ret_mailed) must_use;

/* The answer. */
struct mail_noted {
	uint64_t id;
	int32_t status; /* 0: it is on disk; else -errno, it will not be */
	bool held;	/* its sender is one of spam: it passes when staff say so */
};

void mail_noted_encode(const struct mail_noted *noted, struct str *out);
int mail_noted_decode(const void *bytes, size_t length, struct mail_noted *ret_noted) must_use;

#endif
