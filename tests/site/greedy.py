# SPDX-License-Identifier: Apache-2.0
"""Steps of the clauses' walk: scripts that use more than their part, behind the site's Apache and PHP-FPM (U13, U1, U2)."""
import time

import host
from tap import check
from world import show

# Uses so many microseconds of processor, of which it tells.
WORKS = """<?php
$used = fn() => array_sum(array_map(fn($k) => getrusage()["ru_{$k}time.tv_sec"] * 1e6 + getrusage()["ru_{$k}time.tv_usec"], ['u', 's']));
for ($from = $used(); $used() - $from < %d;) for ($i = 0; $i < 500; $i++) sqrt($i);
echo 'did';
"""
LOOPS = "#!/usr/bin/perl\nprint \"Content-Type: text/plain\\n\\n\"; 1 while 1;\n"
GREETS = "#!/usr/bin/perl\nprint \"Content-Type: text/plain\\n\\nhello from $<\\n\";\n"
# Has the database compute.
QUERIES = """<?php
$db = new mysqli('localhost', 'dora_shop', '%s', 'dora_shop');
echo $db->query("SELECT BENCHMARK(8000000, MD5('x'))")->fetch_row()[0];
"""
LARGE = "#!/usr/bin/perl\nmy $x = \"x\" x 3e8; print \"Content-Type: text/plain\\n\\n\", length $x, \"\\n\";\n"


def put_cgi(customer, name, text):
    run = customer.ssh(f"mkdir -p public_html/cgi-bin && cd public_html/cgi-bin && cat >{name} && chmod 755 {name}", input=text)
    check(f"{customer.name} has a script {name}", run.returncode == 0, show(run))


def pinpoint(walk):
    """Three pages of one account in one pool of workers, one of them guilty."""
    alice, warden = walk.alice, walk.warden
    for name, microseconds in (("guilty", 60000), ("fair", 3000), ("idle", 0)):
        alice.upload(f"public_html/{name}.php", WORKS % microseconds)
    ready = host.wait_until(lambda: alice.fetch("idle.php").stdout == "did" and warden.script("alice", "/idle.php"), 30)
    check("U13 break site: a page that PHP-FPM ran is seen", ready, show(warden.staff("show", "alice", "--scripts")))
    for name, times in (("guilty", 40), ("fair", 40)):
        alice.fetch(f"{name}.php?[1-{times}]")
    host.wait_until(lambda: warden.script("alice", "/guilty.php").get("runs_today", 0) >= 40, 20)
    # What a worker did last is charged when it does something else, or when the sensor looks the next time.
    host.wait_until(lambda: warden.script("alice", "/fair.php").get("cpu_seconds_today", 0) >= 0.11, 20)
    guilty, fair = warden.script("alice", "/guilty.php"), warden.script("alice", "/fair.php")
    print("#", guilty, fair)
    check("U13 break site: each visit of the guilty one is counted", guilty.get("runs_today") == 40, guilty)
    check("U13 break site: with its processor time", 2.36 <= guilty.get("cpu_seconds_today", 0) <= 3.6, guilty)
    check("U13 honest site: and of the fair one", fair.get("runs_today") == 40, fair)
    check("U13 honest site: with its own", 0.11 <= fair.get("cpu_seconds_today", 9) <= 0.8, fair)


def greedy(walk):
    """What a visitor starts and what loops is switched off; what cron starts may compute."""
    carl, warden = walk.carl, walk.warden
    put_cgi(carl, "loop.cgi", LOOPS)
    put_cgi(carl, "hello.cgi", GREETS)
    put_cgi(walk.bob, "loop.cgi", GREETS)
    visit = walk.site.start_in_world("curl", "--silent", "--max-time", "200", "--resolve", "carl.example:80:10.77.0.5",
                                     "http://carl.example/cgi-bin/loop.cgi")
    found = host.wait_until(lambda: warden.has_case("carl", "U1a"), 90)
    check("U1 break site: a page that loops for a visitor has a case", found, show(warden.staff("cases", "--all")))
    ended = host.wait_until(lambda: visit.poll() is not None, 30)
    check("U1 break site: the visit ends", ended)
    visit.kill()
    visit.wait()
    check("U1 break site: and does not begin again", carl.status("cgi-bin/loop.cgi") != "200")
    check("U1 break site: nothing of it runs on", walk.site.inside("web", "pgrep", "-f", "/loop.cgi").returncode == 1)
    check("U1 break site: the owner is told which one", host.wait_until(lambda: warden.wrote("carl", "loop.cgi"), 15))
    check("U1 honest site: the other script answers", "hello" in carl.fetch("cgi-bin/hello.cgi").stdout)
    check("U1 honest site: and bob's of that name", "hello" in walk.bob.fetch("cgi-bin/loop.cgi").stdout)
    put_cgi(carl, "large.cgi", LARGE)
    carl.fetch("cgi-bin/large.cgi")
    found = host.wait_until(lambda: warden.wrote("carl", "large.cgi"), 40)
    check("U1 break site: one that takes much memory is found after it has gone", found, show(warden.staff("cases", "--all")))
    off = host.wait_until(lambda: carl.status("cgi-bin/large.cgi") != "200", 20)
    check("U1 break site: it is switched off", off)


def database(walk):
    """What the database computes for a page is the account's."""
    dora, warden = walk.dora, walk.warden
    add = walk.site.hayward("database", "add", "dora", "shop")
    dora.upload("public_html/query.php", QUERIES % add.stdout.split()[-1])
    time.sleep(3)  # the first answer of the database only says where to begin
    page = dora.fetch("query.php")
    check("U2 break site: a page of dora's has the database compute", page.stdout == "0", show(page))

    def used():
        return (warden.ask("show", "dora").get("use") or {}).get("database_seconds_today", 0)
    check("U2 break site: which is counted as hers", host.wait_until(lambda: used() > 0.3, 15), used())
    check("U2 honest site: and not as bob's", not (warden.ask("show", "bob").get("use") or {}).get("database_seconds_today"))


def flooded(walk):
    """One address asks without end: the owner is told who it is, and is not to blame."""
    dora, warden = walk.dora, walk.warden
    dora.upload("public_html/page.php", WORKS % 50000)
    visitors = [walk.site.start_in_world(*walk.again("dora.example", "page.php")) for _ in range(6)]
    try:
        found = host.wait_until(lambda: warden.has_case("dora", "F1", "flooded"), 60)
        check("A10 honest flood: her case says that she is flooded", found, warden.cases("dora", "F1"))
        told = host.wait_until(lambda: warden.wrote("dora", host.OUTSIDE), 15)
        check("A10 honest flood: she is told by whom", told, show(warden.staff("cases", "--all")))
        limit = "<IfModule mod_hayward.c>\n    HaywardVisits 30\n</IfModule>\n"
        check("A10 honest flood: and what to switch on", warden.wrote("dora", "HaywardVisits 30"), limit)
        dora.upload("public_html/.htaccess", limit)
        limited = host.wait_until(lambda: dora.status("page.php") == "429", 30)
        check("A10 honest flood: which turns such visitors away", limited, show(dora.fetch("page.php", "-i")))
    finally:
        for visitor in visitors:
            visitor.kill()
            visitor.wait()
