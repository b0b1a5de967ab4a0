#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Answers by mail: a notice comes with an address of its own, the mail that is
# sent there goes through hayward-reply, as the mail server would start it, into
# the case; what does not fit goes nowhere, and says nothing.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/replies.sh"
host_enter "$@"
replies_enter

host_set clock-rate 1
host_pair <<'END'
amend A10 {
    when cpu.share > 10% over 4s or memory.share > 10% over 4s
    imposed always
    ends by operator
}
END
replies_start

# in_case NUMBER TEXT [TIMES]: so often does the case's history hold the text.
in_case() {
	ask case "$1" "sum('''$2''' in h['text'] for h in data['case']['history']) == ${3:-1}"
}

waits() {
	mail_in "$@"
	[ $? -eq 75 ]
}

for name in alice bob; do
	as $name sh -c 'while :; do :; done' &
done
tap "a breach of two accounts" wait_for 30 "alice's mail" reply_to alice
tap "of each the owner is told" wait_for 30 "bob's mail" reply_to bob
quiet alice
quiet bob
CASE=$(case_of alice A10)
OTHER=$(case_of bob A10)
ADDRESS=$(reply_to alice)
OF_OTHER=$(reply_to bob)
echo "# case $CASE: $ADDRESS"
tap "the notice has an address of its own case" \
	grep -qE "^hayward\+$CASE\.[a-z2-7]{24}@common\.example$" <<<"$ADDRESS"
tap "the other's is another one" test "${ADDRESS#*.}" != "${OF_OTHER#*.}"
tap "the key is the notifier's alone" test "$(stat -c %a "$HOST/state/notifier/answers.key")" = 600

tap "an answer is taken" taken "$RECEIVER" "$ADDRESS" <<'END'
The import ends on Sunday.

On Mon, 25 Nov 2026, hayward on common.example <hayward@common.example> wrote:
> What we measured
-- 
Alice
END
tap "it stands in the case, as the owner's, without the quote" \
	in_case "$CASE" "(owner) by mail from alice@elsewhere.example: The import ends on Sunday."
tap "and nowhere else" in_case "$OTHER" "Sunday" 0
tap "the owner reads it too" as alice "$HOST/hayward" --run "$HOST/run" case "$CASE"

FORGED=$(sed 's/\.[a-z2-7]\{24\}@/.aaaaaaaaaaaaaaaaaaaaaaaa@/' <<<"$ADDRESS")
SWAPPED=$(sed "s/+$OTHER\./+$CASE./" <<<"$OF_OTHER")
tap "a forged tag is passed over" passed_over "not one of ours" "$RECEIVER" "$FORGED" <<<"forged"
tap "so is another case's" passed_over "not one of ours" "$RECEIVER" "$SWAPPED" <<<"swapped"
tap "and one of a case that is not there, in the same words" passed_over "not one of ours" "$RECEIVER" \
	"$(sed "s/+$CASE\./+4711./" <<<"$ADDRESS")" <<<"nowhere"
tap "an address without a tag, too" passed_over "no address of a notice" "$RECEIVER" \
	hayward@common.example <<<"untagged"
tap "an answering machine is passed over" passed_over "Auto-Submitted: auto-replied" "$RECEIVER" "$ADDRESS" \
	"Auto-Submitted: auto-replied" <<<"on holiday"
tap "a mail of nothing new, too" passed_over "nothing new" "$RECEIVER" "$ADDRESS" <<<"> quoted"
for word in forged swapped nowhere untagged holiday; do
	tap "nothing of '$word' is in the case" in_case "$CASE" "$word" 0
done

tap "escapes reach nobody's terminal" taken "$RECEIVER" "$ADDRESS" <<<$'red \e[31m alert'
tap "what stands there is harmless" in_case "$CASE" $'\ufffd[31m alert'
tap "a customer cannot bring mail himself" waits 61002 "$ADDRESS" <<<"by myself"
tap "nor is it taken" in_case "$CASE" "by myself" 0

host_stop
tap "while hayward is away the mail server keeps the mail" waits "$RECEIVER" "$ADDRESS" <<<"later"
host_start
tap "after a restart the same address is good still" taken "$RECEIVER" "$ADDRESS" <<<"after the restart"
tap "and the answer is there" wait_for 10 "the answer" in_case "$CASE" "after the restart"

ENGINE=$(pgrep -P "$HAYWARDD" -f -- "--role[ =]engine")
kill -KILL "$ENGINE"
# As the mail server would: again while it is told to, and not once it was passed over.
comes_in_time() {
	local deadline=$((SECONDS + 20)) said
	until said=$(mail_in "$RECEIVER" "$ADDRESS" <<<"to a new engine"); do
		[ $SECONDS -lt $deadline ] || break
	done
	echo "$said"
	grep -q "went into case" <<<"$said"
}
tap "a new engine can verify, too, and no mail is lost meanwhile" comes_in_time
hayward_reload() {
	hayward reload && taken "$RECEIVER" "$ADDRESS" <<<"after a reload"
}
tap "and after a reload" hayward_reload
host_set replies '""'
hayward reload >/dev/null
tap "without the setting mail waits" waits "$RECEIVER" "$ADDRESS" <<<"switched off"
host_set replies hayward@common.example
hayward reload >/dev/null
tap "and is taken when it is there again" taken "$RECEIVER" "$ADDRESS" <<<"switched on"

