/* SPDX-License-Identifier: Apache-2.0 */
/* Where mail servers find the gate: agreed between haywardd, `hayward site` and the roles. */
#ifndef MODEL_GATE_SOCKETS_H
#define MODEL_GATE_SOCKETS_H

/* Below the run directory: a folder for each of procs/gate_places.def, which stays. */
#define GATE_FOLDER	   "gate"
#define GATE_SMTP_SOCKET   "smtp"
#define GATE_LOCAL_SOCKET  "local"
#define GATE_INSIDE_SOCKET "inside"

/* In the folder of a site's mail server, for the gate alone: whoever speaks to clamd can stop it. */
#define GATE_SCANNER_FOLDER "scan"
#define GATE_CLAMD_SOCKET   GATE_SCANNER_FOLDER "/clamd.ctl"

/* The folder of a role, as its container sees it. */
#define GATE_IN_CONTAINER "/srv/hayward-gate"

#endif
