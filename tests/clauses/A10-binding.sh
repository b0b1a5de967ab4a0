#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A10: a throttle binds whatever way an account's processes come in by. Short CGIs under suexec
# without end, workers of PHP-FPM that are started anew for each wave of visitors, a job of cron and
# sessions of ssh get together no more than the limit and a fifth of it. That is measured by the
# kernel's sums of each uid, not by the group that limits them. A neighbour gets what he asks for, a
# reload of the pools changes nothing, and afterwards everybody is back where he came from.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
daemons_have apache2 curl cron sshd php-fpm8.2
host_enter "$@"

LIMIT=10 # percent of the processors
MOST=12  # the limit and a fifth of it
POOLS=/etc/php/8.2/fpm

host_account alice 61001
host_account bob 61002
host_set gather 0s
host_policy <<END
amend A10 {
    says "No account may take more than {limit} of the machine's processor time."
    when cpu.share > 2% over 4s
    imposed when emergency or by operator
    then at once warn, throttle cpu to $LIMIT%
    if emergency then at once warn, throttle cpu to $LIMIT%
    ends when kept for 1h or by owner
}
amend A6 { when host.disk-free < 0% }
amend U1a { when script.memory > 1000GiB or script.cpu > 1h within 2h }
amend U11 { when memory.share > 90% over 10m }
amend U12 { when memory.share > 90% over 10m }
END

# The daemons have groups of their own: of processors, to see who comes back there, and one that only
# counts, where the hierarchy has one.
daemons_group() {
	local hierarchy
	for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/cpu /sys/fs/cgroup/cpuacct; do
		[ -f "$hierarchy/cgroup.procs" ] || continue
		mkdir -p "$hierarchy/$(basename "$HOST")-daemons"
		echo "$BASHPID" >"$hierarchy/$(basename "$HOST")-daemons/cgroup.procs"
	done
}

