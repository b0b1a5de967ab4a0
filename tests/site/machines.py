# SPDX-License-Identifier: Apache-2.0
"""Machines of their own for roles of a site: containers that the site's host did not make and does not see into, which it
reaches by ssh(1) alone. Each boots a systemd of its own on the role's packages; the package hayward-gate it has not."""
import pathlib
import re
import shlex
import shutil
import subprocess

import host
from world import ADDRESS

CONFIGURATION = """
lxc.include = /usr/share/lxc/config/common.conf
lxc.seccomp.profile =
lxc.apparmor.profile = unconfined
lxc.mount.auto = proc:mixed sys:ro cgroup:mixed
lxc.cap.drop = sys_module sys_time sys_boot
lxc.rootfs.path = overlay:{layers}:{folder}/written
lxc.uts.name = {role}.example.net
lxc.net.0.type = veth
lxc.net.0.link = hayward0
lxc.net.0.name = eth0
lxc.net.0.flags = up
lxc.net.0.ipv4.address = {address}/24
lxc.net.0.ipv4.gateway = 10.77.0.1
lxc.mount.entry = /home home none bind,create=dir 0 0
lxc.mount.entry = /srv/mail srv/mail none bind,create=dir 0 0
"""
# hayward calls: ssh OPTION... -- root@ROLE.example.net PROGRAM WORD..., and a shell there reads what is behind the name.
SSH = """#!/bin/sh
while [ "$1" != -- ]; do shift; done
role=${{2#*@}}
shift 2
lxc-attach -P {folder} -n "hayward-${{role%%.*}}" --clear-env --set-var PATH=/usr/sbin:/usr/bin:/sbin:/bin -- sh -c "$*" ||
    {{ status=$?; lxc-info -P {folder} -n "hayward-${{role%%.*}}" -s -H | grep -q RUNNING || exit 255; exit $status; }}
"""


def description(*roles):
    """The shipped one with these roles alone, on machines; what a role of it has to do with the others is left out."""
    text = host.shipped_description()
    gone = "|".join(role for role in host.ROLES if role not in roles)
    text = re.sub(rf"(?ms)^role ({gone}) {{.*?^}}\n", "", text)
    text = re.sub(rf"(?m)^flow +({gone}|\w+ +to ({gone})) .*\n", "", text)
    for role in roles:
        text = re.sub(rf"(?s)(role {role} {{\n +on +)container", rf"\g<1>machine root@{role}.example.net", text)
    return text


class Machines:
    def __init__(self, site, *roles):
        self.site, self.roles = site, roles
        self.folder = site.scene / "state/site/containers"  # where Site.inside() looks

    def is_up(self, role):
        return self.inside(role, "systemctl", "is-system-running").stdout.strip() in ("running", "degraded")

    def boot(self):
        host.must("ip", "link", "add", "hayward0", "type", "bridge")
        host.must("ip", "address", "add", "10.77.0.1/24", "dev", "hayward0")
        host.must("ip", "link", "set", "hayward0", "up")
        pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        for role in self.roles:
            folder = self.folder / f"hayward-{role}"
            (folder / "written").mkdir(parents=True)
            layers = host.make_tree(self.site.build, role).stdout.split("\n")[-2]
            (folder / "config").write_text(CONFIGURATION.format(layers=layers, folder=folder, role=role, address=ADDRESS[role]))
            host.must("lxc-start", "-d", "-P", self.folder, "-n", f"hayward-{role}", "-o", folder / "log")
        way = self.site.scene / "ssh"
        way.write_text(SSH.format(folder=self.folder))
        way.chmod(0o755)
        host.must("mount", "--bind", way, shutil.which("ssh"))
        booted = all(host.wait_until(lambda: self.is_up(role), 60) for role in self.roles)
        for role in self.roles:  # ProFTPD wants to know what its own name means
            self.shell(role, "".join(f"echo {ADDRESS[other]} {other}.example.net >>/etc/hosts;" for other in self.roles))
        return booted

    def reboot(self):
        for role in self.roles:
            where = ("-P", self.folder, "-n", f"hayward-{role}")
            host.must("lxc-stop", "-t", "30", *where)
            host.must("lxc-start", "-d", *where)
        return all(host.wait_until(lambda: self.is_up(role), 90) for role in self.roles)

    def confine(self, role):
        """All processes of this test's machine are beside those of the container: only its own are its business."""
        self.shell(role, "mkdir -p /etc/hayward/gate/hayward.conf.d && stat -L -c 'pid-namespace %i' /proc/self/ns/pid"
                   " >/etc/hayward/gate/hayward.conf.d/test.conf")

    def inside(self, role, *words, **more):
        return self.site.inside(role, *words, **more)

    def shell(self, role, text):
        return self.inside(role, "sh", "-c", text)

    def install(self, role):
        """hayward-gate; the libraries it wants are this machine's, for there is no network."""
        package = next((self.site.build / "packaging/packages").glob("hayward-gate_*.deb"))
        wanted = host.must("ldd", self.site.build / "haywardd")
        self.put(role, "/root/gate.deb", package)
        for library in re.findall(r"=> (/\S+)", wanted):
            if self.inside(role, "test", "-e", library).returncode:
                self.put(role, library, library)
        return self.shell(role, "ldconfig && dpkg --force-depends -i /root/gate.deb")

    def put(self, role, path, source):
        with open(source, "rb") as content:
            words = shlex.join(["lxc-attach", "-P", str(self.folder), "-n", f"hayward-{role}", "--clear-env", "--",
                                "/bin/sh", "-c", 'mkdir -p "${0%/*}" && cat >"$0"', str(path)])
            subprocess.run(["sh", "-c", words], stdin=content, check=True)

    def stop(self):
        for role in self.roles:
            subprocess.run(["lxc-stop", "-k", "-P", self.folder, "-n", f"hayward-{role}"], check=False, capture_output=True)
