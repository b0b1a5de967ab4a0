#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A6: a service that cannot go on while an account is active. The web server stops answering while one account
# wants all processors: the pressure, which is none of A6's before, is distress now, and who causes it is
# throttled without grace. Neighbours are left alone, and so is everybody if a service fails for other reasons.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
daemons_have apache2
host_enter "$@"

[ -r /proc/pressure/cpu ] || tap_skip "needs /proc/pressure, which this kernel does not have"

host_account alice 61001
host_account bob 61002
host_set gather 0s
host_set service-interval 1s
host_policy <<'END'
amend A6 {
    when host.services-failing >= 1 for 3s
         or (host.services-failing >= 1 for 3s and host.cpu-pressure > 20% over 5s)
    ends when kept for 5s
}
amend A10 {
    when cpu.share > 6% over 5s
    ends when kept for 4s or by owner
}
amend U1a { when script.memory > 1000GiB or script.cpu > 1h within 2h }
END
daemons_apart
web_server >"$HOST/daemons" 2>&1 || { sed 's/^/# /' "$HOST/daemons"; echo "Bail out! Apache does not start"; exit 1; }
host_start

host_script alice flood.cgi '1 while 1;'
host_script bob report.cgi 'my $x = 0; $x += $_ for 1 .. 1_000_000;'

# signal NAME: to all of Apache.
signal() { kill -"$1" $(pgrep -f '^/usr/sbin/apache2' | xargs); }
services() { ask status "any(s['name'] == 'services' and $1 for s in data['sensors'])"; }
busy() {
	for _ in $(seq $((2 * $(nproc)))); do
		as alice perl public_html/flood.cgi &
	done
}

tap "A6 break services: the web server is known" wait_for 10 "its answer" services "s['works'] and not s['remarks']"
tap "A6 honest services: what never served is not missed" services "'1 service' in s['by']"
as bob sh -c 'while :; do public_html/report.cgi; sleep 0.7; done' &
busy
tap "A6 honest services: alice takes more than her part" wait_for 30 "a record" ask cases "any(c['account'] == 'alice' and c['clause'] == 'A10' for c in data['cases'])"
sleep 6
tap "A6 honest services: while all serve nobody is throttled for the pressure" not held alice
signal STOP
tap "A6 break services: that it does not answer is said" wait_for 40 "the word" services "'does not answer' in s['remarks']"
tap "A6 break services: who keeps it from working is throttled at once" wait_for 20 "alice's throttle" held alice
tap "A6 break services: and told" wait_for 10 "mail to alice" mails alice flood.cgi
tap "A6 honest services: a mildly busy one is not touched" not held bob
tap "A6 honest services: nor told" not mails bob
signal CONT
tap "A6 honest services: that it serves again is known" wait_for 10 "its answer" services "not s['remarks']"
quiet alice
tap "A6 break services: and she is let go" wait_for 60 "alice to be free" free alice A10

# Staff stop it, and nobody takes more than his part.
signal TERM
tap "A6 honest services: a server that is gone is said" wait_for 20 "the word" services "'not listened at' in s['remarks']"
sleep 6
tap "A6 honest services: nobody is throttled for that" not held bob
tap "A6 honest services: and alice not again" not held alice
tap "the journal holds" hayward journal verify
tap_end
