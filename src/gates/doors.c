/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/doors.h"

#include <errno.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"

struct door {
	struct evconnlistener *listener;
	door_visit *visit;
	void *context;
	void (*forget)(void *context);
	struct door *next;
};

static void
on_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int length, void *context)
{
	(void)listener, (void)address, (void)length;
	struct door *door = context;
	struct ucred peer;
	socklen_t size = sizeof(peer);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		close(fd);
	else
		door->visit(door->context, fd, &peer);
}

int
doors_open(struct doors *doors, struct event_base *loop, int listener, door_visit *visit,
    void *context, void (*forget)(void *context))
{
	struct door *door = memory_new(1, sizeof(*door));
	*door = (struct door){.visit = visit, .context = context, .forget = forget};
	door->listener = evconnlistener_new(loop, on_connection, door,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, listener);
	if (!door->listener) {
		free(door);
		return -ENOMEM;
	}
	door->next = doors->first;
	doors->first = door;
	return 0;
}

void
doors_close(struct doors *doors)
{
	for (struct door *door = doors->first, *next; door; door = next) {
		next = door->next;
		evconnlistener_free(door->listener);
		if (door->forget)
			door->forget(door->context);
		free(door);
	}
	doors->first = NULL;
}
