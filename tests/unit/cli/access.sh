#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Who may ask what, of a real haywardd, as real uids: root, two customers, a
# member of staff, and a uid that is nobody's. And a reload that fails.
set -u
. "$(dirname "$0")/../../lib/host.sh"
host_enter "$@"

# Soon enough to wait for.
host_pair <<'END'
clause L1 "Burning" for each account {
    when     cpu.share > 10% over 3s
    then     warn; after 3d suspend
    ends     when kept for 1h or by owner
}
END
# The staff group of this test is one that exists, and that nobody here is in.
host_set staff staff
STAFF_GID=$(getent group staff | cut -d: -f3)
host_start

# user UID GIDS COMMAND...: hayward as that uid.
user() {
	local uid=$1 groups=$2
	shift 2
	setpriv --reuid "$uid" --regid "$uid" --groups "$groups" "$BUILD/hayward" --run "$HOST/run" "$@"
}
alice() { user 61001 61001 "$@"; }
bob() { user 61002 61002 "$@"; }
nobody() { user 65533 65533 "$@"; }
staff() { user 65533 "$STAFF_GID" "$@"; }

# gives STATUS COMMAND...: the command ends with that status.
gives() {
	local wanted=$1 status=0
	shift
	"$@" || status=$?
	[ $status -eq "$wanted" ] || { echo "exit status $status, not $wanted"; return 1; }
}

# says PATTERN COMMAND...: its output (errors too) has the pattern; hushes: has it not.
says() {
	local pattern=$1
	shift
	"$@" 2>&1 | tee /dev/stderr | grep -q -- "$pattern"
}
hushes() {
	local pattern=$1
	shift
	! "$@" 2>&1 | tee /dev/stderr | grep -q -- "$pattern"
}

as alice perl -e '1 while 1' &
tap "a case of alice is opened" wait_for 30 "a case" has_case alice L1
NUMBER=$(case_of alice L1)

tap "root sees it" says alice hayward cases
tap "so does a member of staff" says alice staff cases
tap "and alice" says alice alice cases
tap "but not bob" says "no open cases" bob cases
tap "nobody's uid may not even ask" gives 4 nobody cases
tap "bob is told that he has no such case" gives 4 bob case "$NUMBER"
tap "in the same words as of one that is not there" says "you have no case 4711" bob case 4711
tap "bob cannot have it explained" gives 4 bob explain "$NUMBER"
tap "or say that it is mended" gives 4 bob mended "$NUMBER"
tap "alice reads why" says "cpu.share" alice explain "$NUMBER"
tap "but not who else was looked at" hushes "who was looked at" alice explain "$NUMBER"
tap "staff read that too" says "who was looked at" staff explain "$NUMBER"
tap "alice sees herself" says "account alice" alice show
tap "not bob" gives 4 alice show bob
for words in top accounts "lift $NUMBER --note x" "approve $NUMBER" "impose $NUMBER" \
	"reached $NUMBER --how x" "except L1 alice --until revoked --because x" reload "cases --waiting" review \
	"review alice" "review alice --sign-off --note x" "case $NUMBER --legal-hold on" \
	"case $NUMBER --sent-by a --to b" "case $NUMBER --export /tmp/hayward-access.tar"; do
	# shellcheck disable=SC2086
	tap "alice may not: $words" gives 4 alice $words
done
tap "everybody may read a clause" says "Burning" nobody explain L1
tap "and the status, reduced" hushes journal nobody status
tap "an unknown case is not found" gives 3 hayward case 4711
tap "top knows who burns" says alice hayward top --once
tap "alice says it is mended" gives 0 alice mended "$NUMBER"
tap "and the case is gone" wait_for 10 "the end" free alice L1

quiet alice
before=$(hayward status --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["policy"]["digest"])')
host_policy broken <<'END'
clause L2 "Wrong" for each account { when cpu.shares > 10% over 3s then warn }
END
tap "a reload with a mistake is refused" gives 2 hayward reload
tap "with the place of it" says "broken.policy:1:" hayward reload
tap "and the policy stays" says "${before:0:12}" hayward status
rm "$HOST/etc/policy.d/broken.policy"
tap "mended, it is read" gives 0 hayward reload

host_stop
tap "without haywardd: exit status 5" gives 5 hayward status
tap_end
