# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A machine of the web role for tests: what packaging/roles/web installs, on layers
# above this machine's own folders, with the real agent and the real daemons.
#
#   web_host_enter "$@"     # comes back inside the namespaces
#   web_view 1 alice:20001:open:alice.example | web_apply
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
. "$ROOT/tests/lib/tap.sh"

web_host_enter() {
	[ "${WEB_INSIDE:-}" != yes ] || { web_host_prepare; return; }
	[ "$(id -u)" -eq 0 ] || tap_skip "needs root: namespaces, uids, daemons"
	unshare --mount --propagation private true 2>/dev/null || tap_skip "no private mounts here (a chroot?)"
	PLACE=$(mktemp -d /tmp/hayward-web.XXXXXX)
	local status=0
	WEB_INSIDE=yes PLACE=$PLACE BUILD=$BUILD unshare --mount --propagation private --pid --net --uts --ipc \
		--fork --mount-proc --kill-child "$0" "$@" || status=$?
	rm -rf "$PLACE"
	exit $status
}

web_layer() {
	mkdir -p "$PLACE/layers/$1/upper" "$PLACE/layers/$1/work"
	mount -t overlay overlay -o "lowerdir=/$1,upperdir=$PLACE/layers/$1/upper,workdir=$PLACE/layers/$1/work" "/$1"
}

web_host_prepare() {
	chmod 755 "$PLACE"
	mount -t tmpfs -o mode=755 tmpfs "$PLACE"
	for folder in etc var usr; do
		web_layer $folder || { echo "Bail out! no layer above /$folder"; exit 1; }
	done
	mount -t tmpfs -o mode=755 tmpfs /run
	mount -t tmpfs -o mode=755 tmpfs /home
	ip link set lo up
	hostname web.site.example
	echo '127.0.0.1 web.site.example' >>/etc/hosts
	mkdir -p /run/php /run/mysqld /run/proftpd /run/lock /var/lib/extrausers /var/log/proftpd /var/log/apache2
	chown mysql: /run/mysqld
	rm -rf /var/lib/mysql /etc/apache2/suexec/www-data /etc/hayward
	web_install
	web_database
}

# As the package does it; systemd is what cannot run here.
web_install() {
	for package in common web; do
		cp -a "$ROOT/packaging/roles/$package/tree/." /
	done
	rm -f /usr/share/pam-configs/hayward
	install -D -m 644 "$ROOT/packaging/suspend/pam-config" /usr/share/pam-configs/hayward
	chown -R --from="$(stat -c %u "$ROOT")" root: /etc/apache2 /etc/proftpd /etc/php 2>/dev/null
	install -D -m 755 "$BUILD/src/apache/mod_hayward.so" /usr/lib/hayward/mod_hayward.so
	install -m 755 "$BUILD/mail-form" /usr/lib/hayward/mail-form
	install -m 755 "$ROOT/tests/roles/systemctl" /usr/bin/systemctl
	install -m 755 "$BUILD/hayward-role" /usr/lib/hayward-role
	for package in common web; do
		"$ROOT/packaging/roles/$package/postinst" configure >"$PLACE/postinst.log" 2>&1 ||
			{ sed 's/^/# /' "$PLACE/postinst.log"; echo "Bail out! the package cannot be configured"; exit 1; }
	done
	sed -i 's/^UseIPv6.*/UseIPv6 off/' /etc/proftpd/proftpd.conf
}

web_database() {
	mkdir -p /var/lib/mysql
	chown mysql: /var/lib/mysql
	# Its temporary files bear its pid, which others in namespaces of their own have too.
	TMPDIR=/var/lib/mysql mariadb-install-db --user=mysql --innodb-log-file-size=8M --skip-test-db \
		--auth-root-authentication-method=socket >"$PLACE/mariadb.log" 2>&1 ||
		{ sed 's/^/# /' "$PLACE/mariadb.log"; echo "Bail out! no MariaDB"; exit 1; }
}

web_view() {
	/usr/bin/python3 "$ROOT/tests/roles/web_view.py" "$@"
}

# Homes, as the file role makes them.
web_homes() {
	"$BUILD/tests/roles/make-homes" <"$PLACE/view" 2>"$PLACE/homes.log" || sed 's/^/# /' "$PLACE/homes.log"
}

# The view on standard input, by the real agent; its words go to $PLACE/said.
web_apply() {
	cat >"$PLACE/view"
	web_homes
	/usr/lib/hayward-role apply <"$PLACE/view" >"$PLACE/said" 2>&1
	local status=$?
	sed 's/^/# /' "$PLACE/said" | head -${WEB_WORDS:-40}
	return $status
}

# web_as NAME COMMAND...: as that customer.
web_as() {
	local uid
	uid=$(stat -c %u "/home/$1")
	setpriv --reuid "$uid" --regid "$uid" --clear-groups env -C / -i HOME="/home/$1" PATH=/usr/bin:/bin "${@:2}"
}

# web_file NAME PATH [MODE]: a file of that customer's from standard input.
web_file() {
	local file=/home/$1/$2
	mkdir -p "$(dirname "$file")"
	cat >"$file"
	chmod "${3:-644}" "$file"
	chown -h -R "$(stat -c %u:%u "/home/$1" | tr -d ' ')" "$(dirname "$file")"
}

# get URL [OPTION...]: what a visitor gets, from this machine whatever the name.
get() {
	local url=$1 host
	shift
	host=${url#*//}
	host=${host%%/*}
	curl -sS -k --max-time 20 --connect-to "$host:80:127.0.0.1:80" --connect-to "$host:443:127.0.0.1:443" "$@" "$url"
}

code() {
	get "$@" -o /dev/null -w '%{http_code}'
}

# gets URL TEXT; answers URL CODE: soon, for servers that were told to reload do it in their time.
soon() {
	local deadline=$((SECONDS + 10))
	until "$@" >"$PLACE/soon" 2>&1; do
		[ $SECONDS -lt $deadline ] || { cat "$PLACE/soon"; return 1; }
		sleep 0.2
	done
}

gets_now() {
	local words
	words=$(get "$1")
	[[ $words == *"$2"* ]] || { echo "got: $words"; return 1; }
}

answers_now() {
	local found
	found=$(code "$1")
	[ "$found" = "$2" ] || { echo "answered $found"; return 1; }
}

gets() {
	soon gets_now "$@"
}

answers() {
	soon answers_now "$@"
}

web_end() {
	echo "1..$TAP_COUNT"
	if [ $TAP_FAILED -gt 0 ]; then
		tail -n 20 /var/log/apache2/error.log /var/log/hayward-web/{alice,bob}/error.log /var/log/mariadb.log \
			/var/log/proftpd/proftpd.log /var/log/proftpd/tls.log 2>/dev/null | sed 's/^/# log: /'
	fi
	exit $((TAP_FAILED > 0))
}
