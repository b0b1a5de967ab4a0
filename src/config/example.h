/* SPDX-License-Identifier: Apache-2.0 */
/* The hayward.conf that is shipped: every setting, commented out, as it is without being said.
 */
#ifndef CONFIG_EXAMPLE_H
#define CONFIG_EXAMPLE_H

#include "base/str.h"

void config_example(struct str *out);

#endif
