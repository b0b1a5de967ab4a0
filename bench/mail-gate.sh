#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the gate costs a Postfix: mails a second that it takes, and how long a mail waits for the answer to its
# end, without any filter, with the gate, and with its peers (clamav-milter, which scans, and rspamd without
# whatever asks the DNS, which scores). Eight connections at once with mails of 4 KiB that go nowhere; each
# filter in turn, RUNS times, median of the runs. The promises: three times as many mails as with
# clamav-milter, and beside what clamd takes at most 1 ms more at the 99th percentile.
#
# Root. usage: BUILD=... [RUNS=5] [MAILS=400] bench/mail-gate.sh
set -u
BUILD=$(realpath "${BUILD:-build}")
export BUILD
[ "$(id -u)" -eq 0 ] || { echo "needs root: left out"; exit 0; }
. "$(dirname "$0")/../tests/lib/host.sh"
. "$(dirname "$0")/../tests/lib/daemons.sh"
daemons_have postfix clamd smtp-source clamav-milter rspamd
host_enter "$@"
. "$(dirname "$0")/../tests/lib/post.sh"
RUNS=${RUNS:-5} MAILS=${MAILS:-400}
QUEUE=/var/spool/postfix
HERE=$(dirname "$0")/mail-gate

host_account alice 61001
host_set clamd "$CLAMD"
chmod 755 "$HOST"

peers() {
	mkdir -p $QUEUE/peers /run/rspamd "$HOST/rspamd"
	printf '%s\n' "MilterSocket $QUEUE/peers/clamav" "MilterSocketMode 666" "ClamdSocket unix:$CLAMD" "OnInfected Reject" \
		"OnFail Defer" "Foreground yes" "User root" >"$HOST/clamav-milter.conf"
	clamav-milter -c "$HOST/clamav-milter.conf" >"$HOST/clamav-milter.log" 2>&1 &
	PEERS=$!
	"$HERE/rspamd-conf" "$HOST/rspamd" $QUEUE/peers/rspamd
	chown -R _rspamd: /run/rspamd "$HOST/rspamd"
	chmod 777 $QUEUE/peers
	rspamd -u _rspamd -g _rspamd -c "$HOST/rspamd/rspamd.conf" -f >"$HOST/rspamd.log" 2>&1 &
	PEERS="$PEERS $!"
	wait_for 30 "clamav-milter" test -S $QUEUE/peers/clamav
	wait_for 120 "rspamd" test -S $QUEUE/peers/rspamd || tail -5 "$HOST/rspamd.log"
}

# with FILTER: what Postfix asks from now on.
with() {
	case $1 in
	nobody) set -- "" ;;
	gate*) set -- unix:hayward/smtp ;;
	clamav-milter) set -- unix:peers/clamav ;;
	rspamd) set -- unix:peers/rspamd ;;
	esac
	postconf -e "smtpd_milters = $1"
	postfix reload >/dev/null 2>&1
	sleep 2
}

scanner
host_start >/dev/null
mail_server 'transport_maps = inline:{ sink.example=discard: }' || { echo "Postfix does not start"; exit 1; }
peers
for _ in $(seq "$RUNS"); do
	for filter in nobody gate clamav-milter rspamd; do
		with $filter
		/usr/bin/python3 -I "$HERE/measure" "$filter" "$MAILS"
	done
done | /usr/bin/python3 -I "$HERE/medians"
# shellcheck disable=SC2086
kill $PEERS $SCANNER
postfix stop >/dev/null 2>&1
