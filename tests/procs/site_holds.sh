#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What the enforcer holds on a host with a site stands in the book, and so in every
# role: suspensions by the operator's own command, scripts by the steward. What staff
# did before stays when hayward lets go.
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/site.sh"
host_enter "$@"

# The command as it is installed, over this machine's /usr/bin, for this test alone.
install_command() {
	mkdir -p "$HOST/bin/upper" "$HOST/bin/work"
	mount -t tmpfs tmpfs "$HOST/bin" && mkdir -p "$HOST/bin/upper" "$HOST/bin/work" &&
		mount -t overlay overlay -o "lowerdir=/usr/bin,upperdir=$HOST/bin/upper,workdir=$HOST/bin/work" /usr/bin &&
		install -m 755 "$BUILD/hayward" /usr/bin/hayward
}

stands() {
	book "$1" "account.get('standing', 'open') == '$2'"
}

closed_scripts() {
	book "$1" "account.get('closed', []) == $2"
}

lift() {
	hayward lift "$(case_of "$1" "$2")" --note "tried"
}

tap "a site with two customers" make_site
[ $TAP_FAILED -eq 0 ] || { echo "Bail out! no site"; exit 1; }
tap "the command is installed" install_command
own_homes
host_set gather 0s
{
	echo 'amend A6 { when host.disk-free < 0% }'
	cat <<'END'
clause L1 "Busy" for each account {
    when     cpu.share > 5% over 3s
    then     warn; after 3s suspend
    ends     by operator
}
clause L2 "Script" for each script {
    when     cpu.share > 5% over 3s
    then     warn; after 3s disable
    ends     by operator
}
END
} | host_policy
host_start
mkdir -p "$HOST/home/bob/public_html"
host_script bob loop.cgi '1 while 1;'
script="$HOST/home/bob/public_html/loop.cgi"

hayward except L2 alice --until revoked --because "she is to be suspended" >/dev/null
hayward except L1 bob --until revoked --because "his script is to be disabled" >/dev/null
as alice perl -e '1 while 1' &
tap "alice is suspended in the book" wait_for 60 "her standing" stands alice suspended
tap "by the command" wait_for 20 "the command" grep -q "panel site: its command for 'alice' ended with 0" "$HOST/log"
tap "bob is not" stands bob open
desk account resume alice >/dev/null
tap "who opens it by hand finds it closed again" wait_for 20 "it" stands alice suspended
tap "she is released" lift alice L1
tap "and open" wait_for 30 "her standing" stands alice open

desk account suspend alice >/dev/null
as alice perl -e '1 while 1' &
wait_for 60 "a case" has_case alice L1
wait_for 60 "a hold" suspended alice
sleep 3
lift alice L1 >/dev/null
wait_for 30 "the release" not suspended alice
sleep 3
tap "who was suspended by staff before stays so" stands alice suspended
quiet alice

as bob perl "$script" &
tap "bob's script is closed in the book" wait_for 60 "it" closed_scripts bob "['$script']"
tap "which the journal tells" wait_for 10 "the record" journal_tells "1 closed, 0 opened"
kill -KILL "$(pgrep -f '^haywardd --role steward ' | head -1)"
hayward lift "$(case_of bob L2)" --note "tried" >/dev/null
tap "it is opened, though the steward died meanwhile" wait_for 60 "it" closed_scripts bob "[]"
tap "the journal holds" hayward journal verify --state "$HOST/state"
tap_end
