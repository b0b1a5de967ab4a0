#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The mail gate of roles on machines of their own: each asks a haywardd there, and what one attests the other believes.

usage: BUILD=... machines_test.py

The mail and the web server, with their own systemd, Postfix, Dovecot, clamd and Apache, are told by ssh what to be.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import textwrap

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import host  # noqa: E402
import post  # noqa: E402
from machines import Machines, description  # noqa: E402
from tap import check, end  # noqa: E402
from world import World, show, sign_up  # noqa: E402

scene = host.enter(os.environ["BUILD"])
site = host.Site(scene, os.environ["BUILD"], description("mail", "web"))
machines = Machines(site, "mail", "web")
world = World(site)
KEY = "/etc/hayward/gate/pass-key"
# As Postfix of the web server would, who alone is let through: with a pass of his own making, or without any.
FORGE = """
    import smtplib, sys
    with smtplib.SMTP("10.77.0.4", 25, timeout=60) as smtp:
        try:
            smtp.sendmail("alice@alice.example", ["bob@bob.example"], sys.argv[1].encode().decode("unicode_escape"))
            print("accepted")
        except smtplib.SMTPResponseException as error:
            print(error.smtp_code, error.smtp_error.decode())
"""


def make_homes(*names):
    """As the file server would, which this site has not."""
    for number, name in enumerate(names):
        for folder, mode in (("/home", 0o710), ("/srv/mail", 0o700)):
            place = pathlib.Path(folder, name)
            place.mkdir(mode=mode)
            os.chown(place, 20000 + number, 33 if folder == "/home" else 20000 + number)
            os.chmod(place, mode)
    pages = pathlib.Path("/home/alice/public_html")
    pages.mkdir()
    (pages / "mail.php").write_text("<?php echo mail('bob@bob.example', $_GET['subject'], 'hello',"
                                    " \"From: bob@bob.example\\nX-Hayward-Sender: by=program; account=bob\") ? 'sent' : 'not sent';")
    for path in (pages, pages / "mail.php"):
        os.chown(path, 20000, 20000)


def page(subject):
    return world.fetch(f"http://alice.example/mail.php?subject={subject}").stdout


def boxes():
    return [path.read_text() for path in pathlib.Path("/srv/mail/bob").glob("**/new/*")]


def got(subject, seconds=30):
    """That mail as bob has it; "" if it does not come."""
    found = []
    host.wait_until(lambda: found.extend(mail for mail in boxes() if f"Subject: {subject}\n" in mail) or found, seconds)
    return found[0] if found else ""


def from_outside(text):
    run = world.python(post.SMTP_TEXT, world.address["mail"], 25, "", "", "x@elsewhere.example", "bob@bob.example", input=text)
    return run.stdout + run.stderr


def handled(role):
    """Postfix tries again at once what waits there."""
    machines.shell(role, "postqueue -f; postkick public pickup W")


def without_hayward():
    """Nothing passes unscanned for want of a package, and it is said."""
    up = site.hayward("site", "up")
    check("up says where hayward-gate is missing, and what that means", up.returncode != 0 and
          up.stdout.count("the package hayward-gate is not installed here: mail waits") == 2, show(up))
    status = site.hayward("site", "status")
    check("so does the status", status.returncode != 0 and status.stdout.count("hayward-gate.service") == 2, show(status))
    said = from_outside(post.text_of("too early"))
    check("V1 break unready: on a machine without hayward mail waits", said.startswith("451"), said)


def with_hayward():
    for role in machines.roles:
        run = machines.install(role)
        check(f"{role}: the package installs", run.returncode == 0, show(run))
        machines.confine(role)
    plan, up = site.hayward("site", "plan"), site.hayward("site", "up")
    check("with it all is as it should be", up.returncode == 0, show(up))
    status = site.hayward("site", "status")
    check("and the status says so", status.returncode == 0, show(status))
    keys = [machines.shell(role, f"stat -c '%a %U %s' {KEY}; sha256sum <{KEY}").stdout for role in machines.roles]
    check("both have the site's key, for root alone", keys[0] == keys[1] and keys[0].startswith("600 root 32\n"), f"{keys}")
    key = (scene / "state/gate/pass-key").read_bytes().hex()
    logs = "".join(machines.shell(role, "journalctl --no-pager; cat /etc/hayward/gate/*.conf").stdout for role in machines.roles)
    check("and nobody reads it anywhere", key not in plan.stdout + up.stdout + up.stderr + logs)


def attested(alice):
    sent = page("by-page")
    mail = got("by-page")
    check("S2 break remote: a page of alice's, on another machine than the mail server", sent == "sent" and
          post.is_from(mail, "program", alice), sent + mail + show(machines.inside("web", "mailq"),
                                                                   machines.inside("web", "journalctl", "-n", "30", "--no-pager")))
    known = [machines.inside(role, "hayward-gate", "why", post.reference_of(mail)) for role in machines.roles]
    check("S2 break remote: both machines have it on record, the first with the page",
          re.search(r"alice .* passed by program: mail: from", known[0].stdout) and
          re.search(r"alice .* passed by program: web: from .*script /home/alice/public_html/mail\.php", known[1].stdout), show(*known))
    check("S2 honest remote: a pass does not leave the site", mail and "X-Hayward-Pass" not in mail, mail)
    told(mail)
    forged = "X-Hayward-Pass: uid=20001; at=%d; reference=HW-1-1; seal=%s" % (site_time(), "a" * 64)
    for name, header in (("forged", forged + "\\n"), ("none", "")):
        run = machines.inside("web", "setpriv", "--reuid", "postfix", "--clear-groups", "python3", "-I", "-c",
                              textwrap.dedent(FORGE), f"Subject: pass {name}\\n{header}\\nhello\\n")
        check(f"S2 break remote: with a pass that is {name} mail waits", run.stdout.startswith("451"), show(run))


