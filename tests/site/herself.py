# SPDX-License-Identifier: Apache-2.0
"""Steps of the walk: what alice does by herself on the shell server, and what not (V7, V9).

She comes by SSH, and speaks to haywardd on the host by the door that her container sees.
"""
import subprocess
import time

import host
from tap import check
from world import call, show

NEW = "the next long word"
MAILBOX = "echo 'a long word of mail' | hayward mailbox add {} --password-file -"


def has_mailbox(walk, address):
    """Dovecot looks at its files once in a second at most, so what is new may be unknown for so long."""
    return walk.site.inside("mail", "doveadm", "user", address).returncode == 0


def account(walk):
    run = walk.alice.ssh("hayward usage")
    check("V9 break self-service: alice sees what she has", "mailboxes" in run.stdout and "budget" in run.stdout, show(run))
    run = walk.alice.ssh(MAILBOX.format("info@alice.example"))
    check("V9 break self-service: she adds a mailbox", run.returncode == 0 and "added" in run.stdout, show(run))
    check("which every role has heard of", "down" not in run.stdout, show(run))
    check("the mail server knows it", host.wait_until(lambda: has_mailbox(walk, "info@alice.example")))
    run = walk.alice.ssh(MAILBOX.format("info@bob.example"))
    check("V9 honest self-service: none of bob's", run.returncode == 3, show(run))


def passwords(walk):
    alice = walk.alice
    before = alice.passwords["shell"]
    run = alice.ssh("hayward passwd shell --current-file - --password-file -", input=f"{before}\n{NEW}\n")
    check("V9 break self-service: she changes her password", run.returncode == 0, show(run))
    alice.passwords["shell"] = NEW
    run = alice.ssh("echo in", password=before)
    check("the old one is no good any more", run.returncode in (5, 255) and "in" not in run.stdout, show(run))
    run = alice.ssh("id -un")
    check("the new one is", run.stdout == "alice\n", show(run))
    run = alice.ssh("hayward passwd ftp --current-file - --password-file -", input=f"wrong\n{NEW}\n")
    check("V9 honest self-service: not without the current one", run.returncode == 4, show(run))


def scripts(walk):
    code = ("#!/usr/bin/perl\nprint \"Content-Type: text/plain\\n\\nuid $< $ENV{QUERY_STRING}\\n\";"
            "warn \"careful\";\n")
    walk.alice.ssh("cat > public_html/cgi-bin/t.cgi && chmod 755 public_html/cgi-bin/t.cgi", input=code)
    run = walk.alice.ssh("hayward cgi-test public_html/cgi-bin/t.cgi 'a=b&c=$(id)'")
    check("V9 break self-service: she tries a script as the web server runs it", "uid 20000 a=b&c=$(id)" in run.stdout
          and "careful" in run.stdout and "memory:" in run.stdout, show(run))
    run = walk.alice.ssh("hayward cgi-test /home/bob/public_html/x.cgi")
    check("V9 honest self-service: none of bob's", run.returncode == 2, show(run))


def in_seconds(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def services(walk):
    """Each server of the site is asked whether it serves, and the databases with them."""
    def told():
        lines = [line for line in walk.warden.staff("status").stdout.splitlines() if line.lstrip().startswith("services")]
        return lines and "7 services" in lines[0] and "MariaDB" in lines[0]
    run = host.wait_until(told, 30)
    check("A6 break services: all services of the site are known", run, show(walk.warden.staff("status")))


def port(walk):
    answers = walk.site.start_in_world("python3", "-m", "http.server", "8443", "--bind", host.OUTSIDE)
    try:
        ask_for_port(walk, call(host.OUTSIDE, 8443))
    finally:
        answers.kill()
        answers.wait()


def ask_for_port(walk, try_it):
    alice = walk.alice
    check("V7 honest ports: the port is shut", "open" not in alice.ssh(try_it).stdout)
    run = alice.ssh(f"hayward request port --to {host.OUTSIDE} --port 8443/tcp --until {in_seconds(3600)} --because x")
    check("V7 break ports: she asks for it", run.returncode == 0, show(run))
    check("V7 honest ports: asking opens nothing", "open" not in alice.ssh(try_it).stdout)
    run = walk.warden.staff("grant", "1", "--until", in_seconds(15))
    check("V7 break ports: staff grant it", run.returncode == 0, show(run))
    opened = host.wait_until(lambda: "open" in alice.ssh(try_it).stdout, 12)
    check("V7 break ports: she reaches it", opened)
    check("V7 honest ports: bob does not", "open" not in walk.bob.ssh(try_it).stdout)
    shut = host.wait_until(lambda: "open" not in alice.ssh(try_it).stdout, 40)
    check("V7 break ports: until its end", shut)


def door(walk):
    run = walk.site.inside("shell", "hayward", "status")
    check("root of the container is nobody", run.returncode == 5, show(run))
    run = walk.site.inside("shell", "setpriv", "--reuid", "20000", "--regid", "20000", "--groups", "0", "hayward", "accounts")
    check("no group makes anybody staff there", run.returncode == 4, show(run))
    run = walk.site.inside("shell", "ls", "/run/hayward/")
    check("nothing else of haywardd is there", run.stdout.split() == ["control"], show(run))
    run = walk.site.inside("web", "ls", "/srv/hayward-host/")
    check("the web server has no such door", run.returncode != 0, show(run))
    walk.warden.stop()
    check("haywardd serves again", walk.warden.start())
    run = walk.alice.ssh("hayward usage")
    check("the door is there again with the next haywardd", run.returncode == 0, show(run))


def away(walk):
    """A role that was down hears of what it missed."""
    subprocess.run(["lxc-stop", "-k", "-P", walk.site.scene / "state/site/containers", "-n", "hayward-mail"], check=False)
    run = walk.alice.ssh(MAILBOX.format("late@alice.example"))
    check("a change goes through while the mail server is down", "mail: is down" in run.stdout, show(run))
    walk.site.hayward("site", "up")
    found = host.wait_until(lambda: has_mailbox(walk, "late@alice.example"), 60)
    check("and reaches it when it is back", found)
