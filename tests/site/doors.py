# SPDX-License-Identifier: Apache-2.0
"""Steps of the walk: a suspended customer's doors, which are closed in every role, and open again after it."""
import time

import host
from tap import check
from world import show

# A ladder that a test can wait for.
LADDER = """
clause L1 "Busy" for each account {
    when     cpu.share > 20% over 5s
    then     warn; after 3s suspend
    ends     by operator
}
"""
EVERY = ("web", "php", "cgi", "ssh", "upload", "pop", "submission", "incoming")


def look(alice):
    return {
        "web": alice.status() == "200",
        "php": alice.fetch("who.php").stdout.startswith("uid"),
        "cgi": alice.fetch("cgi-bin/who.cgi").stdout.startswith("uid"),
        "ssh": alice.ssh("echo in").stdout == "in\n",
        "upload": alice.upload("door.txt", "x").returncode == 0,
        "pop": alice.pop().returncode == 0,
        "submission": "accepted" in alice.submit("bob@bob.example").stdout,
        "incoming": "accepted" in alice.world.smtp("x@elsewhere.example", alice.address).stdout,
    }


def wrong(alice, expected):
    return [f"{name} is {'open' if is_open else 'closed'}" for name, is_open in look(alice).items()
            if is_open != (name in expected)]


def check_doors(what, alice, expected, seconds=8):
    """That just the expected ones are open, within seconds."""
    end = time.monotonic() + seconds
    while (found := wrong(alice, expected)) and time.monotonic() < end:
        time.sleep(0.2)
    check(what, not found, found)


def suspension(walk):
    alice = walk.alice
    check_doors("before: every door is open", alice, EVERY)
    run = walk.site.hayward("account", "suspend", "alice")
    check("alice is suspended", run.returncode == 0 and "wrong" not in run.stdout, show(run))
    check_doors("every door is closed, but mail for her is taken in", alice, ("incoming",))
    check("visitors get a 503", alice.status() == "503")
    check("bob's site is not touched", walk.bob.status() in ("200", "403", "404"))
    listing = alice.sftp("ls public_html\nget public_html/index.html /dev/null\n")
    check("alice can still fetch her files by SFTP", "index.html" in listing.stdout, show(listing))
    run = walk.site.hayward("account", "resume", "alice")
    check("alice is back", run.returncode == 0 and "wrong" not in run.stdout, show(run))
    check_doors("every door is open again", alice, EVERY, 20)


def by_the_warden(walk):
    """haywardd on the host sees what runs in the containers, and acts in all of them."""
    alice, warden = walk.alice, walk.warden
    alice.ssh("cat > public_html/cgi-bin/loop.cgi && chmod 755 public_html/cgi-bin/loop.cgi", input="#!/usr/bin/perl\n1 while 1;\n")
    visit = walk.site.start_in_world("curl", "--silent", "--max-time", "60", "--resolve", "alice.example:80:10.77.0.5",
                                     "http://alice.example/cgi-bin/loop.cgi")
    try:
        found = host.wait_until(lambda: "loop.cgi" in warden.staff("show", "alice").stdout, 30)
        check("hayward on the host names the script that Apache runs in its container", found,
              show(warden.staff("show", "alice")))
        held = host.wait_until(lambda: "suspend" in warden.done("alice", "L1"), 60)
        check("it is suspended by the policy's ladder", held, show(warden.staff("cases")))
        check_doors("its doors are closed in every role", alice, ("incoming",), 30)
        check("nothing of it runs on", walk.site.inside("web", "pgrep", "-f", "loop.cgi").returncode == 1)
    finally:
        visit.kill()
        visit.wait()
    alice.sftp("rm public_html/cgi-bin/loop.cgi\n")
    run = warden.staff("lift", "alice", "--note", "mended")
    check("staff lift it", run.returncode == 0, show(run))
    check_doors("and every door is open", alice, EVERY, 30)
