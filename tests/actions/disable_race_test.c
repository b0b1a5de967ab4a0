/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thousand races between an owner who renames, links, rewrites and swaps
 * folders, and a disable in progress. Nothing outside of the account is
 * touched, and the script is executed by nothing that begins after disable said
 * that it is disabled. Needs root.
 *
 * There are three kinds of races. In all of them files are renamed and linked,
 * folders swapped, links and fifos put in the way. Beside that:
 *
 *     MOVES    nothing: the owner goes on after disable has said it
 *     COPIES   copies are moved to the path; the owner stops when disable has said
 *              it, and what is left of copies the search has to find
 *     DECOYS   other scripts are put at the path, and the script is rewritten where
 *              it is; the owner stops too; what may not be executed is the path, for
 *              disable takes for the script what it finds there
 *
 * HAYWARD_RACES=N: so many, for who is in a hurry.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/fs.h>

#include "actions/verb.h"
#include "base/clock.h"
#include "base/file.h"

enum kind { MOVES, COPIES, DECOYS, KINDS };

static const unsigned moves_of[KINDS] = {9, 13, 13};

enum {
	RACES = 1000,
	ALICE = 61500,
	BOB = 61501,
	MOST_TRIES = 200000,
	AFTER = 2,
	A_WHILE = 2000
};

static char home[64], theirs[96], state_path[64];

/* What the owner and the test share. */
static volatile struct {
	enum kind kind;
	uint64_t moves;
} * board;

static int64_t last_status;
static char last_text[1024];

static void
hear(void *context, const struct outcome *outcome)
{
	(void)context;
	last_status = outcome->status;
	snprintf(last_text, sizeof(last_text), "%s", outcome->text);
}

static void
become(uint32_t uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		_exit(3);
}

static void
put(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_CLOEXEC, mode);
	if (fd < 0)
		return;
	ssize_t wrote = write(fd, text, strlen(text));
	(void)wrote;
	fchmod(fd, mode);
	close(fd);
}

static const char script[] = "#!/bin/sh\n[ -z \"$1\" ] || echo \"$1\" >&3\n";
static const char other[] = "#!/bin/sh\n[ -z \"$1\" ] || echo other >&3\n";

/* Written elsewhere, for what is not yet whole is another script. */
static void
copy(unsigned number)
{
	char name[32];
	snprintf(name, sizeof(name), "new%u", number % 3);
	put(name, script, 0755);
	rename(name, number % 2 ? "r/x" : "r/y");
}

static void
decoy(unsigned number)
{
	if (number % 2) {
		rename("r/x", "r/z");
		put("r/x", other, 0755);
		rename("r/z", "r/x");
	} else {
		put("r/x", other, 0755);
		put("r/x", script, 0755);
	}
}

/* One of the owner's moves; most fail, as they may. */
static void
move(unsigned number)
{
	switch (number % moves_of[board->kind]) {
	case 0:
		rename("r/x", "r/y");
		return;
	case 1:
		rename("r/y", "r/x");
		return;
	case 2:
		if (!link("r/x", "r/l"))
			unlink("r/l");
		return;
	case 3:
		rename("r", "s");
		if (!symlink(theirs, "r"))
			unlink("r");
		rename("s", "r");
		return;
	case 4:
		rename("r/x", "r/z");
		if (!symlink(theirs, "r/x"))
			unlink("r/x");
		rename("r/z", "r/x");
		return;
	case 5:
		chmod("r/x", 0700 + number % 2 * 055);
		return;
	case 6:
		rename("r", "s");
		rename("s", "r");
		return;
	case 7:
		if (!link(theirs, "r/theirs"))
			unlink("r/theirs");
		return;
	case 8:
		rename("r/x", "r/z");
		if (!mkfifo("r/x", 0700))
			unlink("r/x");
		rename("r/z", "r/x");
		return;
	default:
		if (board->kind == COPIES)
			copy(number);
		else
			decoy(number);
	}
}

static pid_t
start_owner(unsigned seed)
{
	pid_t pid = fork();
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	become(ALICE);
	if (chdir(home))
		_exit(3);
	for (unsigned state = seed * 2654435761u + 1; true; board->moves++) {
		state = state * 1664525u + 1013904223u;
		move(state >> 16);
	}
	_exit(0);
}

