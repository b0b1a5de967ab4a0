/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/entrance.h"

#include <errno.h>
#include <stdlib.h>

#include "actions/connector.h"
#include "actions/newcomers.h"
#include "base/memory.h"

struct entrance {
	int connector;		     /* -1: it is the kernel programs */
	bool listening;		     /* to the connector */
	struct newcomers *newcomers; /* NULL: it is the connector */
};

int
entrance_connect(struct entrance **ret_entrance)
{
	int fd = connector_open();
	if (fd < 0)
		return fd;
	struct entrance *entrance = memory_new(1, sizeof(*entrance));
	entrance->connector = fd;
	*ret_entrance = entrance;
	return 0;
}

int
entrance_attach(const struct entrance_objects *objects, struct entrance **ret_entrance)
{
	struct newcomers *newcomers = NULL;
	int status = newcomers_open(objects, &newcomers);
	if (status)
		return status;
	struct entrance *entrance = memory_new(1, sizeof(*entrance));
	*entrance = (struct entrance){.connector = -1, .newcomers = newcomers};
	*ret_entrance = entrance;
	return 0;
}

void
entrance_free(struct entrance *entrance)
{
	if (!entrance)
		return;
	newcomers_close(entrance->newcomers);
	cleanup_fd(&entrance->connector);
	free(entrance);
}

int
entrance_descriptor(const struct entrance *entrance)
{
	return entrance->newcomers ? newcomers_descriptor(entrance->newcomers)
				   : entrance->connector;
}

const char *
entrance_words(const struct entrance *entrance)
{
	return entrance->newcomers ? "told by kernel programs" : "told by the kernel";
}

int
entrance_listen(struct entrance *entrance, const struct entrance_place *places, size_t count)
{
	if (entrance->newcomers)
		return newcomers_want(entrance->newcomers, places, count);
	/* Each change of uid on the host costs us a wake-up. */
	if (entrance->listening == (count > 0))
		return 0;
	int status = connector_listen(entrance->connector, count > 0);
	if (!status)
		entrance->listening = count > 0;
	return status;
}

void
entrance_hear(
    struct entrance *entrance, void (*meet)(void *context, uint32_t pid), void *context)
{
	if (entrance->newcomers)
		newcomers_hear(entrance->newcomers, meet, context);
	else
		connector_hear(entrance->connector, meet, context);
}

int64_t
entrance_look(struct entrance *entrance, void (*meet)(void *context, uint32_t pid),
    void *context, int64_t now)
{
	return entrance->newcomers ? newcomers_look(entrance->newcomers, meet, context, now)
				   : INT64_MAX;
}

int
entrance_unbound(const struct entrance *entrance, uint64_t group, uint64_t *ret_ns)
{
	if (!entrance->newcomers)
		return -ENOTSUP;
	*ret_ns = newcomers_unbound(entrance->newcomers, group);
	return 0;
}
