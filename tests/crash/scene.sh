# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A scene in which something is always going on: customers who break a clause
# for a few seconds, are told and throttled, mend it and are released, again and
# again. tests/crash/* kill haywardd meanwhile.

scene_begin() {
	local number
	host_account one 61001
	host_account two 61002
	host_account three 61003
	host_set clock-rate 8640
	host_set gather 0s
	host_set repeat 1s
	host_set interval 250ms
	host_set checkpoint 2s
	# What the scene is not about is not loaded at each of a hundred starts.
	host_set kernel-programs newcomers
	rm "$HOST"/etc/policy.d/*
	host_policy <<-'END'
		terms "crash test" revision "1"
		plan basic { quota 5GiB }
		clause X1 "Busy" for each account {
		    says "Nobody uses more than {limit} for long."
		    when cpu.share > 6% over 1s
		    then at once warn, throttle cpu to 5%
		    ends when kept for 1s
		}
	END
	# Twice what they may, and no more: whatever else is tested on this machine wants it, too.
	for number in one two three; do
		sed "s/PROCESSORS/$(nproc)/" >"$HOST/home/$number/public_html/busy.pl" <<-'END'
			#!/usr/bin/perl
			use Time::HiRes qw(time sleep);
			my ($end, $part) = (time + shift, 0.12 * PROCESSORS);
			while (time < $end) {
			    my $pause = time + 0.1 * $part;
			    1 while time < $pause;
			    sleep 0.1 * (1 - $part) if $part < 1;
			}
		END
	done
}

# One customer is busy for three seconds out of seven, for ever.
scene_customer() {
	while :; do
		as "$1" perl public_html/busy.pl 3
		sleep 4
	done
}

# All of them, until scene_quiet.
scene_customers() {
	local number
	CUSTOMERS=()
	for number in one two three; do
		scene_customer $number >/dev/null 2>&1 &
		CUSTOMERS+=($!)
		sleep 1
	done
}

scene_quiet() {
	{ kill "${CUSTOMERS[@]}"; wait "${CUSTOMERS[@]}"; } 2>/dev/null
	pkill -f busy.pl
}

# Everybody is quiet, every case is closed, every hold gone, every order answered.
scene_settled() {
	ask cases "not data['cases']" && hayward journal --json >"$HOST/journal.json" &&
		python3 "$ROOT/tests/crash/once.py" "$HOST/journal.json" "$HOST/mail"
}
