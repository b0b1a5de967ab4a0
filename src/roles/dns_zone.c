/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/dns_zone.h"

#include <string.h>

#include "roles/safe.h"
#include "site/names.h"

/* What customers type in front of their domain, and the role that answers there. */
static const struct {
	const char *label;
	enum role role;
} conveniences[] = {
    {"www", ROLE_WEB},
    {"ftp", ROLE_WEB},
    {"mail", ROLE_MAIL},
    {"ssh", ROLE_SHELL},
};

/* RFC 1035, 8.1: a dot in the local part is quoted. */
static void
add_mail_name(const char *address, struct str *out)
{
	const char *at = strchr(address, '@');
	for (const char *c = address; c < at; c++)
		str_addf(out, "%s%c", *c == '.' ? "\\" : "", *c);
	str_addf(out, ".%s.", at + 1);
}

bool
dns_zone_is_possible(const struct site *site)
{
	return safe_domain(site->name) && safe_role(&site->roles[ROLE_DNS]) &&
	       safe_address(site->operator);
}

/* owner: "@", or a name with its dot at the end. */
static void
add_addresses(const struct site_role *role, const char *owner, struct str *out)
{
	if (role->place == PLACE_NOWHERE)
		return;
	if (safe_ipv4(role->address))
		str_addf(out, "%s\tA\t%s\n", owner, role->address);
	if (safe_ipv6(role->address6))
		str_addf(out, "%s\tAAAA\t%s\n", owner, role->address6);
}

static void
add_mail(const struct site_role *mail, struct str *out)
{
	if (!safe_role(mail))
		return;
	str_addf(out, "@\tMX\t10 %s.\n", mail->host);
	str_addf(out, "@\tTXT\t\"v=spf1 a:%s -all\"\n", mail->host);
}

/* The site's role that is called so, or NULL. */
static const struct site_role *
role_called(const struct site *site, const char *name)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		if (safe_role(&site->roles[i]) && text_equal(site->roles[i].host, name))
			return &site->roles[i];
	return NULL;
}

static void
add_conveniences(const struct site *site, const char *domain, struct str *out)
{
	for (size_t i = 0; i < array_length(conveniences); i++) {
		auto_str name = {0};
		str_addf(&name, "%s.%s", conveniences[i].label, domain);
		if (name.length > LONGEST_DOMAIN || role_called(site, str_text(&name)))
			continue;
		str_add_char(&name, '.');
		add_addresses(&site->roles[conveniences[i].role], str_text(&name), out);
	}
}

void
dns_zone_of_domain(const struct site *site, const char *domain, int64_t serial, struct str *out)
{
	const char *server = site->roles[ROLE_DNS].host;
	str_add(out, "$TTL 3600\n");
	str_addf(out, "@\tSOA\t%s. ", server);
	add_mail_name(site->operator, out);
	/* Serials are compared modulo 2^32 (RFC 1982). */
	str_addf(out, " %u 3600 900 1209600 300\n", (unsigned)(uint32_t)serial);
	str_addf(out, "@\tNS\t%s.\n", server);
	add_mail(&site->roles[ROLE_MAIL], out);
	add_addresses(&site->roles[ROLE_WEB], "@", out);
	add_conveniences(site, domain, out);
}

static bool
is_below(const char *name, const char *domain)
{
	size_t length = strlen(name), end = strlen(domain);
	return length > end + 1 && name[length - end - 1] == '.' &&
	       text_equal(name + length - end, domain);
}

void
dns_zone_of_site(const struct site *site, int64_t serial, struct str *out)
{
	dns_zone_of_domain(site, site->name, serial, out);
	for (int i = 0; i < ROLE_COUNT; i++) {
		const struct site_role *role = &site->roles[i];
		/* Two roles of one name answer together. */
		if (!safe_role(role) || !is_below(role->host, site->name))
			continue;
		auto_str name = {0};
		str_addf(&name, "%s.", role->host);
		add_addresses(role, str_text(&name), out);
	}
	const struct site_role *mail = &site->roles[ROLE_MAIL];
	/* The name by which the mail server greets; who gets a bounce asks for it. */
	if (safe_role(mail) && is_below(mail->host, site->name))
		str_addf(out, "%s.\tTXT\t\"v=spf1 a -all\"\n", mail->host);
}
