/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of rule sets for nft(8). What comes from a description or a book goes
 * through here and comes out as numbers: an address is parsed and printed anew,
 * ports are bits, so that no text of anybody's can say more than it should.
 */
#ifndef SITE_NFT_H
#define SITE_NFT_H

#include <stdint.h>

#include "base/str.h"
#include "site/site.h"

/* Ports as a set; lists that overlap make ranges that do not, as nft wants them. */
struct nft_ports {
	uint8_t bits[PROTOCOL_COUNT][(UINT16_MAX + 1) / 8];
};

void nft_ports_add(struct nft_ports *ports, const struct site_ports *list);
void nft_ports_remove(struct nft_ports *ports, enum protocol protocol, uint16_t port);

/* All that the site's flows let one role call on another. */
void nft_ports_of_flows(
    const struct site *site, enum role from, enum role to, struct nft_ports *ports);

/*
 * What customers of a role may call outside: mail is left out whatever the
 * description says, it goes through the mail server or by an opening.
 */
void nft_ports_of_customers(const struct site_role *role, struct nft_ports *ports);

/* The text of a numerical address as inet_ntop(3) prints it, and 4 or 6; 0: it is none. */
int nft_address(const char *text, struct str *ret_address);

/* As nft_address, for an IPv4 network such as 10.77.0.0/24. */
int nft_network(const char *text, struct str *ret_network);

/*
 * A named set while it is written: elements come one by one, and the whole is
 * printed, if there is any, as `add element TABLE NAME { ... }`.
 */
struct nft_set {
	const char *name;
	struct str elements;
};

void nft_set_done(struct nft_set *set);
void nft_set_add(struct nft_set *set, const char *format, ...) printf_like(2, 3);

/* One element for each range of ports: PREFIX . tcp . 80-90; prefix "" stands for nothing. */
void nft_set_add_ports(struct nft_set *set, const char *prefix, const struct nft_ports *ports);
void nft_set_print(const struct nft_set *set, const char *table, struct str *out);

/* Milliseconds since the epoch as nft compares `meta time` with them: seconds. */
int64_t nft_time(int64_t wall);

#endif
