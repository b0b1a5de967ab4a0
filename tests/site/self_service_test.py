#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What alice does by herself on the shell server of a whole site, and what not (V7, V9).

usage: BUILD=... self_service_test.py

haywardd runs on the host; alice comes by SSH, and speaks to it by the door that her container sees.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import textwrap
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import host  # noqa: E402
from tap import check, end  # noqa: E402

scene = host.enter(os.environ["BUILD"])
site = host.Site(scene, os.environ["BUILD"])
FILES = host.SOURCE
SHELL = "10.77.0.6"


def show(run):
    return f"{run.returncode}\n{run.stdout}\n{run.stderr}"


def passwords(add):
    return dict(line.split() for line in add.stdout.splitlines() if len(line.split()) == 2)


def ssh(password, command, user="alice", **more):
    return site.world("sshpass", "-p", password, "ssh", "-o", "StrictHostKeyChecking=no", "-o",
                      "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "NumberOfPasswordPrompts=1",
                      "-o", "ConnectTimeout=10", f"{user}@{SHELL}", command, **more)


def staff(*words):
    return subprocess.run([site.hayward_program, *words], capture_output=True, text=True, timeout=100)


def start_again():
    log = open(scene / "log", "a")
    process = subprocess.Popen([site.build / "haywardd", "--config", site.configuration, "--foreground",
                                "--notices", scene / "mail"], stdout=log, stderr=log)
    check("haywardd serves", host.wait_until(lambda: staff("cases").returncode == 0, 30))
    return process


def start_haywardd():
    shutil.copytree(FILES / "policies", scene / "policy.d", ignore=shutil.ignore_patterns("*.build", "install*"))
    shutil.copytree(FILES / "notices", scene / "notices")
    site.configuration.write_text(textwrap.dedent(f"""\
        host common.example
        mode enforce
        operator staff@common.example
        state {scene}/state
        passwd {scene}/state/site/passwd
        accounts {scene}/state/site/accounts.conf
        uid-first 20000
        uid-last 59999
        uid-floor 20000
    """))
    return start_again()


def own_account(alice):
    run = ssh(alice["shell"], "hayward usage")
    check("V9 break self-service: alice sees what she has", "mailboxes" in run.stdout and "basic" in run.stdout, show(run))
    run = ssh(alice["shell"], "echo 'a long word of mail' | hayward mailbox add info@alice.example --password-file -")
    check("V9 break self-service: she adds a mailbox", run.returncode == 0 and "added" in run.stdout, show(run))
    check("which every role has heard of", "down" not in run.stdout, show(run))
    found = site.inside("mail", "doveadm", "user", "info@alice.example")
    check("the mail server knows it", found.returncode == 0, show(found))
    run = ssh(alice["shell"], "echo 'a long word of mail' | hayward mailbox add info@bob.example --password-file -")
    check("V9 honest self-service: none of bob's", run.returncode == 3, show(run))


def own_passwords(alice):
    said = f"{alice['shell']}\nthe next long word\n"
    run = ssh(alice["shell"], "hayward passwd shell --current-file - --password-file -", input=said)
    check("V9 break self-service: she changes her password", run.returncode == 0, show(run))
    run = ssh(alice["shell"], "echo in")
    check("the old one is no good any more", run.returncode in (5, 255) and "in" not in run.stdout, show(run))
    alice["shell"] = "the next long word"
    run = ssh(alice["shell"], "id -un")
    check("the new one is", run.stdout == "alice\n", show(run))
    run = ssh(alice["shell"], "hayward passwd ftp --current-file - --password-file -", input="wrong\nthe next long word\n")
    check("V9 honest self-service: not without the current one", run.returncode == 4, show(run))


def own_scripts(alice):
    code = r"#!/usr/bin/perl\nprint \"Content-Type: text/plain\\n\\nuid $< $ENV{QUERY_STRING}\\n\"; warn \"careful\";\n"
    ssh(alice["shell"], f"mkdir -p public_html/cgi-bin && printf '{code}' > public_html/cgi-bin/t.cgi && "
        "chmod 755 public_html/cgi-bin public_html/cgi-bin/t.cgi")
    run = ssh(alice["shell"], "hayward cgi-test public_html/cgi-bin/t.cgi 'a=b&c=$(id)'")
    check("V9 break self-service: she tries a script as the web server runs it", "uid 20000 a=b&c=$(id)" in run.stdout
          and "careful" in run.stdout and "memory:" in run.stdout, show(run))
    run = ssh(alice["shell"], "hayward cgi-test /home/bob/public_html/x.cgi")
    check("V9 honest self-service: none of bob's", run.returncode == 2, show(run))


