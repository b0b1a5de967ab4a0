/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/policy_abilities.h"

#include "main/hayward/connection.h"

void
policy_abilities_read(const json_t *status, struct abilities *ret_abilities)
{
	*ret_abilities = (struct abilities){.sensors = UINT64_C(1) << SENSOR_ENGINE};
	size_t index;
	const json_t *item;
	json_array_foreach(json_object_get(status, "sensors"), index, item)
	{
		int sensor = sensor_find(fact_text(item, "name"));
		if (sensor >= 0 && fact_flag(item, "works"))
			ret_abilities->sensors |= UINT64_C(1) << sensor;
	}
	json_array_foreach(json_object_get(status, "verbs"), index, item)
	{
		int verb = json_is_string(item) ? verb_find(json_string_value(item)) : -1;
		if (verb >= 0)
			ret_abilities->verbs |= UINT64_C(1) << verb;
	}
}

int
policy_abilities(const struct arguments *arguments, struct abilities *ret_abilities)
{
	json_t *data = NULL;
	int status = ask_for_data(arguments, question_new(ASK_STATUS), &data);
	if (status)
		return status;
	policy_abilities_read(data, ret_abilities);
	json_decref(data);
	return ANSWER_OK;
}
