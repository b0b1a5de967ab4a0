#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A newcomer's walk through a whole site, and what must not work, from everywhere.

usage: BUILD=... walk_test.py [STEP ...]

A test named `V5 break tcp: ...` counts for the clause, see tests/clauses/run. Customers alice and bob sign
up. Whatever alice does, she does from the world outside, as a customer would: by DNS, HTTP, FTP, SSH, SMTP,
POP3 and IMAP, by IPv4, and in tests/site/six.py by IPv6. With KEEP in the environment the site stays up until a line is read.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import burglar  # noqa: E402
import doors  # noqa: E402
import herself  # noqa: E402
import host  # noqa: E402
import newcomer  # noqa: E402
import six  # noqa: E402
import walk  # noqa: E402

STEPS = (newcomer.names, newcomer.pages, newcomer.database, newcomer.mail, newcomer.passwords, newcomer.files,
         newcomer.tools, six.names, six.customer, six.closed_doors, six.from_inside, burglar.closed_doors, burglar.datagrams,
         burglar.between_roles, burglar.outward, burglar.counted, doors.suspension)
WITH_WARDEN = (herself.services, herself.account, herself.passwords, herself.scripts, herself.port, herself.door, doors.by_the_warden,
               herself.away)

# Mail goes on while haywardd is not there yet.
DESCRIPTION = host.shipped_description(with_six=True).replace("gate      required", "gate      wanted")

walk.run(("alice", "bob"), DESCRIPTION, STEPS, doors.LADDER, WITH_WARDEN)
