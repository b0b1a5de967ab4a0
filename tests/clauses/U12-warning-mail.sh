#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# U12: too much CGI, told, and a day later the end: every way in closed, mail answered 450,
# everything exported, billing told. Who uses less in time keeps the account. Only staff
# reinstate. What the web server starts counts, and nothing else: not the same work by a job
# of the owner's own or at a login, however it calls itself. (Half the shipped limit, so that
# work of others on this machine changes nothing.)
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
daemons_have apache2 curl cron sshd
host_enter "$@"

number=61001
for customer in alice bob carl dora emil; do
	host_account $customer $number
	number=$((number + 1))
done
sed -i 's/^    contact alice@.*/&\n    domains { alice.example }/' "$HOST/etc/accounts.conf"
host_set clock-rate 8640
host_set gather 0s
host_set billing-hook /etc/billing
host_set mail-answers /etc/hayward-answers
host_policy <<'END'
amend U12 {
    when scripts.cpu-share > 10% over 4s
    ends when kept for 12s or by operator
}
amend U1a {
    says "A run of a script may hold no more memory than {script.memory}."
    when script.memory > plan.script-memory
}
clause L1 "As much" for each account {
    says "Who takes {limit} in whatever way."
    when cpu.share > 10% over 4s
    then audit
}
amend A6 { when host.disk-free < 0% }
END
: >"$HOST/billing"
chmod 666 "$HOST/billing"
printf '#!/bin/sh\necho "$* $HAYWARD_CASE" >>%s\n' "$HOST/billing" >/etc/billing
chmod 755 /etc/billing

# At most so many percent of the machine, and no more later if it got less before.
burns() {
	local part
	part=$(awk -v percent="$1" -v count="$(nproc)" 'BEGIN { print percent * count / 1000 }')
	echo "use Time::HiRes qw(clock sleep); while () { my \$end = clock() + $part; 1 while clock() < \$end; sleep(0.1 - $part) }"
}
host_script alice loop.cgi '1 while 1;'
host_script alice forum.cgi '1 while 1;'
host_script bob loop.cgi "$(burns 24)"
host_script carl report.pl '1 while 1;'
host_script dora build.pl '1 while 1;'
host_script emil shop.cgi "$(burns 7)"
# Root's file, run by a customer: it makes no cron of her.
cp /usr/bin/perl /etc/crond
echo "her book" >"$HOST/home/alice/book.txt"
ln -s /etc/shadow "$HOST/home/alice/not-hers"
mkfifo "$HOST/home/alice/pipe"
chown -hR 61001:61001 "$HOST/home/alice"
web_server >/dev/null
ssh_server >/dev/null
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
started_by() {
	ask show "$1" "any(s['script'].endswith('$2') and s['started_by'] == '$3' for s in data['scripts'])"
}

page alice loop.cgi &
page alice forum.cgi &
page bob loop.cgi &
page emil shop.cgi &
tap "U12 break scripts: too much CGI makes a case" wait_for 40 "alice's case" has_case alice U12
tap "U12 break scripts: it is known who starts it" started_by alice loop.cgi web
tap "U12 honest cancel: bob has the same" wait_for 40 "bob's case" has_case bob U12
tap "U12 break scripts: the mail says which, and by whom" wait_for 15 "mail to alice" \
	mails alice "account's own use, started by the web server)"
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

# As much by others than the web server, while emil's pages go on with less.
cron_jobs carl "@reboot perl public_html/report.pl"
over_ssh dora /etc/crond public_html/build.pl &
tap "U12 honest scripts: a job takes as much, as long" wait_for 40 "carl's job" has_case carl L1
tap "U12 honest scripts: so does work at a login" wait_for 40 "dora's work" has_case dora L1
tap "U12 honest scripts: a job of the owner's own is none of it" free carl U12
tap "U12 honest scripts: and known as cron's" started_by carl report.pl cron
tap "U12 honest scripts: work at a login is none of it" free dora U12
tap "U12 honest scripts: and known as that, by whatever name" started_by dora /etc/crond login
tap "U12 honest scripts: pages that take less all the time" uses_more emil 3
tap "U12 honest scripts: have no case" ask cases --all "{'alice', 'bob'} == {c['account'] for c in data['cases'] if c['clause'] == 'U12'}"
for customer in carl dora emil; do
	quiet $customer
done
tap "U12 break cancel: the owner cannot take it back" \
	not as_owner alice mended "$(case_of alice U12)"
tap "U12 break cancel: staff reinstate" hayward lift "$(case_of alice U12)" --note "we found a way"
tap "U12 break cancel: she can log in" wait_for 30 "alice to be let go" not suspended alice
tap "U12 break cancel: and gets her mail" wait_for 20 "no answer" not answers .
tap "U12 break cancel: billing is told again" wait_for 30 "billing" billed reinstate
tap "U12 break export: the archive stays until its date" archive
tap "the journal holds" hayward journal verify
tap_end
