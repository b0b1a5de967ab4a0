#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A whole site for bench/account-add.sh."""
import copy
import json
import os
import pathlib
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
sys.path.insert(0, str(ROOT / "tests/site"))
import host  # noqa: E402

MANY, RUNS = int(os.environ.get("MANY", 0)), int(os.environ.get("RUNS", 5))
PAGE = """import http.client, sys
connection = http.client.HTTPConnection("10.77.0.5", timeout=5)
connection.request("GET", "/", headers={"Host": sys.argv[1]})
sys.exit(connection.getresponse().status != 403)"""
MAIL = """import smtplib, sys
with smtplib.SMTP("10.77.0.4", 25, timeout=20) as client:
    client.ehlo(); client.mail("stranger@elsewhere.example")
    sys.exit(client.rcpt(sys.argv[1])[0] != 250)"""


def addresses(site):
    """As the description has them."""
    found = {}
    for role in host.ROLES:
        out = site.inside(role, "ip", "-o", "-4", "address", "show", "dev", "eth0").stdout
        found[role] = out.split(" inet ")[1].split("/")[0]
    return found


def add(site, name):
    return site.hayward("account", "add", name, "--plan", "basic", "--contact", f"{name}@elsewhere.example",
                        "--domain", f"{name}.example")


def clone(one, number):
    """The same customer under another name."""
    text = json.dumps(one).replace("first", f"c{number}")
    return {**json.loads(text), "uid": one["uid"] + 1 + number}


def fill(site, scene):
    """A thousand by hand in the book, as nobody signs them up at a time."""
    path = scene / "state/site/book.json"
    book = json.loads(path.read_text())
    first = copy.deepcopy(book["accounts"][0])
    book["accounts"] += [clone(first, number) for number in range(MANY)]
    book["next-uid"] += MANY
    book["generation"] += 1
    path.write_text(json.dumps(book))
    began = time.monotonic()
    up = site.hayward("site", "up")
    print(f"{MANY} accounts told at once: {time.monotonic() - began:.1f} s {up.stdout if up.returncode else ''}", flush=True)
    time.sleep(15)


def found(site, place, name):
    """Each in turn; seconds from now until all are there."""
    domain = f"{name}.example"
    checks = {
        "dns": lambda: site.world("dig", f"@{place['dns']}", "+tries=1", "+time=1", "+short", domain, "A").stdout.strip(),
        "shell": lambda: site.inside("shell", "getent", "passwd", name).returncode == 0,
        "mail": lambda: site.world_python(MAIL.replace("10.77.0.4", place["mail"]), f"{name}@{domain}").returncode == 0,
        "web": lambda: site.world_python(PAGE.replace("10.77.0.5", place["web"]), domain).returncode == 0,
    }
    for role, check in checks.items():
        if not host.wait_until(check, 60):
            print(f"{role}: not found within a minute")


def main():
    scene = host.enter(os.environ["BUILD"])
    site = host.Site(scene, os.environ["BUILD"])
    site.prepare_host()
    try:
        up = site.hayward("site", "up")
        print(up.stdout if up.returncode else "up", flush=True)
        add(site, "first")
        place = addresses(site)
        if MANY:
            fill(site, scene)
        backs, alls = [], []
        for run in range(RUNS):
            began = time.monotonic()
            done = add(site, f"new{run}")
            backs.append(time.monotonic() - began)
            found(site, place, f"new{run}")
            alls.append(time.monotonic() - began)
            print(f"back {backs[-1]:.2f} s, found everywhere {alls[-1]:.2f} s {done.stderr}", flush=True)
            time.sleep(6 if MANY else 1)
        print(f"account add with {MANY} accounts before, median of {RUNS}: back {statistics.median(backs):.2f} s, "
              f"found everywhere {statistics.median(alls):.2f} s")
    finally:
        site.down()


main()
