/* SPDX-License-Identifier: Apache-2.0 */
/* Where mail servers and Dovecot find the gate: agreed between haywardd, `hayward site` and the roles. */
#ifndef MODEL_GATE_SOCKETS_H
#define MODEL_GATE_SOCKETS_H

/* Below the run directory: a folder for each of procs/gate_places.def, which stays. */
#define GATE_FOLDER	   "gate"
#define GATE_SMTP_SOCKET   "smtp"
#define GATE_LOCAL_SOCKET  "local"
#define GATE_INSIDE_SOCKET "inside"
#define GATE_LOGIN_SOCKET  "login" /* for Dovecot */
#define GATE_REQUESTS_SOCKET "requests" /* for Apache, see forms/trace.h */

/* In the folder of a site's mail server, for the gate alone: whoever speaks to clamd can stop it. */
#define GATE_SCANNER_FOLDER "scan"
#define GATE_CLAMD_SOCKET   GATE_SCANNER_FOLDER "/clamd.ctl"
/* And rspamd, of whom anybody may ask what he thinks of a mail. */
#define GATE_RSPAMD_SOCKET "rate/rspamd.sock"

/* The folder of a role, as its container sees it; on a machine of its own, the folder itself. */
#define GATE_IN_CONTAINER "/srv/hayward-gate"

/* Below the state directory, for root: what passes between a site's servers are sealed with. */
#define GATE_KEY_FOLDER "gate"
#define GATE_KEY_FILE	"pass-key"
enum { GATE_KEY_SIZE = 32 };

#endif
