/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a role's machine shall look like: files whole, in the order in which they
 * were said, and the daemon that reads each. Rendering is pure, from a view to an
 * output; putting it into the world is roles/apply.h.
 */
#ifndef ROLES_OUTPUT_H
#define ROLES_OUTPUT_H

#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"
#include "roles/daemons.h"

struct output;

/* A file or folder as it shall be. */
struct output_file {
	const char *path; /* absolute */
	mode_t mode;	  /* with S_IFDIR or S_IFREG */
	uid_t uid;
	gid_t gid;
	gid_t through; /* a folder's: what other group may go through it; 0: none */
	enum daemon daemon; /* is told when it changed; DAEMON_NONE: nobody */
	struct str content; /* of a regular file */
};

/* Nothing yet; output_free() it. */
struct output *output_new(void) must_use;
void output_free(struct output *output);

/*
 * A regular file of root's, mode 0644, whose content is added to what is given
 * back (valid as long as the output). The path is copied; a path said twice is a
 * mistake of ours.
 */
struct str *output_file(struct output *output, enum daemon daemon, const char *format, ...)
    printf_like(3, 4);

/* The same for others than the public: passwords and keys. gid: who may read it besides root.
 */
struct str *output_secret(struct output *output, enum daemon daemon, gid_t gid,
    const char *format, ...) printf_like(4, 5);

/* A folder; nothing in it is touched. */
void output_folder(struct output *output, mode_t mode, uid_t uid, gid_t gid, const char *format,
    ...) printf_like(5, 6);

/* Lets one more group go through the folder that was said last. */
void output_let_through(struct output *output, gid_t gid);

size_t output_count(const struct output *output);
const struct output_file *output_at(const struct output *output, size_t index);

/* Whether any file is said for that daemon. */
bool output_names(const struct output *output, enum daemon daemon);

/* NULL: there is none of that path. */
const struct output_file *output_find(const struct output *output, const char *path);

#endif
