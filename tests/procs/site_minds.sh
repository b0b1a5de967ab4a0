#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What the steward does for the roles without being asked: one that was away hears what it
# missed when it is back, one whose daemon has ended gets it started, and once a day each is
# told of everything. A role with its real agent, see tests/lib/role_machine.py.
. "$(dirname "$0")/../lib/host.sh"
. "$(dirname "$0")/../lib/site.sh"
host_enter "$@"
command -v nft >/dev/null && [ -e /usr/bin/ssh ] || tap_skip "needs nft and ssh"
MACHINES=$HOST/machines
mkdir -p "$MACHINES"

# A site of a file server alone, on a machine of its own.
describe() {
	cat >"$HOST/etc/site.conf" <<-END
		site example.net {
		    operator hostmaster@example.net  homes $HOST/home  mail $HOST/mails
		    network 10.77.0.0/24  gateway 10.77.0.1  uids 58000-58999
		}
		role file { on machine root@file  host file.example.net  address 10.77.0.2  listens { }  connects { }  system { } }
		plan basic { quota 1GiB  files 50000  domains 1  mailboxes 5  databases 1  ftp-users 1  processes 50 }
	END
}

inside() {
	nsenter --target "$(cat "$MACHINES/pid")" --mount -- "$@"
}

generation() {
	inside cat /var/lib/hayward-role/generation
}

knows() {
	[ "$(generation)" = "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["generation"])' \
		"$HOST/state/site/book.json")" ]
}

add() {
	desk account add "$1" --plan basic --contact "$1@elsewhere.example" --password-file "$HOST/alice"
}

# haywardd looks after the site whenever it reads the accounts.
look() {
	kill -HUP "$HAYWARDD"
}

# The file server goes, and comes.
leave() {
	mv "$MACHINES/file.pid" "$MACHINES/away"
}

come() {
	mv "$MACHINES/away" "$MACHINES/file.pid"
}

known_user() {
	inside grep -q "^$1:" /var/lib/extrausers/passwd
}

mkdir -p "$HOST/mails"
exec 9> >("$ROOT/tests/lib/role_machine.py" "$MACHINES" file "$BUILD/hayward-role" >"$HOST/machine" 2>&1)
tap "a machine of the file role" wait_for 60 "the machine" test -s "$MACHINES/file.pid"
cp "$MACHINES/file.pid" "$MACHINES/pid"
mount --bind "$MACHINES/ssh" /usr/bin/ssh
tap "a site with two customers" make_site
describe
tap "the site is up" desk site up
[ $TAP_FAILED -eq 0 ] || { sed 's/^/# /' "$HOST/machine"; echo "Bail out! no site"; exit 1; }
host_start
tap "the role knows of both" knows

# --- away
leave
tap "somebody signs up while it is away" said "file: is down; it is told when it is back" 0 add carol
tap "and has no home" test ! -e "$HOST/home/carol"
sleep 5 # haywardd has noticed that it is away
come
tap "it is back, and is told without anybody asking" wait_for 40 "the telling" knows
tap "carol has a home" test -d "$HOST/home/carol/public_html"
tap "and is known there" known_user carol

# --- a daemon that ended, and nothing changed
tap "its port rules are loaded" inside test -e /run/units/nftables.service.up
inside rm /run/units/nftables.service.up
look
tap "a daemon that does not run is started" wait_for 20 "its start" inside test -e /run/units/nftables.service.up

# --- once a day
inside sh -c ': >/var/lib/extrausers/passwd'
look
sleep 6
tap "who knows all is left alone" not known_user carol
touch -d '25 hours ago' "$HOST/state/site/told"
look
tap "once a day it is told of everything" wait_for 20 "the telling" known_user carol
tap "the day begins anew" test -n "$(find "$HOST/state/site/told" -mmin -5)"

# --- one that cannot do all
mkdir "$HOST/home/dave"
add dave >/dev/null
tap "a home that is in the way keeps the role behind" not knows
rmdir "$HOST/home/dave"
tap "it is tried again by itself" wait_for 90 "the telling" knows
tap "and dave has his home" test -d "$HOST/home/dave/public_html"
exec 9>&-
tap_end
