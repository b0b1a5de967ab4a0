#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who started it: real Apache with suexec, PHP-FPM, cron, at, sshd and Postfix
start a customer's programs, and the customer tries to look like one of them.

usage: starters_test.py STARTERS_TOOL

Everything runs in mount, network and PID namespaces of its own, with overlays
on /etc and /var. A daemon that is missing here is left out, by name.
"""
import collections
import os
import shutil
import subprocess
import sys
import threading
import time
import unittest
import urllib.request

LIB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib")
sys.path.append(LIB)
import scene
from scene import overlay, run, write

TOOL = os.path.abspath(sys.argv[1])
ALICE = 61500
SETTING = "jobd=cron"
NEEDED = ["/usr/sbin/apache2", "/usr/lib/apache2/suexec", "/usr/sbin/cron", "/usr/sbin/sshd", "/usr/bin/perl",
          "/usr/bin/setpriv", "/usr/sbin/start-stop-daemon"]
SECOND = 10**9
SSH = ["ssh", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
       "-o", "BatchMode=yes"]

# Burns as much processor time as its last argument says, after it has called itself a daemon if that is wanted.
BURN = """use Time::HiRes 'clock';
if (($ARGV[0] // '') eq 'daemon') { shift; exit if fork; require POSIX; POSIX::setsid(); exit if fork; }
my $seconds = $ARGV[-1] || SECONDS;
1 while clock() < $seconds;
"""


SCENE = scene.enter("starters", NEEDED)


def until(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.05)


# ---- the host ----

def script(name, seconds=0.3):
    """One of alice's own: it burns so long."""
    before = 'print "Content-Type: text/plain\\n\\n";' if name.endswith(".cgi") else ""
    write(f"/home/alice/{name}", f"#!/usr/bin/perl\n{before}\n" + BURN.replace("SECONDS", str(seconds)), 0o755, ALICE)


def make_host():
    os.makedirs(f"{SCENE}/layers")
    run("mount", "-t", "tmpfs", "layers", f"{SCENE}/layers")
    overlay("/etc")
    overlay("/var")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "run", "/run")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "home", "/home")
    run("ip", "link", "set", "lo", "up")
    for name in ("apache2", "lock/apache2", "sshd", "php"):
        os.makedirs(f"/run/{name}")
    for path, line in (("passwd", f"alice:x:{ALICE}:{ALICE}::/home/alice:/bin/sh\n"),
                       ("group", f"alice:x:{ALICE}:\n"), ("shadow", "alice:*:19000::::::\n")):
        with open(f"/etc/{path}", "a") as file:
            file.write(line)
    os.makedirs("/home/alice/public_html")
    os.makedirs("/home/alice/.ssh")
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{SCENE}/key")
    shutil.copy(f"{SCENE}/key.pub", "/home/alice/.ssh/authorized_keys")
    run("chown", "-R", f"{ALICE}:{ALICE}", "/home/alice")


def start_web():
    write("/etc/apache2/conf-enabled/test.conf", """ServerName localhost
UserDir public_html
<Directory /home/*/public_html>
    Require all granted
    Options +ExecCGI
    AddHandler cgi-script .cgi
</Directory>
""")
    run("a2enmod", "-q", "cgid", "suexec", "userdir")
    run("apache2ctl", "start")


