#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The file role's homes, made by the real agent: whole or not at all, and never through what an owner swapped.

usage: file_test.py HAYWARD-ROLE
"""
import os
import pathlib
import random
import shutil
import stat
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import example  # noqa: E402
import layers  # noqa: E402
from layers import run, tap  # noqa: E402

AGENT = "/usr/lib/hayward/hayward-role"
HOMES, MAIL = pathlib.Path("/home"), pathlib.Path("/srv/mail")
ACCOUNTS = {}
generation = 0


def add(name, uid, **more):
    ACCOUNTS[name] = example.account(name, uid, **more)


def view():
    global generation
    generation += 1
    return example.view("file", list(ACCOUNTS.values()), generation)


def facts(path):
    found = os.lstat(path)
    return stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid


def put_skeleton():
    skeleton = pathlib.Path("/etc/hayward/skeleton")
    (skeleton / "deep/deeper").mkdir(parents=True)
    (skeleton / "deep/deeper/note").write_text("welcome\n")
    (skeleton / ".profile").write_text("x" * 3000000)
    (skeleton / "link").symlink_to("deep/deeper/note")
    os.chmod(skeleton / ".profile", 0o4755)
    os.mkfifo(skeleton / "pipe")


def is_whole(name, uid):
    home = HOMES / name
    return (facts(home) == (0o710, uid, 33) and facts(home / "public_html") == (0o755, uid, uid)
            and facts(MAIL / name) == (0o700, uid, uid) and facts(home / ".profile") == (0o755, uid, uid)
            and (home / ".profile").stat().st_size == 3000000 and (home / "link").read_text() == "welcome\n"
            and facts(home / "link")[1] == uid and facts(home / "deep/deeper")[1] == uid)


def left():
    return [str(path) for folder in (HOMES, MAIL) for path in folder.glob(".hayward*")]


def try_making():
    add("alice", 41001)
    add("bob", 41002)
    good, said = layers.apply(view())
    tap.check("homes are made, with the skeleton and a folder for mail",
              good and is_whole("alice", 41001) and is_whole("bob", 41002) and not left(), said)
    tap.check("that quotas are not kept is said once", said.count("keeps no quotas") == 1, said)
    tap.check("pipes of the skeleton are not", not (HOMES / "alice/pipe").exists())


def try_again():
    """What the owner made of it stays, and what he swapped is not followed."""
    home = HOMES / "alice"
    shutil.rmtree(home / "public_html")
    (home / "public_html").symlink_to("/etc")
    (home / ".profile").unlink()
    os.chmod(home, 0o700)
    before = facts("/etc")
    good, said = layers.apply(view())
    tap.check("a home that is there is left as its owner made it",
              good and facts(home)[0] == 0o700 and (home / "public_html").is_symlink() and not (home / ".profile").exists()
              and facts("/etc") == before, said)


def try_in_the_way():
    (HOMES / "carol").mkdir()
    (HOMES / "carol/precious").write_text("the operator's\n")
    (HOMES / "dave").symlink_to("/etc")
    (MAIL / "erin").write_text("")
    for number, name in enumerate(("carol", "dave", "erin", "frank")):
        add(name, 41003 + number)
    before = facts("/etc"), facts(HOMES / "carol")
    good, said = layers.apply(view())
    tap.check("who is in the way is named, and nothing of it touched",
              not good and all(name in said for name in ("carol", "dave", "erin")) and "frank" not in said
              and before == (facts("/etc"), facts(HOMES / "carol")), said)
    tap.check("and nobody else waits for it", is_whole("frank", 41006))
    for name in ("carol", "dave", "erin"):
        del ACCOUNTS[name]
    shutil.rmtree(HOMES / "carol")
    (HOMES / "dave").unlink()
    (MAIL / "erin").unlink()


def try_kills():
    """Killed at any instant, over and over: each home is whole or is not there."""
    torn, killed = [], 0
    begun = time.monotonic()
    layers.apply(view())
    usual = time.monotonic() - begun
    for number in range(40):
        add(f"killed{number}", 41100 + number)
        agent = subprocess.Popen([AGENT, "apply"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, text=True)
        agent.stdin.write(view())
        agent.stdin.close()
        try:
            agent.wait(random.uniform(0, 2 * usual))
        except subprocess.TimeoutExpired:
            agent.kill()
            agent.wait()
            killed += 1
        torn += [name for name, one in ACCOUNTS.items() if name.startswith("killed") and (HOMES / name).exists()
                 and facts(HOMES / name) != (0o710, one["uid"], 33)]
    good, said = layers.apply(view())
    whole = [is_whole(name, one["uid"]) for name, one in ACCOUNTS.items() if name.startswith("killed")]
    tap.check(f"killed {killed} times of 40, no home is torn, and all are whole in the end",
              good and killed > 5 and not torn and all(whole) and not left(), [torn, whole, left(), said])


def try_passing_name():
    """What a kill can leave: unfinished, root's; or whole and the owner's, who got in and swapped a folder."""
    add("grace", 41010)
    add("heidi", 41011)
    unfinished, whole = HOMES / ".hayward-new-grace", HOMES / ".hayward-new-heidi"
    (unfinished / "deep").mkdir(parents=True)
    os.chown(unfinished / "deep", 41010, 41010)
    (unfinished / "deep/out").symlink_to("/etc")
    whole.mkdir()
    (whole / "public_html").symlink_to("/etc")
    os.chown(whole, 41011, 33)
    before = facts("/etc"), len(os.listdir("/etc"))
    good, said = layers.apply(view())
    tap.check("what is left of a kill is finished or begun anew, through no link",
              good and is_whole("grace", 41010) and facts(HOMES / "heidi")[1] == 41011 and not left()
              and before == (facts("/etc"), len(os.listdir("/etc"))), said)


def try_removed():
    del ACCOUNTS["bob"]
    good, said = layers.apply(view())
    tap.check("the home of an account that is gone stays for its export", good and is_whole("bob", 41002), said)


def try_renamed():
    """Twice before the file server hears of it; with something in the way of a former name; and back to newcomers."""
    add("nina", 41020)
    layers.apply(view())
    (HOMES / "nina/mine").write_text("kept")
    (MAIL / "nina/letter").write_text("kept")
    del ACCOUNTS["nina"]
    (HOMES / "olga").write_text("the operator's\n")
    add("nele", 41020, formers=["nina", "nora", "olga", "../etc", "dave"])
    (HOMES / "dave").symlink_to("/etc")
    good, said = layers.apply(view())
    tap.check("a home and its mail follow to the last name", good and (HOMES / "nele/mine").read_text() == "kept"
              and (MAIL / "nele/letter").read_text() == "kept" and not (MAIL / "nina").exists(), said)
    tap.check("former names lead there", os.readlink(HOMES / "nina") == "nele" and os.readlink(HOMES / "nora") == "nele")
    tap.check("where nothing else is", (HOMES / "olga").is_file() and os.readlink(HOMES / "dave") == "/etc")
    del ACCOUNTS["nele"]
    add("nadia", 41020, formers=["nina", "nele"])
    good, said = layers.apply(view())
    tap.check("and go on with it", good and os.readlink(HOMES / "nina") == "nadia" and os.readlink(HOMES / "nele") == "nadia"
              and not os.path.lexists(HOMES / "nora"), said)
    add("nina", 41021)
    ACCOUNTS["nadia"]["formers"] = ["nele"]
    good, said = layers.apply(view())
    tap.check("who gets such a name gets a home", good and not (HOMES / "nina").is_symlink() and is_whole("nina", 41021), said)
    (HOMES / "dave").unlink()
    (HOMES / "olga").unlink()


def try_open_folder():
    os.chmod(HOMES, 0o1777)
    add("ivan", 41012)
    good, said = layers.apply(view())
    tap.check("where others could swap homes none is made", not good and not (HOMES / "ivan").exists(), said)
    os.chmod(HOMES, 0o755)


def try_thousand():
    shutil.rmtree("/etc/hayward/skeleton")
    for number in range(1000):
        add(f"user{number}", 42000 + number)
    begin = time.monotonic()
    good, said = layers.apply(view())
    first = time.monotonic() - begin
    add("last", 43500)
    begin = time.monotonic()
    also, words = layers.apply(view())
    second = time.monotonic() - begin
    print(f"# 1000 homes made in {first:.2f} s, one more in {second:.2f} s")
    tap.check("1 000 homes, and one more at once", good and also and first < 10 and second < 2
              and facts(HOMES / "user999") == (0o710, 42999, 33) and facts(HOMES / "last")[1] == 43500, said + words)


def main():
    folder = layers.enter()
    layers.make(folder, "file")
    layers.install("file", sys.argv[1])
    put_skeleton()
    for check in (try_making, try_again, try_in_the_way, try_kills, try_passing_name, try_removed, try_renamed, try_open_folder,
                  try_thousand):
        check()
    tap.end()


main()
