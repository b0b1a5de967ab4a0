#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The dns role on a machine of its own: a site told by ssh, with a real sshd, BIND and agent.

The same namespaces are the host and the machine; between them is ssh alone.

usage: BUILD=... ssh_test.py SITE-TOOL
"""
import json
import pathlib
import subprocess
import sys

import machine as role
from tap import check, end

FOLDER = role.enter("ssh", ["named", "rndc", "dig", "ssh", "sshd", "ssh-keygen"])
SITE_TOOL = pathlib.Path(sys.argv[1]).resolve()
MACHINE = role.ADDRESSES["dns"]
AGENT = pathlib.Path("/usr/lib/hayward/hayward-role")
KEYS = FOLDER / "keys"
OWNED = FOLDER / "owned"
HOSTILE = ("it's", f"x';touch {OWNED};'", f"$(touch {OWNED})", f"`touch {OWNED}`")


def hayward(*words):
    return role.run(str(role.build() / "hayward"), *words, "--config", f"{FOLDER}/hayward.conf", check=False)


def describe():
    """The shipped description, its dns role alone, and on a machine of its own."""
    text = (role.ROOT / "etc/site.conf").read_text()
    before, *roles = text.split("\nrole ")
    last = roles[-1].split("\n}\n", 1)[1]
    dns = next(one for one in roles if one.startswith("dns")).split("\n}\n")[0]
    rest = "\n".join(line for line in last.split("\n") if not line.startswith("flow "))
    (FOLDER / "site.conf").write_text(f"{before}\nrole {dns}\n}}\n{rest}".replace("on        container",
                                                                              f"on        machine root@{MACHINE}"))
    (FOLDER / "hayward.conf").write_text(f"state {FOLDER}/state\n")


def make_door():
    """root of the host has a key to the machine."""
    role.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{KEYS}/id")
    role.run("ssh-keygen", "-A")
    host_key = " ".join(pathlib.Path("/etc/ssh/ssh_host_ed25519_key.pub").read_text().split()[:2])
    (KEYS / "known_hosts").write_text(f"{MACHINE} {host_key}\n")
    pathlib.Path("/etc/ssh/ssh_config.d/machine.conf").write_text(
        f"IdentityFile {KEYS}/id\nUserKnownHostsFile {KEYS}/known_hosts\n")
    pathlib.Path("/run/sshd").mkdir()


def open_door():
    server = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null", "-o", "PermitRootLogin=yes", "-o",
                               "StrictModes=no", "-o", f"AuthorizedKeysFile={KEYS}/id.pub", "-o",
                               f"ListenAddress={MACHINE}"], stderr=subprocess.DEVNULL)
    role.wait_for(10, lambda: role.run("bash", "-c", f"exec 3<>/dev/tcp/{MACHINE}/22", check=False).returncode == 0)
    return server


def dig(name, kind):
    return role.run("dig", "-b", role.OUTSIDE, f"@{MACHINE}", "+short", "+tries=1", "+time=2", name, kind,
                    check=False).stdout.strip()


def show(run):
    return f"{run.returncode}\n{run.stdout}{run.stderr}"


def try_site():
    up = hayward("site", "up")
    check("a site comes up on a machine of its own", up.returncode == 0, show(up))
    add = hayward("account", "add", "alice", "--plan", "basic", "--domain", "alice.example", "--contact",
                  "alice@elsewhere.example")
    check("a customer signs up there", add.returncode == 0 and "down" not in add.stdout, show(add))
    check("and has a name", dig("alice.example", "NS") == "ns1.example.net.", dig("alice.example", "ANY"))
    status = hayward("site", "status")
    check("its state is known", status.returncode == 0 and "as the book says" in status.stdout, show(status))


def try_away(server):
    server.terminate()
    server.wait()
    add = hayward("account", "add", "bob", "--plan", "basic", "--domain", "bob.example", "--contact",
                  "bob@elsewhere.example")
    check("out of reach it is told later, and that is said", add.returncode == 0 and "dns: is down" in add.stdout, show(add))
    status = hayward("site", "status")
    check("its state says so", status.returncode == 2, show(status))
    server = open_door()
    up = hayward("site", "up")
    check("back, it is told", up.returncode == 0 and dig("bob.example", "NS") == "ns1.example.net.", show(up))
    return server


def try_words():
    """What customers choose is a word of the agent's, whatever a shell on the way would make of it."""
    AGENT.unlink()
    AGENT.write_text("#!/bin/sh\nprintf '<%s>\\n' \"$@\"\n")
    AGENT.chmod(0o755)
    view = {"role": "dns", "generation": 1, "accounts": [],
            "site": role.site(dns={**role.site()["dns"], "on": "machine", "machine": f"root@{MACHINE}"})}
    for word in HOSTILE:
        done = role.run(str(SITE_TOOL), "run", "dns", "try", word, "behind", input=json.dumps(view), check=False)
        check(f"a word stays one: {word}", done.stdout == f"<try>\n<{word}>\n<behind>\n", show(done))
    check("and nothing of it is run", not OWNED.exists())


role.make_machine(FOLDER, "dns", ["lib/bind", "cache/bind"])
pathlib.Path("/run/named").mkdir()
role.run("chown", "bind:", "/run/named")
role.unit("named.service", "named -u bind -c /etc/bind/hayward.conf\n"
          "for i in $(seq 100); do rndc status && exit 0; sleep 0.1; done\nexit 1\n")
KEYS.mkdir(mode=0o700)
make_door()
describe()
door = open_door()
try:
    try_site()
    door = try_away(door)
    try_words()
finally:
    door.terminate()
end()
