#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The steward with a real book and no role up: what owners may change and what not,
# passwords that are nowhere to be found, ports that staff grant and that end, and a
# child that dies between the book and the roles.
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/site.sh"
host_enter "$@"

# typed CURRENT NEW COMMAND...: an owner's command that reads two lines.
typed() {
	local current=$1 new=$2
	shift 2
	printf '%s\n%s\n' "$current" "$new" | "$@"
}

passwd_of() {
	local name=$1 service=$2 current=$3 new=$4
	typed "$current" "$new" as_owner "$name" passwd "$service" --current-file - --password-file -
}

mailbox() {
	local name=$1
	shift
	echo 'a Password of mail' | as_owner "$name" mailbox "$@" --password-file -
}

matches() {
	python3 -W ignore -c 'import crypt, sys; sys.exit(crypt.crypt(sys.argv[1], sys.argv[2]) != sys.argv[2])' \
		"$2" "$1"
}

changed_password() {
	local before
	before=$(hash_of alice shell-password)
	said "password for shell changed" 0 passwd_of alice shell "sEcret first word 1" "another long word 3" || true
	[ "$before" != "$(hash_of alice shell-password)" ]
}

guesses() {
	local status=0
	for _ in 1 2 3 4 5 6 7; do
		passwd_of alice ftp guessed "one long word 4" || status=$?
	done
	return $status
}

nowhere() {
	! grep -rslF "$1" "$HOST/state" "$HOST/log" "$HOST/mail"
}

rules_have() {
	nft list table inet hayward_site | grep -F "$1"
}

rules_have_not() {
	nft list table inet hayward_site >"$HOST/rules" && ! grep -F "$1" "$HOST/rules"
}

tap "a site with two customers" make_site
[ $TAP_FAILED -eq 0 ] || { echo "Bail out! no site"; exit 1; }
own_homes
host_start
tap "the steward serves" wait_for 20 "the steward" grep -q "info: steward: " "$HOST/log"

# --- what is one's own
tap "alice sees her usage" said "mailboxes +1 +5" 0 as_owner alice usage
tap "and no other's" said "not your account" 4 as_owner alice usage --account bob
tap "staff see anybody's" said "mailboxes" 0 hayward usage --account bob
tap "alice adds a mailbox" said "mailbox info@alice.example added" 0 mailbox alice add info@alice.example
tap "it is in the book" book alice 'any(m["local"] == "info" for m in account["mailboxes"])'
tap "who is down is told later" grep -q "is down; it is told when it is back" "$HOST/said"
tap "the same again is refused" said "there is a mailbox" 2 mailbox alice add info@alice.example
tap "alice takes all else of her domain" said "info@alice.example takes all else" 0 \
	as_owner alice mailbox catch-all info@alice.example
tap "alice cannot touch bob's domain" said "no domain of the account" 3 mailbox alice add mallory@bob.example
tap "nor his mailbox" said "no domain of the account" 3 as_owner alice mailbox remove bob@bob.example
tap "nor its password" said "no domain of the account" 3 mailbox alice passwd bob@bob.example
tap "nor name his account" said "not your account" 4 as_owner alice mailbox remove bob@bob.example --account bob
tap "bob's mailbox is as it was" book bob 'len(account["mailboxes"]) == 1'
for name in 'a:b@alice.example' '.x@alice.example' 'a b@alice.example' $'a\nb@alice.example' '../x@alice.example' \
	'ä@alice.example' "$(printf 'x%.0s' {1..65})@alice.example" '@@alice.example' 'info'; do
	tap "a mailbox '$(printf %q "$name" | head -c 30)' is refused" said "is no name for a mailbox|is no domain|is no address" "2|3" \
		mailbox alice add "$name"
done
for i in 1 2 3; do mailbox alice add "m$i@alice.example" >/dev/null 2>&1 || true; done
tap "a sixth mailbox is refused" said "no more than 5 mailboxes" 2 mailbox alice add six@alice.example
tap "alice removes one" said "removed" 0 as_owner alice mailbox remove m1@alice.example

# --- passwords
tap "alice changes her password of the shell" changed_password
tap "the new one holds" matches "$(hash_of alice shell-password)" "another long word 3"
tap "a wrong current one is refused" said "current password" 4 \
	passwd_of alice ftp "sEcret first word 1" "some other password"
tap "that of FTP, with the right one" said "password for ftp changed" 0 \
	passwd_of alice ftp "another long word 3" "the ftp password 9"
tap "it holds" matches "$(hash_of alice ftp-password)" "the ftp password 9"
tap "a short one is refused" said "fewer than 10" 2 passwd_of alice ftp "another long word 3" short
tap "one with the name in it, too" said "account's name" 2 passwd_of alice ftp "another long word 3" "xxalicexxxx"
tap "who guesses too often waits" said "too many passwords in a minute" 2 guesses
tap "the password of a mailbox" said "password of bob@bob.example changed" 0 \
	typed "the mail password 7" "" as_owner bob passwd mail --password-file -
