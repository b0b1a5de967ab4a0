/* SPDX-License-Identifier: Apache-2.0 */
/* What visitors asked of an account's sites. So far it is heard, and nothing follows from it.
 */
#include "flow/flow.h"

void
flow_visits(struct flow *flow, const struct visits *visits, struct moment now)
{
	(void)flow, (void)visits, (void)now;
}
