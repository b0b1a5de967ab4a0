# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Answers by mail in a test: to be read after host.sh. A mail goes through
# hayward-reply as the mail server would start it.

RECEIVER=64990
# replies_enter: makes the user of the receiver, copies of the commands that everybody may run,
# and notices that can be answered.
replies_enter() {
	if getent passwd "$RECEIVER" >/dev/null; then
		echo "Bail out! uid $RECEIVER is in use on this machine"
		exit 1
	fi
	getent passwd _hayward-reply >/dev/null ||
		echo "_hayward-reply:x:$RECEIVER:$RECEIVER::/:/usr/sbin/nologin" >>/etc/passwd
	RECEIVER=$(id -u _hayward-reply)
	# Wherever the build lies: here everybody may run them.
	install -m 755 "$BUILD/hayward-reply" "$BUILD/hayward" "$HOST"
	host_set replies hayward@common.example
}

# replies_start: haywardd, with the way to it open to the receiver.
replies_start() {
	host_start || {
		cat "$HOST/log"
		exit 1
	}
	chmod 755 "$HOST" "$HOST/run"
}

# reply_to ACCOUNT: the address to which that owner answers, as it stands in his notice.
reply_to() {
	mails "$1" >/dev/null || return 1
	grep -lE "^To: <$1@" "$HOST"/mail/*.eml | head -1 | xargs sed -n 's/^Reply-To: <\(.*\)>\r$/\1/p'
}

# mail_in UID TO [HEADER]: a mail of words on standard input, brought by that user; prints the log.
mail_in() {
	{
		printf 'From: Alice <alice@elsewhere.example>\r\nTo: <%s>\r\nSubject: Re: A10\r\n' "$2"
		printf '%b\r\n' "${3:+$3\r\n}"
		cat
	} | (cd / && exec setpriv --reuid "$1" --regid "$1" --clear-groups "$HOST/hayward-reply" --stderr \
		--socket "$HOST/run/control" --sender alice@elsewhere.example --recipient "$2") 2>&1
}

# taken UID TO: it went into a case, by exit status and log.
taken() {
	local said status
	said=$(mail_in "$@")
	status=$?
	echo "status $status: $said"
	[ $status -eq 0 ] && grep -q "went into case" <<<"$said"
}

# passed_over WORDS UID TO [HEADER]: exit status 0, and the log says why.
passed_over() {
	local words=$1 said status
	shift
	said=$(mail_in "$@")
	status=$?
	echo "status $status: $said"
	[ $status -eq 0 ] && grep -q "passed over: .*$words" <<<"$said"
}
