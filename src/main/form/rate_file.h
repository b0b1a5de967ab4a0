/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file in which a form counts its mails, ~/.hayward/mail-form-DIGEST of where the form
 * lies: its owner's own, locked while it is read and written, found through no link.
 */
#ifndef MAIN_FORM_RATE_FILE_H
#define MAIN_FORM_RATE_FILE_H

#include "main/form/rates.h"

struct rate_file {
	const char *home;
	const char *form; /* path of the form's file */
};

/* As rates_take() and rates_give_back(), in the file. -ETIMEDOUT: somebody holds the lock;
 * -errno. */
int rate_file_take(const struct rate_file *file, const struct form_settings *settings,
    const char *visitor, int64_t now, int64_t *ret_wait) must_use;
int rate_file_give_back(
    const struct rate_file *file, const char *visitor, int64_t then) must_use;

#endif
