/* SPDX-License-Identifier: Apache-2.0 */
#include "site/network.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/file.h"
#include "base/log.h"
#include "base/program.h"
#include "site/ports.h"

enum { PATIENCE_MS = 20000 };

/* Runs ip(8) with these words; the last is NULL. */
static int
ip(struct str *ret_why, const char *const *words)
{
	const char *arguments[12] = {"/usr/sbin/ip"};
	for (size_t i = 0; words[i] && i + 2 < array_length(arguments); i++)
		arguments[i + 1] = words[i];
	int status = program_check(arguments, PATIENCE_MS, ret_why);
	return status > 0 ? -EIO : status;
}

#define ip_do(why, ...) ip(why, (const char *const[]){__VA_ARGS__, NULL})

/* "10.77.0.1/24": the gateway in its network. */
static void
add_gateway(const struct site *site, struct str *out)
{
	const char *slash = strchr(site->network, '/');
	str_addf(out, "%s%s", site->gateway, slash ? slash : "/32");
}

bool
network_is_up(const struct site *site)
{
	auto_str said = {0}, gateway = {0};
	add_gateway(site, &gateway);
	str_add_char(&gateway, ' ');
	return ip_do(&said, "-o", "-4", "address", "show", "dev", site->bridge) == 0 &&
	       strstr(str_text(&said), str_text(&gateway));
}

/* Feeds a program; what it says is why it failed. */
static int
feed(const char *const *arguments, const struct str *input, struct str *ret_why)
{
	struct program program;
	int status = program_start(arguments, input, PROGRAM_OUTPUT_AND_ERRORS, &program);
	if (!status)
		status = program_finish(&program, PATIENCE_MS, ret_why);
	return status > 0 ? -EIO : status;
}

static int
load(const struct str *rules, struct str *ret_why)
{
	static const char *const arguments[] = {"/usr/sbin/nft", "-f", "-", NULL};
	return feed(arguments, rules, ret_why);
}

int
network_rules(const struct site *site, const struct book *book, struct str *ret_why)
{
	auto_str rules = {0};
	site_ports_render(site, book, &rules);
	return load(&rules, ret_why);
}

/* One line PATH=VALUE. */
static int
set_kernel(char *line, struct str *ret_why)
{
	auto_str path = {0};
	char *value = strchr(line, '=');
	if (!value)
		return -EINVAL;
	*value++ = '\0';
	str_addf(&path, "/proc/sys/%s", line);
	auto_fd int fd = open(str_text(&path), O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value))
		return 0;
	int status = -errno;
	str_addf(ret_why, "cannot set %s: %s", str_text(&path), strerror(-status));
	return status;
}

/*
 * A host that forwards does not heed routers' announcements any more, unless it is told to by
 * a 2: one that has its own way out from them would lose it within the hour.
 */
static void
go_on_hearing_routers(void)
{
	glob_t found = {0};
	if (!glob("/proc/sys/net/ipv6/conf/*/accept_ra", 0, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc; i++) {
			auto_str value = {0};
			auto_fd int fd = open(found.gl_pathv[i], O_WRONLY | O_CLOEXEC);
			if (fd < 0 || file_read(AT_FDCWD, found.gl_pathv[i], 16, &value) ||
			    !text_equal(str_text(&value), "1\n"))
				continue;
			if (write(fd, "2", 1) != 1)
				log_warning("cannot set '%s'", found.gl_pathv[i]);
		}
	globfree(&found);
}

static int
set_all_of_kernel(const struct site *site, struct str *ret_why)
{
	auto_str settings = {0};
	int status = 0;
	if (site_has_six(site))
		go_on_hearing_routers();
	site_ports_settings(site, &settings);
	for (char *rest = settings.data, *line; !status && (line = strsep(&rest, "\n"));)
		status = *line ? set_kernel(line, ret_why) : 0;
	return status;
}

static int
link_up(const struct site *site, struct str *ret_why)
{
	static const char *const arguments[] = {"/usr/sbin/ip", "-batch", "-", NULL};
	auto_str links = {0};
	site_ports_links(site, &links);
	return feed(arguments, &links, ret_why);
}

int
network_up(const struct site *site, const struct book *book, struct str *ret_why)
{
	auto_str ignored = {0};
	int status = 0;
	if (ip_do(&ignored, "link", "show", "dev", site->bridge))
		status = ip_do(ret_why, "link", "add", site->bridge, "type", "bridge");
	crash_point(CRASH_BRIDGE_MADE);
	/* Rules before the first packet. */
	if (!status)
		status = network_rules(site, book, ret_why);
	if (!status)
		status = set_all_of_kernel(site, ret_why);
	return status ? status : link_up(site, ret_why);
}

int
network_join(enum role role, struct str *ret_why)
{
	auto_str interface = {0};
	site_interface(role, &interface);
	return ip_do(ret_why, "link", "set", "dev", str_text(&interface), "type",
	    "bridge_slave", "isolated", "on");
}

int
network_down(const struct site *site, struct str *ret_why)
{
	auto_str ignored = {0}, rules = {0};
	str_add(&rules, "table inet hayward_site\ndelete table inet hayward_site\n"
			"table bridge hayward_site\ndelete table bridge hayward_site\n");
	int status = 0;
	if (!ip_do(&ignored, "link", "show", "dev", site->bridge))
		status = ip_do(ret_why, "link", "delete", site->bridge);
	return status ? status : load(&rules, ret_why);
}
