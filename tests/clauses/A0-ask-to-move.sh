#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A0b: whom a shared machine cannot hold, again and again. After the third founded case
# staff may send the letter; it asks, and nothing else is done. Who was busy once, and
# whose third case was a mistake, is not written to.
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

host_account alice 61001
host_account bob 61002
host_set gather 0s
host_policy <<'END'
amend A6 { when host.disk-free < 0% }
amend A0b { when account.breaches >= 3 within 10m }
clause L1 "Busy" for each script {
    when     cpu.share > 5% over 2s
    then     warn; after 3d disable
    ends     when kept for 1h or by owner
}
END
host_start
for script in shop forum gallery search; do
	printf '#!/usr/bin/perl\n1 while 1;\n' >"$HOST/home/alice/public_html/$script.cgi"
done
printf '#!/usr/bin/perl\n1 while 1;\n' >"$HOST/home/bob/public_html/report.cgi"
chmod 755 "$HOST"/home/*/public_html/*.cgi

# case_about ACCOUNT SCRIPT: the number of the case that the script has.
case_about() {
	hayward --json cases | python3 -c '
import json, sys
print(next((c["case"] for c in json.load(sys.stdin)["cases"]
    if c["account"] == sys.argv[1] and c["clause"] == "L1" and sys.argv[2] in json.dumps(c)), 0))' "$1" "$2"
}

# breaks SCRIPT: alice is warned for it, and ends it by herself.
breaks() {
	as alice perl "public_html/$1.cgi" >/dev/null 2>&1 &
	wait_for 40 "a warning for $1" mails alice "$1.cgi" || return 1
	quiet alice
}

# letters ACCOUNT: the mails of that kind to its owner.
letters() {
	grep -l '^X-Hayward-Notice: ask-to-move' "$HOST"/mail/*.eml | xargs -r grep -l "^To: <$1@" | grep .
}
letter_says() {
	mails alice "$1" | xargs grep -l '^X-Hayward-Notice: ask-to-move'
}
recorded() {
	ask cases "any(c['account'] == 'alice' and c['clause'] == 'A0b' and c['state'] == 'recorded' for c in data['cases'])"
}
in_case() {
	hayward case "$CASE" | grep -q -- "$1"
}

as bob perl public_html/report.cgi &
tap "alice breaks a clause" breaks shop
tap "which was a mistake" hayward lift "$(case_about alice shop)" --note "our own test"
tap "she breaks it with another script" breaks forum
tap "and with a third" breaks gallery
sleep 5 # two of the frames in which a third case would be seen
tap "A0b honest move: two founded cases and a mistake are not three" free alice A0b
tap "A0b break move: the third founded case" breaks search
tap "A0b break move: is recorded" wait_for 30 "alice's record" recorded
sleep 8 # long enough for a letter to go out, if one would
tap "A0b honest move: nobody is written to before staff say so" not letters alice
CASE=$(case_of alice A0b)
tap "A0b honest move: a customer does not impose it" not as_owner alice impose "$CASE" --note "me"

as alice sleep 1000 &
tap "A0b break move: staff impose it" hayward impose "$CASE" --note "four times since May"
tap "A0b break move: the letter goes out" wait_for 15 "alice's letter" letters alice
tap "A0b break move: it says what the terms say" letter_says "Whom a shared machine cannot hold, again"
tap "A0b break move: and that nothing is done" letter_says "Nothing is done to it"
tap "A0b break move: and what can be offered" letter_says "What we can offer"
tap "A0b break move: how often it was" letter_says "alice: 3, where the limit is 3"

orders_are() {
	ask case "$CASE" "[o['verb'] for o in data['case']['orders']] == ['ask-to-move']"
}
tap "A0b break move: nothing else is ordered" orders_are
tap "A0b break move: nothing holds her" not held alice
tap "A0b break move: she is not suspended" not suspended alice
tap "A0b break move: what she runs runs on" pgrep -u "$(uid_of alice)" -x sleep
tap "A0b break move: nor is there a date for anything" ask case "$CASE" "not data['case']['next']"

tap "A0b break move: she answers" as_owner alice answer "$CASE" --text "what would a server cost"
tap "A0b break move: her words stand in the case" wait_for 10 "her words" in_case "what would a server cost"
tap "A0b break move: staff answer" hayward answer "$CASE" --text "we will call you on Monday"
tap "A0b break move: she hears of it" wait_for 15 "her mail" mails alice "we will call you on Monday"
tap "A0b break move: staff close it" hayward lift "$CASE" --note "she moves in June"
tap "A0b break move: it is closed" wait_for 10 "the end" free alice A0b
sleep 8
tap "A0b break move: and stays closed, for nothing new has happened" free alice A0b
one_letter() {
	[ "$(letters alice | wc -l)" -eq 1 ]
}
tap "A0b honest move: she had one letter" one_letter
tap "A0b honest move: bob, busy all the while, has his own case" has_case bob L1
tap "A0b honest move: and none of these" free bob A0b
tap "A0b honest move: nor a letter" not letters bob
quiet bob
tap "the journal holds" hayward journal verify
tap_end
