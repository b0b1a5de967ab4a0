#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A10: over a tenth of the machine's processor time or memory. A soft clause: on
# a quiet host it is recorded and told to nobody; imposed, it warns, throttles a
# day later, and lets go when the use has gone down. Windows are shortened, and
# a day of the ladder is ten seconds.
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

host_account alice 61001
host_account bob 61002
host_account carol 61003
host_account dora 61004
host_account erik 61005
host_set clock-rate 8640
host_set gather 0s
# No emergency here: a sanitized build on a busy machine must not make one.
host_policy <<'END'
amend A10 {
    when cpu.share > 10% over 5s or memory.share > 10% over 5s
    ends when kept for 4s or by owner
}
amend A6 { when host.disk-free < 0% }
amend U1a { when script.memory > 1000GiB or script.cpu > 1h within 2h }
END
part_of_memory() {
	awk -v part="$1" '/MemTotal/ {print int($2 * 1024 * part)}' /proc/meminfo
}
# What filling so much memory takes of a processor is not what this is about: it is over before.
host_script erik pool.pl 'my $x = "x" x shift; fork or last for 1 .. 3; sleep 600;'
as erik perl public_html/pool.pl "$(part_of_memory 0.05)" &
forked() { [ "$(pgrep -u "$(uid_of erik)" -c perl)" -ge 4 ]; }
wait_for 60 "erik's workers" forked
host_start

host_script alice loop.cgi '1 while 1;'
host_script bob hoard.cgi 'my $x = "x" x shift; sleep 600;'
host_script carol shop.cgi 'my $x = 0; $x += $_ for 1 .. 300_000;'
host_script dora build.pl 'my $x = 0; $x += $_ for 1 .. 2_500_000; sleep 60;'
TENTH=$(part_of_memory 0.115)

# The honest crowd: a shop with visitors, a job that is busy for a moment, and
# workers forked from one parent, whose common memory is counted for each of them.
as carol sh -c 'while :; do public_html/shop.cgi; sleep 1; done' &
as dora perl public_html/build.pl &

as alice public_html/loop.cgi &
as bob perl public_html/hoard.cgi "$TENTH" &
tap "A10 break cpu: a loop is recorded" wait_for 25 "alice's case" has_case alice A10
tap "A10 break memory: a hoard is recorded" wait_for 25 "bob's case" has_case bob A10
tap "A10 honest cpu: on a quiet host nobody is told" not mails alice

tap "A10 break cpu: staff impose it" hayward impose "$(case_of alice A10)" --note "others wait"
tap "A10 break memory: staff impose it" hayward impose "$(case_of bob A10)" --note "others wait"
tap "A10 break cpu: the owner is told which script" wait_for 15 "mail to alice" mails alice loop.cgi
tap "A10 break memory: the owner is told which script" wait_for 15 "mail to bob" mails bob hoard.cgi
tap "A10 break cpu: the notice names limit and deadline" mails alice "10 %"
tap "A10 break cpu: throttled a day later" wait_for 30 "alice's throttle" held alice
tap "A10 break cpu: the throttle binds" wait_for 20 "alice below 12 %" uses_less alice 12
tap "A10 break memory: throttled a day later" wait_for 30 "bob's throttle" held bob

quiet alice
quiet bob
tap "A10 break cpu: cured, and free again" wait_for 40 "alice to be free" free alice A10
tap "A10 break cpu: and told so" wait_for 15 "alice's second mail" mails alice "over"
tap "A10 break memory: cured, and free again" wait_for 40 "bob to be free" free bob A10
tap "A10 break cpu: nothing is left of the throttle" wait_for 10 "empty cgroups" no_cgroups

tap "A10 honest cpu: a shop with visitors has no case" free carol A10
tap "A10 honest cpu: nor has a job that was busy for a moment" free dora A10
tap "A10 honest cpu: and neither got a mail" not mails carol
tap "A10 honest memory: workers look large that share what they have" \
	ask top --once "any(r['account'] == 'erik' and r['memory_percent'] > 12 for r in data['rows'])"
tap "A10 honest memory: and have no case" free erik A10
tap "A10 honest memory: nobody else was told of memory" not mails dora
tap "the journal holds" hayward journal verify
tap_end