def told(mail):
    """On the site's host, whose own haywardd saw none of it."""
    (scene / "none.policy").write_text("# none\n")
    site.configuration.write_text(f"state {scene}/state\npolicy none.policy\n")
    with open(scene / "log", "a") as log, subprocess.Popen(
            [site.build / "haywardd", "--config", site.configuration, "--foreground", "--observe", "--notices", scene / "sent"],
            stdout=log, stderr=log) as warden:
        host.wait_until((scene / "state/journal.head").exists, 30)
        warden.terminate()
    environment = dict(os.environ, HAYWARD_STATE=str(scene / "state"))
    why = site.hayward("why", post.reference_of(mail), env=environment)
    check("S2 break remote: the site's host tells both machines' records of a mail, in their order", re.search(
        r"(?s)alice .*web: from .*script /home/alice/public_html/mail\.php.*alice .*mail: from", why.stdout) and not why.stderr,
        show(why) + (scene / "log").read_text())
    sums = site.hayward("mail", "alice", env=environment)
    check("S2 break remote: and adds up what went by them, each mail once", re.search(
        r"(?m)^/home/alice/public_html/mail\.php +1 +1 +0 ", sums.stdout), show(sums))
    check("S2 honest remote: and no program is named that handed in nothing", "a program " not in sums.stdout, show(sums))
    known = site.hayward("--json", "why", post.reference_of(mail), env=environment)
    kinds = [record["record"] for record in json.loads(known.stdout)["records"]]
    check("S2 honest remote: for programs as well", kinds == ["mail", "mail", "received"], show(known))
    print(textwrap.indent(why.stdout + sums.stdout, "# "))


def site_time():
    return int(host.must("date", "+%s"))


def scanned():
    said = from_outside(post.text_of("clean"))
    check("V1 honest in: what is clean arrives", got("clean"), said)
    said = from_outside(post.infected("ill"))
    check("V1 break in: on a machine of its own the mail server refuses a virus", said.startswith("550 5.7.1") and
          "Eicar" in said and "invoice.exe" in said, said)


def rated():
    """rspamd compiles its patterns at its first start."""
    socket = "/srv/hayward-gate/rate/rspamd.sock"
    there = host.wait_until(lambda: machines.inside("mail", "test", "-S", socket).returncode == 0, 60)
    check("rspamd is asked where it is in a container", there, show(machines.inside("mail", "journalctl", "-u", "rspamd", "-n", "20", "--no-pager")))


def logged_in(bob):
    pop = bob.pop()
    check("S2 honest remote: bob reads it by POP", "Subject: by-page" in pop.stdout, show(pop))


def away():
    machines.inside("mail", "systemctl", "stop", "hayward-gate")
    said = from_outside(post.text_of("gateless"))
    check("V1 break unready: without its haywardd mail from outside waits", said.startswith("451"), said)
    page("mail-away")
    waits = host.wait_until(lambda: "451" in machines.inside("web", "mailq").stdout, 20)
    check("V1 break unready: and from the web server, in its queue", waits, show(machines.inside("web", "mailq")))
    machines.inside("mail", "systemctl", "start", "hayward-gate")
    handled("web")
    check("V1 honest unready: it arrives when haywardd is back", got("mail-away"), show(machines.inside("web", "mailq")))
    machines.inside("web", "systemctl", "stop", "hayward-gate")
    page("web-away")
    check("V1 break unready: nothing leaves the web server without its own", not got("web-away", 3))
    machines.inside("web", "systemctl", "start", "hayward-gate")
    handled("web")
    check("V1 honest unready: and then it does", got("web-away", 60), show(machines.inside("web", "mailq")))


def booted_anew():
    """Nobody tells them anything: what was told lies there."""
    check("both machines boot anew", machines.reboot())
    for role in machines.roles:
        state = machines.inside(role, "systemctl", "is-active", "hayward-gate").stdout.strip()
        check(f"{role}: its haywardd is there by itself", state == "active", show(machines.inside(role, "systemctl", "status", "hayward-gate")))
        machines.confine(role)
        machines.inside(role, "systemctl", "restart", "hayward-gate")
    sent = page("anew")
    handled("web")
    mail = got("anew", 60)
    check("S2 break remote: and mail of a page goes on, with whose it is", sent == "sent" and post.is_from(mail, "program", alice),
          sent + mail + show(machines.inside("web", "mailq"), machines.inside("mail", "journalctl", "-n", "40", "--no-pager")))
    said = from_outside(post.infected("ill again"))
    check("V1 break in: viruses do not", said.startswith("550 5.7.1"), said)


try:
    site.prepare_host()
    check("two machines boot", machines.boot())
    without_hayward()
    make_homes("alice", "bob")
    alice, _ = sign_up(world, "alice", "basic")
    bob, _ = sign_up(world, "bob", "basic")
    with_hayward()
    attested(alice)
    scanned()
    rated()
    logged_in(bob)
    away()
    booted_anew()
finally:
    for role in machines.roles:
        print(textwrap.indent(machines.inside(role, "journalctl", "-u", "hayward-gate", "-n", "25", "--no-pager").stdout, f"# {role}: "))
    if "KEEP" in os.environ:
        print("# kept; press enter", flush=True)
        sys.stdin.readline()
    machines.stop()
    site.down()
end()
