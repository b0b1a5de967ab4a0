/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of all commands. Each gets its own words, argv[0] being the
 * command's name, and gives the exit status: an enum answer_status.
 */
#ifndef MAIN_HAYWARD_COMMAND_H
#define MAIN_HAYWARD_COMMAND_H

#define COMMAND(symbol, name, synopsis, what, details)                                         \
	int command_##symbol(int argc, char **argv);
#include "main/hayward/commands.def"
#undef COMMAND

#endif
