# SPDX-License-Identifier: Apache-2.0
"""Steps that customers of a site take one after the other, first without and then with haywardd."""
import os
import sys
import textwrap
import time

import host
from tap import check, end
from warden import Warden
from world import World, show, sign_up


class Walk:
    """What a step has to do with: the site, the world outside, staff, and each customer by name."""

    def __init__(self, description):
        build = os.environ["BUILD"]
        self.site = host.Site(host.enter(build), build, description)
        self.world, self.warden = World(self.site), Warden(self.site)

    def begin(self, *customers):
        self.site.prepare_host()
        up = self.site.hayward("site", "up")
        check("the site comes up", up.returncode == 0, show(up))
        for name in customers:
            setattr(self, name, self.sign_up(name))

    def sign_up(self, name):
        customer, add = sign_up(self.world, name, "budget")
        check(f"{name} signs up", add.returncode == 0 and add.stderr == "" and "wrong" not in add.stdout, show(add))
        return customer

    def take(self, steps):
        """One broken step must not hide the others; only those named on the command line, if any are."""
        for step in steps:
            name = f"{step.__module__} {step.__name__}".replace("_", " ")
            if sys.argv[1:] and step.__name__ not in sys.argv[1:]:
                continue
            before = time.monotonic()
            try:
                step(self)
            except Exception as error:
                check(f"{name}: no surprise", False, repr(error))
            print(f"# {name}: {time.monotonic() - before:.1f} s", flush=True)

    def again(self, site, page):
        """The words of a visitor who asks for a page again as soon as he has it."""
        return ("curl", "--silent", "--max-time", "120", "--resolve", f"{site}:80:{self.world.address['web']}",
                f"http://{site}/{page}?[1-1000000]")

    def end(self):
        self.warden.stop()
        if "KEEP" in os.environ:
            print("# kept; press enter", flush=True)
            sys.stdin.readline()
        self.site.down()


def run(customers, description, steps, policy, with_warden):
    """The whole test."""
    walk = Walk(description)
    try:
        walk.begin(*customers)
        walk.take(steps)
        walk.warden.prepare(policy)
        check("haywardd serves", walk.warden.start())
        walk.take(with_warden)
    finally:
        walk.end()
        print(textwrap.indent(walk.warden.log()[-2500:], "# log: "))
    end()
