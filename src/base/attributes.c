/* SPDX-License-Identifier: Apache-2.0 */
#include "base/attributes.h"

#include <stdlib.h>

void
cleanup_free(void *pointer_to_pointer)
{
	void **pointer = pointer_to_pointer;
	free(*pointer);
}
