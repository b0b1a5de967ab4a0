#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Answers by mail through a real Exim, with the router and the transport that
# docs/notices.md shows. Debian's Exim excludes every other mail server, so it runs in
# the tree of container.sh, by chroot, beside a haywardd of ours.
set -u
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/replies.sh"
. "$(dirname "$0")/container.sh"
if [ "${HOST_INSIDE:-}" != yes ]; then
	needs debootstrap
	tree_find
	trap 'rm -rf "$PLACE"' EXIT
fi
host_enter "$@"
replies_enter
chmod 755 "$HOST" "$HOST/run"

host_account alice 61001
host_set replies hayward@common.example
host_set gather 0s
host_policy <<'END'
amend A10 {
    when cpu.share > 5% over 4s
    imposed always
    ends by operator
}
amend A6 { when host.disk-free < 0% }
END
host_start

# in_case TEXT [TIMES]: so often does the case's history hold the text.
in_case() {
	ask case "$CASE" "sum('''$1''' in h['text'] for h in data['case']['history']) == ${2:-1}"
}

# documented NUMBER: the first or second block of that name in the manual, as it stands there.
documented() {
	awk -v wanted="$1" '/^    hayward_reply:$/ {block++} block == wanted {if ($0 == "") exit; print substr($0, 5)}' \
		"$ROOT/docs/notices.md"
}

EXIM=$PLACE/exim
prepare_exim() {
	local own=$EXIM/etc/exim4
	tree_install "$BUILD/hayward-reply"
	mkdir -p "$PLACE/work" "$EXIM"
	mount -t overlay -o "lowerdir=$TREE,upperdir=$PLACE/over,workdir=$PLACE/work" overlay "$EXIM" &&
		mount --bind /proc "$EXIM/proc" && mount --bind /dev "$EXIM/dev" || return 1
	mkdir -p "$EXIM$HOST/run"
	mount --bind "$HOST/run" "$EXIM$HOST/run"
	echo "_hayward-reply:x:$RECEIVER:$RECEIVER::/:/usr/sbin/nologin" >>"$EXIM/etc/passwd"
	echo "_hayward-reply:x:$RECEIVER:" >>"$EXIM/etc/group"
	sed -i "/dc_other_hostnames/s/=.*/='common.example'/; /dc_use_split_config/s/=.*/='true'/
		/dc_local_interfaces/s/=.*/='127.0.0.1.2526'/" "$own/update-exim4.conf.conf"
	documented 1 >"$own/conf.d/router/350_hayward_reply"
	documented 2 | sed "s|^  command = .*|  command = ${OURS[*]} /opt/hayward/hayward-reply --socket $HOST/run/control|" \
		>"$own/conf.d/transport/50_hayward_reply"
	chroot "$EXIM" update-exim4.conf
}

exim() {
	chroot "$EXIM" exim4 "$@"
}

start_exim() {
	exim -bdf &
	wait_for 20 "Exim" python3 -c "import socket; socket.create_connection(('127.0.0.1', 2526), 1)"
}

# post SENDER TO WORDS: hands the server a mail.
post() {
	python3 - "$@" <<-'END'
		import smtplib, sys
		sender, to, words = sys.argv[1:]
		with smtplib.SMTP("127.0.0.1", 2526, timeout=60) as server:
		    server.sendmail(sender, [to], f"From: <alice@elsewhere.example>\r\nTo: <{to}>\r\n\r\n{words}\r\n")
	END
}

logged() {
	grep -E "$1" "$EXIM/var/log/exim4/mainlog"
}

routed() {
	exim -bt "$1" | grep 'router = hayward_reply'
}

delivered() {
	[ "$(logged "=> hayward.*R=hayward_reply T=hayward_reply" | wc -l)" -eq "$1" ]
}

as alice sh -c 'while :; do :; done' &
tap "a breach" wait_for 60 "alice's mail" reply_to alice
quiet alice
CASE=$(case_of alice A10)
ADDRESS=$(reply_to alice)
tap "Exim takes the router and the transport of the manual" prepare_exim
start_exim
tap "Exim takes a mail for it" post alice@elsewhere.example "$ADDRESS" "by exim"
tap "and brings it into the case" wait_for 30 "the mail" in_case "by mail from alice@elsewhere.example: by exim"
tap "by that router and transport" wait_for 10 "the log" delivered 1
tap "nothing of a mailbox's form is left in it" in_case "From alice" 0
post "" "$ADDRESS" "a bounce"
tap "it brings a bounce, too" wait_for 30 "the bounce" delivered 2
tap "which goes nowhere" in_case "a bounce" 0
tap "an address without a tag is none of that router's" not routed hayward@common.example
tap "nor is one that only begins so" not routed haywardx+1.a@common.example
host_stop
post alice@elsewhere.example "$ADDRESS" "while away"
tap "while hayward is away Exim keeps the mail" wait_for 30 "a deferred mail" logged "== hayward.*T=hayward_reply defer"
host_start
exim -qff
tap "and brings it later" wait_for 30 "the late mail" in_case "while away"
tap "nobody got a bounce" not logged ' \*\* '
[ $TAP_FAILED -eq 0 ] || sed 's/^/# exim: /' "$EXIM/var/log/exim4/mainlog"
tap "the journal holds" hayward journal verify
tap_end
