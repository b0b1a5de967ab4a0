/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of the protocol are libfcgi's matter. A request that is under way when the
 * server ends us is answered first: its mail may be on its way.
 */
#include "main/form/fastcgi.h"

#include <fcgiapp.h>
#include <signal.h>
#include <stddef.h>

#include "base/clock.h"

bool
fastcgi_is_asked(void)
{
	return !FCGX_IsCGI();
}

static const char *
variable(void *context, const char *name)
{
	const FCGX_Request *request = context;
	return FCGX_GetParam(name, request->envp);
}

static int
read_some(void *context, char *buffer, int length)
{
	const FCGX_Request *request = context;
	return FCGX_GetStr(buffer, length, request->in);
}

static void
answer(const struct form_place *place, FCGX_Request *web)
{
	struct form_door door = {web, variable, read_some};
	struct form_request request = form_request_read(&door);
	struct form_answer answer = {0};
	form_answer(place, &request, clock_wall(), &answer);
	FCGX_PutStr(str_text(&answer.text), (int)answer.text.length, web->out);
	if (answer.errors.length)
		FCGX_PutStr(str_text(&answer.errors), (int)answer.errors.length, web->err);
	form_answer_done(&answer);
	form_request_done(&request);
}

static void
end_soon(int number)
{
	(void)number;
	FCGX_ShutdownPending();
}

/* They are let in only while we wait for a request. */
static sigset_t
take_signals(void)
{
	struct sigaction action = {.sa_handler = end_soon};
	sigset_t set;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	return set;
}

int
fastcgi_serve(const struct form_place *place)
{
	FCGX_Request request;
	if (FCGX_Init() || FCGX_InitRequest(&request, 0, FCGI_FAIL_ACCEPT_ON_INTR))
		return 1;
	sigset_t ending = take_signals();
	while (FCGX_Accept_r(&request) >= 0) {
		sigprocmask(SIG_BLOCK, &ending, NULL);
		answer(place, &request);
		FCGX_Finish_r(&request);
		sigprocmask(SIG_UNBLOCK, &ending, NULL);
	}
	return 0;
}
