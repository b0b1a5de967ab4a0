#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The process that follows access logs: with the power to read them and no other,
# from the settings to what the engine hears, over reloads and the engine's death.
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

ADM=$(awk -F: '$1 == "adm" { print $3 }' /etc/group)

# says LINE: what `hayward status` shows of it.
says() {
	ask status "any(p['name'] == 'logs' and p['says'] == '$1' for p in data['processes'])"
}

status_field() {
	awk -v field="$1:" '$1 == field { $1 = ""; print substr($0, 2) }' "/proc/$(pid_of logs)/status"
}

only_reads() {
	status_field CapEff
	status_field Groups
	status_field Uid
	[ "$(status_field CapEff)" = 0000000000000000 ] && [ "$(status_field Groups | tr -d ' ')" = "$ADM" ] &&
		[ "$(status_field Uid | cut -f1)" != 0 ]
}

# visit ACCOUNT TIMES: so many lines of it.
visit() {
	local i
	for ((i = 0; i < $2; i++)); do
		printf '192.0.2.%d - - [10/Oct/2026:13:55:36 +0000] "GET /%s HTTP/1.1" 200 1 "-" "-"\n' \
			$((i % 100 + 1)) "$i"
	done >>"$HOST/logs/$1.log"
}

makes_log() {
	: >"$HOST/logs/$1.log"
	chmod 640 "$HOST/logs/$1.log"
	chgrp adm "$HOST/logs/$1.log"
}

refused_log_is_said() {
	grep "logs.*: warning: cannot follow '$HOST/logs/carol.log': others than the system" "$HOST/log"
}

# Six seconds of visits: more than one message.
engine_hears() {
	local i
	for i in 1 2 3 4 5 6 7; do
		visit alice 300
		sleep 1
	done
	not grep -E "dropped|does not decode|was killed" "$HOST/log"
}

survives_the_engine() {
	local before
	before=$(pid_of logs)
	kill -KILL "$(pid_of engine)"
	visit alice 300
	wait_for 20 "an engine" hayward status || return 1
	visit alice 300
	sleep 6
	[ "$(pid_of logs)" = "$before" ] && says 'following 1 of 3 access logs'
}

reload_adds() {
	makes_log bob
	host_account dave 61004
	makes_log dave
	hayward reload || return 1
	wait_for 10 "both logs" says 'following 2 of 4 access logs' ||
		says 'following 3 of 4 access logs'
}

wrong_setting_is_refused() {
	host_set access-logs '"/var/log/{site}.log"'
	not hayward reload >"$HOST/reload" 2>&1 || return 1
	cat "$HOST/reload"
	grep -q "'access-logs' wants no other braces than {account} and {domain}" "$HOST/reload"
}

mkdir "$HOST/logs"
host_account alice 61001
host_account bob 61002
host_account carol 61003
makes_log alice
makes_log carol
chown 61003 "$HOST/logs/carol.log"
host_set mode observe
host_set access-logs "\"$HOST/logs/{account}.log\""
host_start
if [ -n "$ADM" ]; then
	tap "it follows what a system's user has written" wait_for 20 "the status" says 'following 1 of 3 access logs'
	tap "and may read logs, and nothing else" only_reads
else
	tap "it follows what a system's user has written # SKIP this host has no group adm" true
fi
tap "a log that a customer may write is refused, which is said" refused_log_is_said
tap "the engine takes what it says" engine_hears
tap "it goes on when the engine dies" survives_the_engine
tap "a reload brings new logs" reload_adds
tap "a setting that means nothing is refused" wrong_setting_is_refused
tap "no instrument saw a fault" not grep -E "Sanitizer|runtime error" "$HOST/log"
tap_end
