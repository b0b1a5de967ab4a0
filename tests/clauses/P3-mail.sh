#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# P3: an owner answers a notice by mail: his words stand in the case and staff look at
# them. What pretends to be an answer, or comes from a machine, stands nowhere.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/replies.sh"
host_enter "$@"
replies_enter

host_pair <<'END'
amend P3 { when answers.waiting > 5s }
clause L1 "Busy" for each account {
    when     cpu.share > 5% over 3s
    then     warn; after 3d suspend
    ends     by operator
}
END
replies_start
host_script alice loop.cgi '1 while 1;'
host_script bob loop.cgi '1 while 1;'

stands() {
	hayward case "$1" | grep -q -- "$2"
}

as alice perl public_html/loop.cgi &
as bob perl public_html/loop.cgi &
tap "P3 break mail: alice is warned" wait_for 40 "mail to alice" reply_to alice
tap "P3 honest mail: so is bob" wait_for 40 "mail to bob" reply_to bob
quiet alice
quiet bob
HERS=$(case_of alice L1)
HIS=$(case_of bob L1)
TO=$(reply_to alice)
FORGED=$(sed "s/+$HERS\./+$HIS./" <<<"$TO")
tap "P3 honest mail: what somebody else writes to bob's case is passed over" \
	passed_over "not one of ours" "$RECEIVER" "$FORGED" <<<"suspend me at once"
tap "P3 honest mail: and stands nowhere" not stands "$HIS" "suspend me"
tap "P3 honest mail: an answering machine's mail is passed over" \
	passed_over "Auto-Submitted" "$RECEIVER" "$TO" "Auto-Submitted: auto-replied" <<<"on holiday"
tap "P3 honest mail: and makes nobody look" not staff_mails P3
tap "P3 break mail: alice answers the notice" taken "$RECEIVER" "$TO" <<<"the import ends on Sunday"
tap "P3 break mail: it stands in her case" wait_for 10 "her words" stands "$HERS" "the import ends on Sunday"
tap "P3 break mail: staff are told that it waits" wait_for 90 "an alarm" staff_mails P3
tap "P3 break mail: staff answer" hayward answer "$HERS" --text "until Monday, then"
tap "P3 break mail: she hears of it" wait_for 15 "her mail" mails alice "until Monday, then"
tap "P3 honest mail: bob heard nothing of it" not mails bob "until Monday"
tap "the journal holds" hayward journal verify
tap_end
