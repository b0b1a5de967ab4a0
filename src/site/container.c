/* SPDX-License-Identifier: Apache-2.0 */
#include "site/container.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/file.h"
#include "base/program.h"
#include "model/gate_sockets.h"
#include "site/network.h"
#include "site/ports.h"

enum {
	TREE_MS = 30 * 60 * 1000,
	START_MS = 60 * 1000,
	STOP_MS = 60 * 1000,
	ASK_MS = 20 * 1000,
	COPY_MS = 10 * 60 * 1000,
	LARGEST_CONFIGURATION = 1 << 20,
	BETWEEN_LOOKS_US = 100000,
};

static const struct {
	enum role role;
	const char *folder;
} kept_folders[] = {
#define KEPT(role, folder) {ROLE_##role, folder},
#include "site/kept.def"
#undef KEPT
};

void
container_name(enum role role, struct str *out)
{
	str_addf(out, "hayward-%s", role_name(role));
}

void
containers_folder(const struct site_paths *paths, struct str *out)
{
	str_addf(out, "%s/containers", paths->state);
}

void
container_folder(const struct site_paths *paths, enum role role, struct str *out)
{
	containers_folder(paths, out);
	str_add_char(out, '/');
	container_name(role, out);
}

/* ---- trees ---- */

void
container_trees_done(struct container_trees *trees)
{
	str_done(&trees->layers);
}

/* The last line of what make-tree said. */
static int
read_trees(const struct str *said, struct container_trees *trees)
{
	const char *text = str_text(said), *end = text + said->length;
	while (end > text && end[-1] == '\n')
		end--;
	const char *line = end;
	while (line > text && line[-1] != '\n')
		line--;
	if (*line != '/')
		return -EINVAL;
	str_add_bytes(&trees->layers, line, (size_t)(end - line));
	return 0;
}

int
container_trees(const struct site_paths *paths, enum role role,
    struct container_trees *ret_trees, struct str *ret_why)
{
	auto_str program = {0}, packages = {0}, said = {0};
	str_addf(&program, "%s/make-tree", paths->makings);
	str_addf(&packages, "%s/packages", paths->makings);
	const char *const arguments[] = {
	    str_text(&program), str_text(&packages), paths->cache, role_name(role), NULL};
	struct container_trees trees = {0};
	int status = program_check(arguments, TREE_MS, &said);
	if (status > 0)
		status = -EIO;
	if (!status)
		status = read_trees(&said, &trees);
	if (!status)
		*ret_trees = trees;
	else
		str_addf(ret_why, "no tree for the %s role: %s", role_name(role),
		    said.length ? str_text(&said) : strerror(-status));
	return status;
}

/* ---- configuration ---- */

static int
bits_of(const char *network)
{
	const char *slash = strchr(network, '/');
	int bits = 0;
	return slash && sscanf(slash, "/%d", &bits) == 1 ? bits : 32;
}

static void
add_network(const struct site *site, enum role role, struct str *out)
{
	const struct site_role *facts = &site->roles[role];
	auto_str interface = {0}, hardware = {0};
	site_interface(role, &interface);
	site_hardware(role, &hardware);
	str_addf(out,
	    "lxc.net.0.type = veth\n"
	    "lxc.net.0.link = %s\n"
	    "lxc.net.0.veth.pair = %s\n"
	    "lxc.net.0.hwaddr = %s\n"
	    "lxc.net.0.name = eth0\n"
	    "lxc.net.0.flags = up\n"
	    /* Each time that the interface comes: a container that boots anew by itself has
	     * another one. LXC adds words to the command, which are nothing to ip(8). */
	    "lxc.net.0.script.up = /usr/sbin/ip link set dev %s type bridge_slave "
	    "isolated on #\n"
	    "lxc.net.0.ipv4.address = %s/%d\n"
	    "lxc.net.0.ipv4.gateway = %s\n",
	    site->bridge, str_text(&interface), str_text(&hardware), str_text(&interface),
	    facts->address, bits_of(site->network), site->gateway);
	if (*facts->address6)
		str_addf(out,
		    "lxc.net.0.ipv6.address = %s/64\n"
		    "lxc.net.0.ipv6.gateway = %s\n",
		    facts->address6, site_gateway6);
}

/* Paths of the description hold no blank (site/names.h), as these lines want it. */
static void
add_mount(struct str *out, const char *from, const char *to)
{
	str_addf(
	    out, "lxc.mount.entry = %s %s none bind,create=dir 0 0\n", from, to + (*to == '/'));
}

