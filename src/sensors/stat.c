/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/stat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FLAG_KERNEL_THREAD = 0x00200000 }; /* PF_KTHREAD, which stat shows as field 9 */

/* Field number `wanted` of stat (proc(5) counts from 1), the text beginning with field 3. */
static const char *
field(const char *text, int wanted)
{
	for (int number = 3; number < wanted && text; number++) {
		text = strchr(text, ' ');
		text = text ? text + 1 : NULL;
	}
	return text;
}

static void
copy_name(const char *text, const char *end, char name[static PROCESS_NAME])
{
	const char *begin = strchr(text, '(');
	size_t length = begin && begin < end ? (size_t)(end - begin - 1) : 0;
	memcpy(
	    name, length ? begin + 1 : "", length < PROCESS_NAME ? length : PROCESS_NAME - 1);
}

int
process_stat_parse(const char *text, struct process_stat *ret_stat)
{
	const char *end = strrchr(text, ')');
	if (!end || end[1] != ' ')
		return -EBADMSG;
	const char *state = end + 2;
	const char *parent = field(state, 4);
	const char *flags = field(state, 9);
	const char *user = field(state, 14);
	const char *system = field(state, 15);
	const char *start = field(state, 22);
	if (!parent || !flags || !user || !system || !start)
		return -EBADMSG;
	*ret_stat = (struct process_stat){
	    .state = *state,
	    .parent = (uint32_t)strtoul(parent, NULL, 10),
	    .kernel_thread = strtoull(flags, NULL, 10) & FLAG_KERNEL_THREAD,
	    .cpu_ticks = strtoull(user, NULL, 10) + strtoull(system, NULL, 10),
	    .start_ticks = strtoull(start, NULL, 10),
	};
	copy_name(text, end, ret_stat->name);
	return 0;
}

/*
 * The number in the line that begins with the word; 0 if there is none. Only
 * line beginnings count: the process's own name stands in the first line, and
 * the kernel escapes newlines in it.
 */
static uint64_t
line_number(const char *text, const char *word)
{
	size_t length = strlen(word);
	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (!strncmp(text, word, length))
			return strtoull(text + length, NULL, 10);
	}
	return 0;
}

int
process_status_parse(const char *text, struct process_status *ret_status)
{
	if (!strstr(text, "\nUid:\t"))
		return -EBADMSG;
	*ret_status = (struct process_status){
	    .uid = (uint32_t)line_number(text, "Uid:\t"),
	    .memory = (line_number(text, "RssAnon:") + line_number(text, "RssShmem:") +
			  line_number(text, "VmSwap:")) *
		      1024,
	};
	return 0;
}

uint64_t
smaps_rollup_memory(const char *text)
{
	return (line_number(text, "Pss_Anon:") + line_number(text, "Pss_Shmem:") +
		   line_number(text, "SwapPss:")) *
	       1024;
}
