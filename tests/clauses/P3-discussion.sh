#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# P3: an owner's answer lands in the case and a person reads it; staff give more time, answer,
# or end the case. An answer that nobody reads makes staff look.
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

host_pair <<'END'
amend P3 { when answers.waiting > 5s }
clause L1 "Busy" for each account {
    when     cpu.share > 5% over 3s
    then     warn; after 3d suspend
    ends     when kept for 1h or by owner
}
END
host_start
host_script alice loop.cgi '1 while 1;'
as alice perl public_html/loop.cgi &

in_case() {
	hayward case "$(case_of alice L1)" | grep -q -- "$1"
}
due() {
	hayward --json cases | python3 -c 'import json, sys
print(json.load(sys.stdin)["cases"][0]["next"]["announced"])'
}

tap "P3 break answers: alice is warned" wait_for 40 "mail to alice" mails alice loop.cgi
before=$(due)
tap "P3 honest answers: while nobody says anything nobody is alarmed" not staff_mails P3
tap "P3 break answers: she answers" as_owner alice answer "$(case_of alice L1)" --text "the import ends on Sunday"
tap "P3 break answers: it stands in the case" wait_for 10 "her words" in_case "the import ends on Sunday"
tap "P3 honest answers: bob cannot speak in her case" not as_owner bob answer "$(case_of alice L1)" --text "let me"
tap "P3 break answers: an answer that nobody reads makes staff look" wait_for 90 "an alarm" staff_mails P3
tap "P3 break answers: staff give her time" hayward extend "$(case_of alice L1)" --by 4d --note "until Monday, then"
tap "P3 break answers: she hears of it" wait_for 15 "her mail" mails alice "until Monday, then"
later() {
	[[ "$(due)" > "$before" ]]
}
tap "P3 break answers: the date moved" wait_for 10 "the new date" later
tap "P3 break answers: staff answer" hayward answer "$(case_of alice L1)" --text "tell us when it is done"
tap "P3 break answers: she hears that too" wait_for 15 "her mail" mails alice "tell us when it is done"
tap "P3 break answers: and staff end the case" hayward lift "$(case_of alice L1)" --note "agreed"
tap "P3 honest answers: bob heard nothing" not mails bob
tap "the journal holds" hayward journal verify
tap_end
