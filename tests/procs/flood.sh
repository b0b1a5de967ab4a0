#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Victim or culprit: a real web server, its access log, visitors of other addresses. Alice's site is
# asked without end by one of them: she is told who it is, and nothing is done to her. Bob's is
# asked as often by a crowd: his scripts are too dear, and he is warned. Carl has such a visitor
# too, but it is a job of his own that takes the time: he is warned.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
daemons_have apache2 curl ip nsenter
host_enter "$@"

for customer in alice:61001 bob:61002 carl:61003; do
	host_account "${customer%:*}" "${customer#*:}"
done
host_set gather 0s
host_policy <<'END'
amend A6 { when host.disk-free < 0% }
amend U2 {
    says "An account may take {limit} of the machine."
    when cpu.share > 5% over 90s
    ends when kept for 8s
}
END

# A page that takes 15 ms of a processor.
page='use Time::HiRes; my $end = (times)[0] + 0.015; 1 while (times)[0] < $end;
print "Content-Type: text/plain\n\nhello\n";'
for customer in alice bob carl; do
	host_script $customer page.cgi "$page"
	echo "a page" >"$HOST/home/$customer/public_html/index.html"
done

# Visitors live in a network of their own: 198.51.N.1.
visitors_begin() {
	local number
	unshare --net sleep 600 >/dev/null &
	VISITORS=$!
	wait_for 5 "another network" test ! /proc/$VISITORS/ns/net -ef /proc/self/ns/net
	ip link add web type veth peer name visitors netns $VISITORS
	ip address add 192.0.2.1/24 dev web
	ip link set web up
	ip route add 198.51.0.0/16 dev web
	nsenter -t $VISITORS -n sh -c '
		ip link set lo up; ip address add 192.0.2.2/24 dev visitors; ip link set visitors up
		for number in $(seq 1 40); do ip address add 198.51.$number.1/32 dev visitors; done'
}

# visit ACCOUNT PAGE PER-SECOND ADDRESS...
visit() {
	local url=http://192.0.2.1/~$1/$2 pace=$3
	shift 3
	silently nsenter -t $VISITORS -n python3 "$ROOT/tests/lib/visit.py" "$pace" 300 "$url" "$@"
}

has_state() {
	ask cases "any(c['account'] == '$1' and c['clause'] == '$2' and c['state'] == '$3' for c in data['cases'])"
}
of_kind() {
	grep -l "^X-Hayward-Notice: $2" $(mails "$1") /dev/null
}
crowd=$(seq -f '198.51.%.0f.1' 2 40)

web_server >/dev/null
visitors_begin
host_start
tap "its log is followed" wait_for 10 "the log sensor" ask status \
	"any(p['name'] == 'logs' and p['serves'] for p in data['processes'])"
tap "a page is there" nsenter -t $VISITORS -n curl -fs --max-time 10 http://192.0.2.1/~alice/page.cgi -o /dev/null

# Who does nothing else is known before he comes to what is dear.
visit alice index.html 60 198.51.1.1 &
sleep 10
pkill -f "visit.py 60 300"
visit alice page.cgi 20 198.51.1.1 &
visit bob page.cgi 20 $crowd &
visit carl index.html 20 198.51.1.1 &
as carl sh -c 'while :; do :; done' &

tap "break flood: alice is told who asks without end" wait_for 150 "her mail" mails alice '198.51.1.1: '
tap "break flood: in a notice that blames nobody" of_kind alice flood
tap "break flood: her case says so" wait_for 10 "the state" has_state alice U2 flooded
tap "break flood: nor is her script blamed for how often it runs" wait_for 120 "the state" has_state alice U5b flooded
tap "honest crowd: bob's many visitors are no flood, and he is warned" wait_for 90 "his mail" of_kind bob warning
tap "break job: so is carl, whose own job it is" wait_for 90 "his mail" of_kind carl warning
tap "break flood: alice is not" not of_kind alice warning
tap "the command shows who it is" sh -c "'$BUILD/hayward' --run '$HOST/run' case $(case_of alice U2) | grep -q '198\.51\.1\.1'"
pkill -P $$ -f "visit.py 20 300 http://192.0.2.1/~alice" || pkill -f "visit.py 20 300 http://192.0.2.1/~alice"
tap "it passes, and the case is settled" wait_for 180 "its end" free alice U2
tap "nothing was done to her" ask cases --all \
	"all(not c['holding'] for c in data['cases'] if c['account'] == 'alice')"
tap "the journal holds" hayward journal verify
quiet carl
kill $VISITORS 2>/dev/null
apache2ctl stop
tap_end
