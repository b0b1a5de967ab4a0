#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A6: when the host is in distress there is no time to talk, but only for a
# leading cause of the same resource's distress. The distress is real: loops on
# every processor, and the kernel's own pressure figures.
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

[ -r /proc/pressure/cpu ] || tap_skip "needs /proc/pressure, which this kernel does not have"

host_account alice 61001
host_account bob 61002
host_account carol 61003
# Ten minutes after an emergency's brake comes the suspension; here it stays ten seconds away.
host_set clock-rate 60
host_set gather 0s
host_policy <<'END'
amend A6 {
    when host.cpu-pressure > 50% over 5s
    ends when kept for 5s
}
amend A10 {
    when cpu.share > 10% over 5s or memory.share > 10% over 5s
    ends when kept for 4s or by owner
}
amend U1a { when script.memory > 1000GiB or script.cpu > 1h within 2h }
END
host_start

host_script alice flood.cgi '1 while 1;'
host_script bob report.cgi 'my $x = 0; $x += $_ for 1 .. 2_000_000;'
host_script carol cache.cgi 'my $x = "x" x shift; sleep 600;'

# The neighbours: one mildly busy, one large in another resource.
as bob sh -c 'while :; do public_html/report.cgi; sleep 0.7; done' &
as carol perl public_html/cache.cgi "$(awk '/MemTotal/ {print int($2 * 1024 * 0.115)}' /proc/meminfo)" &
for _ in $(seq $((2 * $(nproc)))); do
	as alice perl public_html/flood.cgi &
done

tap "A6 break emergency: the cause is told at once" wait_for 40 "mail to alice" mails alice flood.cgi
tap "A6 break emergency: and throttled at once" wait_for 10 "alice's throttle" held alice
tap "A6 break emergency: the throttle binds" wait_for 20 "alice below 12 %" uses_less alice 12
tap "A6 honest emergency: a mildly busy one is not touched" not held bob
tap "A6 honest emergency: nor told" not mails bob
tap "A6 honest emergency: much memory does not cause a processor's distress" not held carol
tap "A6 honest emergency: nor is its owner told" not mails carol
quiet alice
tap "A6 break emergency: cured, the case ends" wait_for 60 "alice to be free" free alice A10
tap "A6 break emergency: and the owner is told" wait_for 15 "alice's second mail" mails alice "over"
tap_end
