/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine may ask the peeker: about a living process, or about a file
 * of an account. A script's path is the customer's word; an answer about the
 * file is what hayward may rely on.
 */
#ifndef MODEL_QUESTION_H
#define MODEL_QUESTION_H

#include <stdint.h>

#include "base/arena.h"
#include "base/wire.h"

enum question_kind {
	QUESTION_PROCESS, /* who it is, where, and what it holds alone */
	QUESTION_FILE,	  /* what the path names beneath the account's root */
	QUESTION_COST,	  /* what hayward's own processes cost, all together */
	QUESTION_MEMORY,  /* what all processes of an account hold, counted in both ways */
	QUESTION_TREE,	/* all processes of an account; the answer is a TREE, see evidence.h */
	QUESTION_NAMES, /* as TREE, without command lines, which need not come */
	QUESTION_KIND_COUNT
};

struct question {
	uint64_t id; /* comes back with the answer */
	enum question_kind kind;
	uint32_t pid;	    /* PROCESS */
	uint64_t pid_start; /* PROCESS: ns of the boot clock, as in a frame's row */
	uint32_t account;   /* FILE, MEMORY, TREE, NAMES: id */
	const char *path;   /* FILE: absolute, or relative to the account's root; never NULL */
};

struct answer {
	uint64_t id;
	enum question_kind kind;
	int32_t status;	  /* 0 or -errno; the rest is zero when it is not 0 */
	uint64_t counted; /* MEMORY: like memory, but shared ones whole for each holder */
	/* PROCESS */
	uint32_t uid; /* real */
	uint64_t
	    memory; /* bytes of anon, shmem and swap, shared ones divided among their holders */
	/* FILE */
	uint32_t owner;
	uint32_t mode; /* type and permissions, as stat(2) gives them */
	uint32_t links;
	uint64_t device;
	uint64_t inode;
	uint64_t directory_device; /* of the folder that it lies in */
	uint64_t directory_inode;
	int64_t size;
	/* COST and MEMORY, with memory as above */
	uint32_t processes;
	int64_t cpu_ms; /* of those that live */
	/* PROCESS: the current folder. FILE: the path beneath the root, no link left in it. */
	const char *path; /* never NULL; bytes the customer chose */
};

void question_encode(const struct question *question, struct str *out);
int question_decode(const void *bytes, size_t length, struct arena *arena,
    struct question *ret_question) must_use;

void answer_encode(const struct answer *answer, struct str *out);
int answer_decode(
    const void *bytes, size_t length, struct arena *arena, struct answer *ret_answer) must_use;

#endif
