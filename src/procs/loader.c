/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads the kernel programs, hands the descriptors that keep them alive to the
 * parent, and ends: the power to load lives for a moment. A host that refuses
 * them is no failure; the sensor then samples /proc and says so.
 */
#include <string.h>

#include "base/log.h"
#include "procs/roles.h"
#include "sensors/part.h"

/* What this kernel refuses is told, and the rest goes on without it. */
static void
load_parts(const struct sensor_settings *settings, struct loaded *loaded)
{
	for (const struct sensor_part *const *part = sensor_parts; *part; part++) {
		auto_str why = {0};
		if ((*part)->load(settings, loaded, &why))
			log_warning(
			    "no kernel programs for %s: %s", (*part)->name, str_text(&why));
	}
}

static int
loader_start(struct process_frame *frame)
{
	struct sensor_settings settings = sensor_settings_of(frame->config);
	struct loaded loaded = {0};
	auto_str why = {0};
	int status = sensor_load(&settings, &why, &loaded);
	if (status) {
		log_warning("kernel programs are not loaded: %s", str_text(&why));
		process_finish(frame, 0);
		return 0;
	}
	load_parts(&settings, &loaded);
	for (size_t i = 0; !status && i < loaded.count; i++)
		status = process_send(frame, PROCESS_PARENT, MESSAGE_LOADED_FD,
		    loaded.fds[i].name, strlen(loaded.fds[i].name), loaded.fds[i].fd);
	loaded_done(&loaded);
	process_finish(frame, status ? 1 : 0);
	return status;
}

const struct process_handlers *
loader_role(void)
{
	static const struct process_handlers handlers = {.start = loader_start};
	return &handlers;
}
