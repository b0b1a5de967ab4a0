# SPDX-License-Identifier: Apache-2.0
"""Namespaces for a whole unittest script: mounts, network and processes of its own."""
import os
import shutil
import subprocess
import sys
import tempfile


def enter(name, needed):
    """Runs the script again inside, where it gives the scene's folder; outside it does not return.

    Without root, or one of the needed files, the test is left out. The outer one removes what the
    inner one leaves, immutable files included.
    """
    if "HAYWARD_SCENE" in os.environ:
        return os.environ["HAYWARD_SCENE"]
    missing = [path for path in needed if not os.path.exists(path)]
    if os.geteuid() or missing:
        print("1..0 # SKIP needs root, and", " ".join(missing))
        sys.exit(77)
    scene = tempfile.mkdtemp(prefix=f"hayward-{name}-", dir=os.environ.get("TMPDIR", "/tmp"))
    os.chmod(scene, 0o755)
    environment = dict(os.environ, HAYWARD_SCENE=scene)
    status = subprocess.run(["unshare", "--mount", "--propagation", "private", "--net", "--pid", "--fork",
                             "--mount-proc", "--kill-child", sys.executable] + sys.argv, env=environment).returncode
    subprocess.run(["chattr", "-R", "-i", scene], capture_output=True)
    shutil.rmtree(scene, ignore_errors=True)
    sys.exit(status)


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def write(path, text, mode=0o644, owner=0):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chown(path, owner, owner)
    os.chmod(path, mode)


def overlay(folder):
    """What is written below the folder from now on lies in the scene's, and goes away with it."""
    layers = f"{os.environ['HAYWARD_SCENE']}/layers{folder}"
    for name in ("upper", "work"):
        os.makedirs(f"{layers}/{name}")
    run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={folder},upperdir={layers}/upper,workdir={layers}/work",
        folder)
