/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/site_filters.h"

#include <errno.h>

#include "site/strangers.h"

static void
add_filter(const struct site_filter *filter, struct str *out)
{
	auto_str figure = {0};
	strangers_figure(&filter->rule, &figure);
	str_addf(out, "%-5s  %s", filter->rule.clause, verb_info(filter->rule.answer)->name);
	if (figure.length)
		str_addf(out, ", %s%s", filter->rule.kind == FILTER_RATE ? "beyond " : "from ",
		    str_text(&figure));
	if (filter->rule.mode != MODE_ENFORCE)
		str_addf(out, "; only noted, mode %s", mode_name(filter->rule.mode));
	str_add_char(out, '\n');
}

void
site_filters_print(const struct site *site, struct str *out)
{
	for (enum filter_kind kind = 0; kind < FILTER_COUNT; kind++) {
		const struct site_filter *filter = site_filter_find(site, kind);
		const char *clause = site->means[kind].clause;
		auto_str why = {0};
		str_addf(out, "filter %-8s  ", filter_name(kind));
		if (filter) {
			add_filter(filter, out);
			continue;
		}
		strangers_why_not(site, kind, &why);
		str_addf(out, "%-5s  %s\n", clause ? clause : "", str_text(&why));
	}
}

void
site_filters_abilities(
    const struct office_places *places, struct arena *arena, struct abilities *abilities)
{
	struct office office;
	auto_str unsaid = {0};
	int status = office_read(&office, places, &unsaid);
	for (enum filter_kind kind = 0; kind < FILTER_COUNT; kind++) {
		auto_str why = {0};
		if (status == -ENOENT)
			str_add(&why, "there is no site with a mail server");
		else if (status)
			str_add(&why, "the site has mistakes (hayward site check)");
		else
			strangers_why_not(&office.site, kind, &why);
		abilities->filters[kind] =
		    why.length ? arena_copy_text(arena, str_text(&why)) : NULL;
	}
	if (!status && office.site.roles[ROLE_MAIL].place != PLACE_NOWHERE)
		abilities->verbs |= UINT64_C(1) << VERB_MARK;
	if (!status)
		office_done(&office);
}
