/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MAIN_HAYWARD_ACCOUNT_MOVE_H
#define MAIN_HAYWARD_ACCOUNT_MOVE_H

#include "main/hayward/customer.h"

/* hayward account move NAME --export FOLDER | --import FOLDER; the exit status. */
int account_move(struct wish *wish, char **words);

#endif
