/* SPDX-License-Identifier: Apache-2.0 */
/* For tests that are run in a chroot, as of a debootstrap root. */
#ifndef TESTS_CHROOT_H
#define TESTS_CHROOT_H

/*
 * The kernel makes no user namespace for who lives in a chroot. If this process
 * does, it moves into a mount namespace of its own whose root is what was the
 * chroot: everything looks as before, and user namespaces can be made. Wants root.
 */
void chroot_become_root(void);

#endif
