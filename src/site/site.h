/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A site: five servers that belong together, as site.conf describes them.
 * Whoever reads it has it from site/description.h (the host) or inside a view
 * (a role's machine); nobody changes it.
 */
#ifndef SITE_SITE_H
#define SITE_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/diag.h"
#include "base/str.h"
#include "model/filter.h"

enum role {
#define ROLE(symbol, name, what) ROLE_##symbol,
#include "site/roles.def"
#undef ROLE
	ROLE_COUNT
};

/* Of Debian's base-passwd, on each of its systems: adm, which reads logs, and www-data. */
enum { GID_LOGS = 4, GID_WEB = 33 };

enum protocol { PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_COUNT };

/* Ports first to last of one protocol, as in 40000-40099/tcp. */
struct site_port {
	uint16_t first;
	uint16_t last;
	enum protocol protocol;
};

struct site_ports {
	size_t count;
	struct site_port *list;
};

/* Where a role runs. */
enum place_kind { PLACE_NOWHERE, PLACE_CONTAINER, PLACE_MACHINE };

/* Whether mail servers ask hayward about each mail; see procs/gate.c. */
enum site_gate {
	SITE_GATE_REQUIRED, /* mail waits while it is away */
	SITE_GATE_WANTED,   /* mail passes unseen while it is away */
	SITE_GATE_OFF,
	SITE_GATE_COUNT
};

/* What site.conf says of a test of mail from elsewhere: the means. */
struct site_means {
	struct place place; /* of its name; without a file: nothing is said */
	const char *clause; /* of the terms, that asks for the test; NULL: none */
	bool is_off;
	int64_t most;	    /* a figure, which the terms say as well; 0: none */
	const char **allow; /* networks that are not asked, ADDRESS or ADDRESS/BITS */
	size_t allow_count;
	const char **zones; /* FILTER_LISTS: where lists are in the DNS */
	size_t zone_count;
};

/* A test of mail from elsewhere that is switched on: what the terms ask for, by these means. */
struct site_filter {
	struct filter_rule rule;
	const char **allow;
	size_t allow_count;
	const char **zones;
	size_t zone_count;
};

struct site_role {
	enum place_kind place;
	const char *machine;  /* PLACE_MACHINE: what ssh(1) is given, root@web.example.net */
	const char *host;     /* its name in the DNS */
	const char *address;  /* IPv4, as inet_ntop(3) writes it */
	const char *address6; /* IPv6 likewise; "" if it has none */
	int64_t memory;	      /* bytes that it may take; 0: no limit of its own */
	struct site_ports listens;  /* open to everybody */
	struct site_ports connects; /* customers may call there */
	struct site_ports system;   /* system users may call there: DNS, time, updates */
};

/* What one role may call on another, for its customers and its daemons. */
struct site_flow {
	enum role from;
	enum role to;
	struct site_ports ports;
};

/* What an account gets at sign-up; further limits of the plan of that name stand in the
 * policy. */
struct site_plan {
	const char *name;
	int64_t bytes; /* quota */
	int64_t files;
	int64_t domains; /* how many of each; 0: none */
	int64_t mailboxes;
	int64_t databases;
	int64_t ftp_users;
	int64_t processes; /* at one time, in a role */
	int64_t memory;	   /* bytes of address space of one process */
};

struct site {
	const char *name;     /* the domain of the site itself */
	const char *operator; /* mail address; hostmaster of all zones */
	const char *homes;    /* folder of the homes, the same in every role */
	const char *mail;     /* folder of the mail store, likewise */
	const char *network;  /* of the containers: 10.77.0.0/24 */
	const char *gateway;  /* the host's address in it */
	const char *bridge;   /* name of the bridge on the host */
	enum site_gate gate;
	enum site_gate logins; /* likewise whether Dovecot asks about who logs in */
	int64_t uid_first; /* of customers, in every role */
	int64_t uid_last;
	struct site_role roles[ROLE_COUNT];
	struct site_means means[FILTER_COUNT];
	size_t filter_count; /* see site/strangers.h */
	struct site_filter *filters;
	size_t flow_count;
	struct site_flow *flows;
	size_t plan_count;
	struct site_plan *plans;
};

const char *role_name(enum role role);
const char *role_what(enum role role);

/* Whether it has a mail server, be it one that only hands on. */
bool role_has_mail(enum role role);

const char *site_gate_name(enum site_gate gate);

/* As far as that role's mail server is concerned; SITE_GATE_OFF if it has none. */
enum site_gate site_gate_of(const struct site *site, enum role role);

/* Whether that role asks a haywardd of its own machine, about mails or logins: the host's sees neither who connects
 * there nor what postdrop(1) wrote. */
bool site_has_own_gate(const struct site *site, enum role role);

/* NULL: it is switched off. */
const struct site_filter *site_filter_find(const struct site *site, enum filter_kind kind);

/* The role of that name, or -1. */
int role_find(const char *name);

const char *protocol_name(enum protocol protocol);

/* FIRST/tcp, FIRST-LAST/udp. 0 or -EINVAL; and back. */
int site_port_parse(const char *text, struct site_port *ret_port) must_use;
void site_port_print(const struct site_port *port, struct str *out);

/* NULL: no such plan. */
const struct site_plan *site_plan_find(const struct site *site, const char *name);

#endif
