# SPDX-License-Identifier: Apache-2.0
"""A host with a whole site on it, and the world outside: for tests that go through real servers.

enter() makes the trees of the containers (which may take the network, and minutes), then runs the
script again in namespaces of its own; what it starts is nobody else's. The world is a network of its
own beyond the host: Site.world() runs a program there.
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
ROLES = ("file", "dns", "mail", "web", "shell")
OUTSIDE, OUTSIDE6 = "203.0.113.1", "2001:db8:ff::1"
NEEDED = ("lxc-start", "mmdebstrap", "nft", "dig", "sshpass")


def skip(why):
    print("1..0 # SKIP", why)
    sys.exit(77)


def need_tools():
    missing = [name for name in NEEDED if not shutil.which(name)]
    if os.geteuid() or missing:
        skip(f"needs root, and {' '.join(missing)}")


def library_of(build):
    return pathlib.Path(build).resolve() / "packaging"


def trees_folder():
    return pathlib.Path(os.environ.get("HAYWARD_TREES", "/var/cache/hayward/trees"))


def make_tree(build, role):
    library = library_of(build)
    return subprocess.run([library / "make-tree", library / "packages", trees_folder(), role],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def make_trees(build):
    for role in ROLES:
        run = make_tree(build, role)
        if run.returncode:
            skip(f"no tree for the {role} role: {run.stdout.strip().splitlines()[-1:]}")


def enter(build):
    """Outside it ends with the inner one's status; inside it gives the scene's folder."""
    if "HAYWARD_SCENE" in os.environ:
        return pathlib.Path(os.environ["HAYWARD_SCENE"])
    need_tools()
    make_trees(build)
    scene = tempfile.mkdtemp(prefix="hayward-site-", dir="/var/tmp")
    os.chmod(scene, 0o755)
    environment = dict(os.environ, HAYWARD_SCENE=scene, HAYWARD_LIBRARY=str(library_of(build)),
                       HAYWARD_TREES=str(trees_folder()))
    status = subprocess.run(["unshare", "--mount", "--propagation", "private", "--net", "--pid", "--uts", "--ipc",
                             "--fork", "--mount-proc", "--kill-child", sys.executable, *sys.argv],
                            env=environment).returncode
    if "KEEP" not in os.environ:
        shutil.rmtree(scene, ignore_errors=True)
    sys.exit(status)


def must(*words, **more):
    run = subprocess.run(list(map(str, words)), capture_output=True, text=True, **more)
    if run.returncode:
        raise RuntimeError(f"{shlex.join(map(str, words))}: {run.stdout}{run.stderr}")
    return run.stdout


def shipped_description(with_six=False):
    """etc/site.conf, and an IPv6 address beside each of the others if wanted. No name of the outside resolves here, which
    costs its mails points and its address a name."""
    text = (SOURCE / "etc" / "site.conf").read_text()
    allow = f"allow {{ {OUTSIDE} {OUTSIDE6} }}"
    text = re.sub(r"filter (reverse|greylist) +on", rf"\g<0> {{ {allow} }}", text)
    return re.sub(r"address   10\.77\.0\.(\d+)", r"\g<0> address6 2001:db8:77::\1", text) if with_six else text


class Site:
    def __init__(self, scene, build, description=None):
        self.scene, self.build = scene, pathlib.Path(build).resolve()
        self.hayward_program = self.build / "hayward"
        self.configuration = scene / "hayward.conf"
        self.configuration.write_text(f"state {scene}/state\nmode enforce\n")
        (scene / "policy.d").mkdir(exist_ok=True)
        for path in (SOURCE / "policies").glob("*.policy"):
            shutil.copy(path, scene / "policy.d")
        text = description or shipped_description()
        (scene / "site.conf").write_text(text)
        self.world_process = None

    def prepare_host(self):
        """Networks, and folders where a host has them: its homes, mail, /run."""
        must("ip", "link", "set", "lo", "up")
        must("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
        # LXC looks for its bridge in /sys/class/net, which shows the network of whoever mounted it.
        os.mkdir("/run/cgroup")
        must("mount", "--rbind", "/sys/fs/cgroup", "/run/cgroup")
        must("mount", "-t", "sysfs", "sysfs", "/sys")
        must("mount", "--rbind", "/run/cgroup", "/sys/fs/cgroup")
        for inside, outside in (("/home", "home"), ("/srv/mail", "mail")):
            (self.scene / outside).mkdir()
            os.makedirs(inside, exist_ok=True)
            must("mount", "--bind", self.scene / outside, inside)
        self.world_process = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        while not self.in_world("true"):
            time.sleep(0.05)
        pid = self.world_process.pid
        must("ip", "link", "add", "uplink", "type", "veth", "peer", "name", "eth0", "netns", pid)
        must("ip", "address", "add", "203.0.113.254/24", "dev", "uplink")
        must("ip", "address", "add", "2001:db8:ff::fe/64", "dev", "uplink", "nodad")
        must("ip", "link", "set", "uplink", "up")
        for words in ("link set lo up", f"address add {OUTSIDE}/24 dev eth0", f"address add {OUTSIDE6}/64 dev eth0 nodad",
                      "link set eth0 up", "route add default via 203.0.113.254",
                      "-6 route add default via 2001:db8:ff::fe"):
            must(*self.world_words("ip", *words.split()))

    def in_world(self, *words):
        link = f"/proc/{self.world_process.pid}/ns/net"
        return os.path.exists(link) and os.readlink(link) != os.readlink("/proc/self/ns/net") \
            and subprocess.run(self.world_words(*words)).returncode == 0

    def world_words(self, *words):
        return ["nsenter", f"--net=/proc/{self.world_process.pid}/ns/net", "--", *map(str, words)]

    def world(self, *words, **more):
        """A program in the world outside; the CompletedProcess."""
        more.setdefault("timeout", 60)
        return subprocess.run(self.world_words(*words), capture_output=True, text=True, **more)

    def start_in_world(self, *words):
        return subprocess.Popen(self.world_words(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def world_python(self, text, *words, **more):
        return self.world(sys.executable, "-c", text, *words, **more)

    def hayward(self, *words, **more):
        return subprocess.run([self.hayward_program, *map(str, words), "--config", self.configuration],
                              capture_output=True, text=True, **more)

    def inside(self, role, *words, **more):
        """A program in a role's container, as root."""
        more.setdefault("timeout", 60)
        return subprocess.run(["lxc-attach", "-P", self.scene / "state/site/containers", "-n", f"hayward-{role}",
                               "--clear-env", "--set-var", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "--",
                               *map(str, words)], capture_output=True, text=True, stdin=subprocess.DEVNULL, **more)

    def down(self):
        self.hayward("site", "down")
        if self.world_process:
            self.world_process.kill()
            self.world_process.wait()


def wait_until(what, seconds=10):
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.1)
