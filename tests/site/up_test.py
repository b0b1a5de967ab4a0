#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A site comes up from its description, tells how it is, and goes down; twice, and after being cut off at each
instant that has a name. What is said of accounts here needs real containers: see tests/crash/site_test.py for the rest.

usage: BUILD=... up_test.py [every]       every: a sign-up is cut at each of its instants
"""
import os
import pathlib
import signal
import subprocess
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


def ftp_log():
    return show(site.inside("web", "journalctl", "--no-pager", "-b", "-n", "25", "-o", "short-precise", "-u", "proftpd"))


def cut(point, *words):
    return site.hayward(*words, env=dict(os.environ, HAYWARD_CRASH=point))


def isolated():
    """How many containers are kept from each other by the bridge."""
    return host.must("bridge", "-d", "link", "show").count("isolated on")


def pull_the_plug():
    for role in host.ROLES:
        subprocess.run(["lxc-stop", "-k", "-P", scene / "state/site/containers", "-n", f"hayward-{role}"], check=False,
                       capture_output=True)
    host.must("ip", "link", "delete", "hayward0")
    host.must("nft", "flush", "ruleset")
    host.must("rm", "-rf", "/run/hayward")


def come_up_in_pieces():
    """Each run goes on where the one before was killed, so that there is one boot for all of them."""
    for point in ("stores-made", "host-written", "bridge-made", "bridge-up", "container-begun", "layers-noted", "kept-begun",
                  "container-written", "container-started", "container-joined", "all-started"):
        run = cut(point, "site", "up")
        check(f"up is cut: {point}", run.returncode == -signal.SIGKILL, show(run))
    run = site.hayward("site", "plan")
    check("in between a plan can be asked for", run.returncode == 0 and "nothing" not in run.stdout, show(run))
    run = cut("all-up", "site", "up")
    check("up is cut: all-up", run.returncode == -signal.SIGKILL, show(run))
    check("who was cut off before a container was kept from others does it then", isolated() == 5, isolated())
    run = cut("files-told", "site", "up")
    check("up is cut: files-told", run.returncode == -signal.SIGKILL, show(run))


def sign_up_in_pieces():
    points = ("sign-up-noted", "book-saved", "rules-loaded", "files-told", "roles-told", "passwords-told")
    for number, point in enumerate(points if "every" in sys.argv else ("book-saved", "roles-told")):
        words = ("account", "add", f"cut{number}", "--plan", "basic", "--contact", "c@elsewhere.example", "--domain",
                 f"cut{number}.example")
        first, then = cut(point, *words), site.hayward(*words)
        status = site.hayward("site", "status")
        check(f"a sign-up is cut at {point}, and finished", first.returncode == -signal.SIGKILL and then.returncode == 0
              and len(then.stdout.splitlines()) == 3 and status.returncode == 0, show(first) + show(then) + show(status))


def as_customer(role, name, command):
    return site.inside(role, "setpriv", "--reuid", name, "--regid", name, "--clear-groups", "env", "-C", "/",
                       f"HOME=/home/{name}", "/bin/sh", "-c", command)


def logs():
    page = site.world("curl", "-s", "--resolve", "alice.example:80:10.77.0.5", "http://alice.example/visited")
    run = as_customer("shell", "alice", "cat ~/logs/access.log")
    check("alice reads her visitors on the shell server", "GET /visited" in run.stdout, show(page) + show(run))
    run = as_customer("shell", "cut1", "cat /var/log/hayward-web/alice/access.log; ls /var/log/hayward-web/alice")
    check("and nobody else's", run.returncode != 0 and run.stdout == "", show(run))
    run = site.inside("shell", "touch", "/var/log/hayward-web/alice/x")
    check("nothing is written there", run.returncode != 0 and "Read-only" in run.stderr, show(run))


def start_by_hand():
    """Without hayward, by LXC's own command: its interface is another one then."""
    where = ("-P", scene / "state/site/containers", "-n", "hayward-web")
    host.must("lxc-stop", "-k", *where)
    host.must("lxc-start", "-d", *where)
    back = host.wait_until(lambda: site.inside("web", "systemctl", "is-system-running").stdout.strip()
                           in ("running", "degraded"), 60)
    check("a container is started by somebody else", back)
    check("and is kept from others still", isolated() == 5, host.must("bridge", "-d", "link", "show"))
    run = host.wait_until(lambda: site.hayward("site", "status").returncode == 0, 20)
    check("all its daemons run", run, show(site.hayward("site", "status")))


def sql(name, password, statement):
    return site.inside("web", "mariadb", "--no-defaults", "--socket=/run/mysqld/mysqld.sock", f"--user={name}",
                       f"--password={password}", "-N", "-e", statement, name)


