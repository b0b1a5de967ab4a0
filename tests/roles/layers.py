# SPDX-License-Identifier: Apache-2.0
"""A machine of a role: layers above this machine's own /etc, /var and /usr, with what the role's packages install.

Nothing of the machine is touched, and no systemd runs: `systemctl` starts what it is told how to.
"""
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

SYSTEMCTL = """#!/bin/sh
for unit; do :; done
case $1 in
is-active) shift; for unit; do if test -e "/run/units/$unit.up"; then echo active; else echo inactive; fi; done ;;
start | restart) sh -e "/run/units/$unit" </dev/null >>/var/log/units 2>&1 && : >"/run/units/$unit.up" ;;
*) true ;;
esac
"""


def enter(*programs):
    """Comes back in namespaces of its own, in a folder that goes with them."""
    for program in programs:
        tap.need_root(program)
    tap.need_root()
    if "HAYWARD_LAYERS" not in os.environ:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="hayward-layers-", dir="/tmp"))  # no layer goes above /tmp
        os.chmod(folder, 0o755)
        environment = dict(os.environ, HAYWARD_LAYERS=str(folder))
        status = subprocess.run(["unshare", "--mount", "--propagation", "private", "--net", "--pid", "--uts", "--ipc",
                                 "--fork", "--mount-proc", "--kill-child", sys.executable, *sys.argv],
                                env=environment, check=False).returncode
        shutil.rmtree(folder, ignore_errors=True)
        sys.exit(status)
    become_first()
    return pathlib.Path(os.environ["HAYWARD_LAYERS"])


def become_first():
    """The first process takes in orphans, or their owner's limit would count them for ever; a child goes on."""
    child = os.fork()
    if not child:
        return
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xff)


def run(*command, check=True, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if check and done.returncode:
        raise RuntimeError(f"{command}: {done.stdout}")
    return done


def make(folder, role):
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(folder))
    for name in ("etc", "var", "usr"):
        upper, work = folder / name / "upper", folder / name / "work"
        upper.mkdir(parents=True)
        work.mkdir()
        run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/{name},upperdir={upper},workdir={work}", f"/{name}")
    for place in ("/run", "/home", "/srv"):
        run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", place)
    run("ip", "link", "set", "lo", "up")
    run("hostname", f"{role}.example.net")
    for place in ("/run/units", "/srv/mail", "/run/sshd", "/run/lock"):
        pathlib.Path(place).mkdir(exist_ok=True)
    for place in ("/etc/hayward", "/var/lib/hayward-role", "/var/lib/extrausers"):
        shutil.rmtree(place, ignore_errors=True)
    pathlib.Path("/usr/bin/systemctl").unlink(missing_ok=True)
    pathlib.Path("/usr/bin/systemctl").write_text(SYSTEMCTL)
    os.chmod("/usr/bin/systemctl", 0o755)
    unit("nftables.service", "nft -f /etc/nftables.conf")
    unit("postfix@-.service", "true")


def install(role, agent):
    """What the role's two packages lay down and do."""
    for part in ("common", role):
        package = ROOT / "packaging/roles" / part
        if (package / "tree").exists():
            run("cp", "-rL", "--no-preserve=ownership", f"{package}/tree/.", "/")
        if (package / "postinst").exists():
            run(str(package / "postinst"), env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"))
    pathlib.Path("/usr/lib/hayward").mkdir(exist_ok=True)
    shutil.copy(agent, "/usr/lib/hayward/hayward-role")


def unit(name, commands):
    """How systemd would start it."""
    pathlib.Path("/run/units", name).write_text(commands)


def apply(view):
    """Whether the agent is content, and what it said."""
    done = run("/usr/lib/hayward/hayward-role", "apply", check=False, input=view)
    return done.returncode == 0, done.stdout


def wait_for(seconds, what):
    """Whether it came to be so in time."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
