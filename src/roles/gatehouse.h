/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hayward's gate on a machine of its own: a haywardd there (package hayward-gate) answers that
 * machine's Postfix, Dovecot and Apache, as the host's does for a container, at the same place
 * (GATE_IN_CONTAINER). It knows the customers by what is written here, and has no clauses: it
 * attests, scans, passes on and puts on record. Cases are the business of the site's host.
 *
 * Who asks it is set up elsewhere, the same whether it is there or not: where it is missing,
 * mail waits, or passes unseen if the site only wants a gate.
 */
#ifndef ROLES_GATEHOUSE_H
#define ROLES_GATEHOUSE_H

#include "roles/output.h"
#include "site/view.h"

/* Of the package hayward-gate: its programs, and what its haywardd keeps. */
#define GATEHOUSE_PROGRAMS "/usr/lib/hayward/gate"
#define GATEHOUSE_STATE "/var/lib/hayward-gate"

void gatehouse_render(const struct view *view, struct output *output);

/* 0, or -errno, and then ret_wrong says what mail comes to meanwhile: what the gate needs is
 * not there. Nothing is changed. */
int gatehouse_look(const struct view *view, struct str *ret_wrong) must_use;

#endif
