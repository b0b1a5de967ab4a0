#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# V9: owners change their passwords and mailboxes by themselves, and nobody else's. What
# goes through the servers of a site is shown by tests/site/walk_test.py.
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/site.sh"
host_enter "$@"

make_site >/dev/null || { echo "Bail out! no site"; exit 1; }
own_homes
host_start
wait_for 20 "the steward" as_owner alice usage

change() {
	local name=$1 service=$2 current=$3
	printf '%s\n%s\n' "$current" "the next long word" |
		as_owner "$name" passwd "$service" --current-file - --password-file -
}
mailbox() {
	local name=$1
	shift
	echo "the next long word" | as_owner "$name" mailbox "$@" --password-file -
}
at_once() {
	local before=$SECONDS
	"$@" && [ $((SECONDS - before)) -le 2 ]
}

tap "V9 break self-service: alice changes that of FTP" change alice ftp "sEcret first word 1"
tap "V9 break self-service: of mail" mailbox alice passwd alice@alice.example
tap "V9 break self-service: and of the shell" change alice shell "sEcret first word 1"
tap "V9 honest self-service: not without the current one" not change alice shell "sEcret first word 1"
tap "V9 break self-service: she adds a mailbox, within two seconds" at_once mailbox alice add info@alice.example
tap "V9 honest self-service: none for bob" not mailbox alice add info@bob.example
tap "V9 honest self-service: nor his password" not mailbox alice passwd bob@bob.example
tap "V9 honest self-service: bob's are as they were" book bob \
	'len(account["mailboxes"]) == 1 and book["accounts"][1]["name"] == "bob"'
tap "V9 break self-service: she sees what she has of her plan" said "mailboxes +2 +5" 0 as_owner alice usage
tap "the journal tells who changed what" journal_tells "changed.*alice.*password for shell changed"
tap "and holds" hayward journal verify --state "$HOST/state"
tap_end
