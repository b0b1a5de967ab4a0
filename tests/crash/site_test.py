#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A power cut at every named instant of `account add` and `site up`: the next run finishes, or nothing had happened.

usage: site_test.py HAYWARD HAYWARD-ROLE HAYWARDD [every]

Three roles with their real agents on machines of their own, see tests/lib/role_machine.py. Each point of the desk
and of the agents is cut, each time while another customer signs up: at every passing, or without the word at the
first, second, third, fifth, eighth ... What to say next is what an operator would say: the same command, or `site up`. In the end the book, the homes and all that the agents wrote is
compared with a twin of the site on which nothing was ever cut. tests/site/up_test.py does the same to containers.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import tap  # noqa: E402

ROLES = ("file", "dns", "shell")
HOST = {"file": "file.example.net", "dns": "ns1.example.net", "shell": "shell.example.net"}
# Of a site in containers, tests/site/up_test.py passes them; of stored mail, tests/clauses/A13-stored-mail.sh.
ELSEWHERE = ("bridge-made", "container-begun", "layers-noted", "kept-begun", "container-written",
             "container-started", "container-joined", "mail-copied", "mail-aside", "mail-rest-in", "mail-rest-placed",
             "mail-expunged", "mail-back", "mail-rest-gone")
OF_UP = ("stores-made", "bridge-up", "all-started", "all-up")
BLACK_BOX = re.compile(rb"\$y\$[./A-Za-z0-9$]+")


def enter():
    tap.need_root("nft", "nftables")
    tap.need_root("nsenter", "util-linux")
    if not os.path.exists("/usr/bin/ssh"):
        tap.need_root("ssh", "openssh-client")
    if "HAYWARD_SCENE" in os.environ:
        return pathlib.Path(os.environ["HAYWARD_SCENE"])
    scene = tempfile.mkdtemp(prefix="hayward-cuts-", dir="/tmp")
    os.chmod(scene, 0o755)
    status = subprocess.run(["unshare", "--mount", "--propagation", "private", "--net", "--pid", "--fork", "--mount-proc",
                             "--kill-child", sys.executable, *sys.argv], check=False,
                            env=dict(os.environ, HAYWARD_SCENE=scene)).returncode
    shutil.rmtree(scene, ignore_errors=True)
    sys.exit(status)


class Site:
    """One of the two, in a folder of its own; its machines are called as the roles are."""

    def __init__(self, folder):
        self.folder = folder
        self.cuts = {}
        (folder / "machines").mkdir(parents=True)
        for name in ("home", "mail", "state"):
            (folder / name).mkdir()
        (folder / "state/gate").mkdir(mode=0o700)
        (folder / "state/gate/pass-key").write_bytes(b"the same in both twins, 32 bytes")
        (folder / "hayward.conf").write_text(f"state {folder}/state\nrun {folder}/run\n")
        (folder / "password").write_text("a long word of theirs\n")
        (folder / "site.conf").write_text(self.description())
        self.machines = [subprocess.Popen([ROOT / "tests/lib/role_machine.py", folder / "machines", role, PROGRAMS[1]],
                                          stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) for role in ROLES]
        self.wait()

    def description(self):
        roles = "".join(f"role {role} {{ on machine root@{role} host {HOST[role]} address 10.77.0.{number + 2}\n"
                        "listens { } connects { 80/tcp } system { 53/udp } }\n" for number, role in enumerate(ROLES))
        return (f"site example.net {{ operator hostmaster@example.net homes {self.folder}/home mail {self.folder}/mail\n"
                "network 10.77.0.0/24 gateway 10.77.0.1 uids 20000-29999 }\n" + roles +
                "plan basic { quota 1GiB files 50000 domains 1 mailboxes 5 databases 1 ftp-users 1 processes 50 }\n")

    def wait(self):
        end = time.monotonic() + 60
        while not all((self.folder / "machines" / f"{role}.pid").exists() for role in ROLES):
            if time.monotonic() > end or any(machine.poll() is not None for machine in self.machines):
                print("Bail out! no machines")
                sys.exit(1)
            time.sleep(0.05)
        self.roots = {role: pathlib.Path("/proc", (self.folder / "machines" / f"{role}.pid").read_text(), "root")
                      for role in ROLES}

    def hayward(self, *words, cut=None, of=None):
        """Cut at POINT:N: of the desk itself, or of the agents that it starts. The CompletedProcess."""
        count = self.folder / "count"
        count.unlink(missing_ok=True)
        variables = {"HAYWARD_CRASH": cut, "HAYWARD_CRASH_COUNT": str(count)} if cut else {}
        agents = self.folder / "machines/agents"
        agents.unlink(missing_ok=True)
        if of == "agent":
            agents.write_text("".join(f"export {name}={value}\n" for name, value in variables.items()))
        run = subprocess.run([PROGRAMS[0], *words, "--config", self.folder / "hayward.conf"], capture_output=True, text=True,
                             env={**os.environ, **(variables if of == "desk" else {})}, check=False, timeout=100)
        agents.unlink(missing_ok=True)
        return run

    def passings(self):
        count = self.folder / "count"
        return int.from_bytes(count.read_bytes(), sys.byteorder) if count.exists() else 0

    def add(self, name, **cut):
        return self.hayward("account", "add", name, "--plan", "basic", "--domain", f"{name}.example", "--contact",
                            f"{name}@elsewhere.example", "--password-file", self.folder / "password", **cut)

    def book(self):
        path = self.folder / "state/site/book.json"
        return json.loads(path.read_text()) if path.exists() else {"accounts": []}

    def behind(self):
        """Roles that are at another generation than the book, by their own notes."""
        generation = self.book()["generation"]
        return [role for role, root in self.roots.items()
                if (root / "var/lib/hayward-role/generation").read_text() != f"{generation}\n"]

    def leftovers(self):
        places = [self.folder / part for part in ("home", "mail", "state/site", "state/site/signing-up")]
        found = [path for place in places if place.exists() for path in place.iterdir()
                 if path.name.startswith(".hayward") or path.name.endswith(".new") or place.name == "signing-up"]
        for role, root in self.roots.items():
            layers = root / str(self.folder / "machines" / role)[1:]
            found += [path for place in ("etc", "var") for path in walk(layers / place / "upper")
                      if ".hayward-new" in path.name or path.parent.name == "hayward-role" and path.name not in
                      ("generation", "manifest")]
        return [str(path) for path in found]


