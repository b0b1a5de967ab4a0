#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The clauses about processes, scripts and mail, on a whole site: behind its Apache, PHP-FPM, cron, OpenSSH and Postfix.

usage: BUILD=... clauses_test.py [STEP ...]

What each clause does in every corner, its own test shows (tests/clauses); here it meets the real
servers in their containers, from the world outside. Bob works all the while, and must hear nothing.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import addresses  # noqa: E402
import behaviour  # noqa: E402
import binding  # noqa: E402
import clients  # noqa: E402
import crowd  # noqa: E402
import greedy  # noqa: E402
import host  # noqa: E402
import post  # noqa: E402
import readers  # noqa: E402
import stored  # noqa: E402
import walk  # noqa: E402

# With more processes than the shipped plan allows: it leaves a fork bomb no room.
DESCRIPTION = host.shipped_description().replace("processes  100", "processes  500")

# Spans that a test can wait for.
POLICY = """
amend U1a {
    says "A run of a script may hold no more memory than {script.memory}. A script that visitors start may compute for {script.cpu} within {window}."
    when script.memory > 150M or (script.started-by is web and script.cpu > 20s within 1m)
}
amend S7 {
    when process.spins for 2s
    then warn; after 2s throttle cpu to 5%
}
amend A10 {
    says "No account may take more than {limit} of the machine's processor time."
    when cpu.share > 2% over 4s
    then at once warn, throttle cpu to 10%
    if emergency then at once warn, throttle cpu to 10%
}
clause F1 "Busy for visitors" for each account {
    says "No account may take more than {limit} of the machine's processor time for long."
    when cpu.share > 25% over 8s
    then warn; after 1d suspend
    ends by operator
}
amend A17 {
    when address.catch-all and address.delivery-share > 15% over 1m and address.deliveries >= 20 within 1m
}
amend A13 { when message.size > 251KiB and message.age > 5s }
amend A18 { when address.catch-all and address.storage-share > 10% and address.storage > 40KiB }
amend A6 { when host.disk-free < 0% }
amend U11 { when memory.share > 90% over 10m }
amend U12 { when memory.share > 90% over 10m }
"""

walk.run(("alice", "bob", "carl", "dora", "erin"), DESCRIPTION, (), POLICY,
         (crowd.work, post.attested, clients.clients, post.bouncing, post.strangers, post.viruses, post.outages, post.forms,
          post.spamming, readers.sessions, stored.stored,
          post.stolen, addresses.catch_all,
          greedy.pinpoint, behaviour.polling, behaviour.tampering, greedy.greedy, binding.throttle, behaviour.bomb,
          greedy.database, greedy.flooded, crowd.left_alone))
