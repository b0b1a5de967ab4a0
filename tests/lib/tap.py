# SPDX-License-Identifier: Apache-2.0
"""TAP from a test in Python that needs root, a folder and namespaces of its own."""
import os
import pathlib
import shutil
import sys
import tempfile

number = failed = 0


def need_root(program=None, package=None):
    """Ends the test as left out without root, or without a program; it comes with the package."""
    if os.geteuid() != 0 or program and not shutil.which(program):
        print("1..0 # SKIP needs root" + (f" and {package or program}" if program else ""))
        sys.exit(0)


def enter_namespaces():
    """Runs the script again in a network, processes and mounts of its own: what it starts is nobody else's."""
    if "HAYWARD_APART" not in os.environ:
        os.environ["HAYWARD_APART"] = "yes"
        os.execvp("unshare", ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child",
                              sys.executable, *sys.argv])


def new_folder(name):
    """On a real file system, and everybody may come by; whoever calls removes it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"hayward-{name}-", dir="/var/tmp"))
    os.chmod(folder, 0o755)
    return folder


def check(what, good, detail=""):
    global number, failed
    number += 1
    failed += not good
    print(("ok" if good else "not ok"), number, "-", what)
    if not good:
        print("\n".join("# " + line for line in str(detail).splitlines()[:40]))


def end():
    print(f"1..{number}")
    sys.exit(1 if failed else 0)
