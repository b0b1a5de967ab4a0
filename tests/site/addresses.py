# SPDX-License-Identifier: Apache-2.0
"""Steps of the clauses' walk: what comes to which address (A17), by mails from the world outside."""
import host
from tap import check
from world import show

RUN = """
    import email.message, email.utils, smtplib, sys
    server, prefix, domain, count, each = sys.argv[1:6]
    left = int(count)
    while left:
        smtp = smtplib.SMTP(server, 25, timeout=60)
        some = [f"{prefix}{left - n}@{domain}" if prefix[-1] == "-" else f"{prefix}@{domain}"
                for n in range(min(left, int(each)))]
        left -= len(some)
        mail = email.message.EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "x@elsewhere.example", some[0], "the minutes of our meeting"
        mail["Date"], mail["Message-ID"] = email.utils.formatdate(), email.utils.make_msgid(domain="elsewhere.example")
        mail.set_content("Hello,\\nhere is what we spoke of on Monday, for all who could not come.\\n")
        refused = smtp.send_message(mail, "x@elsewhere.example", some)
        print(f"taken {len(some) - len(refused)}")
        smtp.quit()
"""


def deliver(walk, prefix, customer, count, each=20):
    run = walk.world.python(RUN, walk.world.address["mail"], prefix, f"{customer.name}.example", count, each)
    return run, sum(int(line.split()[1]) for line in run.stdout.splitlines())


def arrived(walk, who):
    """What came to each of the addresses, by their names in the list."""
    shown = walk.warden.ask("mail", who, "--state", str(walk.site.scene / "state"))["received"]
    return {box["by"]: box["recipients"] for box in shown}


def is_open(walk, customer):
    """Whether the mail server takes what is for anybody of the domain."""
    return walk.site.inside("mail", "postmap", "-q", f"@{customer.name}.example",
                            "cdb:/etc/postfix/hayward/aliases").returncode == 0


def catch_all(walk):
    alice, carl, warden = walk.alice, walk.carl, walk.warden
    for customer in (alice, carl):
        run = walk.site.hayward("mailbox", "catch-all", customer.address)
        check(f"{customer.name} takes all else of her domain", run.returncode == 0 and is_open(walk, customer), show(run))
    local = carl.address.split("@")[0]
    run, taken = deliver(walk, f"{local}+list-", carl, 50)
    check("A17 honest share: fifty mails to carl", taken == 50, show(run))
    run, taken = deliver(walk, "made-up-", carl, 4)
    check("A17 honest share: and four to made-up names of his", taken == 4, show(run))
    run, taken = deliver(walk, "made-up-", alice, 60)
    caught = taken  # it may be closed before the last of them
    check("A17 break share: many to made-up names of alice's", caught >= 20, show(run))
    found = host.wait_until(lambda: warden.has_case("alice", "A17", "acted"), 30)
    check("A17 break share: most of her mail comes by the catch-all, and she has a case", found,
          show(warden.staff("cases", "--all"), warden.staff("mail", "alice", "--state", walk.site.scene / "state")))
    shut = host.wait_until(lambda: not is_open(walk, alice), 20)
    check("A17 break disable: it takes nothing any more", shut)
    run, taken = deliver(walk, "another-", alice, 3)
    check("A17 break disable: made-up names are refused, and it is said that they are", taken == 0 and "550" in run.stderr
          and "unknown" in run.stderr.lower(), show(run))
    run, taken = deliver(walk, alice.address.split("@")[0], alice, 1)
    check("A17 honest disable: her own address takes mail as before", taken == 1, show(run))
    told = host.wait_until(lambda: warden.wrote("alice", "@alice.example"), 20)
    check("A17 break disable: she is told which", told)
    shown = walk.site.hayward("account", "show", "alice").stdout
    check("A17 break disable: whose it was is kept", f"all else to {alice.address.split('@')[0]}, which is closed" in shown, shown)
    again = alice.ssh(f"hayward mailbox catch-all {alice.address}")
    check("A17 break disable: setting it again does not open it", not is_open(walk, alice) and "closed" in again.stdout,
          show(again))
    check("what is stored says by which address it came", alice.pop().stdout.count("X-Original-To: made-up-") >= caught)
    seen = arrived(walk, "alice")
    check("what came to which address is shown", seen.get("@alice.example") == caught and seen.get(alice.address, 0) >= 1, seen)
    check("A17 honest share: carl has none, though his takes some", not warden.has_case("carl", "A17")
          and is_open(walk, carl), show(warden.staff("cases", "--all")))
    lift = warden.staff("lift", "alice", "--note", "she has set up the addresses that she uses")
    opened = host.wait_until(lambda: is_open(walk, alice), 20)
    check("A17 honest disable: when staff lift the case it takes mail again", opened, show(lift, warden.staff("cases", "--all")))
    for customer in (alice, carl):
        walk.site.hayward("mailbox", "catch-all", f"@{customer.name}.example")
