#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# U11: a script that brings the machine down is ended and its account locked, until
# staff have spoken with the owner and say how. A neighbour who works meanwhile is not.
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

[ -r /proc/pressure/cpu ] || tap_skip "needs /proc/pressure, which this kernel does not have"

host_set clock-rate 8640
host_pair <<'END'
amend U11 { when cpu.share > 25% over 5s and host.cpu-pressure > 60% over 5s }
END
host_start

host_script alice storm.cgi '1 while 1;'
host_script bob shop.cgi 'my $x = 0; $x += $_ for 1 .. 300_000;'
as bob sh -c 'while :; do public_html/shop.cgi; sleep 0.5; done' &
for _ in $(seq $((2 * $(nproc)))); do
	as alice perl public_html/storm.cgi &
done

tap "U11 break stop: the script that keeps the machine down has a case" wait_for 40 "alice's case" \
	has_case alice U11
tap "U11 break stop: it is ended" wait_for 30 "the end of the storm" not pgrep -u "$(uid_of alice)"
tap "U11 break stop: the owner is told which script" wait_for 15 "mail to alice" mails alice storm.cgi
tap "U11 break stop: and the staff" wait_for 15 "an alarm" staff_mails U11
tap "U11 break lock: the account is locked" wait_for 30 "alice's lock" suspended alice
tap "U11 break lock: it is not lifted before the owner was reached" \
	not hayward lift alice --note "it will be fine"
tap "U11 break lock: and stays" suspended alice
tap "U11 break lock: staff say how they reached her" \
	hayward lift alice --reached-by phone --note "she ends the script"
tap "U11 break lock: unlocked" wait_for 20 "alice to be let go" not suspended alice
reached_in_journal() {
	hayward journal --account alice | grep -q "reached by phone; she ends the script"
}
tap "U11 break lock: who, when and how stands in the journal" wait_for 10 "the record" reached_in_journal
tap "U11 honest stop: a neighbour who works goes on" pgrep -u "$(uid_of bob)"
tap "U11 honest stop: and has no case" free bob U11
tap "U11 honest lock: nor is he locked" not suspended bob
tap "the journal holds" hayward journal verify
tap_end
