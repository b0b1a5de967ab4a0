/* SPDX-License-Identifier: Apache-2.0 */
/* A server on libevent as a customer would write it: says hello on 127.0.0.1:8001. */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

static void
hello(struct evhttp_request *request, void *context)
{
	struct evbuffer *page = evbuffer_new();
	evbuffer_add_printf(page, "hello, %s\n", evhttp_request_get_uri(request));
	evhttp_send_reply(request, 200, "OK", page);
	evbuffer_free(page);
	(void)context;
}

int
main(void)
{
	struct event_base *loop = event_base_new();
	struct evhttp *server = evhttp_new(loop);
	if (evhttp_bind_socket(server, "127.0.0.1", 8001))
		return 1;
	evhttp_set_gencb(server, hello, 0);
	return event_base_dispatch(loop) < 0;
}
