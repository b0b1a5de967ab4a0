/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/status.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

enum { MOST_STATUS = 16384, MOST_STATM = 256 };

static int
read_part(int directory, const char *folder, const char *name, size_t most, struct str *out)
{
	auto_str path = {0};
	str_addf(&path, "%s/%s", folder, name);
	return file_read(directory, str_text(&path), most, out);
}

/* Pages: all, resident, resident and shared, and what does not matter here. */
static int
read_memory(int directory, const char *folder, uint64_t *ret_memory)
{
	auto_str text = {0};
	char *end;
	int status = read_part(directory, folder, "statm", MOST_STATM, &text);
	if (status)
		return status;
	(void)strtoull(str_text(&text), &end, 10);
	uint64_t resident = strtoull(end, &end, 10);
	uint64_t shared = strtoull(end, &end, 10);
	*ret_memory =
	    resident > shared ? (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
	return 0;
}

int
process_status_read(int directory, const char *folder, struct process_status *ret_status)
{
	auto_str text = {0};
	int read = read_part(directory, folder, "status", MOST_STATUS, &text);
	if (read && read != -EFBIG)
		return read;
	int status = process_status_parse(str_text(&text), ret_status);
	if (!status && read)
		status = read_memory(directory, folder, &ret_status->memory);
	return status;
}
