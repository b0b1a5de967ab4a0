/* SPDX-License-Identifier: Apache-2.0 */
#include <bpf/libbpf.h>
#include <errno.h>

#include "sensors/handing.h"
#include "sensors/handing.skel.h"

static void
skeleton_cleanup(struct handing_bpf **skeleton)
{
	handing_bpf__destroy(*skeleton);
}

static int
hand_over(const struct handing_bpf *skeleton, struct loaded *loaded)
{
	const struct kernel_object objects[] = {
	    {"handing.events", bpf_map__fd(skeleton->maps.handing_events)},
	    {"handing.state", bpf_map__fd(skeleton->maps.handing_state)},
	    {"handing.on-exec", load_link(skeleton->links.on_exec)},
	    {"handing.on-state", load_link(skeleton->links.on_state)},
	};
	return load_hand_over(loaded, objects, array_length(objects));
}

int
handing_load(const struct sensor_settings *settings, struct loaded *loaded, struct str *why)
{
	struct handing_bpf *skeleton __attribute__((cleanup(skeleton_cleanup))) = NULL;
	load_begin();
	skeleton = handing_bpf__open();
	if (!skeleton)
		return load_failed(why, "cannot read the programs", -errno);
	int status = load_watching(settings, &skeleton->rodata->watching);
	if (!status)
		status = load_share_maps(skeleton->obj, loaded);
	if (!status)
		status = handing_bpf__load(skeleton);
	if (status)
		return load_failed(why, "cannot load them", status);
	status = handing_bpf__attach(skeleton);
	if (!status)
		status = hand_over(skeleton, loaded);
	return status ? load_failed(why, "cannot start them", status) : 0;
}