# The mail server itself, set up as docs/notices.md says.
mail_server() {
	local own=$HOST/postfix
	mkdir -p "$own"/{etc,queue,data}
	chown postfix "$own/data"
	awk '!/^[#[:space:]]/ && NF > 7 {$5 = "n"; if ($1 == "smtp" && $2 == "inet") $1 = "127.0.0.1:2525"} 1' \
		/etc/postfix/master.cf >"$own/etc/master.cf"
	cat >>"$own/etc/master.cf" <<-END
		hayward unix - n n - 2 pipe
		  flags=Rq user=_hayward-reply argv=$HOST/hayward-reply --socket $HOST/run/control
		  --sender \${sender} --recipient \${recipient}
	END
	cat >"$own/etc/main.cf" <<-END
		compatibility_level = 3.6
		queue_directory = $own/queue
		data_directory = $own/data
		myhostname = common.example
		mydestination = common.example
		local_recipient_maps =
		alias_maps =
		inet_interfaces = 127.0.0.1
		recipient_delimiter = +
		transport_maps = inline:{ { hayward@common.example = hayward: } }
		hayward_destination_recipient_limit = 1
		minimal_backoff_time = 1s
		maximal_backoff_time = 2s
		queue_run_delay = 1s
		maillog_file = $own/log
		maillog_file_prefixes = $own
	END
	postfix -c "$own/etc" start
}

# post SENDER TO WORDS: hands the server a mail.
post() {
	python3 - "$@" <<-'END'
		import smtplib, sys
		sender, to, words = sys.argv[1:]
		with smtplib.SMTP("127.0.0.1", 2525, timeout=20) as server:
		    server.sendmail(sender, [to], f"From: <alice@elsewhere.example>\r\nTo: <{to}>\r\n\r\n{words}\r\n")
	END
}

# by_alias OWNER: instead, by an alias in a file that belongs to that user.
by_alias() {
	local aliases=$HOST/postfix/etc/hayward-aliases
	echo "hayward \"|$HOST/hayward-reply --socket $HOST/run/control\"" >"$aliases"
	chown "$1" "$aliases"
	postconf -c "$HOST/postfix/etc" -X transport_maps local_recipient_maps
	postconf -c "$HOST/postfix/etc" -e "alias_maps = texthash:$aliases"
	postfix -c "$HOST/postfix/etc" reload
}

# delivered RELAY TIMES: so many mails went through hayward-reply, by that part of Postfix.
delivered() {
	[ "$(grep -Ec "to=<hayward\+.*relay=$1,.*status=sent" "$HOST/postfix/log")" -eq "$2" ]
}

logged() {
	grep -Eq "$1" "$HOST/postfix/log"
}

# comes_late CASE WORDS: the mail that Postfix keeps is in the case; else Postfix is told to try
# again, for a mail that it just has its hands on is forgotten by the next look at the queue.
comes_late() {
	in_case "$@" && return
	postfix -c "$HOST/postfix/etc" flush
	sleep 1
	return 1
}

if command -v postfix >/dev/null && mail_server >/dev/null 2>&1; then
	tap "Postfix takes a mail for it" wait_for 30 "Postfix" post alice@elsewhere.example "$ADDRESS" "by post"
	tap "and brings it into the case" wait_for 30 "the mail" in_case "$CASE" "by post"
	post "" "$ADDRESS" "a bounce"
	tap "Postfix brings a bounce, too" wait_for 30 "the bounce" delivered hayward 2
	tap "which goes nowhere" in_case "$CASE" "a bounce" 0
	host_stop
	post alice@elsewhere.example "$ADDRESS" "while away"
	tap "while hayward is away Postfix keeps the mail" wait_for 30 "a deferred mail" logged "status=deferred"
	host_start
	tap "and brings it later" wait_for 60 "the late mail" comes_late "$CASE" "while away"
	tap "nobody got a bounce" not logged "status=bounced"

	by_alias _hayward-reply >/dev/null 2>&1
	tap "An alias takes a mail for it" wait_for 30 "Postfix" post alice@elsewhere.example "$ADDRESS" "by alias"
	tap "and brings it into the case" wait_for 30 "the mail" in_case "$CASE" "by alias"
	tap "through local(8)" delivered local 1
	post "" "$ADDRESS" "an aliased bounce"
	tap "the alias brings a bounce, too" wait_for 30 "the bounce" delivered local 2
	tap "which goes nowhere" in_case "$CASE" "an aliased bounce" 0
	by_alias root >/dev/null 2>&1
	post alice@elsewhere.example "$ADDRESS" "by nobody"
	tap "in a file of root's it runs as nobody, and Postfix keeps the mail" \
		wait_for 30 "a deferred mail" logged "relay=local,.*status=deferred"
	by_alias _hayward-reply >/dev/null 2>&1
	tap "until the file is the right user's" wait_for 60 "the late mail" comes_late "$CASE" "by nobody"
	tap "still nobody got a bounce" not logged "status=bounced"
	postfix -c "$HOST/postfix/etc" stop >/dev/null 2>&1
	[ $TAP_FAILED -eq 0 ] || tail -60 "$HOST/postfix/log" | sed 's/^/# postfix: /'
else
	echo "# no Postfix here: the way through a real mail server was not tried"
fi
tap "the journal holds" hayward journal verify
tap_end
