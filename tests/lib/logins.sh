# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A Dovecot with hayward's plugins that asks the gate of a host of tests/lib/host.sh (with
# tests/lib/daemons.sh), at 192.0.2.1, without
# encryption and at 993 with. Any mailbox of alice.example is hers, and its password is
# "secret". Whoever asks has an address of 203.0.113.0/24, or of 198.51.100.0/24.
#
#   login_network                  # once, before anything listens at 192.0.2.1
#   login_server                   # after host_start, and after Postfix, which asks it who sends
#   phase STEP                     # a step of tests/lib/sessions.py: each line of it is a test

login_network() {
	daemons_apart
	ip address add 192.0.2.1/32 dev lo
	ip address add 203.0.113.1/24 dev lo
	ip address add 198.51.100.1/24 dev lo
}

login_server() {
	local modules=$HOST/modules
	mkdir -p "$modules" "$HOST/boxes"
	chmod 777 "$HOST/boxes"
	cp -a /usr/lib/dovecot/modules/. "$modules/"
	cp "$BUILD"/src/dovecot/*.so "$modules/"
	mount -t tmpfs -o mode=755 tmpfs /srv
	mkdir /srv/hayward-gate
	mount --bind "$HOST/run/gate/host" /srv/hayward-gate
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=common.example \
		-keyout "$HOST/tls.key" -out "$HOST/tls.pem" 2>/dev/null
	cat >"$HOST/dovecot.conf" <<-END
		protocols = imap pop3
		base_dir = $HOST/dovecot
		log_path = $HOST/dovecot.log
		listen = 192.0.2.1
		ssl = yes
		ssl_cert = <$HOST/tls.pem
		ssl_key = <$HOST/tls.key
		disable_plaintext_auth = no
		auth_mechanisms = plain
		mail_plugin_dir = $modules
		mail_location = maildir:$HOST/boxes/%u
		passdb {
		  driver = static
		  args = password=secret
		}
		userdb {
		  driver = static
		  args = uid=61001 gid=61001 home=$HOST/boxes/%u hayward_client=%{sha1:client_id}
		}
		imap_id_retain = yes
		first_valid_uid = 61000
		auth_failure_delay = 0
		verbose_proctitle = yes
		protocol imap {
		  mail_plugins = hayward_imap
		  mail_max_userip_connections = 100
		}
		protocol pop3 {
		  mail_plugins = hayward_pop3
		  mail_max_userip_connections = 100
		}
		service auth {
		  unix_listener /var/spool/postfix/private/auth {
		    mode = 0666
		  }
		}
		plugin {
		  # the site's web mailer
		  hayward_exempt = 203.0.113.200
		}
	END
	dovecot -c "$HOST/dovecot.conf" && wait_for 10 "Dovecot" grep -q ":008F .* 0A " /proc/net/tcp
}

said() {
	echo "$2"
	[ "$1" = ok ]
}

phase() {
	local result name detail ended=no
	while IFS=$'\t' read -r result name detail; do
		case $result in
		ok | not) tap "$name" said "$result" "$detail" ;;
		end) ended=yes ;;
		*) echo "# $result" ;;
		esac
	done < <(HOST=$HOST python3 -I "$ROOT/tests/lib/sessions.py" "$@" 2>&1)
	[ $ended = yes ] || tap "the step $1 is gone through" false
}
