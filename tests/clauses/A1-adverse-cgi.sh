#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A1: a page that brings the machine down is switched off at once, ended, and its owner told
# after. The distress is real: the kernel's own pressure figures, of processors. Left alone
# are: the same page while nobody has to wait, a nightly report that cron runs, a neighbour
# who is mildly busy meanwhile, and all pages while the host's own backup is what brings the
# disks down.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
daemons_have apache2 curl cron
host_enter "$@"

[ -r /proc/pressure/cpu ] || tap_skip "needs /proc/pressure, which this kernel does not have"

host_account alice 61001
host_account bob 61002
host_account carl 61003
host_account dora 61004
host_set gather 0s
host_policy <<'END'
amend A6 {
    when host.cpu-pressure > 50% over 5s or host.io-pressure > 50% over 5s
    ends when kept for 5s
}
amend A1b { when script.started-by is web and (cpu.share > 15% over 4s or io.share > 15% over 4s) }
amend U1a { when script.memory > 1000GiB or script.cpu > 1h within 2h }
amend U11 { when cpu.share > 100% over 10m }
END
loop='print "Content-Type: text/plain\n\n"; my $end = time + $ENV{QUERY_STRING}; 1 while time < $end; print "done\n";'
host_script alice flood.cgi "$loop"
host_script alice other.cgi 'print "Content-Type: text/plain\n\nhere\n";'
host_script bob shop.cgi 'print "Content-Type: text/plain\n\n"; my $x = 0; $x += $_ for 1 .. 2_000_000; print "done\n";'
host_script carl report.pl 'my $x; while ((times)[0] < 6) { $x += $_ for 1..20000 } open my $done, ">", "done";'
host_script dora gallery.cgi 'print "Content-Type: text/plain\n\n"; system "dd", "if=../data", "of=/dev/null", "bs=64k", "count=40", "iflag=direct", "status=none"; print "done\n";'
dd if=/dev/urandom of="$HOST/home/dora/data" bs=1M count=100 conv=fsync status=none
chown 61004 "$HOST/home/dora/data"
web_server >/dev/null
host_start

says() {
	curl -s --max-time 20 "http://127.0.0.1/~$1/$2" | grep -q "$3"
}
recorded() {
	ask cases "any(c['account'] == '$1' and c['clause'] == '$2' and c['state'] == 'recorded' for c in data['cases'])"
}
emergency() {
	ask top --once "data['host']['emergency']"
}
throttled() {
	ask show "$1" "any(c['verb'] == 'throttle' for h in data['holds'] for c in h['claims'])"
}
backup() {
	local end=$((SECONDS + 12))
	while [ $SECONDS -lt $end ]; do
		dd if="$HOST/home/dora/data" of=/dev/null bs=1M iflag=direct status=none
	done
}

# While nobody has to wait.
cron_jobs carl '@reboot perl public_html/report.pl'
(says alice "flood.cgi?7" done && touch "$HOST/computed") &
tap_calm "A1 honest distress: a page that computes on a host at rest is recorded" wait_for 20 "the record" recorded alice A1b
tap_calm "A1 honest distress: and comes to its end" wait_for 30 "the page" test -e "$HOST/computed"
tap "A1 honest distress: so does the nightly report" wait_for 30 "its end" test -e "$HOST/home/carl/done"

# The host's own work.
(while says dora gallery.cgi done; do sleep 0.2; done) &
GALLERY=$!
for _ in 1 2 3 4 5 6; do backup & done
tap "A1 honest distress: a backup is what the disks wait for" wait_for 20 "the emergency" emergency
sleep 8
tap "A1 honest distress: no page is switched off for it" says dora gallery.cgi done
tap "A1 honest distress: and nobody is told" not mails dora
kill $GALLERY
wait_for 30 "the end of the emergency" not emergency

# A page that many ask for at once.
(while says bob shop.cgi done; do sleep 0.7; done) &
SHOP=$!
for _ in $(seq $((3 * $(nproc)))); do
	page alice "flood.cgi?120" &
done
tap "A1 break distress: the page is switched off at once" wait_for 40 "its end" not says alice "flood.cgi?0" done
tap "A1 break disable: and all that ran of it is ended" wait_for 15 "the end of the pages" not pgrep -u "$(uid_of alice)"
tap "A1 break disable: the owner is told which one, after" wait_for 15 "mail to alice" mails alice flood.cgi
tap "A1 honest disable: her other page is there" says alice other.cgi here
tap "A1 honest disable: and her account is not braked" not throttled alice
tap "A1 honest distress: a neighbour who is mildly busy is served" says bob shop.cgi done
tap "A1 honest distress: and told nothing" not mails bob
tap "A1 honest distress: nor he of the report" not mails carl
kill $SHOP
tap "A1 break disable: staff lift it" hayward lift "$(case_of alice A1b)" --note "it caches now"
tap "A1 break disable: it runs again" wait_for 30 "alice's page" says alice "flood.cgi?0" done
tap "the journal holds" hayward journal verify
tap_end
