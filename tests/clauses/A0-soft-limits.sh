#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A0: soft limits. The same breach on a quiet host is recorded and told to
# nobody; on a host in distress by it, it is imposed.
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

[ -r /proc/pressure/cpu ] || tap_skip "needs /proc/pressure, which this kernel does not have"

host_account alice 61001
host_account bob 61002
# Ten minutes after an emergency's brake comes the suspension; here it stays ten seconds away.
host_set clock-rate 60
host_set gather 0s
host_policy <<'END'
amend A6 {
    when host.cpu-pressure > 60% over 5s
    ends when kept for 5s
}
amend A10 {
    when cpu.share > 10% over 5s or memory.share > 10% over 5s
    ends when kept for 5s or by owner
}
END
host_start

host_script alice busy.cgi '1 while 1;'
host_script bob quiet.cgi 'select undef, undef, undef, 0.05 while 1;'
as bob perl public_html/quiet.cgi &
as alice perl public_html/busy.cgi &

recorded() {
	ask cases "any(c['account'] == 'alice' and c['state'] == 'recorded' for c in data['cases'])"
}
tap "A0 honest soft: one core of an idle host is recorded" wait_for 25 "alice's record" recorded
sleep 8 # long enough for a step to happen, if one would
tap_calm "A0 honest soft: nobody is told" not mails alice
tap_calm "A0 honest soft: nothing is done" not held alice

for _ in $(seq $((2 * $(nproc)))); do
	as alice perl public_html/busy.cgi &
done
tap "A0 break soft: on a distressed host it is imposed: told" wait_for 40 "mail to alice" mails alice busy.cgi
tap "A0 break soft: and throttled" wait_for 15 "alice's throttle" held alice
quiet alice
tap "A0 break soft: and over when the cause is gone" wait_for 60 "alice to be free" free alice A10
tap "A0 honest soft: a quiet neighbour has no case" free bob A10
tap_end
