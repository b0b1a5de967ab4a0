# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The story that demo/run tells.

for customer in bella:61001 carl:61002 dana:61003 emil:61004 fay:61005 gus:61006; do
	host_account "${customer%:*}" "${customer#*:}"
done
script bella shop.cgi 'my $x = 0; $x += $_ for 1 .. 400_000;'
script carl loop.cgi '1 while 1;'
script dana counter.cgi 'my $x = 0; $x += $_ for 1 .. 10_000;'
script dana guestbook.cgi 'my $x = 0; $x += $_ for 1 .. 30_000;'
script emil gallery.cgi 'my $x = "x" x shift; sleep 600;'
host_policy demo <"$ROOT/demo/demo.policy"
host_set clock-rate 8640
host_set gather 1s

title "A common, and six who share it"
tell "bella keeps an honest shop, carl left a loop in a CGI, dana's two little scripts are" \
	"called thousands of times, emil's gallery holds memory, fay and gus sleep."
host_start
show status

title "1. Somebody spoils it for the others"
as bella sh -c 'while :; do public_html/shop.cgi; sleep 0.5; done' &
as carl perl public_html/loop.cgi &
as carl perl public_html/loop.cgi &
CARL=$!
as dana sh -c 'while [ ! -e enough ]; do public_html/counter.cgi; public_html/guestbook.cgi; done' &
as dana sh -c 'while [ ! -e enough ]; do public_html/counter.cgi; public_html/guestbook.cgi; done' &
happens 25 "the host is in distress, and carl is a leading cause: case opened, imposed" \
	has_case carl A10
show top --once
happens 10 "carl is told, which script and how much" mails carl loop.cgi
print_mail carl loop.cgi
happens 10 "carl is throttled to a tenth of the machine" held carl
happens 15 "and it binds" uses_less carl 14
show show carl

title "2. Thousands of two-millisecond scripts"
happens 30 "dana, whom no sampler sees, is told: both scripts by name" mails dana counter.cgi
tell "dana reads her mail and mends her page"
touch "$HOST/home/dana/enough"
happens 30 "dana's case is cured, her throttle gone" free dana A10
happens 10 "and she is told so" mails dana over

title "3. The neighbours"
STEPS=$((STEPS + 1))
if mails bella >/dev/null || mails fay >/dev/null; then
	MISSED=$((MISSED + 1))
	tell "${RED}an innocent neighbour got a mail${PLAIN}"
else
	tell "${GREEN}bella and fay heard nothing: there was nothing to say${PLAIN}"
fi

title "4. Memory, on a quiet host: recorded, told to nobody, until staff impose it"
as emil perl public_html/gallery.cgi "$(awk '/MemTotal/ {print int($2 * 1024 * 0.12)}' /proc/meminfo)" &
EMIL=$!
happens 20 "emil's case is recorded" \
	has_case emil A10
number=$(case_of emil A10)
show impose "$number" --note "others wait for memory"
happens 15 "emil is told" mails emil memory
happens 20 "his memory is throttled a day (ten seconds) later" held emil
kill "$EMIL" 2>/dev/null
pkill -u emil
happens 30 "he let go of it: cured" free emil A10

title "5. One who does not answer"
happens 60 "carl's case waits for staff: this release cannot suspend by itself" \
	waiting carl A10
show cases --waiting
show explain "$(case_of carl A10)"
pkill -u carl
show lift "$(case_of carl A10)" --note "spoke with carl, the loop is gone"
happens 20 "carl is free again" free carl A10

title "6. What stays is the journal"
show journal verify
host_stop
