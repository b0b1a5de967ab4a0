/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/refused.h"

#include <jansson.h>

#include "base/program.h"

enum { NFT_MS = 10000 };

static void
report_element(const json_t *outer, struct str *out)
{
	const json_t *element = json_object_get(outer, "elem");
	const json_t *counter = json_object_get(element, "counter");
	const json_t *packets = json_object_get(counter, "packets");
	const json_t *uid = json_object_get(element, "val");
	if (json_is_integer(uid) && json_is_integer(packets))
		str_addf(out, "refused %lld %lld\n", (long long)json_integer_value(uid),
		    (long long)json_integer_value(packets));
}

static void
report_set(const json_t *set, struct str *out)
{
	const json_t *elements = json_object_get(set, "elem");
	for (size_t i = 0; i < json_array_size(elements); i++)
		report_element(json_array_get(elements, i), out);
}

/* As libnftables-json(5) has it: {"nftables": [..., {"set": {"elem": [...]}}]}. */
void
refused_report(struct str *out)
{
	static const char *const list[] = {
	    "/usr/sbin/nft", "-j", "list", "set", "inet", "hayward", "refused", NULL};
	auto_str text = {0};
	if (program_run(list, NULL, NFT_MS, &text))
		return;
	json_t *root = json_loadb(str_text(&text), text.length, 0, NULL);
	const json_t *objects = json_object_get(root, "nftables");
	for (size_t i = 0; i < json_array_size(objects); i++)
		report_set(json_object_get(json_array_get(objects, i), "set"), out);
	json_decref(root);
}
