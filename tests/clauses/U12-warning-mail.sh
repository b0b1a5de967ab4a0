#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# U12: too much CGI, told, and a day later the end: every way in closed, mail answered 450,
# everything exported, billing told. Who uses less in time keeps the account. Only staff
# reinstate. (The share of the web server's scripts has no sensor yet: here it is the
# account's own.)
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

host_account alice 61001
host_account bob 61002
sed -i 's/^    contact alice@.*/&\n    domains { alice.example }/' "$HOST/etc/accounts.conf"
host_set clock-rate 8640
host_set gather 0s
host_set billing-hook /etc/billing
host_set mail-answers /etc/hayward-answers
host_policy <<'END'
amend U12 {
    when cpu.share > 20% over 4s
    ends when kept for 5s or by operator
}
amend A6 { when host.disk-free < 0% }
END
: >"$HOST/billing"
chmod 666 "$HOST/billing"
printf '#!/bin/sh\necho "$* $HAYWARD_CASE" >>%s\n' "$HOST/billing" >/etc/billing
chmod 755 /etc/billing
host_script alice loop.cgi '1 while 1;'
host_script bob loop.cgi '1 while 1;'
echo "her book" >"$HOST/home/alice/book.txt"
ln -s /etc/shadow "$HOST/home/alice/not-hers"
mkfifo "$HOST/home/alice/pipe"
chown -hR 61001:61001 "$HOST/home/alice"
host_start
archive() {
	ls "$HOST"/state/enforcer/exports/alice-*.tar.zst
}
holds_book() {
	[ "$(bsdtar -xOf "$(archive)" files/book.txt)" = "her book" ]
}
holds_nothing_else() {
	! bsdtar -xOf "$(archive)" | grep -q "^root:" && bsdtar -tvf "$(archive)" | grep -q "not-hers -> /etc/shadow"
}
answers() {
	grep -q "^alice.example[[:space:]].*$1" /etc/hayward-answers
}
billed() {
	grep -q "^$1 alice" "$HOST/billing"
}

as alice perl public_html/loop.cgi &
as bob perl public_html/loop.cgi &
tap "U12 break cancel: too much CGI makes a case" wait_for 40 "alice's case" has_case alice U12
tap "U12 honest cancel: bob has the same" wait_for 40 "bob's case" has_case bob U12
tap "U12 break cancel: the mail says what follows" wait_for 15 "mail to alice" mails alice loop.cgi
quiet bob
tap "U12 break cancel: a day later every way in is closed" wait_for 60 "alice's end" suspended alice
tap "U12 break cancel: her mail is answered 450" wait_for 20 "450" answers 450
tap "U12 break export: everything of hers is in one archive" wait_for 40 "the archive" holds_book
tap "U12 break export: and nothing of others" holds_nothing_else
tap "U12 break cancel: billing is told" wait_for 30 "billing" billed cancel
tap "U12 break cancel: once" [ "$(grep -c '^cancel alice' "$HOST/billing")" -eq 1 ]
tap "U12 honest cancel: who used less in time is free" wait_for 40 "bob to be free" free bob U12
tap "U12 honest cancel: and keeps the account" not suspended bob
tap "U12 honest export: nobody else was exported" [ "$(find "$HOST/state/enforcer/exports" -name '*.zst' | wc -l)" -eq 1 ]
tap "U12 break cancel: the owner cannot take it back" \
	not as_owner alice mended "$(case_of alice U12)"
tap "U12 break cancel: staff reinstate" hayward lift "$(case_of alice U12)" --note "we found a way"
tap "U12 break cancel: she can log in" wait_for 30 "alice to be let go" not suspended alice
tap "U12 break cancel: and gets her mail" wait_for 20 "no answer" not answers .
tap "U12 break cancel: billing is told again" wait_for 30 "billing" billed reinstate
tap "U12 break export: the archive stays until its date" archive
tap "the journal holds" hayward journal verify
tap_end
