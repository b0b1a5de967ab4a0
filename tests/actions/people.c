/* SPDX-License-Identifier: Apache-2.0 */
#include "people.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

enum { PATIENCE = 20000 };

static void
must(bool truth, const char *what)
{
	if (truth)
		return;
	perror(what);
	abort();
}

int64_t
boot_ms(void)
{
	return clock_boot();
}

static struct account
record(uint32_t id, const char *name, struct uid_range *uid)
{
	*uid = (struct uid_range){id, 1};
	return (struct account){.id = id,
	    .generation = 1,
	    .name = name,
	    .plan = "",
	    .contact = "",
	    .home = "",
	    .uid_count = 1,
	    .uids = uid,
	    .own_uids = 1};
}

static struct accounts *
make_accounts(void)
{
	struct uid_range uids[4];
	struct account records[4] = {record(ALICE, "alice", &uids[0]),
	    record(BOB, "bob", &uids[1]), record(PROTECTED, "paula", &uids[2]),
	    record(UNDER_FLOOR, "daemon", &uids[3])};
	struct uid_range both[2] = {{ALICE, 1}, {6110000, 65536}};
	struct accounts *accounts = NULL;
	auto_str bytes = {0};
	records[0].uids = both;
	records[0].uid_count = 2;
	records[2].is_protected = true;
	accounts_encode(records, 4, FLOOR, &bytes);
	must(!accounts_decode(bytes.data, bytes.length, &accounts), "accounts");
	return accounts;
}

static void
note_outcome(void *context, const struct outcome *outcome)
{
	struct scene *scene = context;
	must(scene->outcome_count < MOST_OUTCOMES, "too many outcomes");
	uint32_t index = scene->outcome_count++;
	snprintf(scene->texts[index], sizeof(scene->texts[index]), "%s", outcome->text);
	scene->outcomes[index] = *outcome;
	scene->outcomes[index].text = scene->texts[index];
}

static void
open_hands(struct scene *scene)
{
	struct hands_settings settings = {.cgroup = scene->cgroup,
	    .entrance = scene->entrance,
	    .state = scene->state,
	    .report = note_outcome,
	    .context = scene};
	scene->hands = hands_new(&settings);
	hands_set_accounts(scene->hands, scene->accounts);
}

void
scene_begin(struct scene *scene)
{
	*scene = (struct scene){.next_action = 1};
	snprintf(scene->cgroup, sizeof(scene->cgroup), "hayward-test-%d", getpid());
	snprintf(scene->folder, sizeof(scene->folder), "/tmp/hayward-test-XXXXXX");
	must(mkdtemp(scene->folder), "mkdtemp");
	scene->state = open(scene->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scene->accounts = make_accounts();
	open_hands(scene);
}

void
scene_end(struct scene *scene)
{
	hands_free(scene->hands);
	accounts_free(scene->accounts);
	unlinkat(scene->state, "holds", 0);
	unlinkat(scene->state, "brakes", 0);
	close(scene->state);
	rmdir(scene->folder);
}

void
scene_restart(struct scene *scene)
{
	hands_free(scene->hands);
	open_hands(scene);
}

struct action
scene_action(struct scene *scene, enum operation operation, enum verb verb, uint32_t account)
{
	struct action action = {
	    .id = scene->next_action++, .operation = operation, .verb = verb};
	action.subject = (struct subject){KIND_ACCOUNT, account, 1, 0};
	return action;
}

static void
breathe(struct scene *scene, int milliseconds)
{
	int descriptor = scene->entrance ? entrance_descriptor(scene->entrance) : -1;
	struct pollfd door = {descriptor, POLLIN, 0};
	if (poll(&door, 1, milliseconds) > 0)
		hands_heed(scene->hands);
}

const struct outcome *
scene_act(struct scene *scene, const struct action *action)
{
	uint32_t before = scene->outcome_count;
	hands_act(scene->hands, action, boot_ms());
	for (int64_t end = boot_ms() + PATIENCE; scene->outcome_count == before;) {
		must(boot_ms() < end, "no outcome");
		breathe(scene, 20);
		hands_tick(scene->hands, boot_ms());
	}
	return &scene->outcomes[before];
}

const struct outcome *
scene_throttle(
    struct scene *scene, enum operation operation, enum resource resource, int64_t amount)
{
	struct action action = scene_action(scene, operation, VERB_THROTTLE, ALICE);
	action.resource = resource;
	action.amount = amount;
	return scene_act(scene, &action);
}

void
scene_wait(struct scene *scene, int milliseconds)
{
	for (int64_t end = boot_ms() + milliseconds; boot_ms() < end;) {
		hands_tick(scene->hands, boot_ms());
		breathe(scene, 20);
	}
}

bool
comes_true(struct scene *scene, bool (*condition)(void *), void *context)
{
	for (int64_t end = boot_ms() + PATIENCE; boot_ms() < end;) {
		if (condition(context))
			return true;
		hands_tick(scene->hands, boot_ms());
		breathe(scene, 20);
	}
	return false;
}

pid_t
start(uint32_t uid, void (*what)(void))
{
	int ready[2];
	must(!pipe2(ready, O_CLOEXEC), "pipe");
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setsid();
		must(!setgroups(0, NULL) && !setresgid(uid, uid, uid) &&
			 !setresuid(uid, uid, uid),
		    "setresuid");
		close(ready[0]);
		close(ready[1]);
		what();
		_exit(0);
	}
	char byte;
	close(ready[1]);
	must(pid > 0 && read(ready[0], &byte, 1) == 0, "start");
	close(ready[0]);
	return pid;
}

void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A child of ours that ended stays a zombie until it is waited for: that is ended too. */
bool
lives(pid_t pid)
{
	char path[64], state = 'X';
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	int got = fscanf(file, "%*d (%*[^)]) %c", &state);
	fclose(file);
	return got == 1 && state != 'Z' && state != 'X';
}

void
sleep_forever(void)
{
	for (;;)
		pause();
}

void
burn(void)
{
	for (volatile uint64_t i = 0;; i++)
		;
}

void
burn_by_short_children(void)
{
	for (;;) {
		pid_t pid = fork();
		if (pid == 0) {
			int64_t end = clock_monotonic_ns() + 2000000;
			while (clock_monotonic_ns() < end)
				;
			_exit(0);
		}
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
}

bool
is_unified(void)
{
	return access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
}

const char *
mount_of(const char *controller)
{
	static char path[64];
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s%s", is_unified() ? "" : "/",
	    is_unified() ? "" : controller);
	return path;
}

void
put_into(const char *group, pid_t pid)
{
	char path[512], text[16];
	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	snprintf(text, sizeof(text), "%d", pid);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	must(fd >= 0 && !file_write_all(fd, text, strlen(text)), path);
	close(fd);
}

bool
is_gone(void *path)
{
	return rmdir(path) == 0 || errno == ENOENT;
}

const char *
group_of(pid_t pid, const char *controller)
{
	static char path[512];
	auto_str text = {0};
	char name[64], line[64];
	snprintf(name, sizeof(name), "/proc/%d/cgroup", pid);
	snprintf(line, sizeof(line), ":%s:", is_unified() ? "" : controller);
	*path = '\0';
	if (file_read(AT_FDCWD, name, 65536, &text))
		return path;
	const char *found = strstr(str_text(&text), line);
	if (found)
		sscanf(found + strlen(line), "%511[^\n]", path);
	return path;
}
