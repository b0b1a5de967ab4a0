# SPDX-License-Identifier: Apache-2.0
"""A site as site.conf shows it, and views of it, for the tests of roles."""
import json

ROLES = ["file", "dns", "mail", "web", "shell"]
UIDS = (20000, 59999)


def ports(text):
    """The ports of `80/tcp 40000-40099/tcp`."""
    found = []
    for word in text.split():
        numbers, protocol = word.split("/")
        first, _, last = numbers.partition("-")
        found.append({"first": int(first), "last": int(last or first), "protocol": protocol})
    return found


TABLES = {  # listens, connects, system
    "file": ("", "", "53/udp 53/tcp 123/udp 80/tcp 443/tcp"),
    "dns": ("53/udp 53/tcp", "", "53/udp 53/tcp 123/udp 80/tcp 443/tcp"),
    "mail": ("25/tcp 587/tcp 110/tcp 995/tcp 143/tcp 993/tcp", "", "25/tcp 53/udp 53/tcp 123/udp 80/tcp 443/tcp"),
    "web": ("80/tcp 443/tcp 21/tcp 40000-40099/tcp", "80/tcp 443/tcp", "53/udp 53/tcp 123/udp 80/tcp 443/tcp"),
    # 25 is there by mistake: it goes by the mail server whatever is written.
    "shell": ("22/tcp", "22/tcp 25/tcp 80/tcp 110/tcp 119/tcp 443/tcp 873/tcp",
              "53/udp 53/tcp 123/udp 80/tcp 443/tcp"),
}
FLOWS = [
    ("web", "mail", "25/tcp 587/tcp"),
    ("shell", "mail", "25/tcp 587/tcp 110/tcp 143/tcp 993/tcp 995/tcp"),
    ("shell", "web", "80/tcp 443/tcp 21/tcp 40000-40099/tcp"),
    ("shell", "web", "443/tcp 40050-40120/tcp"),
    ("file", "dns", "53/udp 53/tcp"),
    ("mail", "dns", "53/udp 53/tcp"),
    ("web", "dns", "53/udp 53/tcp"),
    ("shell", "dns", "53/udp 53/tcp"),
]


def address(role):
    return f"10.77.0.{2 + ROLES.index(role)}"


def address6(role):
    return f"2001:db8:77::{2 + ROLES.index(role)}"


def site(homes="/home", mail="/srv/mail", places=None):
    places = places or {}
    found = {
        "name": "example.net", "operator": "hostmaster@example.net", "homes": homes, "mail-store": mail,
        "network": "10.77.0.0/24", "gateway": "10.77.0.1", "bridge": "hayward0", "gate": "required", "logins": "wanted",
        "uid-first": UIDS[0], "uid-last": UIDS[1],
        "flows": [{"from": f, "to": t, "ports": ports(p)} for f, t, p in FLOWS],
        "plans": [{"name": "basic", "bytes": 1 << 30, "files": 50000, "domains": 1, "mailboxes": 5, "databases": 1,
                   "ftp-users": 1, "processes": 50, "memory": 512 << 20}],
    }
    for role in ROLES:
        listens, connects, system = TABLES[role]
        found[role] = {"on": places.get(role, "container"), "machine": "", "host": f"{role}.example.net",
                       "address": address(role), "address6": address6(role), "memory": 0, "listens": ports(listens),
                       "connects": ports(connects), "system": ports(system)}
    return found


def account(name, uid, **more):
    found = {"name": name, "uid": uid, "plan": "basic", "contact": "", "created": 0, "bytes": 1 << 30, "files": 50000,
             "standing": "open", "shell-password": "", "ftp-password": "", "domains": [], "mailboxes": [],
             "databases": [], "ftp": [], "openings": [], "keys": []}
    found.update(more)
    return found


def opening(role, to, port, until, protocol="tcp"):
    return {"role": role, "protocol": protocol, "address": to, "port": port, "until": int(until * 1000), "request": 0}


def view(role, accounts=(), generation=1, **more):
    return json.dumps({"role": role, "site": site(**more), "generation": generation, "next-uid": 30000,
                       "accounts": list(accounts)})
