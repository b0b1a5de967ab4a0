/* SPDX-License-Identifier: Apache-2.0 */
/* The form over FastCGI: one request after the other from a socket on standard input. */
#ifndef MAIN_FORM_FASTCGI_H
#define MAIN_FORM_FASTCGI_H

#include <stdbool.h>

#include "main/form/answer.h"

/* Whether standard input is a socket on which requests come. */
bool fastcgi_is_asked(void);

/* Answers requests until the web server ends it with SIGTERM or SIGUSR1; an exit status. */
int fastcgi_serve(const struct form_place *place) must_use;

#endif
