/* SPDX-License-Identifier: Apache-2.0 */
#include "site/pass_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

/* The state directory is the keeper's, who could put something else there: no link is followed,
 * and only what is ours is looked into. */
static int
open_folder(const char *state)
{
	struct stat facts;
	if (mkdir(state, 0755) && errno != EEXIST)
		return -errno;
	auto_fd int above = open(state, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (above < 0 || (mkdirat(above, GATE_KEY_FOLDER, 0700) && errno != EEXIST))
		return -errno;
	auto_fd int folder =
	    openat(above, GATE_KEY_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0 || fstat(folder, &facts))
		return -errno;
	return facts.st_uid == geteuid() ? take_fd(folder) : -EPERM;
}

int
pass_key_tell(const struct site_paths *paths, struct str *out, struct str *ret_why)
{
	unsigned char key[GATE_KEY_SIZE];
	auto_fd int folder = open_folder(paths->whole);
	int status = folder < 0 ? folder : file_secret(folder, GATE_KEY_FILE, key, sizeof(key));
	if (status)
		str_addf(ret_why, "no key in '%s/" GATE_KEY_FOLDER "/" GATE_KEY_FILE "': %s",
		    paths->whole, strerror(-status));
	for (size_t i = 0; !status && i < sizeof(key); i++)
		str_addf(out, "%02x", key[i]);
	explicit_bzero(key, sizeof(key));
	return status;
}

int
pass_key_read(const char *digits, unsigned char ret_key[GATE_KEY_SIZE])
{
	unsigned char key[GATE_KEY_SIZE];
	if (strlen(digits) != 2 * sizeof(key) ||
	    strspn(digits, "0123456789abcdef") != 2 * sizeof(key))
		return -EINVAL;
	for (size_t i = 0; i < sizeof(key); i++)
		if (sscanf(digits + 2 * i, "%2hhx", &key[i]) != 1)
			return -EINVAL;
	memcpy(ret_key, key, sizeof(key));
	return 0;
}
