/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All privilege of haywardd, on one page. Each process, after it has prepared
 * and before it hears its first message, calls sandbox_enter() and with it the
 * one function below that bears its name. Each function says the same four
 * things: who it is from now on, which capabilities stay (none, mostly), which
 * files it can reach, and which system calls it can make. What is not said is
 * gone for ever, also for whatever it would execute.
 *
 *     process    user   capabilities             files                   calls
 *     reader     own    none (see way_to())      read                    no list
 *     loader     own    SYS_ADMIN, BPF ...       read                    no list
 *     sensor     own    none                     read /proc, /sys        list
 *     peeker     own    SYS_PTRACE, DAC_READ     read                    list
 *     engine     own    none                     none                    list
 *     keeper     own    none (see way_to())      its state               list
 *     control    own    none                     read users and groups   list
 *     enforcer   root   a few                    as root with these      no list
 *     reaper     a uid  SETUID                   none                    short list
 *     notifier   own    none (see way_to())      templates, own folders  list
 *     scanner    own    DAC_READ                 read                    list
 *     logs       own    none; group adm          read                    list
 *     steward    own    none                     none                    list
 *     gate       own    none                     clamd's socket          list
 *     prober     own    none                     none                    list
 *
 * A call that is not in a list kills the process, and the kernel's log names
 * it; the parent starts the process anew. Instrumented builds make calls of
 * their own and run without the lists. Where the kernel has no Landlock, file
 * modes are what keeps a process from files.
 *
 * SECURITY: a process that keeps a capability can also use it outside of what
 * it is for. The peeker, the scanner and the enforcer therefore parse nothing from
 * customers, and reader and loader do not stay.
 */
#include "procs/sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/securebits.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "procs/calls.h"
#include "procs/landlock.h"

#if defined(__SANITIZE_ADDRESS__)
#define INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define INSTRUMENTED 1
#endif
#endif
#ifndef INSTRUMENTED
#define INSTRUMENTED 0
#endif

enum { MOST_FILES = 4096, MOST_REACHES = 12 };

/* What a process asks for; see the functions at the end. */
struct confinement {
	enum process process;
	const char *empty_root;	   /* chroot there; NULL: not */
	const int *capabilities;   /* ends with -1; NULL: none */
	bool reads_logs;	   /* is of the group that may, if there is one */
	rlim_t most_files;	   /* open at a time; 0: MOST_FILES */
	const struct reach *reach; /* NULL with a count of 0: nothing; see anywhere */
	size_t reach_count;
	bool anywhere; /* no Landlock: it must look at other processes, or act */
	bool never_forks;
	const char *const *calls; /* ends with NULL; NULL: no list */
	const int *families;	  /* of sockets it may make; ends with -1 */
};

/* Who. */

/* Capabilities that the host itself does not have cannot be kept; who needs them will say so.
 */
static void
select_capabilities(const int *capabilities)
{
	capng_get_caps_process();
	bool had[CAP_LAST_CAP + 1];
	for (int i = 0; i <= CAP_LAST_CAP; i++)
		had[i] = capng_have_capability(CAPNG_PERMITTED, (unsigned)i);
	capng_clear(CAPNG_SELECT_BOTH);
	for (; capabilities && *capabilities >= 0; capabilities++)
		if (had[*capabilities])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
			    (unsigned)*capabilities);
}

/* group: the only supplementary one; 0: none. */
static void
become(struct identity identity, gid_t group, const struct confinement *confinement)
{
	bool stays = identity.uid == geteuid();
	if (geteuid())
		return;
	select_capabilities(confinement->capabilities);
	if (setgroups(group ? 1 : 0, &group))
		fatal("cannot leave the supplementary groups: %s", strerror(errno));
	int status =
	    stays ? capng_apply(CAPNG_SELECT_BOTH)
		  : capng_change_id((int)identity.uid, (int)identity.gid, CAPNG_CLEAR_BOUNDING);
	if (status)
		fatal("%s cannot become user %u and drop its capabilities (%d)",
		    process_name(confinement->process), identity.uid, status);
}

