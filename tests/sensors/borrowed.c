/* SPDX-License-Identifier: Apache-2.0 */
/* A set-user-id program that becomes root wholly, as su and mount do. Fails where it has no
 * bit.
 */
#include <unistd.h>

int
main(void)
{
	return setreuid(0, 0) ? 1 : 0;
}
