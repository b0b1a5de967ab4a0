#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# haywardd is killed a thousand times while mail runs through a real Postfix, its gate most often, then
# whom the gate asks (the engine, the keeper, the peeker, a worker of rspamd), or all of it, at whatever point they are: no mail
# is lost, none passes unseen or with a virus, and none comes twice but where the connection broke between a mail and its
# answer, which SMTP allows (RFC 5321, 4.1.1.4). What rspamd would refuse passes, for one recipient is one contact.
#
# usage: gate_kills.sh [KILLS]
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
daemons_have postfix clamd rspamd sendmail smtp-sink
host_enter "$@"
. "$(dirname "$0")/../lib/post.sh"
KILLS=${1:-1000}

host_account alice 61001
host_set clamd "$CLAMD"
host_set rspamd "$RSPAMD"
chmod 755 "$HOST"

sink() {
	mkdir -p "$HOST/sunk"
	smtp-sink -u root -R "$HOST/sunk" -d "%M." 127.0.0.1:2500 100 >"$HOST/sink" 2>&1 &
	SINK=$!
	wait_for 10 "the sink" grep -q ":09C4 .* 0A " /proc/net/tcp
}

# random MOST: milliseconds as sleep(1) takes them.
random() {
	printf '0.%03d' $((RANDOM % $1))
}

serves_more_often() {
	[ "$(grep -c 'info: gate: answering' "$HOST/log")" -gt "$1" ]
}

# Its main process, which is not killed, has a new one within a moment; until then there may be none.
kill_rspamd() {
	local workers
	mapfile -t workers < <(pgrep -P "$(cat "$HOST/rspamd/pid")")
	[ ${#workers[@]} -gt 0 ] || return 1
	kill -KILL "${workers[RANDOM % ${#workers[@]}]}"
}

# Each time that it is killed soon it comes back later (family.c), so now and then all of it goes, which
# counts as one kill, too.
kill_often() {
	local served=0 others=(engine keeper peeker)
	done=0
	while [ $done -lt "$KILLS" ]; do
		for _ in 1 2 3; do
			wait_for 20 "the gate" serves_more_often $served
			served=$(grep -c 'info: gate: answering' "$HOST/log")
			sleep "$(random 300)"
			kill -KILL "$(pid_of gate)" && done=$((done + 1))
		done
		wait_for 20 "the gate" serves_more_often $served
		served=$(grep -c 'info: gate: answering' "$HOST/log")
		sleep "$(random 300)"
		kill -KILL "$(pid_of "${others[RANDOM % 3]}")" && done=$((done + 1))
		[ $((RANDOM % 5)) -ne 0 ] || { kill_rspamd && done=$((done + 1)); }
		sleep "$(random 300)"
		kill -KILL "$HAYWARDD" && done=$((done + 1))
		wait "$HAYWARDD" 2>/dev/null
		host_launch
		[ $((done % 100)) -ge 6 ] || echo "# $done kills, $(find "$HOST/sunk" -type f | wc -l) mails"
	done
	echo "# killed $done times"
}

nothing_waits() {
	postkick public pickup W
	[ -z "$(find /var/spool/postfix/{maildrop,incoming,active,deferred} -type f)" ]
}

scanner
filter
sink
host_start
mail_server 'transport_maps = inline:{ sink.example=smtp:[127.0.0.1]:2500 }' 'default_process_limit = 40' \
	'anvil_rate_time_unit = 1s' || { sed 's/^/# /' "$HOST/maillog"; echo "Bail out! Postfix does not start"; exit 1; }
setpriv --reuid 61001 --regid 61001 --clear-groups /usr/bin/python3 -I - "$VIRUS" \
	<"$(dirname "$0")/gate_kills_sender.py" >"$HOST/sent" 2>"$HOST/sender" &
SENDER=$!
kill_often 2>/dev/null
wait_for 30 "haywardd to answer" hayward cases
kill -TERM $SENDER
wait_for 120 "the sender to end" not kill -0 $SENDER
wait_for 180 "the queue to be empty" nothing_waits || postqueue -p | tail -5 | sed 's/^/# /'
sleep 1
python3 -I "$(dirname "$0")/gate_kills_count.py" "$HOST/sent" "$HOST/sunk" >"$HOST/counted"
grep '^#' "$HOST/counted"
tap "it was killed as often as was said" [ "${done:-0}" -ge "$KILLS" ]
tap "mails were taken all the time" grep -q '^many$' "$HOST/counted"
tap "none is lost" grep -q '^none lost$' "$HOST/counted"
tap "none with a virus passed" grep -q '^none infected$' "$HOST/counted"
tap "none passed unseen" grep -q '^none unseen$' "$HOST/counted"
tap "none came twice but where a connection broke" grep -q '^none twice$' "$HOST/counted"
rated() { [ "$(hayward journal | grep -c ' passed by .*: rated as spam, ')" -gt $((KILLS / 50)) ]; }
tap "rspamd was asked all the time" rated
tap "the journal holds" hayward journal verify
tap "no instrument saw a fault" not grep -E "Sanitizer|runtime error" "$HOST/log"
sed 's/^/# sender: /' "$HOST/sender" | tail -5
postfix stop >/dev/null 2>&1
kill $SCANNER $SINK
tap_end
