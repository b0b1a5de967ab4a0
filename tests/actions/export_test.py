#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exports of hostile trees, by the runner of errands, as the account's own user.

usage: export_test.py EXPORT_TOOL    (as root)

What is extracted is held against the tree; a run that is killed again and again
against one that is not. TAP.
"""
import hashlib
import os
import pathlib
import random
import signal
import socket
import stat
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import tap
from tap import check

TOOL = sys.argv[1]
UID = 61140


def as_owner(work):
    """Runs it in a child of the owner's uid."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.setgroups([])
            os.setresgid(UID, UID, UID)
            os.setresuid(UID, UID, UID)
            os.umask(0o022)
            work()
            status = 0
        except BaseException as error:
            print("# owner:", error, flush=True)
        os._exit(status)
    _, status = os.waitpid(pid, 0)
    if status:
        raise SystemExit(f"the owner's part failed with status {status}")


class Place:
    def __init__(self):
        self.root = tap.new_folder("export")
        self.home = self.root / "home"
        self.home.mkdir()
        os.chown(self.home, UID, UID)
        self.out = self.root / "out"
        self.out.mkdir(mode=0o700)

    def command(self, most=1 << 40, options="", account="alice", others=()):
        return [TOOL, self.out, self.home, str(UID), account, str(most), options, *others]

    def run(self, **settings):
        done = subprocess.run(self.command(**settings), capture_output=True, text=True, timeout=300)
        words = dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
        return done, words

    def extract(self, name="extracted"):
        into = self.root / name
        into.mkdir()
        done = subprocess.run(["bsdtar", "-xpSf", self.out / "archive.tar.zst", "-C", into],
                              capture_output=True, text=True, env={"LC_ALL": "C", "PATH": os.environ["PATH"]})
        return into, done

    def left(self):
        data = (self.out / "list").read_bytes().decode()
        return dict(line.split("\t") for line in data.splitlines())

    def end(self):
        subprocess.run(["chmod", "-R", "u+rwx", self.root], stderr=subprocess.DEVNULL)
        subprocess.run(["rm", "-rf", self.root], check=True)


