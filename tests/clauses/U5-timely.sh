#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# U5: a script that is slow in most of its runs is reported, and switched off if it also runs so
# often that it matters; what its interpreter needs to start is not its own doing. A slow script that
# hardly runs is left alone, and so is a quick one that runs as often as the slow one.
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

host_pair <<'END'
amend U5a { when script.own-cpu > 5ms in 50% of runs within 10m and script.runs >= 40 within 10m }
amend U5b {
    when script.own-cpu > 5ms in 50% of runs within 10m and script.runs >= 40 within 10m
         and script.cpu >= 2s within 5m
    then warn; after 5s disable
}
END
work='my $until = (times)[0] + (shift // 0.08); my $x; while ((times)[0] < $until) { $x += $_ for 1..2000 }'
host_script alice slow.cgi "$work"
host_script alice seldom.cgi "$work # another"
host_script bob quick.cgi 'print "from the cache\n";'
host_start

often() {
	as "$1" sh -c "for run in $(seq -s ' ' "$2"); do public_html/$3; done" >/dev/null 2>&1
}
runs() {
	ask show "$1" "any(s['script'].endswith('$2') and s['runs_today'] >= $3 for s in data['scripts'])"
}
reported() {
	ask cases --all "any(c['account'] == '$1' and c['clause'] == 'U5a' for c in data['cases'])"
}

often bob 60 quick.cgi &
bobs=$!
often alice 5 seldom.cgi
often alice 60 slow.cgi
wait $bobs
tap "U5 break report: the slow script has a case" wait_for 40 "a case" reported alice
tap "U5 break disable: it is warned about" wait_for 20 "a case" has_case alice U5b
tap "U5 break disable: the owner is told which" wait_for 15 "mail to alice" mails alice slow.cgi
tap "U5 break disable: it is switched off" wait_for 30 "the end of it" not as alice public_html/slow.cgi 0
tap "U5 honest disable: a slow one that hardly runs goes on" as alice public_html/seldom.cgi 0
tap "U5 honest report: the quick one was seen as often" wait_for 20 "its runs" runs bob quick.cgi 60
tap "U5 honest report: and has no case" not reported bob
tap "U5 honest disable: it runs" as bob public_html/quick.cgi
tap "U5 honest disable: bob heard nothing" not mails bob
tap "the journal holds" hayward journal verify
tap_end
