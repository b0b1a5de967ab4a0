/* SPDX-License-Identifier: Apache-2.0 */
#include "procs/roles.h"

#define BIT(blob)  (1u << BLOB_##blob)
#define EVERY_BLOB (BIT(CONFIG) | BIT(POLICY) | BIT(ACCOUNTS))
#define WHO_IS_WHO (BIT(CONFIG) | BIT(ACCOUNTS))

static const struct {
	const struct process_handlers *(*handlers)(void);
	unsigned wants;
	const char *directory;
} roles[PROCESS_COUNT] = {
    [PROCESS_READER] = {reader_role, BIT(HOLDERS), NULL},
    [PROCESS_LOADER] = {loader_role, BIT(CONFIG), NULL},
    [PROCESS_SENSOR] = {sensor_role, WHO_IS_WHO, NULL},
    [PROCESS_PEEKER] = {peeker_role, WHO_IS_WHO, NULL},
    [PROCESS_ENGINE] = {engine_role, EVERY_BLOB, NULL},
    [PROCESS_KEEPER] = {keeper_role, BIT(CONFIG), ""},
    [PROCESS_CONTROL] = {control_role, WHO_IS_WHO, NULL},
    [PROCESS_ENFORCER] = {enforcer_role, WHO_IS_WHO, "enforcer"},
    [PROCESS_NOTIFIER] = {notifier_role, WHO_IS_WHO, "notifier"},
    [PROCESS_SCANNER] = {scanner_role, WHO_IS_WHO, NULL},
    [PROCESS_LOGS] = {logs_role, WHO_IS_WHO, NULL},
    [PROCESS_STEWARD] = {steward_role, WHO_IS_WHO, NULL},
    [PROCESS_GATE] = {gate_role, WHO_IS_WHO, "gate"},
    [PROCESS_PROBER] = {prober_role, BIT(CONFIG), NULL},
};

static const bool one_shot[] = {
#define PROCESS(symbol, name, one_shot_, what) one_shot_,
#include "model/processes.def"
#undef PROCESS
};

const struct process_handlers *
role_handlers(enum process process)
{
	return roles[process].handlers ? roles[process].handlers() : NULL;
}

bool
role_wants(enum process process, enum blob blob)
{
	return roles[process].wants & 1u << blob;
}

bool
role_waits_for(enum process process, enum blob blob)
{
	return process != PROCESS_READER && role_wants(process, blob);
}

const char *
role_directory(enum process process)
{
	return roles[process].directory;
}

bool
role_is_one_shot(enum process process)
{
	return one_shot[process];
}