/* Where. */

static void
enter_empty_root(const char *directory)
{
	if (!directory || geteuid() || INSTRUMENTED)
		return;
	if (chroot(directory) || chdir("/"))
		fatal("cannot enter '%s': %s", directory, strerror(errno));
}

static void
confine_files(const struct confinement *confinement)
{
	if (confinement->anywhere || INSTRUMENTED)
		return;
	int status = landlock_confine(confinement->reach, confinement->reach_count);
	if (status && status != -EOPNOTSUPP)
		fatal("cannot confine %s to its files: %s", process_name(confinement->process),
		    strerror(-status));
}

/* What. */

static void
limit(int resource, rlim_t most)
{
	struct rlimit now;
	if (getrlimit((__rlimit_resource_t)resource, &now))
		return;
	if (now.rlim_max != RLIM_INFINITY && now.rlim_max < most)
		most = now.rlim_max;
	struct rlimit wanted = {most, most};
	if (setrlimit((__rlimit_resource_t)resource, &wanted))
		fatal("cannot set a resource limit: %s", strerror(errno));
}

static void
allow_calls(scmp_filter_ctx filter, const char *const *calls)
{
	for (; *calls; calls++) {
		int number = seccomp_syscall_resolve_name(*calls);
		if (number == __NR_SCMP_ERROR || number < 0)
			continue;
		int status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
		if (status)
			fatal("cannot allow '%s': %s", *calls, strerror(-status));
	}
}

static void
allow_sockets(scmp_filter_ctx filter, const int *families)
{
	for (; families && *families >= 0; families++)
		if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)*families)))
			fatal("cannot allow sockets");
}

static void
confine_calls(const struct confinement *confinement)
{
	if (!confinement->calls || INSTRUMENTED)
		return;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!filter)
		fatal("cannot make a filter of system calls");
	allow_calls(filter, confinement->calls);
	allow_sockets(filter, confinement->families);
	/* Old kernels do not log; a missing line is no reason to run without a filter. */
	if (seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1))
		log_debug("what a filter kills is not logged by this kernel");
	int status = seccomp_load(filter);
	if (status)
		fatal("cannot load a filter of system calls: %s", strerror(-status));
	seccomp_release(filter);
}

static void
confine(const struct confinement *confinement)
{
	/* Out here the lists of users and groups can still be read. */
	struct identity identity = sandbox_identity(confinement->process);
	gid_t group = confinement->reads_logs ? sandbox_log_group() : 0;
	enter_empty_root(confinement->empty_root);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, confinement->most_files ? confinement->most_files : MOST_FILES);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		fatal("cannot renounce new privileges: %s", strerror(errno));
	confine_files(confinement);
	become(identity, group, confinement);
	if (confinement->never_forks && geteuid() && !INSTRUMENTED)
		limit(RLIMIT_NPROC, 0);
	/* A leak check attaches to its own process. */
	if (prctl(PR_SET_DUMPABLE, INSTRUMENTED, 0, 0, 0))
		fatal("cannot hide memory: %s", strerror(errno));
	confine_calls(confinement);
}

/* The processes. */

static const int local_sockets[] = {AF_UNIX, -1};

/* Whether a file can be read by who we shall be. Asked with the privilege to become that. */
static bool
readable_by(enum process process, const char *path)
{
	struct identity identity = sandbox_identity(process);
	if (setegid(identity.gid) || seteuid(identity.uid))
		fatal("cannot become user %u: %s", identity.uid, strerror(errno));
	bool readable = !faccessat(AT_FDCWD, path, R_OK, AT_EACCESS);
	if (seteuid(0) || setegid(0))
		fatal("cannot come back from user %u: %s", identity.uid, strerror(errno));
	return readable;
}

/*
 * No capability, unless one of the two places (NULL: none) lies in a folder
 * that is closed to who we shall be, such as a checkout in somebody's home:
 * then the one that opens the way, and everything else for reading.
 */
