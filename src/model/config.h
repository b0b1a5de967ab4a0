/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hayward.conf says, typed and with defaults filled in. It travels as a
 * blob from the reader; every process takes what it needs.
 */
#ifndef MODEL_CONFIG_H
#define MODEL_CONFIG_H

#include <stdint.h>

#include "base/arena.h"
#include "base/wire.h"
#include "model/tables.h"

/*
 * The settings: TEXT(member, "name", default, what) · TIME, COUNT, SIZE likewise,
 * in ms, things and bytes. One list makes the struct, the parser, the defaults, the
 * manual page and the commented example file.
 */
/* clang-format off */
#define CONFIG_SETTINGS(TEXT, TIME, COUNT, SIZE)                                                         \
	TEXT(host, "host", "", "name of this host in notices; default: the system's")              \
	TEXT(mode, "mode", "observe", "observe, warn or enforce")                                  \
	TEXT(policy, "policy", "policy.d/*.policy", "policy files, relative to this file")         \
	TEXT(accounts, "accounts", "accounts.conf", "what passwd does not say about accounts")     \
	TEXT(passwd, "passwd", "", "a passwd file to read instead of asking the system")           \
	TEXT(notices, "notices", "notices", "folder of notice templates")                          \
	TEXT(state, "state", "/var/lib/hayward", "journal, database, checkpoint")                  \
	TEXT(run, "run", "/run/hayward", "sockets and pid file")                                   \
	TEXT(relay, "relay", "smtp://localhost:25", "where notices are handed to")                 \
	TEXT(sender, "sender", "", "From of notices; default: hayward@HOST")                       \
	TEXT(operator, "operator", "root", "mail address of the staff; gets copies and alarms")    \
	TEXT(replies, "replies", "", "address whose +CASE.TAG owners answer to; default: none")    \
	TEXT(authorities, "authorities", "", "mail address to which reports of attacks are drafted") \
	TEXT(staff, "staff", "hayward", "group whose members may act")                             \
	TEXT(cgroup, "cgroup", "hayward", "cgroup under which holds are made")                     \
	COUNT(uid_first, "uid-first", 1000, "lowest uid that is an account")                       \
	COUNT(uid_last, "uid-last", 59999, "highest uid that is an account")                       \
	COUNT(uid_floor, "uid-floor", 1000, "no uid below is ever acted on")                       \
	TIME(interval, "interval", 1000, "length of a frame")                                      \
	TIME(checkpoint, "checkpoint", 60000, "how often the engine's state is saved")             \
	TIME(repeat, "repeat", 43200000, "an owner hears again about one case at the earliest")    \
	TIME(gather, "gather", 600000, "notices to one account within it are one mail")            \
	TIME(undelivered, "undelivered", 86400000, "staff are alarmed when a notice is this late") \
	TIME(clock_hold, "clock-hold", 600000, "what a forward clock step makes due waits")        \
	TIME(downtime, "downtime", 604800000, "most downtime that counts as time passed")          \
	COUNT(clock_rate, "clock-rate", 1, "ladder delays are divided by this; for demos only")    \
	COUNT(approaching, "approaching", 80, "percent of a limit at which the owner is told")     \
	COUNT(breaker_accounts, "breaker-accounts", 20,                                            \
	    "accounts acted on within an hour before all halts; 0: never")                         \
	COUNT(breaker_percent, "breaker-percent", 2, "the same in percent of all accounts")        \
	COUNT(breaker_least, "breaker-least", 3, "a small host halts at no fewer than so many")    \
	COUNT(script_slots, "script-slots", 1024, "scripts counted by themselves for one uid")     \
	COUNT(pid_namespace, "pid-namespace", 0, "watch only this PID namespace (inode); 0: all")  \
	TEXT(export_folder, "export-folder", "", "archives of the cancelled; default: in STATE")   \
	SIZE(export_most, "export-most", 107374182400, "what one archive may hold, uncompressed")  \
	TIME(export_kept, "export-kept", 7776000000, "how long the archive of a cancelled is kept") \
	TEXT(database_options, "database-options", "", "options file for mariadb and mariadb-dump") \
	TIME(database_interval, "database-interval", 60000,                                        \
	    "how often MariaDB is asked how long it worked for whom; 0: never")                    \
	TIME(stored_mail_interval, "stored-mail-interval", 300000,                                 \
	    "how often some mailboxes are looked through for the terms; 0: never")                 \
	TIME(removed_mail_kept, "removed-mail-kept", 2592000000,                                   \
	    "how long a mail that was moved aside can be brought back")                            \
	TEXT(clamd, "clamd", "/run/clamav/clamd.ctl",                                              \
	    "where clamd listens, which scans the mails that the gate is asked about")                \
	TEXT(rspamd, "rspamd", "", "UNIX socket where rspamd rates what is sent from here; \"\": none") \
	TEXT(mail_answers, "mail-answers", "", "Postfix table that hayward writes; default: none") \
	TIME(mail_deferred, "mail-deferred", 604800000, "mail of a cancelled: 450 so long, then 550") \
	TEXT(billing_hook, "billing-hook", "", "program told of who is cancelled or reinstated")   \
	TEXT(starters, "starters", "", "further programs that start others', as in h2o=web jobd=cron") \
	TEXT(guarded_paths, "guarded-paths",                                                       \
	    "/etc /usr /boot /bin /sbin /lib /lib32 /lib64 /root",                                 \
	    "where no account changes anything; !PATH is free again, blanks between")              \
	TEXT(guarded_devices, "guarded-devices",                                                   \
	    "/dev/mem /dev/kmem /dev/port /proc/kcore /etc/shadow /etc/gshadow",                   \
	    "what no account so much as opens; block devices are never free")                      \
	TEXT(kernel_programs, "kernel-programs",                                               \
	    "guard attack polling handing requests newcomers",                                     \
	    "kernel programs beside those that count; what is left out is not seen")           \
	TEXT(access_logs, "access-logs",                                                           \
	    "/var/log/apache2/access.log /var/log/apache2/other_vhosts_access.log",                \
	    "access logs of the web server, blanks between; {account}, {domain} stand for each")   \
	TEXT(pool_logs, "pool-logs", "",                                                           \
	    "access logs of PHP-FPM's pools, {account} in each, where its probes cannot be heard") \
	TEXT(proxies, "proxies", "",                                                               \
	    "addresses and networks of proxies in front of it: never named as visitors")           \
	TEXT(services, "services", "http smtp pop imap ftp ssh",                                   \
	    "what is asked whether it serves, elsewhere than here as smtp://ADDRESS[:PORT]")       \
	TIME(service_interval, "service-interval", 60000, "how often; 0: never")
