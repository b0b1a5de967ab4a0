/* SPDX-License-Identifier: Apache-2.0 */
/* Records into rows, as projection.def says; for database.c only. */
#ifndef STORE_PROJECTION_H
#define STORE_PROJECTION_H

#include <sqlite3.h>

#include "model/record.h"
#include "store/journal_reader.h"

struct projection;

/* Prepares the statements; an SQLite code. The connection is borrowed. */
int projection_new(sqlite3 *connection, struct projection **ret_projection) must_use;
void projection_free(struct projection *projection);

/* Folds one record in, within the caller's transaction; an SQLite code. */
int projection_apply(struct projection *projection, const struct record *record,
    const struct journal_line *line) must_use;

#endif
