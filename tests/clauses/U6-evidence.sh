#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# U6, the part about evidence: `report` takes processes and files before `stop`
# ends them, the export can be checked with SHA-256 alone, a named person sends
# it. What tells an attack is not part of this release, so a clause of the same
# steps goes by processor time.
set -u
. "$(dirname "$0")/../lib/host.sh"
host_enter "$@"

host_set authorities cert@authority.example
host_pair <<'END'
clause L6 "Attacks" for each script {
    when     cpu.share > 5% over 2s
    then     at once report, alarm, warn, stop
    ends     by operator
}
END

web=$HOST/home/alice/public_html
evil=$web/$(printf 'at\x1b[2Jtack.pl')
printf '#!/usr/bin/perl\n$0 = "innocent\\n"; system("sleep 300 &"); 1 while 1;\n' >"$evil"
chown -R 61001:61001 "$web"
printf '#!/bin/sh\nsleep 300\n' >"$HOST/home/bob/public_html/calm.sh"
host_start

was_taken() { ask case "$1" "any(o['verb'] == 'report' and o['state'] == 'done' and 'sha256' in o['text'] for o in data['case']['orders'])"; }
was_stopped() { ask case "$1" "any(o['verb'] == 'stop' and o['state'] == 'done' for o in data['case']['orders'])"; }
by_hand() { (cd "$out/$1" && sed -n '/while read/,/done/p' README.txt | bash); }
holds() { python3 "$ROOT/tests/lib/chain.py" "$1"; }
fact() { inside_evidence evidence.json | python3 "$ROOT/tests/lib/holds.py" "$1"; }
inside_evidence() { tar -xOf "$(ls "$out"/case/evidence/*.tar)" "$1"; }

as bob sh public_html/calm.sh &
cp "$evil" "$HOST/as-it-was"
as alice perl "$evil" &
tap "alice's script is found" wait_for 30 "a case" has_case alice L6
number=$(case_of alice L6)
tap "U6 break evidence: it is taken" wait_for 20 "evidence" was_taken "$number"
tap "U6 break evidence: and then the processes are ended" wait_for 20 "the end" was_stopped "$number"
out=$HOST/export
mkdir "$out" "$out/case"
tap "U6 break evidence: staff export the case" hayward case "$number" --export "$out/case.tar"
tap "a file that is there is left alone" not hayward case "$number" --export "$out/case.tar"
tap "the archive is one" tar -C "$out/case" -xf "$out/case.tar"
tap "it is for its owner only" test "$(stat -c %a "$out/case.tar")" = 600
tap "U6 break evidence: a third party can check it" holds "$out/case"
tap "U6 break evidence: with the words of its README alone" test -z "$(by_hand case)"
tap "the process tree has the script, by its program" fact "any('perl' in p['program'] and p['uid'] == 61001 for p in data['processes'])"
tap "and what it started" fact "any('sleep 300' in p['command'] for p in data['processes'])"
tap "nobody else's processes" fact "all(p['uid'] == 61001 for p in data['processes'])"
tap "U6 break evidence: the script is there, byte by byte" cmp <(inside_evidence files/1) "$HOST/as-it-was"
tap "with its digest" bash -c "cd '$out' && tar -xf case/evidence/*.tar && sha256sum -c manifest.txt"
tap "no name of hers reaches a terminal" not grep -rqP '\x1b' "$out/case/case.json" "$out/case/chain.txt" "$out/case/report.txt" "$out/evidence.json" "$out/processes.txt"
tap "U6 break evidence: the draft is addressed" grep -q '^To: cert@authority.example' "$out/case/report.txt"
tap "and names the case" grep -q "Attack from an account of common.example, our case $number" "$out/case/report.txt"
tap "U6 honest evidence: bob has no case, nothing of his is taken" not grep -rq bob "$out/case"

# Somebody changes one letter of one record.
cp -r "$out/case" "$out/forged"
sed -i '2s/alice/alicf/' "$out/forged/chain.txt"
tap "a changed record is found" not holds "$out/forged"
tap "also by the README" grep -q "does not hold" <(by_hand forged)
cp -r "$out/case" "$out/other"
printf x >>"$(ls "$out"/other/evidence/*.tar)"
tap "so is changed evidence" not holds "$out/other"
tap "the whole chain, with the records in between" hayward case "$number" --export "$out/whole.tar" --whole
mkdir "$out/whole" && tar -C "$out/whole" -xf "$out/whole.tar"
tap "holds as well" holds "$out/whole"

tap "a person must be named" not hayward case "$number" --sent-by "Dora D."
tap "U6 break evidence: Dora sends it" hayward case "$number" --sent-by "Dora D." --to cert@authority.example --note "by courier"
tap "U6 break evidence: the journal knows" bash -c "'$BUILD/hayward' journal --state '$HOST/state' --case $number | grep -q 'sent .*Dora D. sent the report to cert@authority.example: by courier'"
tap "and so does the case" ask case "$number" "'Dora D.' in data['case']['report_words']"
tap "legal hold is set" hayward case "$number" --legal-hold on --note "file 12 Js 345"
tap "and shown" ask case "$number" "data['case']['legal_hold']"
tap "once" not hayward case "$number" --legal-hold on
refused() {
	as_owner alice case "$number" --export /tmp/x.tar 2>&1 | grep -q "is for the staff"
}
tap "a customer cannot export" refused
host_stop
host_start
tap "a restart knows it still" ask case "$number" "data['case']['legal_hold'] and 'Dora' in data['case']['report_words']"
tap "the hold ends" hayward case "$number" --legal-hold off
quiet bob
tap_end