/* Where ~/logs leads, on the shell server too: to be read, by whose they are. It lies in the
 * web server's own /var/log. */
static void
add_logs(
    const struct site *site, const struct site_paths *paths, enum role role, struct str *out)
{
	auto_str from = {0};
	if (role != ROLE_SHELL || site->roles[ROLE_WEB].place != PLACE_CONTAINER)
		return;
	container_folder(paths, ROLE_WEB, &from);
	/* A shell server without them is better than none. */
	str_addf(out,
	    "lxc.mount.entry = %s/kept/var/log/hayward-web var/log/hayward-web none "
	    "bind,ro,create=dir,optional 0 0\n",
	    str_text(&from));
}

/* In the container; its tmpfiles.d makes /run/hayward a link to it. */
static const char door_folder[] = "srv/hayward-host";

/* Who sees homes, and who mail. */
static void
add_mounts(
    const struct site *site, const struct site_paths *paths, enum role role, struct str *out)
{
	auto_str folder = {0};
	container_folder(paths, role, &folder);
	if (role != ROLE_DNS)
		add_mount(out, site->homes, site->homes);
	if (role == ROLE_FILE || role == ROLE_MAIL)
		add_mount(out, site->mail, site->mail);
	/* How customers reach haywardd: as themselves, by the door that knows no staff. */
	if (role == ROLE_SHELL && !strpbrk(paths->run, " \t\n"))
		str_addf(out, "lxc.mount.entry = %s %s none bind,ro,create=dir 0 0\n",
		    paths->run, door_folder);
	/* The mail server's systemd makes clamd's socket there. */
	if (role_has_mail(role) && !strpbrk(paths->gate, " \t\n"))
		str_addf(out, "lxc.mount.entry = %s/%s %s none bind,%screate=dir 0 0\n",
		    paths->gate, role_name(role), GATE_IN_CONTAINER + 1,
		    role == ROLE_MAIL ? "" : "ro,");
	for (size_t i = 0; i < array_length(kept_folders); i++) {
		if (kept_folders[i].role != role)
			continue;
		auto_str from = {0};
		str_addf(&from, "%s/kept/%s", str_text(&folder), kept_folders[i].folder);
		add_mount(out, str_text(&from), kept_folders[i].folder);
	}
	add_logs(site, paths, role, out);
}

void
container_configuration(const struct site *site, const struct site_paths *paths, enum role role,
    const struct container_trees *trees, struct str *out)
{
	auto_str folder = {0};
	container_folder(paths, role, &folder);
	str_addf(out,
	    "# Written by hayward from the site's description; changes are lost.\n"
	    "lxc.include = /usr/share/lxc/config/common.conf\n"
	    "lxc.seccomp.profile =\n"
	    "lxc.apparmor.profile = unconfined\n"
	    "lxc.mount.auto = proc:mixed sys:ro cgroup:mixed\n"
	    "lxc.cap.drop = sys_module sys_rawio sys_time syslog sys_boot mac_admin "
	    "mac_override\n"
	    "lxc.rootfs.path = overlay:%s:%s/written\n"
	    "lxc.uts.name = %s\n",
	    str_text(&trees->layers), str_text(&folder), site->roles[role].host);
	add_network(site, role, out);
	add_mounts(site, paths, role, out);
	if (site->roles[role].memory)
		str_addf(out,
		    "lxc.cgroup.memory.limit_in_bytes = %lld\n"
		    "lxc.cgroup2.memory.max = %lld\n",
		    (long long)site->roles[role].memory, (long long)site->roles[role].memory);
}

/* ---- how it is ---- */

const char *
container_state_name(enum container_state state)
{
	static const char *const names[] = {[CONTAINER_ABSENT] = "absent",
	    [CONTAINER_STOPPED] = "stopped",
	    [CONTAINER_OUTDATED] = "outdated",
	    [CONTAINER_RUNNING] = "running"};
	return names[state];
}

/* Runs one of LXC's programs on the container; its exit status, or -errno. */
static int
ask_lxc(const struct site_paths *paths, enum role role, const char *program,
    const char *const *words, int milliseconds, struct str *out)
{
	auto_str folder = {0}, name = {0};
	containers_folder(paths, &folder);
	container_name(role, &name);
	const char *arguments[16] = {
	    program, "-P", str_text(&folder), "-n", str_text(&name), NULL};
	for (size_t i = 0; words[i] && i < 10; i++)
		arguments[5 + i] = words[i];
	return program_check(arguments, milliseconds, out);
}

