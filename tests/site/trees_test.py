#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the containers of each role are stacked from is made, or is there already.

usage: BUILD=... trees_test.py
"""
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import host  # noqa: E402
from tap import check, end  # noqa: E402

host.need_tools()
for role in host.ROLES:
    before = time.monotonic()
    made = host.make_tree(os.environ["BUILD"], role)
    check(f"the layers of the {role} role", made.returncode == 0, made.stdout)
    print(f"# {role}: {time.monotonic() - before:.1f} s", flush=True)
    for layer in made.stdout.split("\n")[-2].split(":") if made.returncode == 0 else ():
        used = subprocess.run(["du", "-sm", layer], capture_output=True, text=True).stdout.split()[0]
        print(f"# {pathlib.Path(layer).name}: {used} MiB")
end()