tap "the journal tells who changed what" journal_tells "changed.*alice.*mailbox info@alice.example added"
for secret in "another long word 3" "the ftp password 9" "a Password of mail" "the mail password 7"; do
	tap "'$secret' is nowhere on disk" nowhere "$secret"
done
tap "nor is a hash in the journal" not grep -rsl 'y\$j9T' "$HOST/state/journal" "$HOST/log"

# --- strangers
tap "who has no account asks for nothing" said "staff and for owners" 4 \
	setpriv --reuid 64000 --regid 64000 --clear-groups "$HOST/hayward" --run "$HOST/run" usage

# --- ports
tap "alice asks for a port" said "request 1" 0 as_owner alice request port --to 192.0.2.7 --port 5432/tcp \
	--until "$(soon 3000)" --because "our database"
tap "a name is no address" said "no numerical address" 2 as_owner alice request port --to db.example --port 1/tcp \
	--until "$(soon 3000)" --because x
tap "nor is a range a port" said "no single port" 2 as_owner alice request port --to 192.0.2.7 --port 1-9/tcp \
	--until "$(soon 3000)" --because x
tap "two years are too long" said "a year at most" 4 as_owner alice request port --to 192.0.2.7 --port 1/tcp \
	--until "$(soon 63072000)" --because x
tap "alice grants herself nothing" said "staff of this host" 4 as_owner alice grant 1
tap "nothing is open yet" book alice 'not account.get("openings")'
tap "staff grant it, for a shorter time" hayward grant 1 --until "$(soon 9)" --note "go on"
tap "exactly that is in the book" wait_for 20 "the opening" book alice \
	'[(o["role"], o["address"], o["port"], o["request"]) for o in account["openings"]] == [("shell", "192.0.2.7", 5432, 1)]'
tap "alice sees it" wait_for 10 "it" said "192.0.2.7 port 5432/tcp" 0 as_owner alice usage
tap "alice is mailed" wait_for 20 "a mail" mails alice "shell 192.0.2.7 5432/tcp"
tap "the journal tells of it" wait_for 10 "the record" journal_tells "changed.*192.0.2.7 5432/tcp is open until"
tap "it is taken out at its end" wait_for 60 "its end" book alice 'not account.get("openings")'
tap "which the journal tells, too" wait_for 10 "the record" journal_tells "192.0.2.7 5432/tcp from shell is over"
as_owner bob request port --to 2001:db8::7 --port 53/udp --role web --until "$(soon 3000)" --because dns >/dev/null
hayward grant 2 --note yes >/dev/null
tap "bob's is open" wait_for 20 "the opening" book bob 'len(account["openings"]) == 1'
tap "an owner revokes nothing" said "staff of this host" 4 as_owner bob revoke 2
tap "staff revoke it" said "revoked" 0 hayward revoke 2 --note "not any more"
tap "it is shut at once" wait_for 10 "its shutting" book bob 'not account.get("openings")'
tap "once only" said "can be taken back" 4 hayward revoke 2

# --- the rules of the host, of which the bridge is all there is
if command -v nft >/dev/null && ip link add hayward0 type bridge 2>/dev/null; then
	ip address add 10.77.0.1/24 dev hayward0
	as_owner alice request port --to 192.0.2.9 --port 8443/tcp --until "$(soon 3000)" --because x >/dev/null
	hayward grant 3 --until "$(soon 9)" --note y >/dev/null
	tap "the host's rules let it through" wait_for 20 "the rule" rules_have 192.0.2.9
	tap "until its end" rules_have "meta time <"
	tap "and have it no more then" wait_for 60 "its end" rules_have_not 192.0.2.9
else
	tap "the host's rules # SKIP no nft, or no bridge here" true
fi

# --- deaths
tap "an owner's command survives the steward's death" bash -c "pkill -KILL -f '^haywardd --role steward ' ; true"
tap "another serves" wait_for 20 "another steward" as_owner alice usage
as_owner bob request port --to 192.0.2.11 --port 99/tcp --until "$(soon 3000)" --because z >/dev/null
request=$(hayward --json requests | python3 -c 'import json, sys; print(json.load(sys.stdin)["requests"][-1]["request"])')
kill -STOP "$(pid_of steward)"
hayward grant "$request" --note "in between" >/dev/null
kill -KILL "$(pid_of engine)" "$(pid_of steward)"
tap "a grant survives the deaths of engine and steward" wait_for 30 "the opening" book bob \
	'[o["address"] for o in account["openings"]] == ["192.0.2.11"]'
host_stop
rm -f "$HOST/count"
HOST_OPTIONS=--allow-crash HAYWARD_CRASH=steward-saved HAYWARD_CRASH_COUNT=$HOST/count host_start
wait_for 20 "the steward" as_owner alice usage
tap "a child dies behind the book" said "added" 0 mailbox bob add dead@bob.example
tap "the change stands" book bob 'any(m["local"] == "dead" for m in account["mailboxes"])'
tap "the journal has it" wait_for 10 "the record" journal_tells "mailbox dead@bob.example added"
tap "the next change goes through" said "added" 0 mailbox bob add alive@bob.example
tap "the journal holds" hayward journal verify --state "$HOST/state"
tap_end
