#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Who comes to read and to send mail, at a real Dovecot and a real Postfix, from addresses of his own: so
# many connections, POP so often, a folder for one at a time; and who must not be turned away: the
# neighbour, the office that was allowed, the program that opens a folder twice, the telephone that lost its
# network, all while hayward is away.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
daemons_have postfix dovecot sendmail openssl
[ -x /usr/lib/dovecot/pop3 ] && [ -x /usr/lib/dovecot/imap ] || tap_skip "needs dovecot-imapd and dovecot-pop3d"
host_enter "$@"
. "$(dirname "$0")/../lib/post.sh"
. "$(dirname "$0")/../lib/logins.sh"

host_account alice 61001
host_account bob 61002
sed -i '/^account alice/a\    domains { alice.example }' "$HOST/etc/accounts.conf"
host_set clamd '""'
exceptions='exception A15 for client 198.51.100.0/24 { until 2999-12-31 by "dora" because "an office" }'
host_policy <<<"$exceptions"
chmod 755 "$HOST"
host_start
login_network
postconf -M 'submission/inet=submission inet n - y - - smtpd'
mail_server 'inet_interfaces = 192.0.2.1' 'smtpd_sasl_auth_enable = yes' 'smtpd_sasl_type = dovecot' 'smtpd_sasl_path = private/auth' ||
	{ sed 's/^/# /' "$HOST/maillog"; echo "Bail out! Postfix does not start"; exit 1; }
login_server || { sed 's/^/# /' "$HOST/dovecot.log"; echo "Bail out! Dovecot does not start"; exit 1; }

phase connections
phase submission
phase strangers
phase interval
phase folders
phase programs
# on_record PATTERN: among those who were turned away.
on_record() {
	hayward journal | grep turned-away | tee /dev/stderr | grep -Eq "$1"
}
tap "V3 break sessions: it is on record" on_record 'A15a HW-[0-9a-f-]+ 203.0.113.11 refused'
tap "V3 break sessions: and found by its reference" grep -q "A15a" <(hayward why "$(hayward journal | grep turned-away | grep -o 'HW-[0-9a-f]*-[0-9a-f]*' | head -1)")

is_new() {
	[ -n "$(pid_of gate)" ] && [ "$(pid_of gate)" != "$1" ]
}
# A customer's program on the mail server, which says to be somebody else's sessions.
as bob /usr/bin/python3 -I -c '
import socket, time
def say(*lines):
    line = socket.socket(socket.AF_UNIX)
    line.connect("/srv/hayward-gate/login")
    line.sendall("".join(f"{one}\n" for one in lines).replace(" ", "\t").encode())
    return line
held = [say("hello 1 pop3 x@bob.example 203.0.113.95") for _ in range(6)]
held.append(say("hello 1 imap v@alice.example 203.0.113.96", "hold INBOX"))
time.sleep(60)' &
LIAR=$!
sleep 2
phase lied_about
kill $LIAR

gate_anew() {
	local old
	old=$(pid_of gate)
	kill -KILL "$old"
	wait_for 15 "a new gate" is_new "$old"
	sleep 4 # sessions look for it every two seconds
}
gate_anew
phase interval_again
{
	wait_for 20 "the session" test -e "$HOST/opened"
	gate_anew
	touch "$HOST/anew"
} &
phase folders_kept

ip netns add phone
ip link add wire0 type veth peer name wire1 netns phone
ip address add 203.0.113.254/32 dev wire0
ip link set wire0 up
ip route add 203.0.114.1/32 dev wire0
ip -n phone address add 203.0.114.1/32 dev wire1
ip -n phone link set wire1 up
ip -n phone route add default dev wire1
phase phone

host_stop
phase away
host_start
phase interval_again
printf '%s\n' "$exceptions" 'amend A15c { when pop.logins > 1 within 5s }' | host_policy
hayward reload >/dev/null
sleep 2
phase interval_shorter
host_set mode observe
hayward reload >/dev/null
sleep 2
phase observed
tap "A15 honest pop: but it is on record that he would be" on_record 'A15a HW-[0-9a-f-]+ 203.0.113.91 would'
[ $TAP_FAILED -eq 0 ] || sed "s/^/# dovecot: /" "$HOST/dovecot.log"
tap_end
