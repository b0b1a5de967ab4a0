/* SPDX-License-Identifier: Apache-2.0 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include "sensors/call_numbers.h"
#include "sensors/polling.h"
#include "sensors/polling.skel.h"
#include "sensors/polling_judge.h"

static void
skeleton_cleanup(struct polling_bpf **skeleton)
{
	polling_bpf__destroy(*skeleton);
}

static int
fill_calls(int map)
{
	for (unsigned row = 0; row < polling_call_count(); row++) {
		struct polling_call call = polling_call_at(row);
		int status = call_fill(map, polling_call_name(row), POLLING_NUMBERS / 2, &call);
		if (status)
			return status;
	}
	return 0;
}

static int
hand_over(const struct polling_bpf *skeleton, struct loaded *loaded)
{
	const struct kernel_object objects[] = {
	    {"polling.sweep", load_link(skeleton->links.polling_sweep)},
	    {"polling.heard", bpf_map__fd(skeleton->maps.polling_heard)},
	    {"polling.return", bpf_program__fd(skeleton->progs.polling_return)},
	};
	return load_hand_over(loaded, objects, array_length(objects));
}

int
polling_load(const struct sensor_settings *settings, struct loaded *loaded, struct str *why)
{
	struct polling_bpf *skeleton __attribute__((cleanup(skeleton_cleanup))) = NULL;
	load_begin();
	skeleton = polling_bpf__open();
	if (!skeleton)
		return load_failed(why, "cannot read the programs", -errno);
	/* It runs only while the sensor listens to somebody. */
	bpf_program__set_autoattach(skeleton->progs.polling_return, false);
	int status = load_watching(settings, &skeleton->rodata->watching);
	if (!status)
		status = load_share_maps(skeleton->obj, loaded);
	if (!status)
		status = polling_bpf__load(skeleton);
	if (status)
		return load_failed(why, "cannot load them", status);
	status = fill_calls(bpf_map__fd(skeleton->maps.polling_calls));
	if (!status)
		status = polling_bpf__attach(skeleton);
	if (status)
		return load_failed(why, "cannot start them", status);
	status = hand_over(skeleton, loaded);
	return status ? load_failed(why, "cannot hand them over", status) : 0;
}
