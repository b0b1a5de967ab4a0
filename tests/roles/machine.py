# SPDX-License-Identifier: Apache-2.0
"""A role of a site on this machine: real daemons, applied by the real agent, in namespaces of their own.

What is missing of a machine is systemd: `systemctl` is a script that starts what the test says.
"""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
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
is-active) shift; for unit; do if test -e "/run/units/$unit.up"; then echo active; else echo inactive; fi; done ;;
start) sh -e "/run/units/$unit" >>/var/log/units 2>&1 && : >"/run/units/$unit.up" ;;
*) sh -e "/run/units/$unit.$1" >>/var/log/units 2>&1 ;;
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
    unit("nftables.service", "nft -f /etc/nftables.conf\n")
    pathlib.Path(folder, "systemctl").write_text(SYSTEMCTL)
    os.chmod(folder / "systemctl", 0o755)
    mount(folder / "systemctl", "/usr/bin/systemctl")
    make_network(role)
    lay_in_package(folder, role)


def lay_in_package(folder, role):
    """What dpkg would unpack, and the packages' own scripts; procmail's owner is a matter of this machine's copy."""
    for where in ("usr/lib/hayward", "usr/share/hayward"):
        pathlib.Path("/", where).mkdir(exist_ok=True)
        (folder / where).mkdir(parents=True)
        mount(folder / where, f"/{where}")
    for program in ("hayward-deliver", "hayward-role"):
        shutil.copy(build() / program, "/usr/lib/hayward")
    plugins = pathlib.Path("/usr/lib/dovecot/modules")
    if plugins.exists():
        run("cp", "-a", str(plugins), str(folder / "plugins"))
        mount(folder / "plugins", plugins)
        for plugin in build().glob("src/dovecot/*.so"):
            shutil.copy(plugin, "/usr/lib/hayward")
    if pathlib.Path("/usr/bin/procmail").exists():
        run("cp", "-a", "/usr/bin/procmail", str(folder / "procmail"))
        mount(folder / "procmail", "/usr/bin/procmail")
    pathlib.Path("/var/lib/dpkg").mkdir()
    pathlib.Path("/var/lib/dpkg/statoverride").touch()
    for package in ("common", role):
        lay_in(ROOT / "packaging/roles" / package)


def lay_in(package):
    tree = package / "tree"
    for part in ("etc", "usr/lib/hayward", "usr/share/hayward"):
        if (tree / part).exists():
            shutil.copytree(tree / part, pathlib.Path("/", part), dirs_exist_ok=True)
    users = tree / "usr/lib/sysusers.d"
    if users.exists():
        run("systemd-sysusers", *map(str, users.iterdir()))
    # They are where dpkg put them, and PAM is asked by nobody here.
    script = (package / "postinst").read_text().replace("systemd-sysusers", "true").replace("pam-auth-update", "true")
    run("sh", "-c", script)


def listen_to_syslog():
    """A /dev of its own with a /dev/log; what is said there is in /var/log/mail.log."""
    run("sh", "-ec", """mkdir /run/dev; mount --bind /dev /run/dev; mount -t tmpfs -o mode=755 tmpfs /dev
        cd /run/dev; cp -a null zero full random urandom tty /dev/; mkdir -m 1777 /dev/shm; ln -s /proc/self/fd /dev/fd""")
    door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    door.bind("/dev/log")
    os.chmod("/dev/log", 0o666)

    def write():
        with open("/var/log/mail.log", "ab", buffering=0) as log:
            while True:
                log.write(door.recv(65536).rstrip(b"\n\0") + b"\n")
    threading.Thread(target=write, daemon=True).start()


def make_mail_machine(folder, *var):
    """Of the role mail, with Postfix and Dovecot; its spam filter does nothing."""
    make_machine(folder, "mail", ["lib/postfix", "lib/dovecot", "spool/postfix", *var])
    listen_to_syslog()
    unit("postfix@-.service", "/usr/lib/hayward/postfix-tables\npostfix start\n")
    unit("dovecot.service", "dovecot\n")
    unit("rspamd.service", "true\n", reload="true\n")


def add_homes(accounts):
    """As the file server would."""
    for one in accounts:
        for place, mode in (("/home", 0o711), ("/srv/mail", 0o700)):
            folder = pathlib.Path(place, one["name"])
            folder.mkdir(exist_ok=True)
            os.chmod(folder, mode)
            os.chown(folder, one["uid"], one["uid"])


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


def unit(name, commands, **verbs):
    """How systemd would start it, and what else it may be told: reload, restart."""
    pathlib.Path("/run/units", name).write_text(commands)
    for verb, words in verbs.items():
        pathlib.Path("/run/units", f"{name}.{verb}").write_text(words)


def ports(*words):
    return [{"first": int(word.split("/")[0]), "last": int(word.split("/")[0]), "protocol": word.split("/")[1]}
            for word in words]


# From ten points on a mail is marked, as the shipped terms say.
MARK = {"name": "mark", "clause": "V2g", "answer": "mark", "mode": "enforce", "most": 10}


def site(**changes):
    """As etc/site.conf has it, where these roles are concerned."""
    listens = {"dns": ports("53/udp", "53/tcp"),
               "mail": ports("25/tcp", "587/tcp", "110/tcp", "995/tcp", "143/tcp", "993/tcp")}
    system = ports("25/tcp", "53/udp", "53/tcp", "123/udp", "80/tcp", "443/tcp")
    roles = {name: {"on": "container", "host": HOSTS[name], "address": ADDRESSES[name], "connects": [],
                    "listens": listens.get(name, []), "system": system} for name in HOSTS}
    return {"name": "example.net", "operator": "hostmaster@example.net", "homes": "/home", "mail-store": "/srv/mail",
            "network": "10.77.0.0/24", "gateway": "10.77.0.1", "bridge": "hayward0", "gate": "wanted", "logins": "wanted", "uid-first": 20000,
            "uid-last": 59999, "flows": [], "plans": [], "filters": [MARK], **roles, **changes}


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


def is_slow(took, limit):
    """Whether that was too slow; where others keep the machine busy, by the kernel's word, thrice the time is given."""
    pressure = pathlib.Path("/proc/pressure/cpu")
    words = pressure.read_text().split() if pressure.exists() else ["", "avg10=0"]
    return took > limit * (3 if float(words[1].split("=")[1]) > 30 else 1)