php_pools() {
	daemons_apart
	mkdir -p /run/php
	rm -f "$POOLS"/pool.d/*
	cat >"$POOLS/pool.d/alice.conf" <<-END
		[alice]
		user = alice
		group = alice
		listen = /run/php/alice.sock
		listen.owner = www-data
		pm = ondemand
		pm.max_children = 4
		pm.process_idle_timeout = 1s
		pm.max_requests = 10
	END
	cat >/etc/apache2/conf-enabled/php.conf <<-END
		<Directory $HOST/home/alice/public_html>
		    <FilesMatch "[.]php$">
		        SetHandler "proxy:unix:/run/php/alice.sock|fcgi://localhost"
		    </FilesMatch>
		</Directory>
	END
	a2enmod -q proxy proxy_fcgi && nice -n -5 php-fpm8.2 --daemonize --fpm-config "$POOLS/php-fpm.conf"
}

# The daemons inherit the group of the shell that starts them.
start_daemons() {
	(daemons_group && php_pools && web_server && ssh_server) >"$HOST/daemons" 2>&1
}

# seconds ACCOUNT: processor time since midnight.
seconds() {
	hayward --json top --once | python3 -c '
import json, sys
rows = json.load(sys.stdin)["rows"]
print(next((row["cpu_seconds_today"] for row in rows if row["account"] == sys.argv[1]), 0))' "$1"
}

# What the group that only counts has counted, in seconds.
counted() {
	awk '{ print $1 / 1e9 }' "/sys/fs/cgroup/cpuacct/$(basename "$HOST")-daemons/cpuacct.usage" 2>/dev/null || echo 0
}

now() {
	date +%s.%N
}

# What all of this machine has used, in seconds.
busy() {
	awk -v tick="$(getconf CLK_TCK)" '/^cpu / { print ($2 + $3 + $4 + $7 + $8) / tick }' /proc/stat
}

# measure WHEN SECONDS: SHARES of all processors, in percent, of alice, of bob, of the daemons with all that
# they start, and of everybody.
measure() {
	local before="$(seconds alice) $(seconds bob) $(counted) $(busy)" began=$(now)
	sleep "$2"
	SHARES=$(echo "$before $(seconds alice) $(seconds bob) $(counted) $(busy) $began $(now) $(nproc)" |
		awk '{ for (i = 1; i <= 4; i++) printf "%.2f ", 100 * ($(i + 4) - $i) / ($10 - $9) / $11 }')
	echo "# $1: alice, bob, the daemons and what they start, all: $SHARES% of the processors"
}

# at_most NUMBER PERCENT, at_least NUMBER PERCENT: of the shares measured.
at_most() {
	awk -v number="$1" -v most="$2" '{ exit !($number <= most) }' <<<"$SHARES"
}

at_least() {
	! at_most "$1" "$2"
}

# better_off NUMBER: than when nobody was throttled.
better_off() {
	awk -v number="$1" -v free="$FREE" '{ split(free, before); exit !($number > before[number]) }' <<<"$SHARES"
}

# Whether others than those of this test take more than a third of the processors.
others_work() {
	awk '{ exit !($4 - $3 - $2 > 33) }' <<<"$SHARES" || awk '{ exit !($4 - $3 - $2 > 33) }' <<<"$FREE"
}

# visitors COUNT PAGE: so many of alice's, each asking again as soon as he has his answer.
visitors() {
	local i
	for i in $(seq "$1"); do
		curl -s --max-time 600 -o /dev/null "http://127.0.0.1/~alice/$2?[1-1000000]" &
	done
}

logging_in() {
	while :; do over_ssh alice true; done
}

# Those who live longer than a moment: the session that loops and the job of cron.
back() {
	local pid group
	group=/$(basename "$HOST")-daemons
	for pid in $(pgrep -u alice -f 'while :; do'); do
		! grep -q "$(basename "$HOST")/u" "/proc/$pid/cgroup" || return 1
		grep -q ":cpu:$group\$\|^0::$group\$" "/proc/$pid/cgroup" || return 1
	done
}

host_script alice short.cgi 'print "Content-Type: text/plain\n\n"; my $x = 0; $x += $_ for 1 .. 20_000; print "ran\n";'
echo '<?php $end = microtime(true) + 0.05; while (microtime(true) < $end); echo "ran\n";' >"$HOST/home/alice/public_html/page.php"
chown --reference "$HOST/home/alice" "$HOST/home/alice/public_html/page.php"
host_script bob loop.pl '1 while 1;'
start_daemons || { sed 's/^/# /' "$HOST/daemons"; echo "Bail out! the daemons do not start"; exit 1; }
host_start

hayward status | grep -q "newcomers: told by kernel programs" ||
	{ host_stop; tap_skip "needs kernel programs that tell of newcomers, which this kernel refuses"; }

# He asks for all that there is, so that he feels what is saved; as the daemons are.
for _ in $(seq "$(nproc)"); do
	(renice -n -5 $BASHPID >/dev/null; as bob perl public_html/loop.pl) &
done
visitors 8 short.cgi
visitors 3 page.php
tap "A10 break binding: alice has a case" wait_for 30 "alice's case" has_case alice A10
measure "free" 4
FREE=$SHARES
at_least 1 $((2 * LIMIT)) || echo "# other work on this machine leaves alice little anyway"
tap "A10 break binding: staff impose it" hayward impose "$(case_of alice A10)" --note "others wait"
tap "A10 break binding: she is throttled" wait_for 15 "alice's throttle" held alice
measure "throttled" 10
tap "A10 break binding: pages that live for 2 ms and workers that come and go get the limit and a fifth at most" \
	at_most 1 $MOST
# With what Apache and the masters of the pools use themselves; 0 where no hierarchy only counts.
tap "A10 break binding: a group around the daemons that only counts agrees" at_most 3 $((2 * LIMIT))
tap "A10 break binding: and most of what they may" at_least 1 $((LIMIT / 2))
if others_work && ! better_off 2; then
	tap "A10 honest binding: a neighbour gets what is saved # SKIP other work keeps this machine busy" true
else
	tap "A10 honest binding: a neighbour gets what is saved" better_off 2
fi

pkill -USR2 -o -f 'php-fpm: master'
over_ssh alice 'while :; do :; done' &
logging_in &
LOGGING_IN=$!
(daemons_group && cron_jobs alice '@reboot while :; do /bin/true; done')
measure "with cron, ssh and a reload of the pools" 10
tap "A10 break binding: with a job that forks without end, sessions, and new pools likewise" at_most 1 $MOST

tap "A10 break binding: lifted" hayward lift "$(case_of alice A10)" --note "it was a test"
tap "A10 break binding: everybody is back where he came from" wait_for 10 "them" back
tap "A10 break binding: nothing is left of the throttle" wait_for 10 "empty cgroups" no_cgroups
measure "let go" 4
tap "A10 break binding: and runs without a limit" at_least 1 $MOST
kill $LOGGING_IN
tap "the journal holds" hayward journal verify
tap_end