static const int *
way_to(enum process process, const char *one, const char *other)
{
	static const int open_the_way[] = {CAP_DAC_READ_SEARCH, -1};
	bool closed = !geteuid() && ((one && !readable_by(process, one)) ||
					(other && !readable_by(process, other)));
	if (!closed)
		return NULL;
	log_warning("'%s' is closed to the user of %s, which may therefore read everything",
	    one, process_name(process));
	return open_the_way;
}

/* Parses what the operator wrote, and asks NSS, whose modules make any call. */
static void
reader(const struct options *options)
{
	confine(&(struct confinement){
	    .process = PROCESS_READER,
	    .capabilities = way_to(PROCESS_READER, options->config, options->passwd),
	    .reach = (struct reach[]){{"/", false}},
	    .reach_count = 1,
	});
}

/* A probe in a server of PHP wants SYS_ADMIN, finding one PTRACE; it parses root's files only.
 */
static void
loader(const struct options *options)
{
	(void)options;
	static const int load[] = {CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN, CAP_SYS_RESOURCE,
	    CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, -1};
	confine(&(struct confinement){
	    .process = PROCESS_LOADER,
	    .capabilities = load,
	    .anywhere = true,
	});
}

static void
sensor(const struct options *options)
{
	(void)options;
	static const char *const calls[] = {
	    CALLS_BASIC, CALLS_READ_FILES, "bpf", "ioctl", NULL};
	confine(&(struct confinement){
	    .process = PROCESS_SENSOR,
	    .reach = (struct reach[]){{"/proc", false}, {"/sys", false}},
	    .reach_count = 2,
	    .never_forks = true,
	    .calls = calls,
	    .families = local_sockets,
	});
}

static void
peeker(const struct options *options)
{
	(void)options;
	static const int look[] = {CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, -1};
	static const char *const calls[] = {CALLS_BASIC, CALLS_READ_FILES, CALLS_PEEK, NULL};
	confine(&(struct confinement){
	    .process = PROCESS_PEEKER,
	    .capabilities = look,
	    .anywhere = true, /* who is under Landlock cannot look at processes that are not */
	    .never_forks = true,
	    .calls = calls,
	    .families = local_sockets,
	});
}

static void
engine(const struct options *options)
{
	static const char *const calls[] = {CALLS_BASIC, CALLS_HURRY, NULL};
	auto_str empty = {0};
	str_addf(&empty, "%s/empty", options->run);
	confine(&(struct confinement){
	    .process = PROCESS_ENGINE,
	    .empty_root = str_text(&empty),
	    .never_forks = true,
	    .calls = calls,
	    .families = local_sockets,
	});
}

static void
keeper(const struct options *options)
{
	static const char *const calls[] = {
	    CALLS_BASIC, CALLS_READ_FILES, CALLS_WRITE_FILES, CALLS_FORK, CALLS_HURRY, NULL};
	confine(&(struct confinement){
	    .process = PROCESS_KEEPER,
	    .capabilities = way_to(PROCESS_KEEPER, options->state, NULL),
	    .reach = (struct reach[]){{options->state, true}},
	    .reach_count = 1,
	    .calls = calls,
	    .families = local_sockets,
	});
}

/* The socket was bound in prepare; the staff group is looked up for each who asks. */
static void
control(const struct options *options)
{
	(void)options;
	static const char *const calls[] = {CALLS_BASIC, CALLS_READ_FILES, CALLS_SERVE, NULL};
	confine(&(struct confinement){
	    .process = PROCESS_CONTROL,
	    .reach = (struct reach[]){{"/etc", false}, {"/proc", false}, {"/usr", false},
		{"/lib", false}, {"/lib64", false}},
	    .reach_count = 5,
	    .never_forks = true,
	    .calls = calls,
	    .families = local_sockets,
	});
}

