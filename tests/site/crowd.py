# SPDX-License-Identifier: Apache-2.0
"""Steps of the clauses' walk: bob, who does what customers do, and of whom nobody should hear."""
from behaviour import start
from tap import check
from world import show

WORK = ("gcc -x c -O2 -o tool - <<'C'\n#include <stdio.h>\nint main(void) { return puts(\"made\") < 0; }\nC\n./tool && ls -R /etc >list 2>&1;"
        "find / -xdev -name '*.conf' >found 2>&1; ps aux >seen; top -b -n 1 >>seen; tar -czf backup.tgz tool list found; true")


def work(walk):
    run = walk.bob.ssh(WORK)
    check("bob compiles, looks around, and saves his work", "made" in run.stdout, show(run))
    start(walk.bob, "tail -f list")
    run = walk.bob.ssh("echo '* * * * * date >>public_html/when.txt' | crontab -")
    check("bob has a job for cron", run.returncode == 0, show(run))


def left_alone(walk):
    walk.bob.ssh(WORK)
    for clause in ("S7", "U1", "U3", "U6", "U13", "A10"):
        mine = [case for case in walk.warden.cases("bob") if case["clause"].startswith(clause) and case["state"] != "recorded"]
        check(f"{clause} honest site: bob is left alone", not mine, mine)
    check("nobody wrote to bob", not walk.warden.wrote("bob"))
    others = [case for case in walk.warden.cases("bob") if case["state"] != "recorded"]
    check("he has no other case either", not others, others)
    check("his job of cron ran", "20" in walk.bob.fetch("when.txt").stdout)
