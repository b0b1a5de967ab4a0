#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The role dns with its real BIND: what outsiders and insiders are answered, and what a change costs."""
import os
import pathlib
import subprocess
import time

import machine as role
from tap import check, end

FOLDER = role.enter("dns", ["named", "rndc", "dig", "named-checkzone"])
SERVER = role.ADDRESSES["dns"]
INSIDE = role.ADDRESSES["web"]


def dig(source, *words, patience=2):
    done = role.run("dig", "-b", source, f"@{SERVER}", "+tries=1", f"+time={patience}", *words, check=False)
    return done.stdout


def short(source, *words):
    return sorted(dig(source, "+short", *words).split("\n"))[1:]


def accounts(count=2):
    made = [role.account("alice", 20001, [{"name": "alice.example", "serial": 5}]),
            role.account("bob", 20002, [{"name": "xn--bcher-kva.example", "serial": 4294967298}], standing="cancelled")]
    return made + [role.account(f"u{i}", 20003 + i, [{"name": f"domain{i}.example", "serial": 1}])
                   for i in range(count - 2)]


def start():
    role.make_machine(FOLDER, "dns", ["lib/bind", "cache/bind"])
    pathlib.Path("/run/named").mkdir()
    role.run("chown", "bind:", "/run/named")
    role.unit("named.service", "named -u bind -c /etc/bind/hayward.conf\n"
              "for i in $(seq 100); do rndc status && exit 0; sleep 0.1; done\nexit 1\n")
    return role.apply("dns", accounts(), 7)


def try_answers():
    said = start()
    check("the server is started", "started named.service" in said, said)
    check("a domain's pages", short(role.OUTSIDE, "alice.example", "A") == ["10.77.0.5"])
    for name, address in (("www", "10.77.0.5"), ("ftp", "10.77.0.5"), ("mail", "10.77.0.4"), ("ssh", "10.77.0.6")):
        check(f"{name} of a domain", short(role.OUTSIDE, f"{name}.alice.example", "A") == [address])
    check("a domain's mail", short(role.OUTSIDE, "alice.example", "MX") == ["10 mail.example.net."])
    check("who may send for it", short(role.OUTSIDE, "alice.example", "TXT") == ['"v=spf1 a:mail.example.net -all"'])
    check("its name server", short(role.OUTSIDE, "alice.example", "NS") == ["ns1.example.net."])
    check("its serial", short(role.OUTSIDE, "alice.example", "SOA") ==
          ["ns1.example.net. hostmaster.example.net. 5 3600 900 1209600 300"])
    check("a serial beyond 32 bits goes round", " 2 3600 " in dig(role.OUTSIDE, "+short", "xn--bcher-kva.example", "SOA"))
    check("a cancelled account's domain stays", short(role.OUTSIDE, "xn--bcher-kva.example", "A") == ["10.77.0.5"])
    for name, address in role.ADDRESSES.items():
        check(f"the host of role {name}", short(role.OUTSIDE, role.HOSTS[name], "A") == [address])
    check("the site's own pages", short(role.OUTSIDE, "www.example.net", "A") == ["10.77.0.5"])
    answer = dig(role.OUTSIDE, "alice.example", "A")
    check("answered with authority", " aa " in answer.replace(";", " "), answer)
    check("what is not there is not", "NXDOMAIN" in dig(role.OUTSIDE, "nothing.alice.example", "A"))


def try_refusals():
    check("outsiders get nothing else", "REFUSED" in dig(role.OUTSIDE, "elsewhere.example", "A"))
    check("nor out of the cache", "REFUSED" in dig(role.OUTSIDE, ".", "NS"))
    check("no transfer for outsiders", "Transfer failed" in dig(role.OUTSIDE, "alice.example", "AXFR"))
    check("nor for insiders", "Transfer failed" in dig(INSIDE, "alice.example", "AXFR"))
    check("insiders get the site's names", short(INSIDE, "mail.alice.example", "A") == ["10.77.0.4"])
    check("and localhost", short(INSIDE, "localhost", "A") == ["127.0.0.1"])
    check("the version is nobody's business", short(role.OUTSIDE, "version.bind", "CH", "TXT") == [])