def walk(folder):
    for path in sorted(folder.iterdir()):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from walk(path)


def contents(path, folder):
    """What it is, for comparing; hashes of passwords have a salt, and what counts changes has counted more of them."""
    facts = os.lstat(path)
    text = b""
    if stat.S_ISREG(facts.st_mode):
        text = BLACK_BOX.sub(b"(a hash)", path.read_bytes()).replace(str(folder).encode(), b"(the site)")
        if "/zones/" in str(path):
            text = re.sub(rb"\b\d+(\s+\d+\s+\d+\s+\d+\s+\d+\b)", rb"(serial)\1", text, count=1)
    return oct(facts.st_mode), facts.st_uid, facts.st_gid, text


def state_of(site):
    """All that a site is made of by now, by path."""
    found = {}
    for part in ("home", "mail"):
        for path in walk(site.folder / part):
            if ".removed" in path.parts:
                continue
            found[f"{part}/{path.relative_to(site.folder / part)}"] = contents(path, site.folder)
    for role, root in site.roots.items():
        for line in (root / "var/lib/hayward-role/manifest").read_text().splitlines():
            word, path = line.split(" ", 1)
            found[f"{role}: {line}"] = contents(root / path[1:], site.folder) if path[0] == "/" else word
    for account in site.book()["accounts"]:
        account["shell-password"] = account["ftp-password"] = ""
        account["created"] = 0
        for part in account["domains"] + account["mailboxes"]:
            part.pop("serial", None)
            part.pop("password", None)
        found[f"account {account['name']}"] = account
    return found


class Cuts:
    """Every passing of every point, one customer each."""

    def __init__(self, site):
        self.site = site
        self.names = []

    def customer(self):
        self.names.append(f"c{len(self.names)}")
        return self.names[-1]

    def judge(self, what, next_run):
        """What is wrong after the run that came next; "": nothing."""
        wrong = []
        name = self.names[-1]
        if next_run.returncode:
            wrong.append(f"the next run fails: {next_run.stdout}{next_run.stderr}")
        if [account["name"] for account in self.site.book()["accounts"]] != self.names:
            wrong.append(f"the book has not {name}, once")
        if behind := self.site.behind():
            wrong.append(f"behind: {behind}")
        if left := self.site.leftovers():
            wrong.append(f"left over: {left}")
        if not (self.site.folder / "home" / name / "public_html").is_dir():
            wrong.append("no home")
        return [f"{what}: {words}" for words in wrong]

    def of_add(self, point, of):
        """At its first passing, its second ... until it is passed no more. What was wrong."""
        wrong, cuts, turn, following = [], 0, 1, 2
        while not wrong:
            name = self.customer()
            run = self.site.add(name, cut=f"{point}:{turn}", of=of)
            if self.site.passings() < turn:
                break
            if of == "desk" and run.returncode != -signal.SIGKILL:
                wrong.append(f"{point}:{turn}: the desk goes on, and ends with {run.returncode}")
            again = self.site.add(name) if of == "desk" else self.site.hayward("site", "up")
            wrong += self.judge(f"{point}:{turn}", again)
            cuts += 1
            turn, following = (turn + 1, 0) if EVERY else (following, turn + following)
        self.site.cuts[point] = cuts
        return wrong

    def of_up(self, point):
        """With something to do: somebody signs up while nobody can be reached."""
        ways = [self.site.folder / "machines" / f"{role}.pid" for role in ROLES]
        pids = [way.read_text() for way in ways]
        for way in ways:
            way.unlink()
        self.site.add(self.customer())
        for way, pid in zip(ways, pids):
            way.write_text(pid)
        run = self.site.hayward("site", "up", cut=point, of="desk")
        self.site.cuts[point] = int(run.returncode == -signal.SIGKILL)
        return self.judge(point, self.site.hayward("site", "up"))