/*
 * Moves processes between cgroups, sets limits, ends processes, makes files immutable and puts
 * back their set-id bits and capabilities. It runs nft and the test of the web server's
 * configuration, so there is no list of calls.
 */
static void
enforcer(const struct options *options)
{
	(void)options;
	static const int act[] = {CAP_KILL, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_CHOWN,
	    CAP_FOWNER, CAP_SYS_PTRACE, CAP_SYS_NICE, CAP_SYS_RESOURCE, CAP_NET_ADMIN,
	    CAP_LINUX_IMMUTABLE, CAP_SETFCAP, CAP_FSETID, -1};
	confine(&(struct confinement){
	    .process = PROCESS_ENFORCER,
	    .capabilities = act,
	    .anywhere = true,
	});
}

/* What it hears, a table of accounts to decode, a uid to take, and two signals. */
static void
confine_reaper_calls(void)
{
	static const char *const calls[] = {"recvmsg", "sendto", "read", "lseek", "close",
	    "fstat", "newfstatat", "brk", "mmap", "munmap", "mremap", "madvise", "getrandom",
	    "futex", "rt_sigreturn", "exit_group", "setresuid", "setresuid32", NULL};
	static const int signals[] = {SIGKILL, SIGSTOP, SIGCONT};
	if (INSTRUMENTED)
		return;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!filter)
		fatal("cannot make a filter of system calls");
	allow_calls(filter, calls);
	for (size_t i = 0; i < array_length(signals); i++)
		if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(kill), 2,
			SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, UINT32_MAX),
			SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)signals[i])))
			fatal("cannot allow kill(-1)");
	int status = seccomp_load(filter);
	if (status)
		fatal("cannot load a filter of system calls: %s", strerror(-status));
	seccomp_release(filter);
}

/*
 * Ends whole uids by kill(-1), so it must never hold CAP_KILL, nor root as any
 * of its uids: to change its uid is all that is left to it. The kernel would
 * give and take capabilities when uid 0 comes and goes; that is switched off.
 * It goes before a fork bomb when it has something to do, and sleeps otherwise.
 */
void
sandbox_enter_reaper(uint32_t own_uid)
{
	static const int change_uid[] = {CAP_SETUID, -1};
	struct sched_param first = {.sched_priority = 1};
	if (sched_setscheduler(0, SCHED_RR, &first))
		log_debug("the reaper has no priority: %s", strerror(errno));
	limit(RLIMIT_CORE, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECUREBITS, SECURE_ALL_BITS | SECURE_ALL_LOCKS, 0, 0, 0))
		fatal("the reaper cannot renounce privileges: %s", strerror(errno));
	if (setgroups(0, NULL) || setresgid(own_uid, own_uid, own_uid) ||
	    setresuid(own_uid, own_uid, own_uid))
		fatal("the reaper cannot become user %u: %s", own_uid, strerror(errno));
	select_capabilities(change_uid);
	int status = capng_apply(CAPNG_SELECT_BOTH);
	if (status || prctl(PR_SET_DUMPABLE, INSTRUMENTED, 0, 0, 0))
		fatal("the reaper cannot drop its capabilities (%d)", status);
	confine_reaper_calls();
}

static void
notifier(const struct options *options)
{
	static const char *const calls[] = {
	    CALLS_BASIC, CALLS_READ_FILES, CALLS_WRITE_FILES, CALLS_CLIENT, NULL};
	static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, -1};
	auto_str own = {0};
	str_addf(&own, "%s/notifier", options->state);
	struct reach reach[] = {
	    {"/", false},
	    {str_text(&own), true},
	    {options->notices ? options->notices : str_text(&own), true},
	};
	confine(&(struct confinement){
	    .process = PROCESS_NOTIFIER,
	    .capabilities = way_to(PROCESS_NOTIFIER, options->config, options->notices),
	    .reach = reach,
	    .reach_count = array_length(reach),
	    .calls = calls,
	    .families = families,
	});
}

