# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The story that demo/run tells.

for customer in bella:61001 carl:61002 dana:61003 emil:61004 fay:61005 gus:61006; do
	host_account "${customer%:*}" "${customer#*:}"
done
script bella shop.cgi 'my $x = 0; $x += $_ for 1 .. 300_000;'
script carl loop.cgi '1 while 1;'
script dana counter.cgi 'my $x = 0; $x += $_ for 1 .. 10_000;'
script dana guestbook.cgi 'my $x = 0; $x += $_ for 1 .. 30_000;'
script emil gallery.cgi 'my $x = "x" x shift; sleep 600;'
host_policy demo <"$ROOT/demo/demo.policy"
host_set clock-rate 8640
host_set gather 0s

title "A common, and six who share it"
tell "bella keeps an honest shop, carl left a loop in a CGI, dana's two little scripts are" \
	"called thousands of times, emil's gallery holds memory, fay and gus sleep."
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
happens 15 "which binds" uses_less carl 13
show show carl
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

title "4. Who does not answer"
happens 10 "carl's case waits for staff: this release cannot suspend by itself" waiting carl A10
show cases --waiting
show case "$(case_of carl A10)"
quiet carl
show lift "$(case_of carl A10)" --note "spoke with carl, the loop is gone"
happens 10 "carl is free again" free carl A10

title "5. The neighbours"
happens 1 "bella and fay heard nothing: there was nothing to say" nobody_told bella fay

title "6. What stays is the journal"
show journal verify
happens 1 "its chain holds" hayward journal verify
host_stop
happens 10 "nothing is left of the throttles" no_cgroups
