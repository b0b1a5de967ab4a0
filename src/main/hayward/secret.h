/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords from whoever types them: never from the command line, which others can read. */
#ifndef MAIN_HAYWARD_SECRET_H
#define MAIN_HAYWARD_SECRET_H

#include "base/str.h"
#include "main/hayward/arguments.h"

/*
 * A line of the file ("-": the next line of standard input), or of the terminal without
 * its being shown, if file is NULL. ANSWER_OK, and secret_done() it; else the exit
 * status, and it is said why.
 */
int secret_read(const struct arguments *arguments, const char *file, const char *prompt,
    struct str *out) must_use;

/* Likewise; on a terminal it is asked for twice. */
int secret_read_new(
    const struct arguments *arguments, const char *file, struct str *out) must_use;

/* Forgets it. */
void secret_done(struct str *secret);

#define auto_secret __attribute__((cleanup(secret_done))) struct str

#endif
