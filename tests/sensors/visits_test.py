#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Access logs of a real Apache, asked by curl from several addresses, and
rotated in the middle: each request is counted once, and for the right one.

usage: visits_test.py VISITS_TOOL

Everything runs in mount, network and PID namespaces of its own, with overlays
on /etc and /var. The visitors have a network namespace beside the server's.
"""
import collections
import grp
import os
import shutil
import subprocess
import sys
import threading
import time
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import scene
from scene import overlay, run, write

TOOL = os.path.abspath(sys.argv[1])
UIDS = {"alice": 61500, "bob": 61501, "carol": 61502}
SERVER, PROXY = "10.99.0.1", "10.99.0.9"
VISITORS = ["10.99.0.2", "10.99.0.3", "10.99.0.4"]
SERVER6, VISITOR6 = "fd99::1", "fd99::2"
NETWORK6 = "fd99::/64"  # by which an IPv6 visitor is known
NEEDED = ["/usr/sbin/apache2", "/usr/bin/curl", "/usr/bin/setpriv"]
LOGS = "/var/log/apache2"


SCENE = scene.enter("visits", NEEDED)


# ---- the host ----

def make_network():
    run("ip", "link", "set", "lo", "up")
    run("ip", "netns", "add", "visitors")
    run("ip", "link", "add", "server0", "type", "veth", "peer", "name", "visitor0", "netns", "visitors")
    run("ip", "address", "add", f"{SERVER}/24", "dev", "server0")
    run("ip", "address", "add", f"{SERVER6}/64", "dev", "server0", "nodad")
    run("ip", "link", "set", "server0", "up")
    inside = ["ip", "-n", "visitors"]
    for address in VISITORS + [PROXY]:
        run(*inside, "address", "add", f"{address}/24", "dev", "visitor0")
    run(*inside, "address", "add", f"{VISITOR6}/64", "dev", "visitor0", "nodad")
    run(*inside, "link", "set", "visitor0", "up")


def make_web_server():
    for name in ("apache2", "lock/apache2"):
        os.makedirs(f"/run/{name}")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/home")
    for name, uid in UIDS.items():
        with open("/etc/passwd", "a") as file:
            file.write(f"{name}:x:{uid}:{uid}::/home/{name}:/bin/sh\n")
        for page in ("page", "style.css", "index.php/style.css"):
            write(f"/home/{name}/public_html/{page}", "words\n", owner=uid)
        os.chown(f"/home/{name}", uid, uid)
        os.makedirs(f"/home/{name}/logs")
    write("/etc/apache2/conf-enabled/test.conf", """ServerName localhost
