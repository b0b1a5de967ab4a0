/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/scan_shares.h"

bool
scan_shares_take(struct scan_shares *shares, uint64_t sender)
{
	size_t his = 0;
	for (size_t i = 0; i < shares->count; i++)
		his += shares->senders[i] == sender;
	if (shares->count == MOST_SCANS || his == MOST_SCANS_OF_ONE)
		return false;
	shares->senders[shares->count++] = sender;
	return true;
}

void
scan_shares_give_back(struct scan_shares *shares, uint64_t sender)
{
	for (size_t i = 0; i < shares->count; i++)
		if (shares->senders[i] == sender) {
			shares->senders[i] = shares->senders[--shares->count];
			return;
		}
}
