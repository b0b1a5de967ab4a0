/* SPDX-License-Identifier: Apache-2.0 */
#include "config/example.h"

#include "model/config.h"
#include "model/quantity.h"

static const char head[] =
    "# hayward.conf: settings of hayward, one a line; see hayward.conf(5).\n"
    "#\n"
    "# What is commented out here is how it is without being said. Files in\n"
    "# hayward.conf.d/ that end in .conf are read after this one and win. After a\n"
    "# change: haywardd --test, then hayward reload.\n";

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
	str_addf(out, "#%s %s\n", name, *fallback ? fallback : "\"\"");
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
	CONFIG_SETTINGS(TEXT, TIME, COUNT)
#undef TEXT
#undef TIME
#undef COUNT
}
