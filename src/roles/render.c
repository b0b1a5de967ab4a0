/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/render.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "roles/apply_files.h"

static int
render_one(const struct output_file *file, const char *folder)
{
	auto_str path = {0};
	str_addf(&path, "%s%s", folder, file->path);
	struct output_file below = *file;
	below.path = str_text(&path);
	if (geteuid() != 0) {
		below.uid = geteuid();
		below.gid = getegid();
	}
	return file_put(&below);
}

int
render_below(const struct output *output, const char *folder, struct str *ret_why)
{
	for (size_t i = 0; i < output_count(output); i++) {
		const struct output_file *file = output_at(output, i);
		int status = render_one(file, folder);
		if (!status)
			continue;
		str_addf(ret_why, "'%s': %s", file->path, strerror(-status));
		return status;
	}
	return 0;
}
