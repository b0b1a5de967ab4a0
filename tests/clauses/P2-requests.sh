#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# P2: customers ask, staff decide with a reason, what was granted is in force at once and
# ends by itself; what waits too long makes staff look.
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

host_pair <<'END'
amend P2 { when requests.waiting > 5s }
clause L1 "Busy" for each account {
    when     cpu.share > 5% over 3s
    then     warn; after 3d suspend
    ends     when kept for 3s
}
END
host_start
host_script alice loop.cgi '1 while 1;'

lists() {
	as_owner "$1" --json requests | python3 "$ROOT/tests/lib/holds.py" "$2"
}
soon() {
	date -u -d "+$1 seconds" +%Y-%m-%dT%H:%M:%SZ
}

tap "P2 honest queue: without a request nobody is alarmed" not staff_mails P2
tap "P2 break queue: alice asks for an exception" as_owner alice request exception L1 --until "$(soon 40)" \
	--because "our yearly archive"
tap "P2 break queue: bob asks for help" as_owner bob request help --because $'two\nlines \x1b[31m'
tap "P2 break queue: staff see both" ask requests "len(data['requests']) == 2"
tap "P2 honest queue: bob sees his own only" lists bob "[r['account'] for r in data['requests']] == ['bob']"
tap "P2 honest queue: a customer grants nothing" not as_owner bob grant 1
tap "P2 honest queue: nor takes back another's" not as_owner bob withdraw 1
tap "P2 break queue: what waits too long makes staff look" wait_for 90 "an alarm" staff_mails P2
tap "P2 break queue: staff grant it" hayward grant 1 --until "$(soon 25)" --note "for the archive"
tap "P2 break queue: and refuse, with a reason" hayward grant 2 --refuse --note "please ask the list first"
tap "P2 break queue: alice hears of it" wait_for 15 "alice's answer" mails alice "for the archive"
tap "P2 break queue: bob hears why not" wait_for 15 "bob's answer" mails bob "please ask the list first"
as alice perl public_html/loop.cgi &
sleep 8
tap "P2 break queue: the exception is in force" free alice L1
tap "P2 break queue: it ends by itself" wait_for 60 "alice's case" has_case alice L1
tap "P2 break queue: nothing waits any more" ask requests "not data['requests']"
tap "the journal holds" hayward journal verify
tap_end
