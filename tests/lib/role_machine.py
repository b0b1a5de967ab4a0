#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A machine of a role for tests that need its real agent and none of its daemons.

usage: role_machine.py MACHINES ROLE HAYWARD-ROLE

It is layers above this machine's folders in namespaces of its own, see tests/roles/layers.py, and stays until its
standard input ends. MACHINES/ROLE.pid says that it is there, and by whom one gets in; without that file
it is down. What daemons' own programs say is always yes, for they are tried by tests/roles, and so does mount(8), for homes
are the same folder here as on the file server. MACHINES must not lie below /etc, /var, /usr, /home, /srv or /run.

The way there is `MACHINES/ssh`, to be mounted above ssh(1), for a site whose roles are `on machine root@ROLE`.
Lines of MACHINES/agents, if there is such a file, are read by a shell before each agent.
"""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "roles"))

import layers  # noqa: E402

ALWAYS_YES = ("/usr/bin/mount", "/usr/bin/named-checkconf", "/usr/sbin/exportfs", "/usr/sbin/rndc", "/usr/sbin/sshd",
              "/usr/sbin/postfix", "/usr/lib/hayward/gate/haywardd")
UNITS = ("hayward-gate.service", "named.service", "ssh.service", "nfs-server.service")
SSH = """#!/bin/sh
# hayward calls: ssh OPTION... -- root@ROLE PROGRAM WORD...
while [ "$1" != -- ]; do shift; done
role=${2#*@}
shift 2
pid=$(cat "@MACHINES@/$role.pid" 2>/dev/null) || exit 255
[ ! -e "@MACHINES@/agents" ] || . "@MACHINES@/agents"
exec nsenter --target "$pid" --mount --net --uts -- "$@"
"""


def put(path, text):
    """Beside what is there, which may be a link to what all others use."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(text)
    os.chmod(path, 0o755)


def main():
    machines, role, agent = sys.argv[1:]
    if "HAYWARD_MACHINE" not in os.environ:
        os.environ["HAYWARD_MACHINE"] = role
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "--net", "--uts", sys.executable,
                              *sys.argv])
    folder = pathlib.Path(machines, role)
    folder.mkdir(exist_ok=True)
    if not pathlib.Path(machines, "ssh").exists():
        put(pathlib.Path(machines, "ssh"), SSH.replace("@MACHINES@", machines))
    agent = pathlib.Path(agent).resolve()
    layers.make(folder, role)
    for program in ALWAYS_YES:
        put(program, "#!/bin/sh\n")
    for unit in UNITS:
        layers.unit(unit, "true")
    put("/etc/bind/rndc.key", "not asked for\n")
    layers.install(role, agent)
    pathlib.Path(f"{folder}.pid").write_text(str(os.getpid()))
    sys.stdin.read()


main()