UserDir public_html
<Directory /home/*/public_html>
    Require all granted
</Directory>
<Location /secret>
    Require all denied
</Location>
<VirtualHost *:80>
    DocumentRoot /var/www/html
    CustomLog ${APACHE_LOG_DIR}/access.log combined
</VirtualHost>
<VirtualHost *:80>
    ServerName alice.example
    DocumentRoot /home/alice/public_html
</VirtualHost>
<VirtualHost *:80>
    ServerName bob.example
    DocumentRoot /home/bob/public_html
    CustomLog /var/log/sites/bob.example.log common
</VirtualHost>
""")
    shutil.rmtree(LOGS)
    for folder in (LOGS, "/var/log/sites"):
        os.makedirs(folder)
        os.chmod(folder, 0o750)
        os.chown(folder, 0, grp.getgrnam("adm").gr_gid)
    write(f"{LOGS}/access.log", "", 0o640)
    os.chown(f"{LOGS}/access.log", 0, grp.getgrnam("adm").gr_gid)
    os.remove("/etc/apache2/sites-enabled/000-default.conf")
    run("a2enmod", "-q", "userdir")
    run("apache2ctl", "start")
    until(lambda: os.path.exists(f"{LOGS}/other_vhosts_access.log"), "the web server")


def make_host():
    os.makedirs(f"{SCENE}/layers")
    run("mount", "-t", "tmpfs", "layers", f"{SCENE}/layers")
    overlay("/etc")
    overlay("/var")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "run", "/run")
    make_network()
    make_web_server()


def until(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.05)


def ask(address, path, count, host="localhost"):
    """So many requests, over one connection."""
    server = f"[{SERVER6}]" if ":" in address else SERVER
    run("ip", "netns", "exec", "visitors", "curl", "--silent", "--show-error", "--path-as-is", "--interface", address,
        "--connect-to", f"::{server}:80", "--output", "/dev/null", f"http://{host}{path}?[1-{count}]")


class Tool:
    """The tool, as a user of the group adm and nothing else; its counts are added up."""

    def __init__(self, logs, proxies=""):
        group = grp.getgrnam("adm").gr_gid
        self.words = open(f"{SCENE}/words", "w+")
        accounts = [f"{name}:{uid}:{name}.example" for name, uid in UIDS.items()]
        self.process = subprocess.Popen(
            ["setpriv", "--reuid", "65211", "--regid", "65211", "--groups", str(group), "--bounding-set=-all",
             "--inh-caps=-all", TOOL, str(group), logs, proxies] + accounts,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.words, text=True)
        self.requests, self.refused, self.totals = (collections.Counter() for _ in range(3))
        self.paths = {}
        self.say("state")

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = []
        while (said := self.process.stdout.readline()) != ".\n":
            if not said:
                raise AssertionError(f"the tool ended: {self.warnings()}")
            answer.append(said.rstrip("\n"))
        return answer

    def take(self):
        for line in self.say("take"):
            account, kind, *rest = line.split(" ", 5)
            if kind == "total":
                self.totals[account] += int(rest[0])
            else:
                address, requests, refused, path = rest
                self.requests[account, address] += int(requests)
                self.refused[account, address] += int(refused)
                self.paths[account, address] = path

    def total(self, account):
        self.take()
        return self.totals[account]

    def warnings(self):
        self.words.seek(0)
        return self.words.read()

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.words.close()


class Visits(unittest.TestCase):
    def start(self, logs, proxies=""):
        tool = Tool(logs, proxies)
        self.addCleanup(tool.end)
        return tool

    def settle(self, tool, account, total):
        """Waits until so many are counted, and a little longer for what would be too many."""
        try:
            until(lambda: tool.total(account) >= total, f"{total} requests")
        finally:
            print("#", account, "expected", total, "counted", dict(tool.totals))
        time.sleep(0.5)
        self.assertEqual(tool.total(account), total, tool.warnings())

    def test_a_whose_and_who(self):
        ask(VISITORS[0], "/~alice/page", 3)
        tool = self.start(f"{LOGS}/access.log {LOGS}/other_vhosts_access.log /var/log/sites/{{domain}}.log")
        self.assertEqual(tool.say("state"), ["3 of 5"])
        ask(VISITORS[0], "/~alice/page", 7)
        ask(VISITORS[1], "/%7Ealice//page", 5)
        ask(VISITORS[1], "/~alice/nothing", 2)
        ask(VISITORS[1], "/~alice/style.css", 9)
        ask(VISITORS[2], "/page", 4, "alice.example")
        ask(VISITORS[2], "/secret", 6, "WWW.alice.example")
        ask(VISITORS[2], "/index.php/style.css", 3, "alice.example")
        ask(VISITOR6, "/~alice/page", 1)
        ask(VISITORS[0], "/page", 8, "bob.example")
        ask(VISITORS[0], "/", 5)
        self.settle(tool, "alice", 7 + 5 + 2 + 4 + 3 + 1)
        self.settle(tool, "bob", 8)
        self.assertEqual(tool.requests, {("alice", VISITORS[0]): 7, ("alice", VISITORS[1]): 7,
                                         ("alice", VISITORS[2]): 7, ("alice", NETWORK6): 1,
                                         ("bob", VISITORS[0]): 8})
        self.assertEqual(tool.refused["alice", VISITORS[1]], 2)
        self.assertEqual(tool.paths["bob", VISITORS[0]], "/page")
        self.assertNotIn("carol", tool.totals)

    def test_b_nobody_is_named(self):
        """The host itself, and a proxy, count in the total."""
        tool = self.start(f"{LOGS}/access.log", f"192.0.2.0/24 {PROXY}")
        for server in ("127.0.0.1", SERVER):
            run("curl", "--silent", "--output", "/dev/null", f"http://{server}/~bob/page")
        ask(PROXY, "/~bob/page", 4)
        ask(VISITORS[0], "/~bob/page", 2)
        self.settle(tool, "bob", 8)
        self.assertEqual(tool.requests, {("bob", VISITORS[0]): 2})

    def flood(self, per_address, pause=0.0):
        """All visitors at once, in small steps; gives the threads."""
        def visit(address):
            for _ in range(per_address // 20):
                ask(address, "/~alice/page", 20)
                time.sleep(pause)
        threads = [threading.Thread(target=visit, args=[address]) for address in VISITORS]
        for thread in threads:
            thread.start()
        return threads

    def test_c_renamed(self):
        """As logrotate does by default, three times while they ask."""
        tool = self.start(f"{LOGS}/access.log")
        threads = self.flood(600, 0.1)
        for number in range(3):
            time.sleep(0.7)
            os.rename(f"{LOGS}/access.log", f"{LOGS}/access.log.{number}")
            time.sleep(0.3)
            run("apache2ctl", "graceful")
        for thread in threads:
            thread.join()
        self.settle(tool, "alice", 1800)
        self.assertEqual(tool.requests, {("alice", address): 600 for address in VISITORS})

    def test_d_cut(self):
        """copytruncate: what was read before the cut, and all that comes behind it."""
        tool = self.start(f"{LOGS}/access.log")
        for number in range(1, 4):
            for thread in self.flood(100):
                thread.join()
            self.settle(tool, "alice", 300 * number)
            shutil.copy(f"{LOGS}/access.log", f"{LOGS}/access.log.copy")
            os.truncate(f"{LOGS}/access.log", 0)
        self.assertEqual(tool.requests, {("alice", address): 300 for address in VISITORS})

    def test_e_appears_later(self):
        tool = self.start(f"{LOGS}/later.log")
        self.assertEqual(tool.say("state"), ["0 of 1"])
        write("/etc/apache2/conf-enabled/later.conf", "<VirtualHost *:80>\nServerName alice.test\n"
              "DocumentRoot /home/alice/public_html\nCustomLog ${APACHE_LOG_DIR}/later.log combined\n"
              "UserDir public_html\n</VirtualHost>\n")
        run("apache2ctl", "graceful")
        until(lambda: os.path.exists(f"{LOGS}/later.log"), "the log")
        ask(VISITORS[0], "/~alice/page", 5, "alice.test")
        tool.say("skip 30000")
        self.settle(tool, "alice", 5)
        self.assertEqual(tool.warnings(), "")

    def test_f_customers_cannot_write_it(self):
        """A folder that is a link, a log of the customer's own; the honest one counts beside them."""
        line = f'{VISITORS[0]} - - [10/Oct/2026:13:55:36 +0000] "GET /flood HTTP/1.1" 200 1\n'
        for name, uid in UIDS.items():
            write(f"/home/{name}/logs/access.log", line, 0o644, uid if name == "carol" else 0)
        os.rename("/home/bob/logs", "/home/bob/real")
        os.symlink("/home/bob/real", "/home/bob/logs")
        tool = self.start("/home/{account}/logs/access.log")
        self.assertEqual(tool.say("state"), ["1 of 3"])
        for name in UIDS:
            with open(f"/home/{name}/logs/access.log", "a") as file:
                file.write(line * 3)
        tool.say("skip 30000")
        tool.say("skip 30000")
        self.settle(tool, "alice", 3)
        self.assertEqual(tool.totals, {"alice": 3})
        said = tool.warnings()
        for name, reason in (("bob", "a symbolic link lies on its way"),
                             ("carol", "others than the system may change it or its folder")):
            self.assertEqual(said.count(f"cannot follow '/home/{name}/logs/access.log': {reason}"), 1, said)
        self.assertEqual(said.count("\n"), 2, said)


make_host()
unittest.main(argv=[sys.argv[0]] + sys.argv[2:], verbosity=2, warnings="ignore")
