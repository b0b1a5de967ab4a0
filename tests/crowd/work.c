/* SPDX-License-Identifier: Apache-2.0 */
/* Something to be traced, stepped through and checked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned
work(unsigned round)
{
	char *text = malloc(1000 + round % 1000);
	memset(text, (int)round, 1000);
	unsigned sum = (unsigned char)text[round % 1000];
	free(text);
	if (write(STDERR_FILENO, ".", 1) != 1)
		exit(1);
	return sum;
}

int
main(void)
{
	unsigned sum = 0;
	for (unsigned round = 0; round < 400000; round++)
		sum += work(round);
	printf("%u\n", sum);
	return 0;
}
