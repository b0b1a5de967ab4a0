/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence of a case, taken at one moment: the processes of its account, and
 * copies of the files that the case names. It grows on its way: the engine says
 * what for, the peeker adds the processes, the scanner the copies, the keeper
 * keeps it all.
 */
#ifndef MODEL_EVIDENCE_H
#define MODEL_EVIDENCE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/wire.h"

enum {
	MOST_EVIDENCE_PROCESSES = 512,
	MOST_EVIDENCE_FILES = 16,
	LONGEST_COMMAND = 1024, /* bytes of a command line; the rest is cut off */
	MOST_EVIDENCE_COPY = 1024 * 1024,
};

/* One process; texts are bytes the customer chose, never NULL, "" if they cannot be read. */
struct evidence_process {
	uint32_t pid;
	uint32_t parent;
	uint32_t uid;	  /* real */
	uint64_t start;	  /* ms of the boot clock */
	uint64_t cpu;	  /* ms of processor time, of all its threads that live or lived */
	uint64_t memory;  /* bytes of anon, shmem and swap; 0 if it has no address space */
	const char *name; /* as the process calls itself */
	const char *program;
	const char *command; /* arguments between blanks */
	const char *folder;
	const char
	    *under; /* its parent's name, if that is root's or a system user's; else "" */
};

struct evidence_tree {
	int32_t status; /* 0; -errno: they could not be looked at */
	int64_t taken;	/* boot ms */
	uint32_t total; /* of the account; more than count if there were too many */
	uint32_t count;
	struct evidence_process *processes;
};

/* One file; what it says of the file is as of the moment it was opened. */
struct evidence_file {
	const char *path; /* as the case names it */
	int32_t status;	  /* 0, or -errno: why there is no copy */
	uint32_t mode;
	uint32_t owner;
	uint64_t device;
	uint64_t inode;
	int64_t size;
	int64_t modified;   /* wall ms */
	int64_t changed;    /* wall ms */
	const char *digest; /* SHA-256 of the copy */
	const void *bytes;  /* the copy: the whole file, or its beginning */
	size_t length;
};

struct evidence_package {
	uint64_t action; /* the order that it was taken for */
	uint64_t case_number;
	uint32_t account;
	uint32_t generation;
	const char *account_name;
	const char *clause;
	int64_t wall; /* when it was ordered */
	struct evidence_tree tree;
	uint32_t file_count;
	struct evidence_file *files;
};

void evidence_tree_encode(const struct evidence_tree *tree, uint64_t question, struct str *out);
int evidence_tree_decode(const void *bytes, size_t length, struct arena *arena,
    uint64_t *ret_question, struct evidence_tree *ret_tree) must_use;

/* Copies point into the bytes that are decoded, everything else into the arena. */
void evidence_package_encode(const struct evidence_package *package, struct str *out);
int evidence_package_decode(const void *bytes, size_t length, struct arena *arena,
    struct evidence_package *ret_package) must_use;

#endif
