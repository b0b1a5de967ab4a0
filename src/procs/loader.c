/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads the kernel programs, hands the descriptors that keep them alive to the
 * parent, and ends: the power to load lives for a moment. A host that refuses
 * them is no failure; the sensor then samples /proc and says so.
 *
 * It is started once more whenever a server of PHP was begun to which nobody
 * listens; then it is given what it loaded the first time, and only attaches.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "procs/roles.h"
#include "sensors/newcomers.h"
#include "sensors/part.h"
#include "sensors/requests.h"

/* What this kernel refuses is told, and the rest goes on without it. */
static void
load_parts(const struct sensor_settings *settings, struct loaded *loaded)
{
	for (const struct sensor_part *const *part = sensor_parts; *part; part++) {
		auto_str why = {0};
		if (load_wanted(settings, (*part)->name) &&
		    (*part)->load(settings, loaded, &why))
			log_warning(
			    "no kernel programs for %s: %s", (*part)->name, str_text(&why));
	}
	auto_str why = {0};
	if (load_wanted(settings, "requests") && requests_load(settings, loaded, &why))
		log_warning("requests of PHP are not told apart: %s", str_text(&why));
	str_clear(&why);
	if (load_wanted(settings, "newcomers") && newcomers_load(settings, loaded, &why))
		log_warning("the kernel programs that tell of newcomers are not loaded: %s",
		    str_text(&why));
}

static int
hand_over(struct process_frame *frame, const struct loaded *loaded)
{
	int status = 0;
	for (size_t i = 0; !status && i < loaded->count; i++)
		status = process_send(frame, PROCESS_PARENT, MESSAGE_LOADED_FD,
		    loaded->fds[i].name, strlen(loaded->fds[i].name), loaded->fds[i].fd);
	return status;
}

static int
attach(struct process_frame *frame, const struct loaded *known)
{
	struct loaded links = {0};
	int attached = requests_attach(known->fds, known->count, &links);
	if (attached < 0)
		log_warning("cannot listen to a server of PHP: %s", strerror(-attached));
	int status = hand_over(frame, &links);
	loaded_done(&links);
	return status;
}

static int
load(struct process_frame *frame)
{
	struct sensor_settings settings = sensor_settings_of(frame->config);
	struct loaded loaded = {0};
	auto_str why = {0};
	int status = sensor_load(&settings, &why, &loaded);
	if (status) {
		log_warning("kernel programs are not loaded: %s", str_text(&why));
		return 0;
	}
	load_parts(&settings, &loaded);
	status = hand_over(frame, &loaded);
	if (!status)
		status = attach(frame, &loaded);
	loaded_done(&loaded);
	return status;
}

static int
loader_prepare(struct process_frame *frame)
{
	frame->state = memory_new(1, sizeof(struct loaded));
	return 0;
}

static int
loader_start(struct process_frame *frame)
{
	struct loaded *known = frame->state;
	int status = known->count ? attach(frame, known) : load(frame);
	process_finish(frame, status ? 1 : 0);
	return status;
}

static int
loader_message(struct process_frame *frame, enum process from, enum message message,
    const void *bytes, size_t length, int *fd)
{
	(void)from;
	if (message != MESSAGE_KERNEL_FD)
		return -EBADMSG;
	return loaded_add(frame->state, bytes, length, fd);
}

static void
loader_quit(struct process_frame *frame)
{
	loaded_done(frame->state);
	free(frame->state);
}

const struct process_handlers *
loader_role(void)
{
	static const struct process_handlers handlers = {
	    .prepare = loader_prepare,
	    .start = loader_start,
	    .message = loader_message,
	    .quit = loader_quit,
	};
	return &handlers;
}
