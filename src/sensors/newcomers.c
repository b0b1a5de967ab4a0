/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/newcomers.h"

#include <bpf/libbpf.h>
#include <errno.h>

#include "sensors/newcomers.skel.h"

static void
skeleton_cleanup(struct newcomers_bpf **skeleton)
{
	newcomers_bpf__destroy(*skeleton);
}

static int
hand_over(const struct newcomers_bpf *skeleton, struct loaded *loaded)
{
	const struct kernel_object objects[] = {
	    {NEWCOMERS_TOLD, bpf_map__fd(skeleton->maps.newcomers_told)},
	    {NEWCOMERS_BOARD, bpf_map__fd(skeleton->maps.newcomers_board)},
	    {NEWCOMERS_SWEEP, load_link(skeleton->links.newcomers_sweep)},
	    {NEWCOMERS "executes", load_link(skeleton->links.newcomer_executes)},
	    {NEWCOMERS_CHANGES, load_link(skeleton->links.newcomer_changes)},
	    {NEWCOMERS "forks", load_link(skeleton->links.newcomer_forks)},
	    {NEWCOMERS "is-moved", load_link(skeleton->links.newcomer_is_moved)},
	    {NEWCOMERS "is-gone", load_link(skeleton->links.newcomer_is_gone)},
	};
	return load_hand_over(loaded, objects, array_length(objects));
}

/* changes: with the program that hears of each change of a uid. */
static int
open_and_load(
    const struct sensor_settings *settings, bool changes, struct newcomers_bpf **ret_skeleton)
{
	load_begin();
	*ret_skeleton = newcomers_bpf__open();
	if (!*ret_skeleton)
		return -errno;
	bpf_program__set_autoload((*ret_skeleton)->progs.newcomer_changes, changes);
	int status = load_watching(settings, &(*ret_skeleton)->rodata->watching);
	return status ? status : newcomers_bpf__load(*ret_skeleton);
}

int
newcomers_load(const struct sensor_settings *settings, struct loaded *loaded, struct str *why)
{
	struct newcomers_bpf *skeleton __attribute__((cleanup(skeleton_cleanup))) = NULL;
	int status = open_and_load(settings, true, &skeleton);
	if (status) {
		newcomers_bpf__destroy(take(skeleton));
		status = open_and_load(settings, false, &skeleton);
	}
	if (status)
		return load_failed(why, "cannot load them", status);
	status = newcomers_bpf__attach(skeleton);
	if (status)
		return load_failed(why, "cannot start them", status);
	status = hand_over(skeleton, loaded);
	return status ? load_failed(why, "cannot hand them over", status) : 0;
}
