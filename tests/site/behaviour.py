# SPDX-License-Identifier: Apache-2.0
"""Steps of the clauses' walk: what customers' programs do on the shell server (S7, U3, U6)."""
import host
from tap import check
from world import show

ASKS = "use Socket; socketpair($a, $b, AF_UNIX, SOCK_STREAM, 0); recv($a, $x, 9, MSG_DONTWAIT) while 1\n"
WAITS = "use Socket; socketpair($a, $b, AF_UNIX, SOCK_STREAM, 0); recv($a, $x, 9, 0) while 1\n"


def start(customer, command):
    """In her session's background, where it stays."""
    return customer.ssh(f"nohup {command} >/dev/null 2>&1 </dev/null &")


def polling(walk):
    alice, warden = walk.alice, walk.warden
    alice.ssh("cat >asks.pl", input=ASKS)
    walk.bob.ssh("cat >waits.pl", input=WAITS)
    start(alice, "perl asks.pl")
    start(walk.bob, "perl waits.pl")
    found = host.wait_until(lambda: warden.has_case("alice", "S7"), 60)
    check("S7 break site: who asks without end for nothing has a case", found, show(warden.staff("cases", "--all")))
    deeds = warden.deeds("alice", "S7")
    check("S7 break site: which says what it calls", any("calls recvfrom() about" in deed for deed in deeds), deeds)
    told = host.wait_until(lambda: warden.wrote("alice", "asks.pl") and warden.wrote("alice", "epoll"), 15)
    check("S7 break site: she is told which script, and how to wait", told)
    held = host.wait_until(lambda: any(case["holding"] for case in warden.cases("alice", "S7")), 30)
    check("S7 break site: it is throttled", held, show(warden.staff("cases", "--all")))
    check("S7 honest site: her pages are not", alice.fetch("idle.php").stdout == "did")
    alice.ssh("pkill -f asks.pl")
    check("S7 honest site: who waits has none", not warden.has_case("bob", "S7"))


def tampering(walk):
    dora, warden = walk.dora, walk.warden
    dora.ssh("echo x >>/etc/passwd")
    found = host.wait_until(lambda: warden.has_case("dora", "U3a"), 20)
    check("U3 break site: an attempt is recorded", found, show(warden.staff("cases", "--all")))
    check("U3 honest site: once is no warning", not warden.has_case("dora", "U3b") and not warden.wrote("dora", "tried to"))
    dora.ssh("perl -e 'for (1 .. 12) { open(F, \">\", \"/etc/shadow\"); unlink \"/etc/fstab\" }'")
    found = host.wait_until(lambda: warden.has_case("dora", "U3b"), 20)
    check("U3 break site: who goes on is warned", found, show(warden.staff("cases", "--all")))
    deeds = warden.deeds("dora", "U3b")
    check("U3 break site: with the path", any("/etc/shadow" in deed for deed in deeds), deeds)
    check("U3 break site: by mail", host.wait_until(lambda: warden.wrote("dora", "tried to"), 20))


def bomb(walk):
    """Others work on while it goes off."""
    erin, bob, warden = walk.erin, walk.bob, walk.warden
    start(erin, "bash -c 'ulimit -u 300; b() { b | b & }; b; sleep 20'")
    found = host.wait_until(lambda: warden.has_case("erin", "U6a"), 30)
    check("U6 break site: a fork bomb has a case", found, show(warden.staff("cases", "--all")))
    ended = host.wait_until(lambda: walk.site.inside("shell", "pgrep", "-u", "erin").returncode == 1, 30)
    check("U6 break site: nothing of it runs on", ended)
    locked = host.wait_until(lambda: "lock" in warden.done("erin", "U6a"), 30)
    check("U6 break site: the account is locked", locked and erin.ssh("true").returncode != 0, warden.done("erin", "U6a"))
    check("U6 honest site: bob gets in", bob.ssh("id -un").stdout == "bob\n")
