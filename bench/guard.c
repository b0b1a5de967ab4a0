/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it costs to watch for attempts on the server and for attacks, by the
 * kernel's word (BPF_ENABLE_STATS, which adds about 20 ns to each run): for each
 * kind of work the programs' time per call of it, and for a compile their share
 * of its processor time. The work is an account's, for the host's own ends in
 * the first instructions.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "sensors/part.h"

enum { CALLS = 20000, FILES = 2000, LIVES = 300, COMPILES = 6, SOMEBODY = 61990 };

static const char *const programs[] = {"guard.on-capable", "guard.on-change", "guard.on-device",
    "attack.on-fork", "attack.on-exec", "attack.on-state", "attack.on-send"};

static void
read_program(
    const struct loaded *loaded, const char *name, uint64_t *ret_ns, uint64_t *ret_runs)
{
	struct bpf_link_info link = {0};
	struct bpf_prog_info program = {0};
	uint32_t size = sizeof(link);
	*ret_ns = *ret_runs = 0;
	int fd = named_fd_find(loaded->fds, loaded->count, name);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &link, &size))
		return;
	auto_fd int found = bpf_prog_get_fd_by_id(link.prog_id);
	size = sizeof(program);
	if (bpf_obj_get_info_by_fd(found, &program, &size))
		return;
	*ret_ns = program.run_time_ns;
	*ret_runs = program.run_cnt;
}

static void
map_memory(void)
{
	for (int i = 0; i < CALLS; i++) {
		void *memory = mmap(
		    NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (memory != MAP_FAILED)
			munmap(memory, 4096);
	}
}

static void
try_in_vain(void)
{
	for (int i = 0; i < CALLS; i++)
		close(open("/etc/passwd", O_WRONLY | O_CLOEXEC));
}

static void
write_files(void)
{
	for (int i = 0; i < FILES; i++) {
		int fd = open("own", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0 || write(fd, "x", 1) != 1)
			_exit(1);
		close(fd);
		unlink("own");
	}
}

static void
live(void)
{
	for (int i = 0; i < LIVES; i++) {
		pid_t pid = fork();
		if (!pid) {
			execl("/bin/true", "true", (char *)NULL);
			_exit(127);
		}
		waitpid(pid, NULL, 0);
	}
}

static void
compile(void)
{
	static const char source[] = "#include <stdio.h>\n#include <stdlib.h>\n"
				     "int main(void) { return printf(\"%d\", rand()); }\n";
	auto_fd int file = open("program.c", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (write(file, source, strlen(source)) < 0)
		_exit(1);
	for (int i = 0; i < COMPILES; i++) {
		pid_t pid = fork();
		if (!pid) {
			execlp("cc", "cc", "-O2", "-o", "program", "program.c", (char *)NULL);
			_exit(127);
		}
		waitpid(pid, NULL, 0);
	}
	unlink("program.c");
}

/* As a client of his own server, over loopback: half of what is sent, and all that is
 * acknowledged, goes the way of a server's answers. */
static void
send_and_receive(void)
{
	struct sockaddr_in here = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(here);
	char word[64] = "some words of somebody's";
	auto_fd int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	auto_fd int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(server, (struct sockaddr *)&here, size) || listen(server, 1) ||
	    getsockname(server, (struct sockaddr *)&here, &size) ||
	    connect(client, (struct sockaddr *)&here, size))
		_exit(1);
	auto_fd int accepted = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	for (int i = 0; i < CALLS; i++)
		if (send(client, word, sizeof(word), 0) < 0 ||
		    recv(accepted, word, sizeof(word), MSG_WAITALL) < 0 ||
		    send(accepted, word, sizeof(word), 0) < 0 ||
		    recv(client, word, sizeof(word), MSG_WAITALL) < 0)
			_exit(1);
}

/* Does the work as an account in a folder of its own; ns of processor time that it took. */
static double
as_somebody(void (*work)(void))
{
	struct rusage before, after;
	getrusage(RUSAGE_CHILDREN, &before);
	pid_t pid = fork();
	if (!pid) {
		char folder[] = "/tmp/hayward-bench.XXXXXX";
		if (setgid(SOMEBODY) || setuid(SOMEBODY) || !mkdtemp(folder) || chdir(folder))
			_exit(1);
		work();
		unlink("program");
		_exit(rmdir(folder) != 0);
	}
	int status;
	waitpid(pid, &status, 0);
	if (status)
		printf("(the work did not end well)\n");
	getrusage(RUSAGE_CHILDREN, &after);
	return 1e9 * (double)(after.ru_utime.tv_sec + after.ru_stime.tv_sec -
			      before.ru_utime.tv_sec - before.ru_stime.tv_sec) +
	       1e3 * (double)(after.ru_utime.tv_usec + after.ru_stime.tv_usec -
			      before.ru_utime.tv_usec - before.ru_stime.tv_usec);
}

static void
measure(const struct loaded *loaded, const char *what, void (*work)(void), int calls)
{
	uint64_t ns[array_length(programs)], runs[array_length(programs)];
	for (size_t i = 0; i < array_length(programs); i++)
		read_program(loaded, programs[i], &ns[i], &runs[i]);
	double used = as_somebody(work);
	double sum = 0;
	printf("%s: %.2f us of processor time each\n", what, used / 1e3 / calls);
	for (size_t i = 0; i < array_length(programs); i++) {
		uint64_t ns_now, runs_now;
		read_program(loaded, programs[i], &ns_now, &runs_now);
		double spent = (double)(ns_now - ns[i]);
		sum += spent;
		if (runs_now > runs[i])
			printf("  %-18s %8.2f runs, %6.0f ns a run\n", programs[i],
			    (double)(runs_now - runs[i]) / calls,
			    spent / (double)(runs_now - runs[i]));
	}
	printf("  all programs       %8.3f us each, %.2f %% of it\n", sum / 1e3 / calls,
	    used > 0 ? 100 * sum / used : 0);
}

int
main(void)
{
	const struct config defaults = config_default();
	const struct sensor_settings settings = sensor_settings_of(&defaults);
	struct loaded loaded;
	auto_str why = {0};
	if (geteuid() || sensor_load(&settings, &why, &loaded)) {
		printf("skipped: %s\n", geteuid() ? "needs root" : str_text(&why));
		return 0;
	}
	for (const struct sensor_part *const *part = sensor_parts; *part; part++)
		if ((*part)->load(&settings, &loaded, &why))
			printf("no %s: %s\n", (*part)->name, str_text(&why));
	auto_fd int statistics = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (statistics < 0)
		printf("this kernel does not tell what its programs take\n");
	measure(&loaded, "mmap and munmap", map_memory, CALLS);
	measure(&loaded, "an open that is refused", try_in_vain, CALLS);
	measure(&loaded, "a word sent and answered", send_and_receive, CALLS);
	measure(&loaded, "create, write and unlink of an own file", write_files, FILES);
	measure(&loaded, "fork, exec and exit", live, LIVES);
	measure(&loaded, "a compile", compile, COMPILES);
	loaded_done(&loaded);
	return 0;
}
