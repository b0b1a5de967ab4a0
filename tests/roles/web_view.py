#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A view of the web role, for tests, on standard output.

usage: web_view.py GENERATION [--many COUNT] ACCOUNT...

An ACCOUNT is NAME:UID:STANDING:DOMAIN[,DOMAIN][:[CLOSED,CLOSED][:FORMER]], that is, scripts that nobody may run, and what
it was called when it got its databases and logins. Each has a database and an FTP login
called like itself, and a further login, NAME_up, for the folder public_html/up; all with
the password NAME-secret. --many COUNT adds as many accounts with a domain each, and nothing else.
"""
import hashlib
import json
import subprocess
import sys

PLAN = {"name": "basic", "bytes": 1 << 30, "files": 50000, "domains": 5, "mailboxes": 5,
        "databases": 1, "ftp-users": 1, "processes": 50, "memory": 512 << 20}
PASSWORDS = {}


def ports(*words):
    return [{"first": int(a), "last": int(b or a), "protocol": "tcp"}
            for a, _, b in (word.partition("-") for word in words)]


def role(name, address, listens=()):
    return {"on": "container", "machine": "", "host": f"{name}.site.example", "address": address,
            "address6": "", "memory": 0, "listens": ports(*listens), "connects": [], "system": []}


def site():
    roles = {name: role(name, f"10.77.0.{2 + i}") for i, name in enumerate(["file", "dns", "mail"])}
    roles["web"] = role("web", "127.0.0.1", ("80", "443", "21", "40000-40099"))
    roles["shell"] = role("shell", "10.77.0.6")
    return {"name": "site.example", "operator": "hostmaster@site.example", "homes": "/home",
            "mail-store": "", "network": "10.77.0.0/24", "gateway": "10.77.0.1",
            "bridge": "hayward0", "gate": "wanted", "logins": "wanted", "uid-first": 20000, "uid-last": 59999, **roles,
            "flows": [], "plans": [PLAN]}


def sealed(password):
    if password not in PASSWORDS:
        PASSWORDS[password] = subprocess.run(
            ["openssl", "passwd", "-6", "-salt", "salt", password], capture_output=True, text=True, check=True).stdout.strip()
    return PASSWORDS[password]


def native(password):
    twice = hashlib.sha1(hashlib.sha1(password.encode()).digest()).hexdigest()
    return "*" + twice.upper()


def account(name, uid, standing, domains, secret, then=None):
    return {"name": name, "formers": [then] if then else [], "uid": uid, "plan": "basic", "contact": "", "created": 0,
            "bytes": 1 << 30, "files": 50000, "standing": standing, "shell-password": "",
            "ftp-password": sealed(secret), "mailboxes": [], "openings": [], "keys": [],
            "domains": [{"name": d, "catch-all": "", "serial": 1} for d in domains],
            "databases": [{"name": then or name, "password": native(secret)}],
            "ftp": [{"name": f"{then or name}_up", "password": sealed(secret),
                     "folder": "public_html/up"}]}


def many(count):
    empty = {"databases": [], "ftp": []}
    return [{**account(f"c{i}", 21000 + i, "open", [f"c{i}.example"], "secret"), **empty}
            for i in range(count)]


def accounts(words):
    if words and words[0] == "--many":
        return many(int(words[1])) + accounts(words[2:])
    found = []
    for word in words:
        name, uid, standing, domains, *more = word.split(":")
        then = more[1] if len(more) > 1 else None
        found.append(account(name, int(uid), standing, domains.split(","), f"{then or name}-secret", then))
        found[-1]["closed"] = more[0].split(",") if more and more[0] else []
    return found


def main():
    book = {"generation": int(sys.argv[1]), "next-uid": 30000, "accounts": accounts(sys.argv[2:])}
    json.dump({"role": "web", "site": site(), **book}, sys.stdout)


main()
