/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few compiler attributes that carry meaning in this code: what must be
 * looked at, what is printf, and what cleans up after itself.
 */
#ifndef BASE_ATTRIBUTES_H
#define BASE_ATTRIBUTES_H

#include <stddef.h>

#define must_use		     __attribute__((warn_unused_result))
#define printf_like(position, first) __attribute__((format(printf, position, first)))
#define never_returns		     __attribute__((noreturn))

/* Frees the heap pointer when its variable goes out of scope. */
#define auto_free __attribute__((cleanup(cleanup_free)))

/* Closes the file descriptor (unless negative) when its variable goes out of scope. */
#define auto_fd __attribute__((cleanup(cleanup_fd)))

/* The pointer's value; the variable becomes NULL, so ownership moves with the value. */
#define take(pointer)                                                                          \
	({                                                                                     \
		__typeof__(pointer) taken_ = (pointer);                                        \
		(pointer) = NULL;                                                              \
		taken_;                                                                        \
	})

/* The descriptor's value; the variable becomes -1, so ownership moves with the value. */
#define take_fd(fd)                                                                            \
	({                                                                                     \
		int taken_ = (fd);                                                             \
		(fd) = -1;                                                                     \
		taken_;                                                                        \
	})

#define array_length(array) (sizeof(array) / sizeof((array)[0]))

void cleanup_free(void *pointer_to_pointer);
void cleanup_fd(const int *fd);

#endif
