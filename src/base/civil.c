/* SPDX-License-Identifier: Apache-2.0 */
/* Dates by arithmetic: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
#include "base/clock.h"

static int64_t
floor_divide(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

int64_t
clock_of_date(int year, int month, int day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = floor_divide(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era =
	    year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return (era * 146097 + day_of_era - 719468) * 86400000;
}

void
clock_add_utc(struct str *out, int64_t wall)
{
	int64_t days = floor_divide(wall, 86400000);
	int64_t within =
	    wall % 86400000; /* wall - days * 86400000 would overflow at the ends */
	int64_t seconds = (within + (within < 0 ? 86400000 : 0)) / 1000;
	int64_t shifted = days + 719468;
	int64_t era = floor_divide(shifted, 146097);
	int64_t day_of_era = shifted - era * 146097;
	int64_t year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
	    day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t shifted_month = (5 * day_of_year + 2) / 153;
	int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
	int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
	int64_t year = year_of_era + era * 400 + (month <= 2);
	str_addf(out, "%04lld-%02lld-%02lldT%02lld:%02lld:%02lldZ", (long long)year,
	    (long long)month, (long long)day, (long long)(seconds / 3600),
	    (long long)(seconds / 60 % 60), (long long)(seconds % 60));
}
