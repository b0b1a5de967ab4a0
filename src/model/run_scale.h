/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scale on which runs are counted by the processor time that each used: four
 * steps to the doubling, from one millisecond on, so that whole milliseconds up
 * to eight begin a step. The kernel programs read this, too.
 */
#ifndef MODEL_RUN_SCALE_H
#define MODEL_RUN_SCALE_H

#include <linux/types.h>

/* Step 0: less than 1 ms. The last: 3 072 ms and more. */
enum { RUN_STEPS = 48, RUN_QUARTER_NS = 250000 };

/* How often the number, 1 to 4095, can be halved. By hand: clang 14 has no way to count zeros
 * for the kernel's machine. */
static inline __attribute__((always_inline, unused)) __u32
run_doublings(__u32 number)
{
	__u32 doublings = 0;
	if (number >> 8) {
		doublings += 8;
		number >>= 8;
	}
	if (number >> 4) {
		doublings += 4;
		number >>= 4;
	}
	if (number >> 2) {
		doublings += 2;
		number >>= 2;
	}
	return doublings + (number >> 1);
}

/* The step of a run that used so many ns. */
static inline __attribute__((always_inline, unused)) __u32
run_step(__u64 used_ns)
{
	__u64 quarters = used_ns / RUN_QUARTER_NS;
	if (quarters < 4)
		return 0;
	if (quarters >= 4 << 12)
		return RUN_STEPS - 1;
	__u32 doublings = run_doublings((__u32)quarters >> 2);
	__u32 step = 1 + doublings * 4 + (__u32)(quarters >> doublings & 3);
	return step < RUN_STEPS ? step : RUN_STEPS - 1;
}

/* The least that a run of that step used, in ns. */
static inline __attribute__((always_inline, unused)) __u64
run_step_floor(__u32 step)
{
	if (!step)
		return 0;
	__u64 quarters = 4 + ((step - 1) & 3);
	return (quarters << ((step - 1) >> 2)) * RUN_QUARTER_NS;
}

#endif
