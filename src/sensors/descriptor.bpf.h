/* SPDX-License-Identifier: Apache-2.0 */
/* What a task has open, by the number of its descriptor. */
#ifndef SENSORS_DESCRIPTOR_BPF_H
#define SENSORS_DESCRIPTOR_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "sensors/kernel_open_types.h"

/* The task's file of that descriptor; 0: it has none. */
static __always_inline struct file *
file_at(struct task_struct *task, __u32 descriptor)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd);
	struct file *file = 0;
	if (descriptor < BPF_CORE_READ(table, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), files + descriptor);
	return file;
}

#endif
