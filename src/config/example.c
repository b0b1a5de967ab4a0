/* SPDX-License-Identifier: Apache-2.0 */
#include "config/example.h"

#include <string.h>

#include "model/config.h"
#include "model/quantity.h"

static const char head[] =
    "# hayward.conf: settings of hayward, one a line; see hayward.conf(5).\n"
    "#\n"
    "# What is commented out here is how it is without being said. Files in\n"
    "# hayward.conf.d/ that end in .conf are read after this one and win. After a\n"
    "# change: haywardd --test, then hayward reload.\n";

/* What is in here is no default but an example: it stays a comment when the others are said. */
static const char panels[] =
    "\n# Control panels that own accounts, at most 8, each on one line: where the file\n"
    "# behind detect is there, the panel's own commands suspend and release. Behind\n"
    "# suspended: a file, and a line of it, that are there while it is suspended, by\n"
    "# which hayward sees what the panel did by itself. See docs/panels.md.\n"
    "#\n"
    "# panel hestia detect \"/usr/local/hestia/data/users/{account}/user.conf\" "
    "suspended \"/usr/local/hestia/data/users/{account}/user.conf\" \"SUSPENDED='yes'\" "
    "suspend \"/usr/local/hestia/bin/v-suspend-user {account}\" "
    "unsuspend \"/usr/local/hestia/bin/v-unsuspend-user {account}\"\n"
    "# panel cpanel detect \"/var/cpanel/users/{account}\" "
    "suspended \"/var/cpanel/suspended/{account}\" "
    "suspend \"/usr/local/cpanel/scripts/suspendacct {account} hayward\" "
    "unsuspend \"/usr/local/cpanel/scripts/unsuspendacct {account}\"\n"
    "# panel directadmin detect \"/usr/local/directadmin/data/users/{account}/user.conf\" "
    "suspended \"/usr/local/directadmin/data/users/{account}/user.conf\" \"suspended=yes\" "
    "suspend \"/usr/local/sbin/panel-directadmin suspend {account}\" "
    "unsuspend \"/usr/local/sbin/panel-directadmin unsuspend {account}\"\n"
    "# panel virtualmin detect /etc/webmin/virtual-server "
    "suspend \"/usr/local/sbin/panel-virtualmin suspend {account}\" "
    "unsuspend \"/usr/local/sbin/panel-virtualmin unsuspend {account}\"\n"
    "# panel ispconfig detect /usr/local/ispconfig "
    "suspend \"/usr/local/sbin/panel-ispconfig suspend {account}\" "
    "unsuspend \"/usr/local/sbin/panel-ispconfig unsuspend {account}\"\n";

static void
add_what(struct str *out, const char *what)
{
	str_addf(out, "\n# %c%s\n",
	    what[0] >= 'a' && what[0] <= 'z' ? what[0] - 'a' + 'A' : what[0], what + 1);
}

static void
add_text(struct str *out, const char *name, const char *fallback, const char *what)
{
	add_what(out, what);
	const char *quote = !*fallback || strchr(fallback, ' ') ? "\"" : "";
	str_addf(out, "#%s %s%s%s\n", name, quote, fallback, quote);
}

static void
add_number(
    struct str *out, const char *name, enum unit unit, int64_t fallback, const char *what)
{
	add_what(out, what);
	str_addf(out, "#%s ", name);
	quantity_add_exact(out, unit, fallback);
	str_add_char(out, '\n');
}

void
config_example(struct str *out)
{
	str_add(out, head);
#define TEXT(member, name, fallback, what)  add_text(out, name, fallback, what);
#define TIME(member, name, fallback, what)  add_number(out, name, UNIT_TIME, fallback, what);
#define COUNT(member, name, fallback, what) add_number(out, name, UNIT_COUNT, fallback, what);
#define SIZE(member, name, fallback, what)  add_number(out, name, UNIT_SIZE, fallback, what);
	CONFIG_SETTINGS(TEXT, TIME, COUNT, SIZE)
#undef TEXT
#undef TIME
#undef COUNT
#undef SIZE
	str_add(out, panels);
}
