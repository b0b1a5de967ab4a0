# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A Postfix in its chroot, as Debian sets it up, that asks the gate of a host of tests/lib/host.sh, and
# a clamd that knows one virus, and what the mail role's does from the beginning; read behind host_enter:
#
#   scanner                        # clamd at $CLAMD, its pid is $SCANNER, the virus is $VIRUS
#   filter                         # rspamd at $RSPAMD, of whom no test of it asks the network
#   mail_server [SETTING...]       # after host_start

VIRUS=HAYWARD-TEST-PATTERN-0123456789
CLAMD=$HOST/clamd/socket

RSPAMD=$HOST/rspamd/socket

filter() {
	local module
	mkdir -p "$HOST/rspamd/local.d"
	for module in rbl surbl emails asn dkim dkim_signing spf dmarc arc mx_check phishing fuzzy_check greylist ratelimit replies neural \
		history_redis; do
		echo 'enabled = false;' >"$HOST/rspamd/local.d/$module.conf"
	done
	echo 'enabled = false;' | tee "$HOST/rspamd/local.d/worker-proxy.inc" "$HOST/rspamd/local.d/worker-fuzzy.inc" \
		>"$HOST/rspamd/local.d/worker-controller.inc"
	printf 'bind_socket = "%s mode=0666";\ncount = 1;\n' "$RSPAMD" >"$HOST/rspamd/local.d/worker-normal.inc"
	printf 'pidfile = "%s/pid";\ndns { timeout = 0.2s; retransmits = 1; }\n' "$HOST/rspamd" >"$HOST/rspamd/local.d/options.inc"
	printf 'type = "file";\nfilename = "%s/log";\n' "$HOST/rspamd" >"$HOST/rspamd/local.d/logging.inc"
	chown -R _rspamd: "$HOST/rspamd"
	rspamd --var=LOCAL_CONFDIR="$HOST/rspamd" --var=DBDIR="$HOST/rspamd" --var=RUNDIR="$HOST/rspamd" -u _rspamd -g _rspamd -f \
		>"$HOST/rspamd/said" 2>&1 &
	wait_for 60 "rspamd" test -S "$RSPAMD"
}

scanner() {
	mkdir -p "$HOST/clamd/signatures" "$HOST/clamd/tmp"
	mountpoint -q "$HOST/clamd/tmp" || mount -t tmpfs -o size=512M tmpfs "$HOST/clamd/tmp"
	printf 'Hayward.Test:0:*:%s\n' "$(printf %s "$VIRUS" | od -An -tx1 | tr -d ' \n')" >"$HOST/clamd/signatures/test.ndb"
	cp "$ROOT/packaging/roles/mail/tree/var/lib/clamav/hayward.ndb" "$HOST/clamd/signatures/"
	printf '%s\n' "LocalSocket $CLAMD" "DatabaseDirectory $HOST/clamd/signatures" "LogFile $HOST/clamd/log" \
		"TemporaryDirectory $HOST/clamd/tmp" "Foreground yes" "User root" >"$HOST/clamd/conf"
	rm -f "$CLAMD"
	clamd -c "$HOST/clamd/conf" >"$HOST/clamd/said" 2>&1 &
	SCANNER=$!
	wait_for 30 "clamd" test -S "$CLAMD"
}

mail_server() {
	mkdir -p "$HOST/spool" /var/lib/postfix /var/spool/postfix
	chmod 1777 "$HOST/spool"
	mount -t tmpfs tmpfs /var/lib/postfix
	chown postfix: /var/lib/postfix
	postconf -e 'mydestination = common.example' 'myhostname = common.example' 'inet_interfaces = loopback-only' \
		'inet_protocols = ipv4' 'mynetworks = 127.0.0.0/8' 'alias_maps =' 'mailbox_command =' "mail_spool_directory = $HOST/spool" \
		'compatibility_level = 3.6' "maillog_file = $HOST/maillog" "maillog_file_prefixes = $HOST" 'biff = no' \
		'minimal_backoff_time = 1s' 'maximal_backoff_time = 2s' 'queue_run_delay = 1s' \
		'smtpd_milters = unix:hayward/smtp' 'non_smtpd_milters = unix:hayward/local' \
		'milter_default_action = tempfail' 'smtpd_forbid_unauth_pipelining = yes' \
		'internal_mail_filter_classes = bounce' 'bounce_size_limit = 1'
	[ $# -eq 0 ] || postconf -e "$@" # apart: of one name twice in a call it would complain
	postconf -F '*/*/chroot = y' 'local/unix/chroot = n' 'proxymap/unix/chroot = n' 'virtual/unix/chroot = n' \
		'postlog/unix-dgram/chroot = n'
	mkdir -p /var/spool/postfix/hayward /var/spool/postfix/etc
	cp /etc/services /etc/resolv.conf /etc/hosts /etc/nsswitch.conf /var/spool/postfix/etc/
	mount --bind "$HOST/run/gate/host" /var/spool/postfix/hayward
	postfix start >/dev/null 2>&1
	wait_for 10 "Postfix" grep -q ":0019 .* 0A " /proc/net/tcp
}
