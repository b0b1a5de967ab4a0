/* SPDX-License-Identifier: Apache-2.0 */
/* The handlers of each process, one file a process. */
#ifndef PROCS_ROLES_H
#define PROCS_ROLES_H

#include "procs/process.h"

/* reader.c, loader.c ... give these. */
const struct process_handlers *reader_role(void);
const struct process_handlers *loader_role(void);
const struct process_handlers *sensor_role(void);
const struct process_handlers *peeker_role(void);
const struct process_handlers *engine_role(void);
const struct process_handlers *keeper_role(void);
const struct process_handlers *control_role(void);
const struct process_handlers *enforcer_role(void);
const struct process_handlers *notifier_role(void);

#endif
