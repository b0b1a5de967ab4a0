/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Says of each set of kernel programs whether this kernel takes it: a line of TAP for each that
 * is named, a comment for the others. They go with this process.
 *
 * usage: sensors-loads NAME...
 */
#include <stdio.h>
#include <string.h>

#include "model/config.h"
#include "sensors/newcomers.h"
#include "sensors/part.h"
#include "sensors/requests.h"

static int number;

static int
tell(int count, char **wanted, const char *name, int status, const char *why)
{
	bool asked = false;
	for (int i = 1; i < count; i++)
		asked = asked || strcmp(wanted[i], name) == 0;
	if (!asked)
		printf("# %s: %s%s\n", name, status ? "not here: " : "loaded", why);
	else
		printf("%sok %d - kernel programs: %s %s\n", status ? "not " : "", ++number,
		    name, why);
	return asked && status;
}

int
main(int count, char **wanted)
{
	const struct config defaults = config_default();
	const struct sensor_settings settings = sensor_settings_of(&defaults);
	struct loaded loaded;
	auto_str why = {0};
	int failed = tell(count, wanted, "sums", sensor_load(&settings, &why, &loaded),
	    str_text(&why));
	for (size_t i = 0; !failed && sensor_parts[i]; i++) {
		str_clear(&why);
		int status = sensor_parts[i]->load(&settings, &loaded, &why);
		failed |= tell(count, wanted, sensor_parts[i]->name, status, str_text(&why));
	}
	str_clear(&why);
	int requests = requests_load(&settings, &loaded, &why);
	failed |= tell(count, wanted, "requests", requests, str_text(&why));
	str_clear(&why);
	int newcomers = newcomers_load(&settings, &loaded, &why);
	failed |= tell(count, wanted, "newcomers", newcomers, str_text(&why));
	printf("1..%d\n", number);
	return failed ? 1 : 0;
}
