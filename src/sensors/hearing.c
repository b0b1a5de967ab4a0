/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/hearing.h"

#include <bpf/libbpf.h>
#include <errno.h>

int
hearing_goes_on(struct hearing *hearing)
{
	return ++hearing->heard < HEARING_MOST ? 0 : -EAGAIN;
}

int
hearing_turn(struct hearing *hearing, struct ring_buffer *ring)
{
	hearing->heard = 0;
	int heard = ring_buffer__consume(ring);
	return heard < 0 && heard != -EAGAIN ? -EIO : 0;
}
