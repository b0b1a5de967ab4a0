# SPDX-License-Identifier: Apache-2.0
"""Step of the clauses' walk: a throttle binds, whatever way an account's processes come in by (A10)."""
import os
import time

import greedy
import host
from behaviour import start
from tap import check
from world import show

SHORT = "#!/usr/bin/perl\nprint \"Content-Type: text/plain\\n\\n\"; my $x; $x += $_ for 1 .. 20_000; print \"did\\n\";\n"


def seconds(warden, account):
    """Processor time since midnight, by the kernel's sums of each uid."""
    rows = warden.ask("top", "--once").get("rows", [])
    return next((row["cpu_seconds_today"] for row in rows if row["account"] == account), 0)


def share(warden, account, span):
    """Of all processors, in percent, over the next seconds."""
    before, began = seconds(warden, account), time.monotonic()
    time.sleep(span)
    return 100 * (seconds(warden, account) - before) / (time.monotonic() - began) / os.cpu_count()


def visitors(walk, page, count):
    """So many of carl's, each asking again as soon as he has his answer."""
    return [walk.site.start_in_world(*walk.again("carl.example", page)) for _ in range(count)]


def prepare(walk):
    """A job of cron that forks without end, and a session that loops."""
    carl = walk.carl
    greedy.put_cgi(carl, "short.cgi", SHORT)
    carl.upload("public_html/page.php", greedy.WORKS % 50000)
    run = carl.ssh("echo '* * * * * while :; do /bin/true; done' | crontab -")
    check("carl has a job for cron", run.returncode == 0, show(run))
    start(carl, "sh -c 'while :; do :; done'")
    found = host.wait_until(lambda: walk.warden.has_case("carl", "A10"), 30)
    check("A10 break site: carl has a case", found, show(walk.warden.staff("cases", "--all")))
    cron = host.wait_until(lambda: walk.site.inside("shell", "pgrep", "-u", "carl", "-f", "bin/true").returncode == 0, 70)
    check("A10 break site: his job runs", cron)


def throttle(walk):
    warden = walk.warden
    prepare(walk)
    coming = visitors(walk, "cgi-bin/short.cgi", 4) + visitors(walk, "page.php", 3)
    try:
        print(f"# free: carl {share(warden, 'carl', 4):.1f} %")
        number = str(warden.cases("carl", "A10")[0]["case"])
        imposed = warden.staff("impose", number, "--note", "others wait")
        check("A10 break site: staff impose it", imposed.returncode == 0, show(imposed))
        held = host.wait_until(lambda: warden.cases("carl", "A10")[0]["holding"], 15)
        check("A10 break site: he is throttled", held, show(warden.staff("cases", "--all")))
        time.sleep(4)  # what those who come and go use before they are bound is learned, and comes off
        got = share(warden, "carl", 10)
        print(f"# throttled: carl {got:.1f} %")
        check("A10 break site: with pages, workers, cron and a session he gets the limit and a fifth at most", got <= 12, got)
        check("A10 break site: and most of what he may", got >= 5, got)
        pages = {page: walk.carl.status(page) for page in ("cgi-bin/short.cgi", "page.php")}
        check("A10 honest site: his pages answer, if slowly", set(pages.values()) == {"200"}, pages)
        lifted = warden.staff("lift", number, "--note", "seen")
        check("A10 break site: staff lift it", lifted.returncode == 0, show(lifted))
        free = share(warden, "carl", 4)
        print(f"# let go: carl {free:.1f} %")
        check("A10 break site: and he runs without a limit", free > 12, free)
    finally:
        for visitor in coming:
            visitor.kill()
            visitor.wait()
        walk.carl.ssh("crontab -r; pkill -u carl sh")
