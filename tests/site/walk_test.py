#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A newcomer's walk through a whole site, and what must not work, from everywhere.

usage: BUILD=... walk_test.py [STEP ...]

A test named `V5 break tcp: ...` counts for the clause, see tests/clauses/run. Customers alice and bob sign
up. Whatever alice does, she does from the world outside, as a customer would: by DNS, HTTP, FTP, SSH, SMTP,
POP3 and IMAP, by IPv4, and in tests/site/six.py by IPv6. With KEEP in the environment the site stays up until a line is read.
"""
import os
import pathlib
import sys
import textwrap
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import burglar  # noqa: E402
import doors  # noqa: E402
import herself  # noqa: E402
import host  # noqa: E402
import newcomer  # noqa: E402
import six  # noqa: E402
from tap import check, end  # noqa: E402
from warden import Warden  # noqa: E402
from world import World, show, sign_up  # noqa: E402

STEPS = (newcomer.names, newcomer.pages, newcomer.database, newcomer.mail, newcomer.passwords, newcomer.files,
         newcomer.tools, six.names, six.customer, six.closed_doors, six.from_inside, burglar.closed_doors, burglar.datagrams,
         burglar.between_roles, burglar.outward, burglar.counted, doors.suspension)
WITH_WARDEN = (herself.account, herself.passwords, herself.scripts, herself.port, herself.door, doors.by_the_warden,
               herself.away)


class Walk:
    """What a step has to do with."""

    def __init__(self, site):
        self.site, self.world, self.warden = site, World(site), Warden(site)
        self.alice = self.bob = None

    def begin(self):
        self.site.prepare_host()
        up = self.site.hayward("site", "up")
        check("the site comes up", up.returncode == 0, show(up))
        self.alice, self.bob = self.sign_up("alice"), self.sign_up("bob")

    def sign_up(self, name):
        customer, add = sign_up(self.world, name, "budget")
        check(f"{name} signs up", add.returncode == 0 and add.stderr == "" and "wrong" not in add.stdout, show(add))
        return customer

    def take(self, steps, wanted):
        """One broken step must not hide the others."""
        for step in steps:
            name = f"{step.__module__} {step.__name__}".replace("_", " ")
            if wanted and step.__name__ not in wanted:
                continue
            before = time.monotonic()
            try:
                step(self)
            except Exception as error:
                check(f"{name}: no surprise", False, repr(error))
            print(f"# {name}: {time.monotonic() - before:.1f} s", flush=True)

    def end(self):
        self.warden.stop()
        if "KEEP" in os.environ:
            print("# kept; press enter", flush=True)
            sys.stdin.readline()
        self.site.down()


walk = Walk(host.Site(host.enter(os.environ["BUILD"]), os.environ["BUILD"], host.shipped_description(with_six=True)))
try:
    walk.begin()
    walk.take(STEPS, sys.argv[1:])
    walk.warden.prepare(doors.LADDER)
    check("haywardd serves", walk.warden.start())
    walk.take(WITH_WARDEN, sys.argv[1:])
finally:
    walk.end()
    print(textwrap.indent(walk.warden.log()[-2500:], "# log: "))
end()
