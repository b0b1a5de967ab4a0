#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# P1: clauses read what an account bought. A limit of the plan binds the small one and not
# the large one; an upgrade changes the plan's limits and leaves the quota of the sign-up;
# an account whose plan nobody knows makes staff look.
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

host_account alice 61001 basic
host_account bob 61002 budget
host_account carl 61003 vanished
sed -i 's/^    contact alice@.*/&\n    quota 5GiB/' "$HOST/etc/accounts.conf"
host_set gather 0s
host_policy <<'END'
amend plan basic { burst 5% }
amend plan budget { burst 95% }
amend plan high-end { burst 95% }
amend A6 { when host.disk-free < 0% }
clause L1 "As bought" for each account {
    when     cpu.share > plan.burst over 4s
    then     warn; after 3d suspend
    ends     when kept for 4s or by owner
}
clause L2 "As signed up" for each account {
    when     cpu.share > 2% over 4s and account.initial-quota < 6GiB
    then     warn; after 3d suspend
}
END
for customer in alice bob; do
	host_script "$customer" loop.cgi '1 while 1;'
	as "$customer" perl public_html/loop.cgi &
done
host_start

tap "P1 break plans: the small plan's limit binds" wait_for 30 "alice's case" has_case alice L1
tap "P1 honest plans: the large plan's does not" free bob L1
tap "P1 break plans: the quota of the sign-up is read" wait_for 20 "alice's second case" has_case alice L2
tap "P1 break plans: a plan that nobody knows makes staff look" wait_for 20 "an alarm" staff_mails carl
tap "P1 honest plans: nobody else does" not staff_mails bob
sed -i '/^account alice/,/^}/s/plan basic/plan budget/' "$HOST/etc/accounts.conf"
tap "P1 break plans: alice buys the large plan" hayward reload
tap "P1 break plans: its limit holds for her now" wait_for 40 "alice to be free" free alice L1
sleep 6
tap "P1 break plans: the quota of the sign-up stays" has_case alice L2
tap_end
