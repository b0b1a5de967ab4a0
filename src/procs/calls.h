/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls that processes may make, in groups that sandbox.c joins.
 * Names that an architecture does not have are passed over. Found with strace
 * and by reading what libevent, glibc and SQLite use; tests/procs/ runs every
 * process under its list.
 */
#ifndef PROCS_CALLS_H
#define PROCS_CALLS_H

/* Memory, time, descriptors, messages to siblings, dying. */
#define CALLS_BASIC                                                                            \
	"brk", "mmap", "munmap", "mprotect", "mremap", "madvise", "read", "readv", "pread64",  \
	    "write", "writev", "pwrite64", "close", "lseek", "_llseek", "fcntl", "fcntl64",    \
	    "dup", "fstat", "fstat64", "newfstatat", "fstatat64", "statx", "sendmsg",          \
	    "recvmsg", "sendto", "recvfrom", "shutdown", "getsockopt", "epoll_create1",        \
	    "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll",         \
	    "select", "pselect6", "eventfd2", "pipe2", "timerfd_create", "timerfd_settime",    \
	    "memfd_create", "ftruncate", "clock_gettime", "clock_gettime64", "clock_getres",   \
	    "gettimeofday", "nanosleep", "clock_nanosleep", "time", "restart_syscall", "exit", \
	    "exit_group", "getpid", "getppid", "gettid", "tgkill", "getuid", "geteuid",        \
	    "getgid", "getegid", "getrandom", "getrusage", "sysinfo", "uname", "futex",        \
	    "rseq", "set_robust_list", "sched_getaffinity", "sched_yield", "prctl",            \
	    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "connect"

/* Going first for a moment, as far as the process's limits let it. */
#define CALLS_HURRY "sched_setscheduler"

/* Opening and looking at what exists. */
#define CALLS_READ_FILES                                                                       \
	"open", "openat", "openat2", "stat", "lstat", "access", "faccessat", "faccessat2",     \
	    "readlink", "readlinkat", "getdents64", "statfs", "fstatfs", "getcwd", "fadvise64"

/* Making and changing files. */
#define CALLS_WRITE_FILES                                                                      \
	"fsync", "fdatasync", "sync_file_range", "truncate", "fallocate", "flock", "rename",   \
	    "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir",        \
	    "link", "linkat", "chmod", "fchmod", "fchmodat", "umask", "utimensat", "fchown",   \
	    "fchownat"

/* Serving a socket that was bound before. */
#define CALLS_SERVE                                                                            \
	"accept", "accept4", "listen", "getsockname", "getpeername", "setsockopt", "ioctl"

/* Sockets and threads of a mail client. */
#define CALLS_CLIENT                                                                           \
	"bind", "getsockname", "getpeername", "setsockopt", "socketpair", "sendmmsg",          \
	    "recvmmsg", "ioctl", "clone", "clone3", "rt_sigtimedwait", "prlimit64"

/* Copies of oneself that only read, and are waited for. */
#define CALLS_FORK "clone", "clone3", "fork", "vfork", "wait4", "waitid", "kill", "dup2", "dup3"

/* Looking at processes and at quotas. */
#define CALLS_PEEK "pidfd_open", "quotactl", "quotactl_fd", "getxattr", "fgetxattr"

#endif
