#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A whole site for bench/account-add.sh."""
import copy
import json
import os
import pathlib
import resource
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
sys.path.insert(0, str(ROOT / "tests/site"))
import outsiders  # noqa: E402
import host  # noqa: E402
from world import ADDRESS, World, sign_up  # noqa: E402

MANY, RUNS = int(os.environ.get("MANY", 0)), int(os.environ.get("RUNS", 5))
FOUND = ("dns", "http", "https", "mail", "ftp", "ssh")
# No haywardd runs here: what a gate costs is for bench/mail-gate.sh to say.
DESCRIPTION = host.shipped_description().replace("gate      required", "gate      wanted")
SLOW_PAGE = "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nwhile sleep 0.5; do echo on; done\n"


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


class Processor:
    """Time of the processor, in seconds: of the commands on the host, and of all that runs in each container."""

    def __init__(self, site):
        self.files = {}
        for role in host.ROLES:
            pid = host.must("lxc-info", "-P", site.scene / "state/site/containers", "-n", f"hayward-{role}", "-p", "-H").strip()
            for line in pathlib.Path(f"/proc/{pid}/cgroup").read_text().splitlines():
                _, names, group = line.split(":", 2)
                # Its init may lie deeper, in a group of its own.
                group = group.removesuffix("/init.scope").lstrip("/")
                if "cpuacct" in names.split(","):
                    self.files[role] = pathlib.Path("/sys/fs/cgroup/cpuacct", group, "cpuacct.usage"), 1e9
                elif not names and role not in self.files:
                    self.files[role] = pathlib.Path("/sys/fs/cgroup", group, "cpu.stat"), 1e6
        self.start()

    def look(self):
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = {"host": used.ru_utime + used.ru_stime}
        for role, (path, unit) in self.files.items():
            if path.exists():
                found[role] = int(next(word for word in path.read_text().split() if word.isdigit())) / unit
        return found

    def start(self):
        self.before = self.look()

    def used(self):
        return {name: seconds - self.before[name] for name, seconds in self.look().items()}


def add(site, name):
    """Seconds until each has happened, by name; None: not within a minute."""
    began, domain = time.monotonic(), f"{name}.example"
    looks = {
        "dns": outsiders.when(site, began, lambda: outsiders.named(ADDRESS, domain)),
        "http": outsiders.when(site, began, lambda: outsiders.page(ADDRESS, domain) == 403),
        "https": outsiders.when(site, began, lambda: outsiders.page(ADDRESS, domain, secure=True) == 403),
        "mail": outsiders.when(site, began, lambda: outsiders.takes_mail(ADDRESS, f"{name}@{domain}")),
    }
    customer, done = sign_up(World(site), name, "basic")
    back = time.monotonic() - began
    if done.returncode or "wrong" in done.stdout:
        print(done.stdout, done.stderr)
    looks["ftp"] = outsiders.when(site, began, lambda: outsiders.uploads(ADDRESS, name, customer.passwords["ftp"]))
    looks["ssh"] = outsiders.when(site, began, lambda: outsiders.logs_in(ADDRESS, name, customer.passwords["shell"]))
    for look in looks.values():
        look.join()
    return {"back": back, **{name: looks[name].found for name in FOUND}}


def line(name, seconds):
    found = [seconds[what] for what in FOUND]
    last = max(found) if None not in found else None
    words = [f"{'never' if value is None else f'{value:.2f}':>7}" for value in (seconds["back"], *found, last)]
    print(f"{name:<8}{''.join(words)}", flush=True)


def measure(site):
    print(f"account add with {MANY} accounts before, in s\n{'':8}{''.join(f'{what:>7}' for what in ('back', *FOUND, 'all'))}")
    processor, rows, used = Processor(site), [], []
    for run in range(RUNS):
        processor.start()
        rows.append(add(site, f"new{run}"))
        time.sleep(6 if MANY else 1)
        used.append(processor.used())
        line(f"run {run + 1}", rows[-1])
    whole = [row for row in rows if None not in row.values()]
    if whole:
        line("median", {what: statistics.median(row[what] for row in whole) for what in whole[0]})
    print("time of the processor, median: " + ", ".join(
        f"{name} {statistics.median(row[name] for row in used):.2f}" for name in used[0]), flush=True)


def with_visitors(site, first):
    """Once more, while others ask and hold connections."""
    script = site.scene / "home/first/public_html/slow.cgi"
    script.write_text(SLOW_PAGE)
    script.chmod(0o755)
    os.chown(script, script.parent.stat().st_uid, script.parent.stat().st_uid)
    held = outsiders.Held(site, ADDRESS, "first", first.passwords)
    time.sleep(5)
    line("busy", add(site, "while"))
    time.sleep(8)
    held.end()
    print("asked meanwhile: " + ", ".join(f"{what} {count}" for what, count in sorted(held.asked.items())))
    print(f"dropped: {len(held.dropped)}")
    for what in held.dropped[:20]:
        print(f"  {what}")


def main():
    scene = host.enter(os.environ["BUILD"])
    site = host.Site(scene, os.environ["BUILD"], DESCRIPTION)
    site.prepare_host()
    try:
        up = site.hayward("site", "up")
        print(up.stdout if up.returncode else "up", flush=True)
        first, _ = sign_up(World(site), "first", "basic")
        if MANY:
            fill(site, scene)
        measure(site)
        with_visitors(site, first)
        with open("/proc/pressure/cpu") as pressure:
            print("pressure of the processor while this ran, avg300:", pressure.readline().split()[3].split("=")[1] + "%")
    finally:
        site.down()


main()
