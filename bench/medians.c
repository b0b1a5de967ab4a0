/* SPDX-License-Identifier: Apache-2.0 */
#include "medians.h"

#include <stdio.h>
#include <stdlib.h>

static int
compare(const void *one, const void *other)
{
	double a = *(const double *)one;
	double b = *(const double *)other;
	return (a > b) - (a < b);
}

double
median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

void
print_median(const char *what, double *values, size_t count, const char *unit)
{
	double middle = median(values, count);
	printf("%-58s %9.2f %s   (%.2f to %.2f)\n", what, middle, unit, values[0],
	    values[count - 1]);
}