/* Whatever of it is half done stays so. */
static void
stop_owner(pid_t owner)
{
	kill(owner, SIGKILL);
	waitpid(owner, NULL, 0);
}

/* A shell that opens what became a fifo just before waits for ever. */
static void
wait_a_while(pid_t pid)
{
	for (int64_t end = clock_boot() + A_WHILE; clock_boot() < end; usleep(200))
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return;
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Everything that the owner can execute, by name and through a shell, says the word to the
 * pipe. */
static void
execute_all(const char *folder, const char *word, int pipe)
{
	pid_t pid = fork();
	if (pid == 0) {
		setsid();
		become(ALICE);
		if (chdir(folder) || dup2(pipe, 3) < 0)
			_exit(3);
		execl("/bin/sh", "sh", "-c",
		    "for f in $1; do [ -f $f ] && { $f $0; sh $f $0; }; done 2>/dev/null", word,
		    board->kind == DECOYS ? "./r/x" : "./*/* ./new*", (char *)NULL);
		_exit(3);
	}
	wait_a_while(pid);
}

static bool
has_said(int pipe, const char *word)
{
	char buffer[8192];
	ssize_t got = read(pipe, buffer, sizeof(buffer) - 1);
	buffer[got > 0 ? got : 0] = '\0';
	return strstr(buffer, word) != NULL;
}

static void
clear(const char *path)
{
	DIR *folder = opendir(path);
	for (const struct dirent *entry; folder && (entry = readdir(folder));) {
		unsigned flags = 0;
		if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, ".."))
			continue;
		if (entry->d_type == DT_DIR) {
			char inner[600];
			snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
			clear(inner);
			rmdir(inner);
			continue;
		}
		int fd = openat(dirfd(folder), entry->d_name,
		    O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0)
			ioctl(fd, FS_IOC_SETFLAGS, &flags);
		if (fd >= 0)
			close(fd);
		unlinkat(dirfd(folder), entry->d_name, 0);
	}
	if (folder)
		closedir(folder);
}

static struct accounts *
make_accounts(void)
{
	struct uid_range uids[2] = {{ALICE, 1}, {BOB, 1}};
	struct account records[2] = {
	    {.id = ALICE, .generation = 1, .name = "alice", .home = home},
	    {.id = BOB, .generation = 1, .name = "bob", .home = "/nonexistent/bob"}};
	struct accounts *accounts = NULL;
	auto_str bytes = {0};
	for (int i = 0; i < 2; i++) {
		records[i].plan = records[i].contact = "";
		records[i].uids = &uids[i];
		records[i].uid_count = records[i].own_uids = 1;
	}
	accounts_encode(records, 2, ALICE, &bytes);
	assert_int_equal(accounts_decode(bytes.data, bytes.length, &accounts), 0);
	return accounts;
}

static struct action
make_action(uint64_t id, enum operation operation)
{
	struct action action = {.id = id, .operation = operation, .verb = VERB_DISABLE};
	action.subject = (struct subject){KIND_SCRIPT, ALICE, 1, 7};
	snprintf(action.path, sizeof(action.path), "%s/r/x", home);
	return action;
}

/* What is refused meanwhile, for what lies there is no script of the account, is asked again.
 */
static int
disable_at_last(struct hands *hands, uint64_t id)
{
	struct action action = make_action(id, OPERATION_APPLY);
	int tries = 0;
	for (;;) {
		hands_act(hands, &action, clock_boot());
		if (!last_status || ++tries == MOST_TRIES)
			break;
		sched_yield(); /* the owner has to move for it to become otherwise */
	}
	if (last_status)
		fail_msg("race %llu: %s", (unsigned long long)id, last_text);
	return tries;
}

static void
settle(struct hands *hands, int64_t *now)
{
	*now += 61000;
	for (int i = 0; i < 4; i++)
		hands_tick(hands, *now += 6000);
}

static void
lay_out(void)
{
	char path[128];
	clear(home);
	snprintf(path, sizeof(path), "%s/r", home);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(chown(path, ALICE, ALICE), 0);
	snprintf(path, sizeof(path), "%s/r/x", home);
	put(path, script, 0755);
	assert_int_equal(chown(path, ALICE, ALICE), 0);
}

