/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a table of answers. usage: answers_tool FILE [now|good ADDRESS]... */
#include <fcntl.h>
#include <string.h>

#include "actions/answers.h"

int
main(int count, char **words)
{
	auto_str table = {0};
	bool changed;
	if (count < 2)
		return 2;
	answers_begin(&table);
	for (int i = 2; i + 1 < count; i += 2)
		answers_add(&table, words[i + 1], strcmp(words[i], "good") == 0);
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return answers_write(root, words[1], &table, &changed) ? 1 : 0;
}