def own_port(alice):
    answers = subprocess.Popen(site.world_words("python3", "-m", "http.server", "8443", "--bind", host.OUTSIDE),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    call = f"timeout 5 bash -c 'exec 3<>/dev/tcp/{host.OUTSIDE}/8443' && echo open"
    try:
        check("V7 honest ports: the port is shut", "open" not in ssh(alice["shell"], call).stdout)
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        run = ssh(alice["shell"], f"hayward request port --to {host.OUTSIDE} --port 8443/tcp --until {until} --because x")
        check("V7 break ports: she asks for it", run.returncode == 0, show(run))
        check("V7 honest ports: asking opens nothing", "open" not in ssh(alice["shell"], call).stdout)
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 20))
        run = staff("grant", "1", "--until", until)
        check("V7 break ports: staff grant it", run.returncode == 0, show(run))
        opened = host.wait_until(lambda: "open" in ssh(alice["shell"], call).stdout, 15)
        check("V7 break ports: she reaches it", opened)
        check("V7 honest ports: bob does not", "open" not in ssh(bob["shell"], call, user="bob").stdout)
        shut = host.wait_until(lambda: "open" not in ssh(alice["shell"], call).stdout, 40)
        check("V7 break ports: until its end", shut)
    finally:
        answers.kill()
        answers.wait()


def the_door(alice):
    run = site.inside("shell", "hayward", "status")
    check("root of the container is nobody", run.returncode == 5, show(run))
    run = site.inside("shell", "setpriv", "--reuid", "20000", "--regid", "20000", "--groups", "0", "hayward", "accounts")
    check("no group makes anybody staff there", run.returncode == 4, show(run))
    run = site.inside("shell", "ls", "/run/hayward/")
    check("nothing else of haywardd is there", run.stdout.split() == ["control"], show(run))
    run = site.inside("web", "ls", "/srv/hayward-host/")
    check("the web server has no such door", run.returncode != 0, show(run))
    daemon.terminate()
    daemon.wait()
    again = start_again()
    run = ssh(alice["shell"], "hayward usage")
    check("the door is there again with the next haywardd", run.returncode == 0, show(run))
    return again


def away(alice):
    """A role that was down hears of what it missed."""
    subprocess.run(["lxc-stop", "-k", "-P", scene / "state/site/containers", "-n", "hayward-mail"], check=False)
    run = ssh(alice["shell"], "echo 'a long word of mail' | hayward mailbox add late@alice.example --password-file -")
    check("a change goes through while the mail server is down", "mail: is down" in run.stdout, show(run))
    site.hayward("site", "up")
    found = host.wait_until(lambda: site.inside("mail", "doveadm", "user", "late@alice.example").returncode == 0, 60)
    check("and reaches it when it is back", found)


daemon = None
try:
    site.prepare_host()
    up = site.hayward("site", "up")
    check("the site comes up", up.returncode == 0, show(up))
    customers = {}
    for name in ("alice", "bob"):
        add = site.hayward("account", "add", name, "--plan", "basic", "--domain", f"{name}.example", "--contact",
                           f"{name}@elsewhere.example")
        check(f"{name} signs up", add.returncode == 0, show(add))
        customers[name] = passwords(add)
    alice, bob = customers["alice"], customers["bob"]
    daemon = start_haywardd()
    host.wait_until(lambda: staff("usage", "--account", "alice").returncode == 0, 20)
    for step in (own_account, own_passwords, own_scripts, own_port, away):
        try:
            step(alice)
        except Exception as error:  # one broken step must not hide the others
            check(f"{step.__name__}: no surprise", False, repr(error))
    daemon = the_door(alice)
finally:
    if daemon:
        daemon.terminate()
        daemon.wait()
        print(textwrap.indent((scene / "log").read_text()[-2500:], "# log: "))
    if "KEEP" in os.environ:
        print("# kept; press enter", flush=True)
        sys.stdin.readline()
    site.down()
end()
