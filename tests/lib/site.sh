# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What a host of tests/lib/host.sh adds to be one with a site, of which no role is up:
#
#   make_site && own_homes && host_start
#
# Customers alice and bob; the words of their passwords lie in $HOST/alice and $HOST/bob.

desk() {
	hayward "$@" --config "$HOST/etc/hayward.conf"
}

# What the book says of an account, by a Python expression over it (account, book).
book() {
	python3 - "$HOST/state/site/book.json" "$1" "$2" <<'END'
import json, sys
book = json.load(open(sys.argv[1]))
account = next((a for a in book["accounts"] if a["name"] == sys.argv[2]), None)
sys.exit(not eval(sys.argv[3]))
END
}

hash_of() {
	python3 -c '
import json, sys
book = json.load(open(sys.argv[1]))
print(next(a for a in book["accounts"] if a["name"] == sys.argv[2])[sys.argv[3]])' \
		"$HOST/state/site/book.json" "$1" "$2"
}

make_site() {
	sed "s|uids .*|uids 58000-58999|; s|^    homes .*|    homes $HOST/home|; s|^    mail .*|    mail $HOST/mails|" \
		"$ROOT/etc/site.conf" >"$HOST/etc/site.conf"
	host_set state "$HOST/state"
	host_set uid-first 58000
	host_set uid-last 58999
	host_set uid-floor 58000
	host_set accounts "$HOST/state/site/accounts.conf"
	rm "$HOST/etc/passwd"
	ln -s "$HOST/state/site/passwd" "$HOST/etc/passwd"
	mkdir -p "$HOST/state"
	echo 'sEcret first word 1' >"$HOST/alice"
	echo 'sEcret other word 2' >"$HOST/bob"
	desk account add alice --plan basic --domain alice.example --contact alice@elsewhere.example \
		--password-file "$HOST/alice" &&
		desk account add bob --plan basic --domain bob.example --contact bob@elsewhere.example \
			--password-file "$HOST/bob"
}

own_homes() {
	local name
	for name in alice bob; do
		mkdir -p "$HOST/home/$name" && chown "$(uid_of $name)" "$HOST/home/$name"
	done
}

# said OUTPUT-PATTERN STATUS COMMAND...: runs it and looks at both.
said() {
	local pattern=$1 wanted=$2 status=0
	shift 2
	"$@" >"$HOST/said" 2>&1 || status=$?
	cat "$HOST/said"
	[[ $status =~ ^($wanted)$ ]] && grep -Eq "$pattern" "$HOST/said"
}

soon() {
	date -u -d "+$1 seconds" +%Y-%m-%dT%H:%M:%SZ
}

journal_tells() {
	hayward journal --state "$HOST/state" | grep -E "$1"
}
