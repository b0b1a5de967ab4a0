/* SPDX-License-Identifier: Apache-2.0 */
/* hayward case --export: all that is known of a case, in one archive for others to check. */
#ifndef MAIN_HAYWARD_CASE_EXPORT_H
#define MAIN_HAYWARD_CASE_EXPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "model/request.h"

/*
 * Writes a new file (one that is there is left alone) from the daemon's answer
 * about the case and from hayward's own files, which only root and the keeper's
 * user can read. whole: with the records of others between those of the case.
 * Complaints go to standard error; the exit status.
 */
enum answer_status case_export(const json_t *data, const char *path, bool whole);

#endif
