# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The story that demo/run tells.

for customer in bella:61001 carl:61002 dana:61003 emil:61004 fay:61005 gus:61006 \
	hugo:61007:six ida:61008:trial jo:61009 kim:61010 lou:61011; do
	IFS=: read -r name uid plan <<<"$customer"
	host_account "$name" "$uid" "${plan:-basic}"
done
host_script bella shop.cgi 'my $x = 0; $x += $_ for 1 .. 300_000;'
host_script carl loop.cgi '1 while 1;'
host_script dana counter.cgi 'my $x = 0; $x += $_ for 1 .. 10_000;'
host_script dana guestbook.cgi 'my $x = 0; $x += $_ for 1 .. 30_000;'
host_script hugo loop.cgi '1 while 1;'
host_script ida loop.cgi '1 while 1;'
host_script emil gallery.cgi 'my $x = "x" x shift; sleep 600;'
host_script jo watch.pl 'until (-e "news") { select(undef, undef, undef, 0.001) }'
for page in shop news search; do
	printf '<?php $x = 0; for ($i = 0; $i < %s; $i++) $x += sqrt($i); echo "the %s";' \
		"$([ $page = search ] && echo 4000000 || echo 2000)" $page >"$HOST/home/lou/public_html/$page.php"
done
host_policy demo <"$ROOT/demo/demo.policy"
host_set clock-rate 8640
host_set gather 0s
host_set breaker-least 9
host_set clamd "$(command -v clamd >/dev/null && echo "$CLAMD" || echo '""')"
form_with_hole gus contact.cgi
host_script gus club.cgi 'print "Content-Type: text/plain\n\nthe club\n";'

title "A common, and eleven who share it"
tell "bella keeps an honest shop, carl left a loop in a CGI, dana's two little scripts are" \
	"called thousands of times, emil's gallery holds memory, hugo and ida have loops of" \
	"their own to come, fay sleeps, gus has a form on his page. jo's program waits for a file, kim tries" \
	"something from a forum, lou has three pages in PHP, which one worker serves."
host_start >/dev/null
show status
as bella sh -c 'while :; do public_html/shop.cgi; sleep 0.7; done' &

title "1. On a quiet host a breach is recorded and told to nobody, until staff impose it"
as dana sh -c 'while [ ! -e enough ]; do public_html/counter.cgi; public_html/guestbook.cgi; done' &
happens 20 "dana's scripts, two milliseconds each, are seen: her case is recorded" has_case dana A10
show top --once --scripts
show impose "$(case_of dana A10)" --note "others wait for the processor"
happens 10 "dana is told, both scripts by name" mails dana counter.cgi
print_mail dana guestbook.cgi
tell "dana reads it and mends her page, before the day (ten seconds) is over"
touch "$HOST/home/dana/enough"
happens 25 "cured in time: nothing was done to her" free dana A10
happens 5 "and she is told that it is over" mails dana over

title "2. Somebody spoils it for the others"
for _ in $(seq $((2 * $(nproc)))); do
	as carl perl public_html/loop.cgi &
done
happens 30 "the host is in distress, carl is the leading cause: told at once" mails carl loop.cgi
happens 5 "and throttled to a tenth of the machine" held carl
happens 15 "ten minutes later (the blink of an eye here) he is suspended" suspended carl
happens 15 "and nothing of his runs any more" not pgrep -u "$(uid_of carl)"
show case "$(case_of carl A10)"
happens 25 "the distress is over" ask top --once "not data['host']['emergency']"

title "3. Memory, with a day to mend it"
as emil perl public_html/gallery.cgi "$(awk '/MemTotal/ {print int($2 * 1024 * 0.12)}' /proc/meminfo)" &
happens 20 "emil's case is recorded" has_case emil A10
show impose "$(case_of emil A10)" --note "memory is short"
happens 10 "emil is told" mails emil gallery.cgi
happens 20 "a day later his memory is throttled" held emil
quiet emil
happens 20 "he lets go of it: cured, and the throttle is gone" free emil A10
happens 5 "and he is told so" mails emil over

title "4. A suspended owner puts it right"
sshd_begin carl
happens 5 "carl cannot log in" not shell_of carl
happens 10 "but he fetches and deletes by SFTP" sftp_removes carl public_html/loop.cgi
show lift "$(case_of carl A10)" --note "spoke with carl, the loop is gone"
happens 20 "staff let him go" not suspended carl
happens 10 "and he can log in again" shell_of carl
happens 5 "he is told that it is over" mails carl over

title "5. Six clauses, one cause, one mail"
as hugo perl public_html/loop.cgi &
happens 20 "hugo's loop breaks six clauses" ask cases "sum(c['account'] == 'hugo' for c in data['cases']) >= 6"
happens 10 "he is told once" [ "$(sleep 3; mails hugo | wc -l)" -eq 1 ]
print_mail hugo loop.cgi
show incident "$(case_of hugo D6)"
quiet hugo
show lift "$(case_of hugo D6)" --note "hugo ended it"
happens 10 "and it is lifted as one" ask cases "not any(c['account'] == 'hugo' and c['clause'][0] == 'D' for c in data['cases'])"

title "6. Three scripts in one worker"
php_pool lou lou
# A pool that has just been started is listened to some seconds later.
for _ in $(seq 14); do
	for page in shop news search; do php_page lou "$HOST/home/lou/public_html/$page.php" 5 >/dev/null; done