/* Homes lie wherever the operator put them. It has no socket to make and nobody to talk to. */
static void
scanner(const struct options *options)
{
	(void)options;
	static const int look[] = {CAP_DAC_READ_SEARCH, -1};
	static const char *const calls[] = {CALLS_BASIC, CALLS_READ_FILES, NULL};
	confine(&(struct confinement){
	    .process = PROCESS_SCANNER,
	    .capabilities = look,
	    .reach = (struct reach[]){{"/", false}},
	    .reach_count = 1,
	    .never_forks = true,
	    .calls = calls,
	    .families = local_sockets,
	});
}

/*
 * Logs lie where the operator says, which is not known yet. What it parses was
 * written by strangers, so it has no capability: a log that its group may not
 * read is not followed. Netlink tells it this host's addresses. Each log may
 * have a successor, and both are open for a while.
 */
static void
logs(const struct options *options)
{
	(void)options;
	static const char *const calls[] = {
	    CALLS_BASIC, CALLS_READ_FILES, "bind", "getsockname", NULL};
	static const int families[] = {AF_UNIX, AF_NETLINK, -1};
	confine(&(struct confinement){
	    .process = PROCESS_LOGS,
	    .reads_logs = true,
	    .most_files = 5 * MOST_FILES,
	    .reach = (struct reach[]){{"/", false}},
	    .reach_count = 1,
	    .never_forks = true,
	    .calls = calls,
	    .families = families,
	});
}

/*
 * It relays; what it has done is done by its hand (steward_hand.c), which was forked in its
 * prepare and keeps all of root's privileges: entering containers takes nearly all there are.
 */
static void
steward(const struct options *options)
{
	static const char *const calls[] = {CALLS_BASIC, NULL};
	auto_str empty = {0};
	str_addf(&empty, "%s/empty", options->run);
	confine(&(struct confinement){
	    .process = PROCESS_STEWARD,
	    .empty_root = str_text(&empty),
	    .never_forks = true,
	    .calls = calls,
	    .families = local_sockets,
	});
}

/* Its sockets were bound in prepare; clamd's lies wherever the operator says. */
static void
gate(const struct options *options)
{
	(void)options;
	static const char *const calls[] = {CALLS_BASIC, CALLS_SERVE, NULL};
	confine(&(struct confinement){
	    .process = PROCESS_GATE,
	    .most_files = 20000, /* a session is one */
	    .never_forks = true,
	    .calls = calls,
	    .families = local_sockets,
	});
}

/* Calls whatever listens where the operator says, as anybody may. */
static void
prober(const struct options *options)
{
	static const char *const calls[] = {CALLS_BASIC, "ioctl", NULL};
	static const int families[] = {AF_UNIX, AF_INET, AF_INET6, -1};
	auto_str empty = {0};
	str_addf(&empty, "%s/empty", options->run);
	confine(&(struct confinement){
	    .process = PROCESS_PROBER,
	    .empty_root = str_text(&empty),
	    .never_forks = true,
	    .calls = calls,
	    .families = families,
	});
}

void
sandbox_enter(enum process process, const struct options *options)
{
	switch (process) {
	case PROCESS_READER:
		return reader(options);
	case PROCESS_LOADER:
		return loader(options);
	case PROCESS_SENSOR:
		return sensor(options);
	case PROCESS_PEEKER:
		return peeker(options);
	case PROCESS_ENGINE:
		return engine(options);
	case PROCESS_KEEPER:
		return keeper(options);
	case PROCESS_CONTROL:
		return control(options);
	case PROCESS_ENFORCER:
		return enforcer(options);
	case PROCESS_NOTIFIER:
		return notifier(options);
	case PROCESS_SCANNER:
		return scanner(options);
	case PROCESS_LOGS:
		return logs(options);
	case PROCESS_STEWARD:
		return steward(options);
	case PROCESS_GATE:
		return gate(options);
	case PROCESS_PROBER:
		return prober(options);
	case PROCESS_PARENT:
	case PROCESS_COUNT:
		break;
	}
	panic("there is no sandbox for process %u", process);
}