def start_pool():
    for name in os.listdir("/etc/php/8.2/fpm/pool.d"):
        os.remove(f"/etc/php/8.2/fpm/pool.d/{name}")
    write("/etc/php/8.2/fpm/pool.d/alice.conf", "[alice]\nuser = alice\ngroup = alice\nlisten = /run/php/alice.sock\n"
          "pm = static\npm.max_children = 1\n")
    write("/home/alice/burn.php", "<?php $end = hrtime(true) + 4e8; while (hrtime(true) < $end); echo 'done';")
    server = subprocess.Popen(["php-fpm8.2", "--nodaemonize"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: os.path.exists("/run/php/alice.sock"), "PHP-FPM")
    return server


def start_ssh():
    run("ssh-keygen", "-A")
    subprocess.Popen(["/usr/sbin/sshd", "-D"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: subprocess.run(ssh("true"), capture_output=True).returncode == 0, "sshd")


def start_mail():
    run("postconf", "-e", "mydestination = localhost, starters.example", "myhostname = starters.example",
        "inet_interfaces = loopback-only", "inet_protocols = ipv4", "alias_maps =", "mailbox_command =",
        "compatibility_level = 3.6", "smtputf8_enable = no", "maillog_file = /var/log/mail.log")
    run("postconf", "-F", "*/*/chroot = n")
    os.makedirs("/var/lib/postfix", exist_ok=True)
    shutil.chown("/var/lib/postfix", "postfix")
    run("postfix", "start")


def ssh(command):
    return SSH + ["-i", f"{SCENE}/key", "alice@127.0.0.1", command]


def visit(page):
    urllib.request.urlopen(f"http://127.0.0.1/~alice/{page}", timeout=20).read()


def cron(*jobs):
    """A fresh cron, which does what is to be done when the machine starts."""
    if os.path.exists("/run/crond.reboot"):
        os.remove("/run/crond.reboot")
    write(f"{SCENE}/crontab", "".join(f"@reboot {job}\n" for job in jobs))
    run("crontab", "-u", "alice", f"{SCENE}/crontab")
    return subprocess.Popen(["cron", "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def mail():
    subprocess.run(["sendmail", "-f", "root", "alice"], input="Subject: x\n\nhello\n", text=True, check=True)


# ---- the sensor ----

class Tool:
    """Looks ten times a second: this kernel hides the end of one task in a few hundred from its programs."""

    def __init__(self, kind):
        self.process = subprocess.Popen([TOOL, kind, SETTING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.first = self.process.stdout.readline().strip()
        self.web = 0
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.looker = threading.Thread(target=self.look_again)
        if self.first == "ready":
            self.looker.start()

    def look_again(self):
        while not self.ended.wait(0.1):
            self.look()

    def look(self):
        """By script, by starter: ns."""
        with self.lock:
            return self.read()

    def read(self):
        self.process.stdin.write("look\n")
        self.process.stdin.flush()
        seen = collections.defaultdict(dict)
        for line in iter(self.process.stdout.readline, ".\n"):
            words = line.rstrip("\n").split(" ", 3)
            if int(words[0]) == ALICE and len(words) == 3:
                self.web = int(words[2])
            elif int(words[0]) == ALICE:
                name = words[3]
                seen[name][words[1]] = seen[name].get(words[1], 0) + int(words[2])
        return seen

    def of(self, name):
        """Of one script: by starter, ns."""
        sums = collections.Counter()
        for path, by in self.look().items():
            if path == name or path.endswith(name if name[0] == "/" else "/" + name):
                sums.update(by)
        return sums

    def end(self):
        self.ended.set()
        if self.looker.ident:
            self.looker.join()
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def loop():
    """A page that does not end, once it runs."""
    script("public_html/loop.cgi", 600)
    visitor = subprocess.Popen(["curl", "-s", "-o", "/dev/null", "http://127.0.0.1/~alice/loop.cgi"])
    until(lambda: subprocess.run(["pgrep", "-f", "loop.cgi", "-u", str(ALICE)], capture_output=True).returncode == 0,
          "a page that does not end")
    return visitor


class Watched(unittest.TestCase):
    kind, least = "kernel", 0.15 * SECOND

    @classmethod
    def setUpClass(cls):
        cls.tool = Tool(cls.kind)

    @classmethod
    def tearDownClass(cls):
        cls.tool.end()

    def setUp(self):
        if self.tool.first != "ready":
            self.skipTest(self.tool.first)

    def started_by(self, starter, name):
        """What this script used, and by whom: nearly all of it by that one."""
        until(lambda: self.tool.of(name).total() > self.least, f"{name}, seen: {dict(self.tool.look())}")
        seen = self.tool.of(name)
        self.assertGreater(seen[starter], 0.9 * seen.total(), f"{name}: {dict(seen)}")


class Kernel(Watched):
    def test_web(self):
        script("public_html/cgi.cgi", 0.4)
        visit("cgi.cgi")
        self.started_by("web", "cgi.cgi")

    def test_web_daemon(self):
        """A page that starts something which leaves its parents."""
        script("daemon.pl", 0.5)
        write("/home/alice/public_html/start.cgi", "#!/bin/sh\necho Content-Type: text/plain\necho\n"
              "/home/alice/daemon.pl daemon 0.5 >/dev/null 2>&1 </dev/null\n", 0o755, ALICE)
        visit("start.cgi")
        self.started_by("web", "daemon.pl")

    @unittest.skipUnless(shutil.which("php-fpm8.2"), "there is no php-fpm8.2")
    def test_pool(self):
        """Its worker executes nothing when it becomes alice's."""
        pool = start_pool()
        self.addCleanup(pool.wait)
        self.addCleanup(pool.terminate)
        self.assertIn("done", run(sys.executable, f"{LIB}/fcgi.py", "/run/php/alice.sock", "/home/alice/burn.php"))
        self.started_by("web", "/usr/sbin/php-fpm8.2")

    def test_cron(self):
        script("by-cron.pl", 0.4)
        script("by-cron-daemon.pl", 0.5)
        daemon = cron("/home/alice/by-cron.pl", "/home/alice/by-cron-daemon.pl daemon 0.5")
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.terminate)
        self.started_by("cron", "by-cron.pl")
        self.started_by("cron", "by-cron-daemon.pl")

    @unittest.skipUnless(shutil.which("atd"), "there is no atd")
    def test_at(self):
        script("by-at.pl", 0.4)
        daemon = subprocess.Popen(["atd", "-f"])
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.terminate)
        until(lambda: os.path.exists("/run/atd.pid"), "atd")
        run("setpriv", "--reuid", str(ALICE), "--regid", str(ALICE), "--clear-groups", "at", "now",
            input="/home/alice/by-at.pl\n", cwd="/home/alice")
        self.started_by("cron", "by-at.pl")

    @unittest.skipUnless(shutil.which("postfix"), "there is no Postfix")
    def test_mail(self):
        script("by-mail.pl", 0.4)
        write("/home/alice/.forward", '"|/home/alice/by-mail.pl"\n', owner=ALICE)
        mail()
        self.started_by("mail", "by-mail.pl")

    def test_login(self):
        script("by-login.pl", 0.4)
        run(*ssh("./by-login.pl"))
        self.started_by("login", "by-login.pl")

    def test_service(self):
        script("by-service.pl", 0.4)
        run("start-stop-daemon", "--start", "--chuid", "alice", "--exec", "/home/alice/by-service.pl")
        self.started_by("service", "by-service.pl")

    def test_named_by_the_setting(self):
        """Root's own program, which the operator named; it counts where root runs it, and nowhere else."""
        script("by-job.pl", 0.4)
        script("by-no-job.pl", 0.4)
        job = "$) = $( = ALICE; $> = $< = ALICE; exec @ARGV".replace("ALICE", str(ALICE))
        run(f"{SCENE}/bin/jobd", "-e", job, "/home/alice/by-job.pl")
        self.started_by("cron", "by-job.pl")
        run(*ssh(f"{SCENE}/bin/jobd -e 'exec @ARGV' ./by-no-job.pl"))
        self.started_by("login", "by-no-job.pl")

    def test_own_programs_of_that_name(self):
        """Copies and scripts of hers that are called like daemons, at a login and behind the web server."""
        write("/home/alice/public_html/disguise.cgi", "#!/bin/sh\necho Content-Type: text/plain\necho\n"
              "/home/alice/sshd /home/alice/burn 0.4\n", 0o755, ALICE)
        script("burn")
        script("crond", 0.4)
        run(*ssh("./apache2 burn 0.4; ./crond"))
        self.started_by("login", "/home/alice/apache2")
        self.started_by("login", "/home/alice/crond")
        visit("disguise.cgi")
        self.started_by("web", "/home/alice/sshd")

    def test_run_by_root(self):
        """Root runs her program that is called like a daemon: still what it was."""
        script("by-root.pl", 0.4)
        drop = f"$) = $( = {ALICE}; $> = $< = {ALICE}; exec '/home/alice/by-root.pl'"
        run("start-stop-daemon", "--start", "--exec", "/home/alice/apache2", "--", "-e", drop)
        self.started_by("service", "by-root.pl")

    def test_roots_programs_of_that_name(self):
        """Root's files that are called like daemons, run by her, and as root of her own namespace."""
        script("burn")
        run(*ssh(f"{SCENE}/bin/cron burn 0.4"))
        self.started_by("login", "bin/cron")
        run(*ssh(f"unshare --user --map-root-user {SCENE}/bin2/cron burn 0.4"))
        self.started_by("login", "bin2/cron")


class Alive(Watched):
    """Who lived before the sensor came is told by his parents, also one that nobody saw begin and has no name."""
    @classmethod
    def setUpClass(cls):
        cls.visitor = loop()
        super().setUpClass()

    def test_web(self):
        self.addCleanup(self.visitor.wait)
        self.addCleanup(run, "pkill", "-u", str(ALICE))
        until(lambda: self.tool.look() is not None and self.tool.web > self.least, "what was alive")


class Sampling(Watched):
    """From /proc, which must look while they live. Who had left his parents before is a service's."""
    kind, least = "proc", 0.25 * SECOND

    def test_all(self):
        for name in ("by-cron.pl", "by-login.pl", "burn"):
            script(name, 600)
        daemon = cron("/home/alice/by-cron.pl")
        login = subprocess.Popen(ssh(f"./by-login.pl & {SCENE}/bin/cron burn & ./apache2 burn & wait"))
        visitor = loop()
        try:
            for starter, name in (("web", "loop.cgi"), ("cron", "by-cron.pl"), ("login", "by-login.pl"),
                                  ("login", "bin/cron"), ("login", "./apache2")):
                self.started_by(starter, name)
        finally:
            run("pkill", "-u", str(ALICE))
            daemon.terminate()
            for process in (daemon, login, visitor):
                process.wait()


def make_programs():
    for folder, name in (("bin", "cron"), ("bin2", "cron"), ("bin", "jobd")):
        os.makedirs(f"{SCENE}/{folder}", exist_ok=True)
        shutil.copy("/usr/bin/perl", f"{SCENE}/{folder}/{name}")
    for name in ("apache2", "sshd"):
        shutil.copy("/usr/bin/perl", f"/home/alice/{name}")
        os.chown(f"/home/alice/{name}", ALICE, ALICE)


make_host()
make_programs()
start_web()
start_ssh()
if shutil.which("postfix"):
    start_mail()
unittest.main(argv=[sys.argv[0]] + sys.argv[2:], verbosity=2, warnings="ignore")
