/* SPDX-License-Identifier: Apache-2.0 */
#include "site/description_check.h"

#include <string.h>

#include "model/address.h"

enum { LOWEST_CUSTOMER = 1000, HIGHEST_CUSTOMER = 59999 };

static bool
lies_in_network(const struct site *site, const char *text)
{
	struct network network;
	struct address address;
	return !network_parse(site->network, strlen(site->network), &network) &&
	       !address_parse(text, strlen(text), &address) && network_has(&network, &address);
}

static void
check_site(const struct site *site, const struct site_places *places, struct diag *diag)
{
	if (!places->site.file)
		diag_add(diag, SEVERITY_ERROR, NULL, NULL, "there is no 'site NAME { ... }'");
	else if (!*site->operator)
		diag_add(diag, SEVERITY_ERROR, &places->site, "operator hostmaster@example.net",
		    "the site names no operator");
	if (site->uid_first < LOWEST_CUSTOMER || site->uid_last > HIGHEST_CUSTOMER)
		diag_add(diag, SEVERITY_ERROR, &places->uids, NULL,
		    "uids of customers lie within %d-%d, as Debian has it", LOWEST_CUSTOMER,
		    HIGHEST_CUSTOMER);
}

static void
check_container(
    const struct site *site, enum role role, const struct place *place, struct diag *diag)
{
	const struct site_role *container = &site->roles[role];
	if (!*site->network || !*site->gateway)
		diag_add(diag, SEVERITY_ERROR, place, NULL,
		    "a container wants 'network' and 'gateway' of the site");
	else if (!lies_in_network(site, site->gateway))
		diag_add(diag, SEVERITY_ERROR, place, NULL,
		    "the gateway '%s' lies outside of the network '%s'", site->gateway,
		    site->network);
	else if (!lies_in_network(site, container->address))
		diag_add(diag, SEVERITY_ERROR, place, NULL,
		    "its address '%s' lies outside of the network '%s'", container->address,
		    site->network);
	else if (text_equal(site->gateway, container->address))
		diag_add(diag, SEVERITY_ERROR, place, NULL, "its address is the gateway's");
}

static void
check_twins(
    const struct site *site, enum role role, const struct place *place, struct diag *diag)
{
	const struct site_role *one = &site->roles[role];
	for (enum role other = 0; other < role; other++) {
		const struct site_role *twin = &site->roles[other];
		if (twin->place == PLACE_NOWHERE)
			continue;
		if (text_equal(one->host, twin->host))
			diag_add(diag, SEVERITY_ERROR, place, NULL,
			    "its host is called '%s', as that of '%s'", one->host,
			    role_name(other));
		if (text_equal(one->address, twin->address) ||
		    (*one->address6 && text_equal(one->address6, twin->address6)))
			diag_add(diag, SEVERITY_ERROR, place, NULL,
			    "its address is that of '%s'", role_name(other));
	}
}

static void
check_role(
    const struct site *site, enum role role, const struct place *place, struct diag *diag)
{
	const struct site_role *one = &site->roles[role];
	if (one->place == PLACE_NOWHERE || !*one->host || !*one->address) {
		diag_add(diag, SEVERITY_ERROR, place, NULL, "the role '%s' does not say %s",
		    role_name(role),
		    one->place == PLACE_NOWHERE ? "on what it runs"
		    : !*one->host		? "what its host is called"
						: "at what address it is");
		return;
	}
	if (one->place == PLACE_CONTAINER)
		check_container(site, role, place, diag);
	check_twins(site, role, place, diag);
}

static void
check_plans(const struct site *site, const struct site_places *places, struct diag *diag)
{
	if (!site->plan_count)
		diag_add(diag, SEVERITY_ERROR, &places->site, NULL,
		    "no plan is described: nobody could sign up");
	for (size_t i = 0; i < site->plan_count; i++)
		if (!site->plans[i].bytes || !site->plans[i].files)
			diag_add(diag, SEVERITY_ERROR, &places->site, NULL,
			    "the plan '%s' says no quota, or no files", site->plans[i].name);
}

void
site_check(const struct site *site, const struct site_places *places, struct diag *diag)
{
	check_site(site, places, diag);
	for (enum role role = 0; role < ROLE_COUNT; role++)
		if (places->roles[role].file)
			check_role(site, role, &places->roles[role], diag);
	check_plans(site, places, diag);
	for (size_t i = 0; i < site->flow_count; i++) {
		const struct site_flow *flow = &site->flows[i];
		if (!places->roles[flow->from].file || !places->roles[flow->to].file)
			diag_add(diag, SEVERITY_ERROR, &places->site, NULL,
			    "a flow from '%s' to '%s', of which one is not described",
			    role_name(flow->from), role_name(flow->to));
	}
}
