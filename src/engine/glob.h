/* SPDX-License-Identifier: Apache-2.0 */
/* The globs of the policy language: nobody can make one slow. */
#ifndef ENGINE_GLOB_H
#define ENGINE_GLOB_H

#include <stdbool.h>

/* `*` and `?` stay inside one name, `**` crosses '/'; nothing else is special. */
bool glob_matches(const char *glob, const char *text);

#endif
