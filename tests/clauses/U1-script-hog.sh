#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# U1: a greedy script is switched off at once, and nothing else of its account: it runs
# neither by its name nor through an interpreter, its owner can read it, and it runs again
# when staff lift it. What visitors start may compute less than what cron or the owner starts:
# a page that loops is switched off, a report that takes as long is not. One that takes much
# memory is found although it is gone before anybody could look.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
daemons_have apache2 curl cron
host_enter "$@"

host_pair <<'END'
amend U1a {
    says "No more memory than {script.memory}. A script that visitors start may compute for {script.cpu} within {window}."
    when script.memory > 150M or (script.started-by is web and script.cpu > 2s within 1m)
}
amend U1b { when script.cpu > 6s within 1m }
END
host_account carl 61003
host_account dora 61004
host_account erin 61005
for customer in alice bob carl dora; do
	printf '#!/usr/bin/perl\nmy $end = time + (shift // 0); 1 while time < $end; print "ran\\n";\n' \
		>"$HOST/home/$customer/public_html/hog.cgi"
	{ cat "$HOST/home/$customer/public_html/hog.cgi"; echo "# another"; } >"$HOST/home/$customer/public_html/other.cgi"
	chown -R --reference "$HOST/home/$customer" "$HOST/home/$customer/public_html"
	chmod 755 "$HOST/home/$customer"/public_html/*.cgi
done
host_script dora report.pl 'my $x; while ((times)[0] < 4) { $x += $_ for 1..20000 } open my $done, ">", "done";'
host_script carl hog.cgi 'print "Content-Type: text/plain\n\n"; my $end = time + (shift // 60); 1 while time < $end; print "ran\n";'
web_server >/dev/null
host_start

runs() {
	[ "$(as "$@" 2>/dev/null)" = ran ]
}
off() {
	! runs "$1" public_html/hog.cgi && ! runs "$1" perl public_html/hog.cgi &&
		! runs "$1" sh -c 'perl <public_html/hog.cgi'
}
computed() {
	ask show "$1" "any(s['script'].endswith('$2') and s['cpu_seconds_today'] > $3 and s['started_by'] == '$4'
		for s in data['scripts'])"
}
readable() {
	as alice sh -c 'grep -l "time < .end" hayward-disabled-*.txt'
}

tap "U1 honest disable: before it they all run" runs alice public_html/hog.cgi
as alice perl public_html/hog.cgi 600 &
tap "U1 break disable: the greedy script has a case" wait_for 60 "alice's case" has_case alice U1b
tap "U1 break disable: it is switched off" wait_for 30 "the end of it" off alice
tap "U1 break disable: and ended" wait_for 15 "the end of the run" not pgrep -u "$(uid_of alice)"
tap "U1 break disable: the owner is told which one" wait_for 15 "mail to alice" mails alice hog.cgi
tap "U1 break disable: and can read it" readable
tap "U1 honest disable: her other script runs" runs alice public_html/other.cgi
tap "U1 honest disable: bob's of that name runs" runs bob public_html/hog.cgi
tap "U1 honest disable: and bob heard nothing" not mails bob

host_script erin large.cgi 'my $x = "x" x 3e8; print length $x, "\n";'
host_script erin fair.cgi 'my $x = "x" x 3e7; print length $x, "\n";'
tap "U1 honest memory: a fair part of it is taken" as erin public_html/fair.cgi
as erin public_html/large.cgi >/dev/null 2>&1
tap "U1 break memory: erin has a case" wait_for 40 "erin's case" has_case erin U1a
tap "U1 break memory: of that script" wait_for 15 "mail to erin" mails erin large.cgi
tap "U1 break memory: it is switched off" wait_for 30 "the end of it" not as erin public_html/large.cgi
tap "U1 honest memory: the fair one runs" as erin public_html/fair.cgi

cron_jobs dora '@reboot perl public_html/report.pl'
page carl hog.cgi &
tap "U1 break cpu: a page that loops for a visitor has a case" wait_for 40 "carl's case" has_case carl U1a
tap "U1 break cpu: it is switched off" wait_for 30 "the end of it" off carl
tap "U1 break cpu: and ended" wait_for 15 "the end of the page" not pgrep -u "$(uid_of carl)"
tap "U1 break cpu: the owner is told which one" wait_for 15 "mail to carl" mails carl hog.cgi
tap "U1 honest cpu: a report that cron runs takes longer" wait_for 60 "dora's report" computed dora report.pl 3.5 cron
tap "U1 honest cpu: and comes to its end" wait_for 30 "its end" test -e "$HOST/home/dora/done"
tap "U1 honest cpu: without a case" ask cases --all "not any(c['account'] == 'dora' for c in data['cases'])"
tap "U1 break disable: staff lift it" hayward lift "$(case_of alice U1b)" --note "it caches now"
tap "U1 break disable: it runs again" wait_for 30 "alice's script" runs alice public_html/hog.cgi
tap "the journal holds" hayward journal verify
tap_end