static bool
is_running(const struct site_paths *paths, enum role role)
{
	static const char *const words[] = {"-s", "-H", NULL};
	auto_str out = {0};
	return ask_lxc(paths, role, "/usr/bin/lxc-info", words, ASK_MS, &out) == 0 &&
	       strstr(str_text(&out), "RUNNING");
}

/* Whether its configuration is this one. */
static bool
is_configured(const struct site_paths *paths, enum role role, const struct str *wanted)
{
	auto_str path = {0}, found = {0};
	container_folder(paths, role, &path);
	str_add(&path, "/config");
	return !file_read(AT_FDCWD, str_text(&path), LARGEST_CONFIGURATION, &found) &&
	       text_equal(str_text(&found), str_text(wanted));
}

/* The layers that it is stacked from now. */
static int
read_layers(const struct site_paths *paths, enum role role, struct container_trees *trees)
{
	auto_str path = {0}, text = {0};
	container_folder(paths, role, &path);
	str_add(&path, "/layers");
	int status = file_read(AT_FDCWD, str_text(&path), LARGEST_CONFIGURATION, &text);
	return status ? status : read_trees(&text, trees);
}

bool
container_differs(const struct site *site, const struct site_paths *paths, enum role role)
{
	struct container_trees trees = {0};
	auto_str wanted = {0};
	bool differs = true;
	if (!read_layers(paths, role, &trees)) {
		container_configuration(site, paths, role, &trees, &wanted);
		differs = !is_configured(paths, role, &wanted);
	}
	container_trees_done(&trees);
	return differs;
}

enum container_state
container_look(const struct site *site, const struct site_paths *paths, enum role role,
    const struct container_trees *trees)
{
	auto_str folder = {0}, wanted = {0};
	container_folder(paths, role, &folder);
	if (access(str_text(&folder), F_OK))
		return CONTAINER_ABSENT;
	if (!is_running(paths, role))
		return CONTAINER_STOPPED;
	if (!trees)
		return CONTAINER_RUNNING;
	container_configuration(site, paths, role, trees, &wanted);
	return is_configured(paths, role, &wanted) ? CONTAINER_RUNNING : CONTAINER_OUTDATED;
}

/* ---- its folder ---- */

static int
make_folder(const char *path, mode_t mode)
{
	return mkdir(path, mode) && errno != EEXIST ? -errno : 0;
}

/* A folder that is kept begins as the layers have it: a copy beside it first, then a rename, so
 * that half a copy is never taken for all. */
static int
begin_kept(const char *folder, const char *kept, const struct container_trees *trees)
{
	static const char script[] =
	    "set -e; to=$1 kept=$2 IFS=:; [ ! -d \"$to\" ] || exit 0; rm -rf \"$to.new\"; "
	    "mkdir -p \"$to.new\"; for tree in $3; do from=$tree/$kept; "
	    "[ ! -d \"$from\" ] || { "
	    "cp -an \"$from/.\" \"$to.new/\"; chmod --reference=\"$from\" \"$to.new\"; "
	    "chown --reference=\"$from\" \"$to.new\"; }; done; sync -f \"$to.new\"; "
	    "mv -T \"$to.new\" \"$to\"";
	auto_str to = {0}, out = {0};
	str_addf(&to, "%s/kept/%s", folder, kept);
	const char *const arguments[] = {
	    "/bin/sh", "-c", script, "sh", str_text(&to), kept, str_text(&trees->layers), NULL};
	int status = program_check(arguments, COPY_MS, &out);
	return status > 0 ? -EIO : status;
}

static int
begin_all_kept(const char *folder, enum role role, const struct container_trees *trees)
{
	int status = 0;
	for (size_t i = 0; i < array_length(kept_folders) && !status; i++)
		if (kept_folders[i].role == role) {
			status = begin_kept(folder, kept_folders[i].folder, trees);
			crash_point(CRASH_KEPT_BEGUN);
		}
	return status;
}

