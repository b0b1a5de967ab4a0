#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# U2, of the disks: who keeps them working, three windows in a stretch, is warned, and told
# which script it is. What the page cache has costs nothing, however much is read; one busy
# window is nobody's business; and of the host's own backup nobody else bears the time.
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

host_pair <<'END'
amend U2 {
    when io.share >= 10% over 4s 3 times within 24s
    ends when kept for 5s or by owner
}
amend U1a { when script.memory > 1000GiB or script.cpu > 1h within 2h }
END
host_account carol 61003
host_account dora 61004
host_start
ask status "any(s['name'] == 'io' and not s['works'] for s in data['sensors'])" &&
	tap_skip "needs a kernel that counts what tasks read, and a disk that counts what it does"
for customer in alice bob carol dora; do
	dd if=/dev/urandom of="$HOST/home/$customer/data" bs=1M count=200 conv=fsync status=none
	chown --reference "$HOST/home/$customer" "$HOST/home/$customer/data"
done
host_script alice dump.cgi 'system "dd", "if=data", "of=/dev/null", "bs=1M", "iflag=direct", "status=none" while 1;'
host_script bob search.cgi 'system "cat data >/dev/null" while 1;'
host_script carol report.cgi 'my $end = time + 3; system "dd", "if=data", "of=/dev/null", "bs=1M", "iflag=direct", "status=none" while time < $end;'
host_script dora gallery.cgi 'while (1) { system "dd", "if=data", "of=/dev/null", "bs=64k", "count=40", "iflag=direct", "status=none"; select undef, undef, undef, 0.5 }'

moves() {
	ask top --once "any(r['account'] == '$1' and r['io_bytes_per_second'] > $2 for r in data['rows'])"
}
script_moves() {
	ask top --once --scripts "any(r['account'] == '$1' and r['script'].endswith('$2') and r['io_percent'] > 5
		for r in data['rows'])"
}
disks_work() {
	ask top --once "data['host']['io_percent'] > $1 and not any(r['io_percent'] > $2 for r in data['rows']
		if r['account'])"
}

cat "$HOST/home/bob/data" >/dev/null
as carol perl public_html/report.cgi &
as bob perl public_html/search.cgi &
sleep 4
as alice perl public_html/dump.cgi &
tap "U2 break io: what it reads a second is shown" wait_for 20 "alice's traffic" moves alice 10000000
tap "U2 break io: and by which script" wait_for 10 "her script" script_moves alice dump.cgi
tap "U2 break io: three windows of a dump make a case" wait_for 60 "alice's case" has_case alice U2
tap "U2 break io: the owner is told which script" wait_for 15 "mail to alice" mails alice dump.cgi
tap "U2 break io: and that it is the disks" mails alice "disk"
quiet alice
tap "U2 break io: cured in time" wait_for 60 "alice to be free" free alice U2
tap "U2 honest io: what the page cache has is no work of a disk" free bob U2
tap "U2 honest io: nor told of" not moves bob 10000000
quiet bob

backup() {
	local end=$((SECONDS + 12))
	while [ $SECONDS -lt $end ]; do
		dd if="$HOST/home/alice/data" of=/dev/null bs=1M iflag=direct status=none
	done
}
as dora perl public_html/gallery.cgi &
backup &
BACKUP=$!
tap "U2 honest io: a neighbour reads a little" wait_for 10 "dora's traffic" moves dora 1000000
tap "U2 honest io: the host's own backup is nobody's" wait_for 10 "the backup" disks_work 15 5
wait $BACKUP
tap "U2 honest io: one busy window has no case" free carol U2
tap "U2 honest io: nor who reads beside the backup" free dora U2
nobody_else() {
	! mails bob && ! mails carol && ! mails dora
}
tap "U2 honest io: none of them was told" nobody_else
tap "the journal holds" hayward journal verify
tap_end
