#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A site comes up from its description, tells how it is, and goes down; twice, and after being cut off.

usage: BUILD=... up_test.py
"""
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import host  # noqa: E402
from tap import check, end  # noqa: E402

scene = host.enter(os.environ["BUILD"])
site = host.Site(scene, os.environ["BUILD"])
site.prepare_host()


def show(run):
    return f"{run.returncode}\n{run.stdout}{run.stderr}"


try:
    plan = site.hayward("site", "plan")
    check("the plan names the bridge and five containers", plan.stdout.count("make its container") == 5
          and "make the bridge hayward0" in plan.stdout, show(plan))
    check("a plan changes nothing", not (scene / "state/site/containers").exists(), show(plan))

    before = time.monotonic()
    up = site.hayward("site", "up")
    took = time.monotonic() - before
    check("the site comes up", up.returncode == 0, show(up))
    print(f"# up with warm trees: {took:.1f} s")
    status = site.hayward("site", "status")
    check("all roles are up, all daemons run", status.returncode == 0 and status.stdout.count("all run") == 5,
          show(status) + "".join(show(site.inside(role, "systemctl", "--failed", "--no-pager", "--plain"))
                                 for role in host.ROLES))
    for role in host.ROLES:
        failed = site.inside(role, "systemctl", "--failed", "--no-pager", "--plain", "--no-legend")
        check(f"{role}: no unit has failed", failed.returncode == 0 and failed.stdout.strip() == "", show(failed))
    again = site.hayward("site", "plan")
    check("then nothing would change", again.stdout == "nothing would change\n", show(again))
    before = time.monotonic()
    up = site.hayward("site", "up")
    print(f"# up again: {time.monotonic() - before:.1f} s")
    check("up may be said again, and starts nothing", up.returncode == 0 and "starting" not in up.stdout, show(up))

    before = time.monotonic()
    add = site.hayward("account", "add", "alice", "--plan", "basic", "--contact", "alice@elsewhere.example",
                       "--domain", "alice.example")
    took = time.monotonic() - before
    check("a customer signs up in all roles", add.returncode == 0 and add.stderr == ""
          and len(add.stdout.splitlines()) == 3, show(add))
    print(f"# account add: {took:.2f} s")
    status = site.hayward("site", "status")
    check("no role is behind", status.returncode == 0, show(status))

    site.inside("web", "systemctl", "poweroff")
    host.wait_until(lambda: "stopped" in site.hayward("site", "status").stdout, 30)
    add = site.hayward("account", "add", "bob", "--plan", "basic", "--contact", "bob@elsewhere.example",
                       "--domain", "bob.example")
    check("with a role down the others go on, and it is said", add.returncode == 0
          and "web: is down; it is told when it is back" in add.stdout, show(add))
    status = site.hayward("site", "status")
    check("the state says so", status.returncode == 2 and "stopped" in status.stdout, show(status))
    up = site.hayward("site", "up")
    status = site.hayward("site", "status")
    check("it is told when it is back", up.returncode == 0 and status.returncode == 0, show(up) + show(status))

    home = scene / "home/bob/public_html/kept.txt"
    site.inside("shell", "su", "-s", "/bin/sh", "bob", "-c", "cd && echo kept > public_html/kept.txt")
    run = site.hayward("account", "rename", "bob", "robert")
    check("a renamed customer's home follows", run.returncode == 0 and (scene / "home/robert/public_html/kept.txt").exists()
          and not home.exists(), show(run))
    run = site.hayward("account", "remove", "robert")
    check("removing wants --yes", run.returncode == 2 and "--yes" in run.stderr, show(run))
    run = site.hayward("account", "remove", "robert", "--yes")
    aside = list((scene / "home/.removed").glob("robert-*/public_html/kept.txt"))
    check("a removed customer's home is put aside", run.returncode == 0 and len(aside) == 1, show(run))
    check("and nobody knows the login any more", site.inside("shell", "getent", "passwd", "robert").returncode == 2)
    run = site.hayward("account", "add", "robert", "--plan", "basic", "--contact", "r@elsewhere.example")
    check("a newcomer of that name gets a home of its own", run.returncode == 0
          and (scene / "home/robert/public_html").is_dir()
          and not (scene / "home/robert/public_html/kept.txt").exists(), show(run))

    down = site.hayward("site", "down")
    check("the site goes down", down.returncode == 0, show(down))
    destroyed = site.hayward("site", "destroy", "--yes", "--everything")
    check("and can be destroyed; homes and the book stay", destroyed.returncode == 0
          and (scene / "home/alice").is_dir() and (scene / "state/site/book.json").exists()
          and not (scene / "state/site/containers/hayward-web").exists(), show(destroyed))
finally:
    site.down()
end()