done
happens 20 "PHP runs lou's pages in one process; the greedy one is named" mails lou search.php
happens 1 "and no other" not mails lou news.php
show show lou --scripts
php_pool_end lou
quiet lou

title "7. Who asks and asks"
as jo perl public_html/watch.pl &
happens 60 "jo's program wakes a thousand times a second and finds nothing: told what to wait with" mails jo watch.pl
print_mail jo watch.pl
quiet jo
happens 40 "it ended, and its case with it" free jo S7

title "8. A fork bomb"
silently prlimit --nproc=300 setpriv --reuid "$(uid_of kim)" --regid "$(uid_of kim)" --clear-groups \
	env -C "$HOST/home/kim" -i bash -c 'b() { b | b & }; b; sleep 20' 2>/dev/null &
happens 20 "kim's bomb is seen" has_case kim U6a
happens 20 "its processes are held, looked at, and ended" not pgrep -u "$(uid_of kim)"
happens 20 "and kim's account is locked until somebody has spoken with her" suspended kim
show case "$(case_of kim U6a)"

title "9. The end of an account, and what stays of it"
echo "chapter one" >"$HOST/home/ida/novel.txt"
as ida perl public_html/loop.cgi &
happens 20 "ida's scripts take a quarter of the machine: told what will follow" mails ida loop.cgi
happens 30 "a day later every way in is closed" suspended ida
happens 30 "and all that is hers is in one archive" exported ida novel.txt
tell "$(archive_of ida)"
show lift "$(case_of ida U12)" --note "we found another way"
happens 20 "staff reinstate her" not suspended ida

title "10. A form with a hole"
tell "gus' form mails whomever its visitor names. Somebody found that out, and brings a list of strangers;" \
	"half of them do not exist, so their mail comes back. The web and the mail server are real ones."
if ! lacks apache2 curl postfix sendmail; then
	web_server >/dev/null
	mail_begin
	happens 10 "a Postfix that asks hayward is there" mail_listens
	happens 10 "gus' form answers" answers gus contact.cgi "thank you"
	visitor_sends gus contact.cgi &
	VISITOR=$!
	happens 40 "hayward knows by what comes back: a form sends spam" has_case gus S11b
	happens 20 "it is switched off" not answers gus contact.cgi "thank you"
	happens 5 "his other page goes on" answers gus club.cgi "the club"
	happens 1 "his account does, too" not suspended gus
	happens 10 "gus is told which script it is, and why" mails gus "do not exist"
	print_mail gus contact.cgi
	wait $VISITOR
	show mail gus
	happens 20 "what the form had in hand yet is held" held_mail bella@common.example
	show_some 6 mail queue
	tell "One of them is for bella. She says that she wants it."
	show mail release "$(held_mail bella@common.example)" --note "bella wants it"
	happens 20 "she has it" grep -q "^Subject: You have won" "$HOST/spool/bella"
	happens 1 "and the others are still held" held_mail "nobody-$STRANGERS@elsewhere.example"
	show lift "$(case_of gus S11b)" --note "gus closes the hole today"
	happens 20 "gus has his form again" answers gus contact.cgi "thank you"
	apache2ctl stop
fi

title "11. A letter with a virus"
tell "emil sends an invoice on, as he got it."
if ! lacks clamd postfix; then
	mail_begin
	happens 10 "a clamd that knows one virus is there" test -S "$CLAMD"
	letter_with_virus >"$HOST/letter"
	sends_letter emil "$HOST/letter" >"$HOST/said"
	printf '\n   the mail server says:\n'
	cat -v "$HOST/said" | sed 's/^/   > /'
	printf '\n'
	happens 1 "it is refused: with the virus' name, and the part that has it" grep -q 'Hayward.Test.* in part 2 (invoice.exe)' "$HOST/said"
	happens 1 "and did not arrive" not grep -q "^Subject: Our invoice" "$HOST/spool/stranger"
	LETTER=$(grep -o 'HW-[0-9a-f]*-[0-9a-f]*' "$HOST/said")
	show why "$LETTER"
	happens 1 "staff find it by its reference, and whose it was" on_record "$LETTER" "emil .*virus by loopback"
fi
mail_end

title "12. A mistake in the terms"
tell "Somebody of the staff writes '<' where he meant '>'."
# Who does nothing at all is not weighed again only because the terms are others.
for idler in bella carl dana emil fay gus jo lou; do
	as "$idler" sh -c 'while :; do sleep 0.5; done' &
done
host_policy mistake <"$ROOT/demo/mistake.policy"
show reload
happens 20 "the breaker halts before everybody is throttled" ask breaker "data['breaker']['tripped']"
show breaker
rm "$HOST/etc/policy.d/mistake.policy"
show breaker --drop --note "'<' where '>' was meant"
show reload
happens 20 "nothing of it is left" ask cases "not any(c['clause'] == 'X1' for c in data['cases'])"

title "13. The neighbours"
happens 1 "bella and fay heard nothing but of the mistake" told_of_mistake_only bella fay

title "14. What stays is the journal"
show journal verify
happens 1 "its chain holds" hayward journal verify
host_stop
happens 10 "nothing is left of the throttles" no_cgroups