/* What was written over other layers means nothing over these. */
static int
forget_written(const char *folder, const struct container_trees *trees)
{
	auto_str path = {0}, before = {0}, mark = {0}, out = {0};
	str_addf(&path, "%s/layers", folder);
	str_addf(&mark, "%s\n", str_text(&trees->layers));
	int status = file_read(AT_FDCWD, str_text(&path), LARGEST_CONFIGURATION, &before);
	if (!status && text_equal(str_text(&before), str_text(&mark)))
		return 0;
	auto_str written = {0}, work = {0};
	str_addf(&written, "%s/written", folder);
	str_addf(&work, "%s/olwork", folder);
	const char *const arguments[] = {
	    "/bin/rm", "-rf", "--one-file-system", str_text(&written), str_text(&work), NULL};
	status = program_check(arguments, COPY_MS, &out);
	if (status)
		return status > 0 ? -EIO : status;
	return file_replace(AT_FDCWD, str_text(&path), 0644, str_text(&mark), mark.length);
}

static int
prepare_folder(const struct site *site, const struct site_paths *paths, enum role role,
    const struct container_trees *trees)
{
	auto_str folder = {0}, all = {0}, path = {0}, text = {0};
	containers_folder(paths, &all);
	container_folder(paths, role, &folder);
	int status = make_folder(paths->state, 0711);
	if (!status)
		status = make_folder(str_text(&all), 0711);
	if (!status)
		status = make_folder(str_text(&folder), 0711);
	crash_point(CRASH_CONTAINER_BEGUN);
	if (!status)
		status = forget_written(str_text(&folder), trees);
	crash_point(CRASH_LAYERS_NOTED);
	str_addf(&path, "%s/written", str_text(&folder));
	if (!status)
		status = make_folder(str_text(&path), 0755);
	if (!status)
		status = begin_all_kept(str_text(&folder), role, trees);
	if (status)
		return status;
	str_clear(&path);
	str_addf(&path, "%s/config", str_text(&folder));
	container_configuration(site, paths, role, trees, &text);
	return file_replace(AT_FDCWD, str_text(&path), 0644, str_text(&text), text.length);
}

/* ---- to and fro ---- */

int
container_stop(const struct site_paths *paths, enum role role, struct str *ret_why)
{
	static const char *const words[] = {"-t", "20", NULL};
	if (!is_running(paths, role))
		return 0;
	int status = ask_lxc(paths, role, "/usr/bin/lxc-stop", words, STOP_MS, ret_why);
	return status > 0 ? -EIO : status;
}

int
container_start(const struct site *site, const struct site_paths *paths, enum role role,
    const struct container_trees *trees, struct str *ret_why)
{
	enum container_state state = container_look(site, paths, role, trees);
	/* We may have been cut off between its start and this. */
	if (state == CONTAINER_RUNNING)
		return network_join(role, ret_why);
	int status = state == CONTAINER_OUTDATED ? container_stop(paths, role, ret_why) : 0;
	if (!status)
		status = prepare_folder(site, paths, role, trees);
	auto_str log = {0};
	container_folder(paths, role, &log);
	str_add(&log, "/log");
	const char *const words[] = {"-d", "-o", str_text(&log), "-l", "WARN", NULL};
	crash_point(CRASH_CONTAINER_WRITTEN);
	if (!status)
		status = ask_lxc(paths, role, "/usr/bin/lxc-start", words, START_MS, ret_why);
	crash_point(CRASH_CONTAINER_STARTED);
	if (!status)
		status = network_join(role, ret_why);
	crash_point(CRASH_CONTAINER_JOINED);
	if (status && !ret_why->length)
		str_addf(ret_why, "cannot start: %s", strerror(status > 0 ? EIO : -status));
	return status > 0 ? -EIO : status;
}

int
container_await(const struct site_paths *paths, enum role role, int milliseconds)
{
	static const char *const words[] = {
	    "--clear-env", "--", "/usr/bin/systemctl", "is-system-running", NULL};
	int64_t end = clock_boot() + milliseconds;
	do {
		auto_str out = {0};
		int status = ask_lxc(paths, role, "/usr/bin/lxc-attach", words, ASK_MS, &out);
		if (status >= 0 && (text_starts_with(str_text(&out), "running") ||
				       text_starts_with(str_text(&out), "degraded")))
			return 0;
		usleep(BETWEEN_LOOKS_US);
	} while (clock_boot() < end);
	return -ETIMEDOUT;
}

int
container_remove(const struct site_paths *paths, enum role role, bool kept, struct str *ret_why)
{
	auto_str folder = {0}, part = {0};
	container_folder(paths, role, &folder);
	str_addf(&part, "%s%s", str_text(&folder), kept ? "" : "/written");
	const char *const arguments[] = {
	    "/bin/rm", "-rf", "--one-file-system", str_text(&part), NULL};
	int status = program_check(arguments, COPY_MS, ret_why);
	return status > 0 ? -EIO : status;
}
