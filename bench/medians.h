/* SPDX-License-Identifier: Apache-2.0 */
/* How benchmarks tell a figure that was measured in several rounds. */
#ifndef BENCH_MEDIANS_H
#define BENCH_MEDIANS_H

#include <stddef.h>

/* Sorts the values; gives the one in the middle. */
double median(double *values, size_t count);

/* A line: what it is, the median with its unit, the least and the most. Sorts the values. */
void print_median(const char *what, double *values, size_t count, const char *unit);

#endif