def content(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def tree(top, with_content=True):
    """What is below it, by name: kind, mode, time, size, content or target, and who shares an inode."""
    found, inodes = {}, {}
    for folder, folders, files in os.walk(os.fsencode(top)):
        for name in folders + files:
            path = os.path.join(folder, name)
            below = os.path.relpath(path, os.fsencode(top))
            status = os.lstat(path)
            kind = stat.S_IFMT(status.st_mode)
            entry = [kind]
            if kind == stat.S_IFLNK:
                entry.append(os.readlink(path))
            if kind == stat.S_IFREG:
                entry += [status.st_mode, int(status.st_mtime), status.st_size]
                if with_content and status.st_size < 1 << 30:
                    entry.append(content(path))
                inodes.setdefault(status.st_ino, []).append(below)
            if kind == stat.S_IFDIR:
                entry.append(status.st_mode)
            found[below] = entry
    found["links"] = sorted(sorted(names) for names in inodes.values() if len(names) > 1)
    return found


def difference(one, other):
    names = [n for n in one.keys() | other.keys() if one.get(n) != other.get(n)]
    return "\n".join(f"{n!r}: {one.get(n)} / {other.get(n)}" for n in names[:10])


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def test_plain():
    place = Place()
    home = os.fsencode(place.home)

    def make():
        os.chdir(home)
        os.mkdir("a")
        os.mkdir("a.b")
        os.mkdir("empty")
        write("a/x", b"x" * 100000)
        write("a.b/y", b"y")
        write("file with\nnewline", b"1")
        write(b"bytes \xff\xfe\x80 and \x1b[31m", b"2")
        write("\u00fcml\u00e4ut", b"3")
        write(b"-rf", b"4")
        os.symlink("/etc/shadow", "shadow")
        os.symlink(b"/nowhere/\xff", b"dangling")
        os.symlink("..", "a/up")
        os.link("a/x", "zlink")
        os.link("a/x", "a/link")
        os.mkfifo("pipe")
        s = socket.socket(socket.AF_UNIX)
        s.bind("socket")
        write("secret", b"none")
        os.chmod("secret", 0)
        os.mkdir("closed")
        write("closed/in", b"in")
        os.chmod("closed", 0)
        os.mkdir("noexec")
        write("noexec/in", b"in")
        os.chmod("noexec", 0o600)
        os.chmod("a/x", 0o4755)
        write("old", b"old")
        os.utime("old", (1, 86400 * 365))

    as_owner(make)
    root_file = place.home / "of-root"
    root_file.write_text("not the owner's to read")
    os.chmod(root_file, 0o600)
    os.mknod(place.home / "device", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    done, words = place.run()
    check("an export of odd things ends well", done.returncode == 0, done.stdout + done.stderr)
    check("the digest is the file's", words.get("sha256") == content(place.out / "archive.tar.zst"))
    into, said = place.extract()
    check("the archive is extracted without a complaint", said.returncode == 0, said.stderr)
    want, got = tree(place.home), tree(into / "files")
    links = want.pop("links"), got.pop("links")
    for name in (b"pipe", b"socket", b"secret", b"closed/in", b"noexec/in", b"of-root", b"device"):
        want.pop(name, None)
    check("everything readable is there as it was", want == got, difference(want, got))
    check("hard links are hard links", links[0] == links[1] and len(links[0]) == 1, links)
    left = place.left()
    reasons = {
        "files/pipe": "a pipe", "files/socket": "a socket", "files/device": "a device",
        "files/secret": "Permission denied", "files/closed": "Permission denied",
        "files/noexec": "Permission denied", "files/of-root": "Permission denied",
    }
    check("what is not there is told, with a reason",
          {k: v for k, v in left.items() if not k.startswith("databases/")} == reasons, left)
    check("the list is in the archive too", (into / "left-out.txt").read_bytes() == (place.out / "list").read_bytes())
    again = subprocess.run(["tar", "--zstd", "-tf", place.out / "archive.tar.zst"], capture_output=True)
    check("GNU tar reads it", again.returncode == 0, again.stderr.decode(errors="replace"))
    place.end()


def test_sparse():
    place = Place()

    def make():
        os.chdir(place.home)
        with open("terabyte", "wb") as file:
            file.truncate(1 << 40)
            file.seek(1 << 39)
            file.write(b"in the middle")
        with open("hollow", "wb") as file:
            file.truncate(1 << 40)
        with open("comb", "wb") as file:
            for i in range(12000):
                file.seek(i * 131072)
                file.write(b"tooth %d" % i)
        with open("tail", "wb") as file:
            file.write(b"head")
            file.truncate(50 << 20)

    as_owner(make)
    began = time.monotonic()
    done, words = place.run()
    took = time.monotonic() - began
    check("sparse files of terabytes are exported", done.returncode == 0, done.stdout + done.stderr)
    check(f"and take little time and room ({took:.1f} s, {words.get('bytes')} bytes)",
          took < 60 and int(words["bytes"]) < 4 << 20)
    into, said = place.extract()
    same = said.returncode == 0
    for name in ("terabyte", "hollow"):
        file = into / "files" / name
        same = same and file.stat().st_size == 1 << 40 and file.stat().st_blocks < 1000
    check("and are sparse again", same, said.stderr)
    with open(into / "files" / "terabyte", "rb") as file:
        file.seek(1 << 39)
        check("with their data where it was", file.read(13) == b"in the middle")
    check("a comb and a tail are the same",
          content(place.home / "comb") == content(into / "files/comb") and
          content(place.home / "tail") == content(into / "files/tail"))
    place.end()


def test_deep():
    place = Place()

    def make():
        os.chdir(place.home)
        for level in range(12000):
            os.mkdir("d")
            os.chdir("d")
            if level % 1000 == 0 or level == 199:
                write("f", b"%d" % level)

    as_owner(make)
    os.makedirs(place.home / "wide")
    os.chown(place.home / "wide", UID, UID)
    command = ["prlimit", "--nofile=80", "--stack=262144", *map(str, place.command())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    check("a tree of 12000 levels is survived with 80 descriptors and a small stack",
          done.returncode == 0, done.stdout + done.stderr)
    listed = subprocess.run(["bsdtar", "-tf", place.out / "archive.tar.zst"], capture_output=True,
                            env={"LC_ALL": "C", "PATH": os.environ["PATH"]})
    names = listed.stdout.split(b"\n")
    check("what is deep is in it", b"files/" + b"d/" * 8001 + b"f" in names and b"files/wide/" in names)
    check("what is too deep is told", "too deep" in place.left().values(), list(place.left().values())[:3])
    place.end()


def test_size():
    place = Place()

    def make():
        os.chdir(place.home)
        for name in "abcdef":
            write(name, random.randbytes(1 << 20))
        write("small", b"small")

    as_owner(make)
    done, words = place.run(most=3 << 20)
    check("an export that grows too large is cut and says so",
          done.returncode == 0 and words.get("cut") == "1" and int(words["left"]) >= 3, done.stdout)
    into, said = place.extract()
    got = sorted(p.name for p in (into / "files").iterdir())
    check("and is whole as far as it goes", said.returncode == 0 and got == ["a", "b", "small"], got)
    check("what did not fit is told", place.left().get("files/c") == "beyond the size of an export", place.left())
    place.end()


def make_many(place):
    def make():
        os.chdir(place.home)
        chance = random.Random(7)
        for folder in range(40):
            os.mkdir(f"{folder}")
            for name in range(60):
                write(f"{folder}/{name}", chance.randbytes(chance.randrange(120000)))
            os.link(f"{folder}/0", f"{folder}/zz")
            os.link(f"{folder}/1", f"zz{folder}")
            write(f"{folder}/closed", b"")
            os.chmod(f"{folder}/closed", 0)
            os.mkfifo(f"{folder}/pipe")
    as_owner(make)
    for folder in range(0, 40, 7):
        with open(place.home / str(folder) / "holes", "wb") as file:
            file.seek(200 << 20)
            file.write(b"end")


def wait_for_point(path, runner):
    """Until one was told that was not there before."""
    def when():
        return path.stat().st_mtime_ns if path.exists() else 0
    before, end = when(), time.monotonic() + 60
    while when() == before and runner.poll() is None and time.monotonic() < end:
        time.sleep(0.002)


def test_kill():
    place = Place()
    make_many(place)
    os.environ["BEGUN"] = str(int(time.time()) + 1)  # the tree is older than the export
    began = time.monotonic()
    done, words = place.run()
    took = time.monotonic() - began
    check("an undisturbed export", done.returncode == 0, done.stdout + done.stderr)
    want = tree(place.extract("undisturbed")[0])
    for name in ("archive.tar.zst", "list", "point"):
        (place.out / name).unlink()
    chance = random.Random(os.environ.get("SEED", "1"))
    kills = resumed = 0
    kept = []
    for _ in range(400):
        # The first three come early: the undisturbed one may have met a busier machine, and of
        # what it took a half may be all that an export takes later.
        patience = took * 0.1 if kills < 3 else took * 0.5
        runner = subprocess.Popen(place.command(), stdout=subprocess.PIPE, text=True,
                                  start_new_session=True)
        try:
            if kills % 3 == 2:
                wait_for_point(place.out / "point", runner)
            runner.wait(chance.uniform(patience * 0.1, patience) if kills < 15 else 120)
        except subprocess.TimeoutExpired:
            if chance.random() < 0.5:
                runner.send_signal(signal.SIGKILL)
            else:
                os.killpg(runner.pid, signal.SIGKILL)
            runner.wait()
            kills += 1
            resumed += (place.out / "point").exists()
            kept.append((place.out / "archive.tar.zst").stat().st_size)
            continue
        break
    said = runner.stdout.read()
    check(f"one that was killed {kills} times ends at last", runner.returncode == 0 and kills >= 3, said)
    check(f"it went on from where it was ({resumed} times)", resumed >= 1)
    words = dict(line.split(" ", 1) for line in said.splitlines())
    check("its digest is the file's", words.get("sha256") == content(place.out / "archive.tar.zst"))
    into, complaint = place.extract("killed")
    got = tree(into)
    check("and it holds what the undisturbed one holds", complaint.returncode == 0 and got == want,
          complaint.stderr + difference(want, got))
    place.end()


def test_swapped():
    """The owner swaps directories with links to /etc, and renames them, under the walk."""
    place = Place()
    outside = place.root / "outside"
    outside.mkdir()
    (outside / "not-exported").write_text("outside")
    os.chmod(outside, 0o755)

    def make():
        os.chdir(place.home)
        for folder in range(30):
            os.makedirs(f"{folder}/in/deep")
            for name in range(30):
                write(f"{folder}/in/deep/{name}", b"mine" * 1000)

    as_owner(make)

    def swap():
        os.chdir(place.home)
        chance = random.Random(3)
        end = time.monotonic() + 6
        while time.monotonic() < end:
            name = str(chance.randrange(30))
            try:
                os.rename(name, name + "~")
                os.symlink(outside, name)
                os.unlink(name)
                os.rename(f"{name}~/in/deep", f"{name}~/moved")
                os.rename(f"{name}~/moved", f"{name}~/in/deep")
                os.rename(name + "~", name)
            except OSError:
                pass

    swapper = os.fork()
    if swapper == 0:
        as_owner(swap)
        os._exit(0)
    runs = bad = 0
    while not os.waitpid(swapper, os.WNOHANG)[0]:
        for file in place.out.iterdir():
            file.unlink()
        done, _ = place.run()
        names = subprocess.run(["bsdtar", "-tf", place.out / "archive.tar.zst"], capture_output=True, text=True)
        runs += 1
        bad += done.returncode != 0 or names.returncode != 0 or "not-exported" in names.stdout
    check(f"{runs} exports of a tree that is swapped meanwhile end well and hold nothing from outside",
          runs >= 3 and not bad, bad)
    place.end()


def children(pid):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                words = pathlib.Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(words[1]) == pid:
                found.append(int(entry))
    return found


def writer_of(tool):
    (runner,) = children(tool)
    (writer,) = children(runner)
    return writer


def test_shrinking():
    """A file that is cut while it is read keeps the archive whole."""
    place = Place()

    def make():
        write(place.home / "big", os.urandom(1 << 20) * 200)
        write(place.home / "next", b"next")

    as_owner(make)
    runner = subprocess.Popen(place.command(), stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 30
    while time.monotonic() < end and (place.out / "archive.tar.zst").stat().st_size < 1 << 20 \
            if (place.out / "archive.tar.zst").exists() else True:
        time.sleep(0.005)
    writer = writer_of(runner.pid)
    os.kill(writer, signal.SIGSTOP)
    status = pathlib.Path(f"/proc/{writer}/status").read_text()
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    check("the writer reads as the owner and is otherwise nobody, without any capability",
          facts["Uid"].split() == ["65221", str(UID), "65221", str(UID)] and
          facts["Groups"].strip() == "" and facts["NoNewPrivs"] == "1" and
          not any(int(facts[name], 16) for name in ("CapPrm", "CapEff", "CapAmb")), status)

    def meddle():
        for work in (lambda: os.kill(writer, signal.SIGKILL), lambda: os.listdir(f"/proc/{writer}/fd"),
                     lambda: open(f"/proc/{writer}/mem", "r+b")):
            try:
                work()
            except PermissionError:
                continue
            raise SystemExit(1)

    as_owner(meddle)
    check("the owner can neither end it nor look into it", True)
    os.truncate(place.home / "big", 1 << 20)
    os.kill(writer, signal.SIGCONT)
    runner.wait(120)
    into, said = place.extract()
    check("a file that shrinks under the reader is filled up, and the next one is whole",
          runner.returncode == 0 and said.returncode == 0 and
          (into / "files/big").stat().st_size == 200 << 20 and
          (into / "files/next").read_bytes() == b"next", said.stderr)
    check("which is told", place.left().get("files/big", "").startswith("in part"), place.left())
    place.end()


def test_many():
    count = int(os.environ.get("MANY", "100000"))
    place = Place()

    def make():
        os.chdir(place.home)
        for i in range(count):
            os.close(os.open(f"name-{i * 7919 % count:08d}-{'x' * 40}", os.O_CREAT | os.O_WRONLY, 0o644))

    as_owner(make)
    began = time.monotonic()
    done, words = place.run(most=1 << 40)
    took = time.monotonic() - began
    check(f"{count} files in one folder ({took:.1f} s)", done.returncode == 0 and
          int(words["entries"]) == count, done.stdout + done.stderr)
    listed = subprocess.run(["bsdtar", "-tf", place.out / "archive.tar.zst"], capture_output=True, text=True)
    names = [line for line in listed.stdout.splitlines() if line.startswith("files/")]
    check("each once, in the order of their names", len(names) == count and names == sorted(set(names)))
    place.end()


tap.need_root()
for test in (test_plain, test_sparse, test_deep, test_size, test_kill, test_swapped, test_shrinking, test_many):
    test()
tap.end()
