/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The path of a request as the web server takes it: %xx decoded, slashes
 * merged, dots resolved. "/%7Ealice//./x" is asked for by who wants to be
 * counted as nobody's visitor.
 */
#ifndef SENSORS_WEB_PATH_H
#define SENSORS_WEB_PATH_H

#include <stddef.h>

/* out has room for length + 1 bytes; gives how many were written. No NUL is added. */
size_t web_path_plain(const char *path, size_t length, char *out);

#endif