def try_away():
    """With the upstream gone: first no route, then silence."""
    began = time.monotonic()
    answer = dig(INSIDE, "elsewhere.example", "A", patience=10)
    check("without a route names fail at once", "SERVFAIL" in answer and time.monotonic() - began < 2, answer)
    role.run("ip", "neighbour", "add", "10.77.0.1", "lladdr", "02:00:00:00:00:01", "dev", "site0")
    role.run("ip", "route", "add", "default", "via", "10.77.0.1")
    began = time.monotonic()
    answer = dig(INSIDE, "silence.example", "A", patience=12)
    took = time.monotonic() - began
    check(f"with a silent upstream too ({took:.1f} s)", "SERVFAIL" in answer and took < 11, answer)
    began = time.monotonic()
    role.run("getent", "ahosts", "more-silence.example", check=False)
    took = time.monotonic() - began
    check(f"whoever asks by the system's resolver waits less ({took:.1f} s)", 1 < took < 5)
    check("and the site's own names do not wait", short(INSIDE, "alice.example", "A") == ["10.77.0.5"])
    role.run("ip", "route", "del", "default")


def try_changes():
    said = role.apply("dns", accounts(), 7)
    check("applied again nothing changes", "changed" not in said and "told" not in said, said)
    changed = accounts()
    changed[0]["domains"] = [{"name": "alice.example", "serial": 8}, {"name": "new.example", "serial": 8}]
    said = role.apply("dns", changed, 8)
    check("the server is told, not started", "told named.service" in said and "started" not in said, said)
    check("a new domain is there", role.wait_for(2, lambda: short(role.OUTSIDE, "new.example", "A") == ["10.77.0.5"]))
    check("the changed one, too", role.wait_for(2, lambda: " 8 3600 " in dig(role.OUTSIDE, "+short", "alice.example", "SOA")))
    role.apply("dns", accounts(), 9)
    check("a removed one is not", role.wait_for(2, lambda: "REFUSED" in dig(role.OUTSIDE, "new.example", "A")))
    check("nor is its file", not os.path.exists("/etc/bind/zones/new.example"))


def try_hostile():
    """What the book would never hold."""
    bad = accounts()
    for name in ('x"; }; zone "y', "a b.example", "example.net", "mail.example.net", "alice.example", "-a.example",
                 "a" * 64 + ".example", "a.example\n@ A 1.2.3.4", "../x.example", ".".join(["a" * 49] * 5)):
        bad.append(role.account("mallory", 20900, [{"name": name.replace("\n", " "), "serial": 1}]))
    said = role.apply("dns", bad, 10)
    check("of ten wrong names one is a domain", said.count("/etc/bind/zones/") == 2 and "aaa" in said, said)
    text = "".join(path.read_text() for path in pathlib.Path("/etc/bind/zones").glob("a*_/*"))
    check("names that get too long are left out of it", "www.aaa" in text and "mail.aaa" not in text, text)
    try_clean()
    check("it answers", "10.77.0.5" in dig(role.OUTSIDE, ".".join(["a" * 49] * 5), "A"))
    check("the others stand", short(role.OUTSIDE, "alice.example", "A") == ["10.77.0.5"] and
          short(role.OUTSIDE, "mail.example.net", "A") == ["10.77.0.4"])


def try_clean():
    """Hosts out of the zone are not looked up: nobody is there to answer."""
    clean = 0
    for path in [path for path in pathlib.Path("/etc/bind/zones").glob("**/*") if path.is_file()]:
        name = str(path.relative_to("/etc/bind/zones")).replace("_/", "")
        done = role.run("named-checkzone", "-i", "local", name, str(path), check=False)
        good = done.returncode == 0 and "warning" not in done.stdout + done.stderr
        clean += good
        check(f"the zone of {name[:40]} is clean", good, done.stdout + done.stderr)
    check("of the site, the two and the long one", clean == 4, clean)


def try_many():
    asking = subprocess.Popen(["sh", "-c", f"while :; do dig +tries=1 +time=1 +short @{SERVER} alice.example A; done"],
                              stdout=subprocess.PIPE, text=True)
    began = time.monotonic()
    role.apply("dns", accounts(1000), 11)
    last = role.wait_for(10, lambda: short(role.OUTSIDE, "domain997.example", "A") == ["10.77.0.5"])
    took = time.monotonic() - began
    check(f"a thousand domains within 10 s ({took:.1f} s)", last and not role.is_slow(took, 10))
    asking.kill()
    answers = asking.communicate()[0].split("\n")
    check(f"meanwhile all {len(answers) - 1} questions were answered", set(answers[:-2]) == {"10.77.0.5"},
          set(answers))
    one_more = accounts(1000)
    one_more[0]["domains"].append({"name": "one.example", "serial": 12})
    began = time.monotonic()
    role.apply("dns", one_more, 12)
    there = role.wait_for(5, lambda: short(role.OUTSIDE, "one.example", "A") == ["10.77.0.5"])
    took = time.monotonic() - began
    check(f"one more among them within 2 s ({took:.1f} s)", there and not role.is_slow(took, 2))


try_answers()
try_refusals()
try_away()
try_changes()
try_hostile()
try_many()
end()
