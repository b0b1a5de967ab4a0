/* SPDX-License-Identifier: Apache-2.0 */
/* What owners do by the running hayward, where root works at the desk. */
#ifndef MAIN_HAYWARD_SELF_H
#define MAIN_HAYWARD_SELF_H

#include "base/attributes.h"

/* The words of hayward mailbox; the exit status. */
int mailbox_of_owner(int argc, char **argv) must_use;

#endif