def move():
    """Out, and in again under another uid: as to another site, of which there is none here."""
    add = site.hayward("database", "add", "alice", "shop")
    password = add.stdout.split()[-1]
    made = sql("alice_shop", password, "CREATE TABLE things (name TEXT); INSERT INTO things VALUES ('kept');"
               "CREATE VIEW seen AS SELECT name FROM things")
    check("alice has a database", made.returncode == 0, show(made))
    as_customer("shell", "alice", "cd && mkdir -p deep && echo mine > deep/file && ln -s /etc/shadow link && chmod 700 deep")
    (scene / "mail/alice/mark").write_text("letters")
    folder = scene / "moving"
    run = site.hayward("account", "move", "alice", "--export", folder)
    check("who is open is not moved", run.returncode == 2 and "suspend" in run.stderr and not folder.exists(), show(run))
    site.hayward("account", "suspend", "alice")
    run = site.hayward("account", "move", "alice", "--export", folder)
    check("alice is written to a folder", run.returncode == 0 and (folder / "alice_shop.sql").exists()
          and folder.stat().st_mode & 0o777 == 0o700, show(run))
    run = site.hayward("account", "move", "alice", "--import", folder)
    check("she does not come twice", run.returncode == 2 and "already" in run.stderr, show(run))
    run = site.hayward("account", "remove", "alice", "--yes")
    check("she goes", run.returncode == 0, show(run))
    for point in ("file-written", "rules-loaded", "files-told"):
        run = cut(point, "account", "move", "alice", "--import", folder)
        print(f"# cut at {point}: {run.returncode}")
    run = site.hayward("account", "move", "alice", "--import", folder)
    check("she comes, cut off again and again", run.returncode == 0 and "resume" in run.stdout, show(run))
    uid = site.inside("shell", "id", "-u", "alice").stdout.strip()
    home = scene / "home/alice"
    check("her files are hers under another uid", (home / "deep/file").read_text() == "mine\n" and (home / "link").is_symlink()
          and str((home / "deep/file").stat().st_uid) == uid and home.stat().st_mode & 0o7777 == 0o710, uid)
    check("so is her mail", (scene / "mail/alice/mark").exists() and str((scene / "mail/alice").stat().st_uid) == uid)
    closed = sql("alice_shop", password, "SELECT name FROM seen")
    run = site.hayward("account", "resume", "alice")
    again = sql("alice_shop", password, "SELECT name FROM seen")
    check("her database has its content and its password, once she is open", closed.returncode != 0 and run.returncode == 0
          and again.stdout == "kept\n", show(closed) + show(again))
    left = [str(path) for part in ("home", "mail", "state/site/moving-in") for path in (scene / part).glob("*")
            if path.name.startswith(".hayward") or part.startswith("state")]
    status = site.hayward("site", "status")
    check("nothing is left over", not left and status.returncode == 0, str(left) + show(status))


try:
    plan = site.hayward("site", "plan")
    check("the plan names the bridge and five containers", plan.stdout.count("make its container") == 5
          and "make the bridge hayward0" in plan.stdout, show(plan))
    check("a plan changes nothing", not (scene / "state/site/containers").exists(), show(plan))

    come_up_in_pieces()
    pull_the_plug()
    before = time.monotonic()
    up = site.hayward("site", "up")
    took = time.monotonic() - before
    check("the site comes up, after all of this and a power cut", up.returncode == 0, show(up) + ftp_log())
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
    for step in (sign_up_in_pieces, logs, start_by_hand, move):
        try:
            step()
        except Exception as error:  # one broken step must not hide the others
            check(f"{step.__name__}: no surprise", False, repr(error))

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
    check("it is told when it is back", up.returncode == 0 and status.returncode == 0,
          show(up) + show(status) + ftp_log() + show(site.inside("web", "journalctl", "--no-pager", "-b", "-n", "40", "-p", "warning")))

    home = scene / "home/bob/public_html/kept.txt"
    site.inside("shell", "su", "-s", "/bin/sh", "bob", "-c", "cd && echo kept > public_html/kept.txt")
    shop = site.hayward("database", "add", "bob", "shop").stdout.split()[-1]
    run = site.hayward("account", "rename", "bob", "robert")
    check("a renamed customer's home follows, and its path goes on", run.returncode == 0 and "wrong" not in run.stdout
          and (scene / "home/robert/public_html/kept.txt").exists() and os.readlink(scene / "home/bob") == "robert"
          and home.read_text() == "kept\n", show(run))
    run = sql("bob_shop", shop, "SELECT 1")
    check("his database is as it was", run.stdout == "1\n", show(run))
    run = site.inside("mail", "getent", "passwd", "bob", "robert")
    check("mail for both names is his", run.returncode == 0 and len(run.stdout.splitlines()) == 2, show(run))
    run = as_customer("shell", "robert", "readlink ~/logs && ls ~/logs/ && id -un")
    check("his logs follow", run.stdout.splitlines()[:1] == ["/var/log/hayward-web/robert"] and run.stdout.endswith("robert\n")
          and "access.log" in run.stdout, show(run))
    run = site.hayward("account", "add", "bob", "--plan", "basic", "--contact", "b@elsewhere.example")
    check("nobody gets the former name", run.returncode == 2 and "before" in run.stderr, show(run))
    run = site.hayward("account", "remove", "robert")
    check("removing wants --yes", run.returncode == 2 and "--yes" in run.stderr, show(run))
    run = site.hayward("account", "remove", "robert", "--yes")
    aside = list((scene / "home/.removed").glob("robert-*/public_html/kept.txt"))
    check("a removed customer's home is put aside", run.returncode == 0 and len(aside) == 1, show(run))
    check("nor is his path there any more", not os.path.lexists(scene / "home/bob"))
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
