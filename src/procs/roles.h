/* SPDX-License-Identifier: Apache-2.0 */
/* What the parent and the frame know of each process: its handlers, and what it is given. */
#ifndef PROCS_ROLES_H
#define PROCS_ROLES_H

#include "procs/process.h"

/* Each is given by the file of that name. */
const struct process_handlers *reader_role(void);
const struct process_handlers *loader_role(void);
const struct process_handlers *sensor_role(void);
const struct process_handlers *peeker_role(void);
const struct process_handlers *engine_role(void);
const struct process_handlers *keeper_role(void);
const struct process_handlers *control_role(void);
const struct process_handlers *enforcer_role(void);
const struct process_handlers *notifier_role(void);
const struct process_handlers *scanner_role(void);
const struct process_handlers *logs_role(void);
const struct process_handlers *steward_role(void);
const struct process_handlers *gate_role(void);
const struct process_handlers *prober_role(void);

/* NULL for the parent. */
const struct process_handlers *role_handlers(enum process process);

/* Whether that process is given the blob. */
bool role_wants(enum process process, enum blob blob);

/* Whether it starts only when it has it. The reader says first where the holders are kept. */
bool role_waits_for(enum process process, enum blob blob);

/* Where its own directory is, below state: "" for state itself, NULL if it has none. */
const char *role_directory(enum process process);

/* Whether it does one thing and ends. */
bool role_is_one_shot(enum process process);

#endif
