/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scripts of one account, as the scanner found them and the keeper keeps
 * them. Two lists are the same list when their digests are: a digest is over
 * what a script is (path, language, mode, content), not over when it was looked at.
 */
#ifndef MODEL_INVENTORY_H
#define MODEL_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/wire.h"

enum language {
#define LANGUAGE(symbol, name, served, endings, interpreters) LANGUAGE_##symbol,
#include "model/languages.def"
#undef LANGUAGE
	LANGUAGE_COUNT
};

const char *language_name(enum language language);

enum { MOST_SCRIPTS = 50000, LONGEST_SCRIPT_PATH = 4095 };

struct script {
	const char *path; /* beneath the home; bytes the customer chose; never NULL */
	enum language language;
	bool by_line;	/* its first line says so; else its name */
	uint32_t mode;	/* type and permissions */
	uint32_t links; /* names that the file has */
	int64_t size;
	int64_t modified; /* wall ms, which the owner can set at will */
	int64_t changed;  /* wall ms of the last change of content or mode, by the kernel */
	char digest[DIGEST_TEXT_SIZE]; /* SHA-256 of the content; "": too large, or not read */
};

struct inventory {
	uint32_t account;
	uint32_t generation;
	int32_t status;	  /* 0, or -errno: there is no list */
	bool incomplete;  /* a bound was reached: there may be more scripts than these */
	uint64_t files;	  /* regular files looked at */
	uint64_t folders; /* looked through */
	uint64_t foreign; /* files and folders of others, and mounts: not looked at */
	uint64_t unread;  /* what could not be opened or named */
	size_t count;	  /* scripts, in order of their paths */
	struct script *scripts;
};

void inventory_encode(const struct inventory *inventory, struct str *out);

/* Texts point into the arena. -EBADMSG. */
int inventory_decode(const void *bytes, size_t length, struct arena *arena,
    struct inventory *ret_inventory) must_use;

struct digest inventory_digest(const struct inventory *inventory);

/* How a script stands to an earlier list. */
enum script_change { SCRIPT_NEW, SCRIPT_CHANGED, SCRIPT_SAME, SCRIPT_GONE };

const char *script_change_name(enum script_change change);

struct script_comparison {
	enum script_change change;
	const struct script *script; /* of the earlier list if it is GONE */
};

/*
 * Compares a list with an earlier one, both sorted by path; NULL stands for
 * none, against which everything is new. In the arena, in order of paths.
 */
struct script_comparison *inventory_compare(const struct inventory *before,
    const struct inventory *now, struct arena *arena, size_t *ret_count) must_use;

/* That an account's scripts were listed, as the keeper tells the engine. */
struct listing {
	uint32_t account;
	uint32_t generation;
	int32_t status;
	bool incomplete;
	uint64_t count;
	char digest[DIGEST_TEXT_SIZE];
};

void listing_encode(const struct listing *listing, struct str *out);
int listing_decode(const void *bytes, size_t length, struct listing *ret_listing) must_use;

#endif