static int
race(struct hands *hands, uint64_t id, const int pipe[2], int64_t *now)
{
	lay_out();
	board->kind = (enum kind)(id % KINDS);
	pid_t owner = start_owner((unsigned)id);
	for (uint64_t before = board->moves; board->moves - before < id % 7 * 3;)
		sched_yield();
	int tries = disable_at_last(hands, id);
	if (board->kind != MOVES) {
		stop_owner(owner);
		settle(hands, now);
	}
	for (int i = 0; i < (board->kind == MOVES ? AFTER : 0); i++)
		execute_all(home, "after", pipe[1]);
	if (board->kind == MOVES)
		stop_owner(owner);
	execute_all(home, "after", pipe[1]);
	if (has_said(pipe[0], "after"))
		fail_msg("race %llu: the script was executed", (unsigned long long)id);
	struct action release = make_action(id, OPERATION_RELEASE);
	hands_act(hands, &release, clock_boot());
	if (last_status)
		fail_msg("race %llu: %s", (unsigned long long)id, last_text);
	return tries;
}

static void
a_thousand_races(void **unused)
{
	(void)unused;
	int pipe[2], refused = 0;
	struct stat before, after;
	int64_t now = clock_boot(), began = now;
	struct accounts *accounts = make_accounts();
	int state = open(state_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct hands_settings settings = {
	    .cgroup = "hayward-race", .state = state, .report = hear};
	struct hands *hands = hands_new(&settings);
	hands_set_accounts(hands, accounts);
	put(theirs, other, 0755);
	assert_int_equal(chown(theirs, BOB, BOB), 0);
	assert_int_equal(stat(theirs, &before), 0);
	assert_int_equal(pipe2(pipe, O_NONBLOCK), 0);
	/* The test can fail: enabled, the script says its word. */
	lay_out();
	execute_all(home, "after", pipe[1]);
	assert_true(has_said(pipe[0], "after"));
	const char *fewer = getenv("HAYWARD_RACES");
	uint64_t races = fewer ? strtoull(fewer, NULL, 10) : RACES;
	for (uint64_t id = 1; id <= races; id++)
		refused += race(hands, id, pipe, &now);
	assert_int_equal(stat(theirs, &after), 0);
	assert_int_equal(before.st_mode, after.st_mode);
	assert_int_equal(before.st_uid, after.st_uid);
	assert_int_equal(before.st_gid, after.st_gid);
	assert_int_equal(before.st_ctim.tv_sec, after.st_ctim.tv_sec);
	assert_int_equal(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
	print_message("# %d races in %lld ms: %llu moves of the owner, %d times refused and "
		      "asked again\n",
	    (int)races, (long long)(clock_boot() - began), (unsigned long long)board->moves,
	    refused);
	clear(home);
	hands_free(hands);
	accounts_free(accounts);
	close(state);
	close(pipe[0]);
	close(pipe[1]);
}

/* The web server of this machine, if it has one, is not ours to close anything in. */
static void
hide_web_server(void)
{
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	if (!access("/etc/apache2", F_OK))
		assert_int_equal(mount("none", "/etc/apache2", "tmpfs", 0, NULL), 0);
}

static int
begin(void **unused)
{
	(void)unused;
	hide_web_server();
	snprintf(home, sizeof(home), "/tmp/hayward-race-XXXXXX");
	snprintf(state_path, sizeof(state_path), "/dev/shm/hayward-race-XXXXXX");
	if (!mkdtemp(home) || !mkdtemp(state_path) || chown(home, ALICE, ALICE))
		return -1;
	snprintf(theirs, sizeof(theirs), "%s.theirs", home);
	board = mmap(
	    NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return board == MAP_FAILED ? -1 : 0;
}

static int
finish(void **unused)
{
	(void)unused;
	clear(home);
	rmdir(home);
	unlink(theirs);
	clear(state_path);
	rmdir(state_path);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_thousand_races)};
	if (geteuid()) {
		printf("1..0 # SKIP needs root: uids, immutable files\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, begin, finish);
}
