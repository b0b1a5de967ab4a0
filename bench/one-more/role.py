#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The roles dns, mail, shell and file for bench/one-more.sh: "run TOLD FOUND PROCESSOR" for each run, in ms.

usage: role.py ROLE
"""
import os
import pathlib
import resource
import smtplib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/roles"))
import machine  # noqa: E402
from machine import run  # noqa: E402

PROGRAMS = {"dns": ["named", "dig"], "mail": ["postfix", "dovecot"], "shell": [], "file": []}
KEPT = {"dns": ["lib/bind", "cache/bind"], "mail": ["lib/postfix", "lib/dovecot", "spool/postfix"], "shell": ["lib/postfix", "spool/postfix"],
        "file": []}
UNITS = {
    "dns": {"named.service": "named -u bind -c /etc/bind/hayward.conf\n"
            "for i in $(seq 100); do rndc status && exit 0; sleep 0.1; done\nexit 1\n"},
    "mail": {"postfix@-.service": "/usr/lib/hayward/postfix-tables\npostfix start\n", "dovecot.service": "dovecot\n",
             "rspamd.service": "true\n"},
    "shell": {"ssh.service": "true\n", "postfix@-.service": "true\n", "cron.service": "true\n"},
    "file": {},
}


def account(number):
    name = f"u{number}"
    box = {"local": "box", "domain": f"{name}.example", "password": "$6$salt$hash"}
    return machine.account(name, 20003 + number, [{"name": f"{name}.example", "serial": 1}], [box])


def is_named(name):
    done = run("dig", f"@{machine.ADDRESSES['dns']}", "+tries=1", "+time=1", "+short", f"{name}.example", "A", check=False)
    return machine.ADDRESSES["web"] in done.stdout


def has_mail(name):
    try:
        with smtplib.SMTP(machine.ADDRESSES["mail"], 25, local_hostname="client.example", timeout=20,
                          source_address=(machine.OUTSIDE, 0)) as client:
            client.ehlo()
            client.mail("stranger@elsewhere.example")
            return client.rcpt(f"box@{name}.example")[0] == 250
    except OSError:
        return False


FOUND = {
    "dns": is_named,
    "mail": has_mail,
    "shell": lambda name: run("getent", "passwd", name, check=False).returncode == 0,
    "file": lambda name: pathlib.Path("/home", name, "public_html").is_dir(),
}


def processor():
    """Of all programs that were run and waited for, ms."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1000


def main():
    role = sys.argv[1]
    folder = machine.enter("bench", PROGRAMS[role])
    machine.make_machine(folder, role, KEPT[role])
    if role == "dns":
        pathlib.Path("/run/named").mkdir()
        run("chown", "bind:", "/run/named")
    if role == "mail":
        machine.listen_to_syslog()
    for name, commands in UNITS[role].items():
        # It marks what comes, and has no part in this.
        machine.unit(name, commands, **({"reload": "true\n"} if name == "rspamd.service" else {}))
    many = int(os.environ.get("MANY", 1000))
    accounts = [account(number) for number in range(many)]
    for turn in range(int(os.environ.get("RUNS", 5)) + 1):
        if role != "file":
            machine.add_homes(accounts)
        began, before = time.monotonic(), processor()
        machine.apply(role, accounts, turn + 1)
        told, after = time.monotonic(), processor()
        good = machine.wait_for(20, lambda: FOUND[role](accounts[-1]["name"]))
        found = time.monotonic()
        if turn:  # the first one sets up all of them
            print(f"run {(told - began) * 1000:.0f} {(found - began) * 1000 if good else 99999:.0f} {after - before:.0f}",
                  flush=True)
        time.sleep(1)
        accounts.append(account(len(accounts)))


main()
