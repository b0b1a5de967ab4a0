/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What somebody asks of the running hayward, and what comes back. Control
 * makes a request out of a line of JSON and of what the kernel says about the
 * asker; engine and keeper decode it, and look again at who asks.
 */
#ifndef MODEL_REQUEST_H
#define MODEL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wire.h"
#include "model/tables.h"

enum ask {
#define ASK(symbol, name, who, by, must, may) ASK_##symbol,
#include "model/requests.def"
#undef ASK
	ASK_COUNT
};

/* The members of a request, as numbers of bits in ask_info. */
enum request_member {
#define TEXT(symbol, member, size, json) MEMBER_##symbol,
#define NUMBER(symbol, member, json)	 MEMBER_##symbol,
#define DATE(symbol, member, json)	 MEMBER_##symbol,
#define FLAG(symbol, member, json)	 MEMBER_##symbol,
#include "model/request_members.def"
#undef TEXT
#undef NUMBER
#undef DATE
#undef FLAG
	MEMBER_COUNT
};

enum ask_who { WHO_ANYBODY, WHO_OWNER, WHO_STAFF, WHO_RECEIVER };

struct ask_info {
	const char *name;
	enum ask_who who;
	enum process by;
	uint32_t must; /* bit 1 << member for each */
	uint32_t may;  /* those in must included */
};

/* Exit statuses of the hayward command, and the status of a reply. */
enum answer_status {
	ANSWER_OK,
	ANSWER_USAGE,	/* the question was put wrongly */
	ANSWER_INVALID, /* what it names or brings is not valid */
	ANSWER_NOT_FOUND,
	ANSWER_REFUSED,	  /* not theirs to ask, or it makes no sense now */
	ANSWER_UNREACHED, /* the daemon, or a part of it, does not answer */
	ANSWER_STATUS_COUNT
};

/* Who asks: from the kernel, never from the request itself. */
struct asker {
	uint32_t uid;
	uint32_t account;    /* whose uid it is; 0: no account's */
	uint32_t generation; /* of the account */
	bool staff;	     /* root, or in the staff group */
	bool receiver;	     /* the user of hayward-reply, which hands over mail */
	char name[64];	     /* login name, for the journal */
};

struct request {
	uint64_t id; /* control's; comes back in the reply */
	enum ask ask;
	struct asker asker;
#define TEXT(symbol, member, size, json) char member[size]; /* "" if not given */
#define NUMBER(symbol, member, json)	 uint64_t member;   /* 0 if not given */
#define DATE(symbol, member, json)	 int64_t member; /* wall ms; INT64_MAX: until revoked */
#define FLAG(symbol, member, json)	 bool member;
#include "model/request_members.def"
#undef TEXT
#undef NUMBER
#undef DATE
#undef FLAG
};

/* Facts of one question; the index must be valid. */
const struct ask_info *ask_info(enum ask ask);

/* The question of that name, or -1. */
int ask_find(const char *name);

/* The JSON name of a member. */
const char *request_member_name(enum request_member member);

/*
 * Whether this asker may ask this at all. An owner's question still has to be
 * about something of his: request_about() decides that where the thing is at hand.
 */
bool request_permitted(const struct request *request);

/*
 * Whether the asker may learn of, or act on, what belongs to this account and
 * generation: staff always, an owner if it is his own.
 */
bool request_about(const struct request *request, uint32_t account, uint32_t generation);

void request_encode(const struct request *request, struct str *out);
int request_decode(const void *bytes, size_t length, struct request *ret_request) must_use;

/*
 * A reply: what the client reads, a line of JSON without its newline:
 * {"status":0,"text":"in words","data":{...}}. Every string in it went through
 * escape_text() before it became JSON, so a terminal can show it.
 */
struct reply {
	uint64_t id;	  /* the request's */
	const char *json; /* inside the message; not NUL-terminated */
	size_t length;
};

/*
 * Makes a reply. text is in words and goes through escape_text() here, line by
 * line; data is a JSON object that the caller made, as text without line ends,
 * NULL for none.
 */
void reply_encode(uint64_t id, enum answer_status status, const char *text, const char *data,
    struct str *out);

/* -EBADMSG if it is no reply, or holds a byte that cannot stand in one line. */
int reply_decode(const void *bytes, size_t length, struct reply *ret_reply) must_use;

#endif