def try_points(cuts):
    listing = subprocess.run([PROGRAMS[2], "--crash-points"], capture_output=True, text=True, check=True).stdout
    for point, process, what in (line.split("\t") for line in listing.splitlines()):
        if process not in ("desk", "agent", "any") or point in ELSEWHERE:
            continue
        if point in OF_UP:
            wrong = cuts.of_up(point)
            tap.check(f"up is cut when {what}", cuts.site.cuts[point] and not wrong, "\n".join(wrong))
            continue
        for of in ("desk", "agent") if process == "any" else (process,):
            wrong = cuts.of_add(point, of)
            tap.check(f"{of}: {what} ({cuts.site.cuts[point]} times)", cuts.site.cuts[point] and not wrong, "\n".join(wrong))


def try_changed_mind(cuts):
    """A file that was written beside its place, and then is to be there no more."""
    site = cuts.site
    wrong = []
    for turn in range(4, 8):
        name = f"gone{turn}"
        site.add(name, cut=f"file-beside:{turn}", of="agent")
        run = site.hayward("account", "remove", name, "--yes")
        wrong += site.leftovers() + ([run] if run.returncode else [])
    tap.check("what lies beside a file that is wanted no more is taken away", not wrong, wrong)


def try_sign_up_again(site):
    run = site.add("c0")
    tap.check("who has heard his passwords does not get others", run.returncode == 2 and "already" in run.stderr, run)
    site.add("again", cut="roles-told", of="desk")
    run = site.hayward("account", "add", "again", "--plan", "basic", "--contact", "mallory@elsewhere.example",
                       "--password-file", site.folder / "password")
    tap.check("nor does who says something else", run.returncode == 2 and "already" in run.stderr, run)
    run = site.hayward("account", "add", "again", "--plan", "basic", "--domain", "again.example", "--contact",
                       "again@elsewhere.example")
    tap.check("who was cut off hears new ones", run.returncode == 0 and len(run.stdout.split()) == 6, run)


def main():
    scene = enter()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    site = Site(scene / "cut")
    shutil.copy(scene / "cut/machines/ssh", scene / "ssh")
    subprocess.run(["mount", "--bind", scene / "ssh", "/usr/bin/ssh"], check=True)
    up = site.hayward("site", "up")
    tap.check("a site of three machines", up.returncode == 0, up.stdout + up.stderr)
    cuts = Cuts(site)
    began = time.monotonic()
    try_points(cuts)
    count = sum(site.cuts.values())
    print(f"# {count} cuts in {time.monotonic() - began:.1f} s")
    try_changed_mind(cuts)
    plan = site.hayward("site", "plan")
    tap.check("then nothing would change", plan.stdout == "nothing would change\n", plan.stdout + plan.stderr)
    twin = Site(scene / "twin")
    (scene / "ssh").write_text("#!/bin/sh\nexit 255\n")
    failed = [name for name in cuts.names if twin.add(name).returncode]
    (scene / "ssh").write_text((scene / "twin/machines/ssh").read_text())
    up = twin.hayward("site", "up")
    failed += [up.stdout] if up.returncode else []
    one, other = state_of(site), state_of(twin)
    different = [key for key in sorted({*one, *other}) if one.get(key) != other.get(key)]
    tap.check("all is as on a site that was never cut", not failed and not different and len(one) > len(cuts.names),
              "\n".join(failed) + "\n".join(f"{key}: {one.get(key)} / {other.get(key)}"[:400] for key in different[:9]))
    (scene / "ssh").write_text((scene / "cut/machines/ssh").read_text())
    try_sign_up_again(site)
    for machine in site.machines + twin.machines:
        machine.stdin.close()
        machine.wait()
    tap.end()


PROGRAMS = [str(pathlib.Path(word).resolve()) for word in sys.argv[1:4]]
EVERY = sys.argv[4:] == ["every"]
main()
