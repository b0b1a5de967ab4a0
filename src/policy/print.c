/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/print.h"
void
print_tree(const struct tree *tree, struct str *out)
{
	str_add(out, tree->source->text);
}
