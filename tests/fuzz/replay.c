/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds every file of a corpus to a fuzz target, as a plain test: what once
 * was found stays found. A corpus without files fails: it tests nothing.
 *
 * usage: fuzz-NAME FOLDER...
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { LARGEST_INPUT = 16 << 20 };

static int
replay(const char *folder, size_t *count)
{
	DIR *entries = opendir(folder);
	if (!entries) {
		perror(folder);
		return 1;
	}
	int status = 0;
	for (const struct dirent *entry; (entry = readdir(entries));) {
		auto_str input = {0};
		if (entry->d_name[0] == '.')
			continue;
		status |= file_read(dirfd(entries), entry->d_name, LARGEST_INPUT, &input) != 0;
		LLVMFuzzerTestOneInput((const uint8_t *)str_text(&input), input.length);
		++*count;
	}
	closedir(entries);
	return status;
}

int
main(int argc, char **argv)
{
	size_t count = 0;
	int status = 0;
	for (int i = 1; i < argc; i++)
		status |= replay(argv[i], &count);
	printf("%zu inputs replayed\n", count);
	return status || count == 0;
}
