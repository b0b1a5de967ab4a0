#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# U1: a greedy script is switched off at once, and nothing else of its account: it runs
# neither by its name nor through an interpreter, its owner can read it, and it runs again
# when staff lift it. (Runs are not yet counted one by one: here its share tells.)
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

host_pair <<'END'
amend U1b {
    says "A script may take {limit} of the machine."
    when cpu.share > 15% over 4s
}
END
for customer in alice bob; do
	printf '#!/usr/bin/perl\nmy $end = time + (shift // 0); 1 while time < $end; print "ran\\n";\n' \
		>"$HOST/home/$customer/public_html/hog.cgi"
	{ cat "$HOST/home/$customer/public_html/hog.cgi"; echo "# another"; } >"$HOST/home/$customer/public_html/other.cgi"
	chown -R --reference "$HOST/home/$customer" "$HOST/home/$customer/public_html"
	chmod 755 "$HOST/home/$customer"/public_html/*.cgi
done
host_start

runs() {
	[ "$(as "$@" 2>/dev/null)" = ran ]
}
off() {
	! runs alice public_html/hog.cgi && ! runs alice perl public_html/hog.cgi &&
		! runs alice sh -c 'perl <public_html/hog.cgi'
}
readable() {
	as alice sh -c 'grep -l "time < .end" hayward-disabled-*.txt'
}

tap "U1 honest disable: before it they all run" runs alice public_html/hog.cgi
as alice perl public_html/hog.cgi 600 &
tap "U1 break disable: the greedy script has a case" wait_for 40 "alice's case" has_case alice U1b
tap "U1 break disable: it is switched off" wait_for 30 "the end of it" off
tap "U1 break disable: and ended" wait_for 15 "the end of the run" not pgrep -u "$(uid_of alice)"
tap "U1 break disable: the owner is told which one" wait_for 15 "mail to alice" mails alice hog.cgi
tap "U1 break disable: and can read it" readable
tap "U1 honest disable: her other script runs" runs alice public_html/other.cgi
tap "U1 honest disable: bob's of that name runs" runs bob public_html/hog.cgi
tap "U1 honest disable: and bob heard nothing" not mails bob
tap "U1 break disable: staff lift it" hayward lift "$(case_of alice U1b)" --note "it caches now"
tap "U1 break disable: it runs again" wait_for 30 "alice's script" runs alice public_html/hog.cgi
tap "the journal holds" hayward journal verify
tap_end
