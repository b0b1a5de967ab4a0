#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# U2: consistently a fifth of the machine or more. Three windows in a stretch
# are needed; one busy window is nobody's business. The owner is warned; who does
# nothing about it is suspended a day later, and let go again when staff lift it.
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

host_account alice 61001
host_account bob 61002
host_account carol 61003
host_set clock-rate 1500
host_set gather 0s
host_policy <<'END'
amend U2 {
    when cpu.share >= 20% over 4s 3 times within 24s or memory.share >= 20% over 4s 3 times within 24s
    ends when kept for 5s or by owner
}
amend A6 { when host.disk-free < 0% }
amend U1a { when script.memory > 1000GiB or script.cpu > 1h within 2h }
END
host_start

host_script alice loop.cgi '1 while 1;'
host_script carol hoard.cgi 'my $x = "x" x shift; sleep 600;'
host_script bob burst.cgi 'my $until = time + 4; 1 while time < $until;'
as bob perl public_html/burst.cgi &
as alice perl public_html/loop.cgi &
as carol perl public_html/hoard.cgi "$(awk '/MemTotal/ {print int($2 * 1024 * 0.21)}' /proc/meminfo)" &

tap "U2 break cpu: three windows of a loop make a case" wait_for 60 "alice's case" has_case alice U2
tap "U2 break cpu: the owner is told which script" wait_for 15 "mail to alice" mails alice loop.cgi
tap "U2 break memory: three windows of a hoard make a case" wait_for 60 "carol's case" has_case carol U2
tap "U2 break memory: the owner is told which script" wait_for 15 "mail to carol" mails carol hoard.cgi
quiet carol
tap "U2 break memory: cured in time" wait_for 60 "carol to be free" free carol U2
tap "U2 honest cpu: one busy window has no case" free bob U2
tap "U2 honest cpu: and no mail" not mails bob
tap "U2 honest memory: nobody else was told" not mails bob
tap "U2 break suspend: a day later she is suspended" wait_for 90 "alice's suspension" suspended alice
tap "U2 break suspend: nothing of hers runs any more" wait_for 15 "the end of the loop" \
	not pgrep -u "$(uid_of alice)"
tap "U2 break suspend: the case says what is in force" wait_for 15 "the hold" held alice
item_by_item() {
	ask show alice "any(c['verb'] == 'suspend' for h in data['holds'] for c in h['claims'])" &&
		ask show alice "any(i.startswith('login') and i.endswith(': closed')
			for h in data['holds'] for i in h['items'])"
}
tap "U2 break suspend: item by item" item_by_item
tap "U2 honest suspend: who mended it in time is not suspended" not suspended carol
tap "U2 honest suspend: nor is anybody else" not suspended bob
tap "U2 break suspend: staff lift it" hayward lift "$(case_of alice U2)" --note "spoke with her"
tap "U2 break suspend: she can log in again" wait_for 20 "alice to be let go" not suspended alice
tap "U2 break suspend: nothing is in force of her any more" \
	wait_for 15 "the end of all holds" ask show alice "data['holds'] == []"
tap "U2 break suspend: and is told so" wait_for 15 "alice's last mail" mails alice over
tap "the journal holds" hayward journal verify
tap_end