/* clang-format on */

enum { MOST_PANELS = 8 };

/* A control panel that may own accounts; "{account}" stands for the account's name. */
struct config_panel {
	const char *name;
	const char *detect; /* a file that is there if it owns the account */
	const char *marker; /* a file that is there while the account is suspended; "": none */
	const char *marker_line; /* and has this line; "": whatever is in it */
	const char *suspend; /* commands: words between blanks, the first an absolute path */
	const char *unsuspend;
};

struct config {
#define CONFIG_TEXT(member, name, fallback, what)   const char *member;
#define CONFIG_NUMBER(member, name, fallback, what) int64_t member;
	CONFIG_SETTINGS(CONFIG_TEXT, CONFIG_NUMBER, CONFIG_NUMBER, CONFIG_NUMBER)
#undef CONFIG_TEXT
#undef CONFIG_NUMBER
	const char *directory; /* absolute folder of hayward.conf */
	uint32_t panel_count;
	struct config_panel panels[MOST_PANELS];
	const char *eml; /* notices go to this folder as .eml files; "": to the relay */
};

/* The defaults; texts are constants. */
struct config config_default(void);

void config_encode(const struct config *config, struct str *out);
int config_decode(
    const void *bytes, size_t length, struct arena *arena, struct config *ret_config) must_use;

/* The panel by which the roles of a site are told of holds; whoever reads the configuration
 * adds it where the host has a site. */
#define SITE_PANEL "site"
bool config_has_site(const struct config *config);

#endif
