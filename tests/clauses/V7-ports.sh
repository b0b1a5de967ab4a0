#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# V7: an approved request opens exactly one destination, for its account, until its end;
# nobody opens one himself, and who waits too long makes staff look.
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/site.sh"
host_enter "$@"
command -v nft >/dev/null || tap_skip "needs nft"

make_site >/dev/null || { echo "Bail out! no site"; exit 1; }
own_homes
ip link add hayward0 type bridge 2>/dev/null || tap_skip "needs a bridge"
ip address add 10.77.0.1/24 dev hayward0
{
	echo 'amend A6 { when host.disk-free < 0% }'
	echo 'amend V7 { when exceptions.waiting > 5s }'
} | host_policy
host_set gather 0s
host_start

# What the host lets through to an address: role, protocol and port of each rule.
rules_to() {
	nft list table inet hayward_site | grep -F "$1"
}
no_rules_to() {
	nft list table inet hayward_site >"$HOST/rules" && ! grep -F "$1" "$HOST/rules"
}
opens_one() {
	rules_to 192.0.2.7 >"$HOST/rules" && ! grep -v "saddr 10.77.0.6 .*tcp dport 5432 meta time <" "$HOST/rules"
}

tap "V7 honest ports: without a request nobody is alarmed" not staff_mails V7
tap "V7 break ports: alice asks for a port" as_owner alice request port --to 192.0.2.7 --port 5432/tcp \
	--until "$(soon 600)" --because "our database"
tap "V7 break ports: bob asks for help" as_owner bob request help --because "how?"
tap "V7 break ports: what waits too long makes staff look" wait_for 90 "an alarm" staff_mails V7
tap "V7 honest ports: asking opens nothing" book alice 'not account.get("openings")'
tap "V7 honest ports: nor does an owner" not as_owner alice grant 1
tap "V7 break ports: staff grant it" hayward grant 1 --until "$(soon 15)" --note "until tomorrow"
tap "V7 break ports: the rules let it through" wait_for 10 "the rule" rules_to 192.0.2.7
tap "V7 honest ports: and nothing else" opens_one
tap "V7 honest ports: for nobody else" book bob 'not account.get("openings")'
tap "V7 break ports: alice hears of it" wait_for 15 "a mail" mails alice "until tomorrow"
tap "V7 break ports: it ends by itself" wait_for 60 "its end" no_rules_to 192.0.2.7
tap "V7 break ports: a no comes with its reason" hayward grant 2 --refuse --note "ask the list"
tap "V7 break ports: which is mailed" wait_for 15 "a mail" mails bob "ask the list"
tap "the journal holds" hayward journal verify --state "$HOST/state"
tap_end
