# SPDX-License-Identifier: Apache-2.0
"""A role of a site on this machine: real daemons, applied by the real agent, in namespaces of their own.

What is missing of a machine is systemd: `systemctl` is a script that starts what the test says.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
import tap  # noqa: E402

ADDRESSES = {"file": "10.77.0.2", "dns": "10.77.0.3", "mail": "10.77.0.4", "web": "10.77.0.5", "shell": "10.77.0.6"}
HOSTS = {"file": "file.example.net", "dns": "ns1.example.net", "mail": "mail.example.net", "web": "web.example.net",
         "shell": "shell.example.net"}
OUTSIDE = "192.0.2.99"
SYSTEMCTL = """#!/bin/sh
for unit; do :; done
case $1 in
is-active) test -e "/run/units/$unit.up" ;;
start) sh -e "/run/units/$unit" >>/var/log/units 2>&1 && : >"/run/units/$unit.up" ;;
*) exit 1 ;;
esac
"""


def enter(name, programs):
    """Comes back in namespaces, with the scene's folder, which goes with them; left out without a program."""
    folder = os.environ.get("HAYWARD_ROLE_SCENE")
    if folder:
        return pathlib.Path(folder)
    tap.need_root()
    for program in programs:
        tap.need_root(program)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"hayward-{name}-", dir="/tmp"))
    os.chmod(folder, 0o755)
    environment = dict(os.environ, HAYWARD_ROLE_SCENE=str(folder))
    status = subprocess.run(["unshare", "--mount", "--propagation", "private", "--net", "--pid", "--uts", "--ipc",
                             "--fork", "--mount-proc", "--kill-child", sys.executable, *sys.argv],
                            env=environment).returncode
    shutil.rmtree(folder, ignore_errors=True)
    sys.exit(status)


def run(*command, check=True, **options):
    return subprocess.run(command, check=check, capture_output=True, text=True, **options)


def mount(what, where):
    run("mount", "--bind", str(what), str(where))


def make_machine(folder, role, var):
    """Copies of /etc and of the named folders of /var, empty /run, /home and /srv; the role's package laid in."""
    run("cp", "-a", "--one-file-system", "/etc", f"{folder}/etc")
    for name in [*var, "log", "tmp", "mail", "lib/extrausers", "lib/hayward-role"]:
        target = folder / "var" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if name in var and pathlib.Path("/var", name).exists():
            run("cp", "-a", "--one-file-system", f"/var/{name}", str(target))
        else:
            target.mkdir()
    os.symlink("/run", folder / "var/run")
    os.chmod(folder / "var/tmp", 0o1777)
    shutil.chown(folder / "var/mail", "root", "mail")
    os.chmod(folder / "var/mail", 0o2775)
    mount(folder / "etc", "/etc")
    mount(folder / "var", "/var")
    for place in ("/run", "/home", "/srv"):
        run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", place)
    pathlib.Path("/run/units").mkdir()
    pathlib.Path("/srv/mail").mkdir()
    pathlib.Path(folder, "systemctl").write_text(SYSTEMCTL)
    os.chmod(folder / "systemctl", 0o755)
    mount(folder / "systemctl", "/usr/bin/systemctl")
    lay_in_package(folder, role)
    make_network(role)


def lay_in_package(folder, role):
    tree = ROOT / "packaging/roles" / role / "tree"
    (folder / "programs").mkdir()
    pathlib.Path("/usr/lib/hayward").mkdir(exist_ok=True)
    mount(folder / "programs", "/usr/lib/hayward")
    for part in ("etc", "usr/lib/hayward"):
        if (tree / part).exists():
            shutil.copytree(tree / part, pathlib.Path("/", part), dirs_exist_ok=True)


def make_network(role):
    """All of the site's addresses are here, and one of the outside; nothing leaves."""
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "site0", "type", "veth", "peer", "name", "wall")
    run("ip", "link", "set", "wall", "up")
    run("ip", "link", "set", "site0", "up")
    for address in ADDRESSES.values():
        run("ip", "address", "add", f"{address}/24", "dev", "site0")
    run("ip", "address", "add", f"{OUTSIDE}/32", "dev", "lo")
    run("hostname", HOSTS[role])


def unit(name, commands):
    """How systemd would start it."""
    pathlib.Path("/run/units", name).write_text(commands)


def site(**changes):
    roles = {name: {"on": "container", "host": HOSTS[name], "address": ADDRESSES[name]} for name in HOSTS}
    return {"name": "example.net", "operator": "hostmaster@example.net", "homes": "/home", "mail-store": "/srv/mail",
            "network": "10.77.0.0/24", "gateway": "10.77.0.1", "bridge": "hayward0", "uid-first": 20000,
            "uid-last": 59999, "flows": [], "plans": [], **roles, **changes}


def account(name, uid, domains, mailboxes=(), standing="open"):
    return {"name": name, "uid": uid, "plan": "basic", "standing": standing, "domains": domains,
            "mailboxes": list(mailboxes)}


def apply(role, accounts, generation, **changes):
    """What the agent said; raises if it is not content."""
    view = {"role": role, "site": site(**changes), "generation": generation, "accounts": accounts}
    done = subprocess.run([str(build() / "hayward-role"), "apply"], input=json.dumps(view), capture_output=True,
                          text=True)
    if done.returncode:
        units = pathlib.Path("/var/log/units")
        raise RuntimeError(f"{done.stdout}{done.stderr}{units.read_text() if units.exists() else ''}")
    return done.stdout


def build():
    return pathlib.Path(os.environ.get("BUILD", ROOT / "build")).resolve()


def wait_for(seconds, what):
    """Whether it came to be so in time."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
