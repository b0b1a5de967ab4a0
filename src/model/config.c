/* SPDX-License-Identifier: Apache-2.0 */
#include "model/config.h"

enum { CONFIG_VERSION = 1, LONGEST_SETTING = 4096 };

struct config
config_default(void)
{
	return (struct config){
#define CONFIG_DEFAULT(member_, name, fallback, what) .member_ = fallback,
	    CONFIG_SETTINGS(CONFIG_DEFAULT, CONFIG_DEFAULT, CONFIG_DEFAULT)
#undef CONFIG_DEFAULT
		.directory = "",
	    .eml = "",
	};
}

void
config_encode(const struct config *config, struct str *out)
{
	wire_put_u32(out, CONFIG_VERSION);
#define CONFIG_TEXT(member, name, fallback, what)   wire_put_text(out, config->member);
#define CONFIG_NUMBER(member, name, fallback, what) wire_put_i64(out, config->member);
	CONFIG_SETTINGS(CONFIG_TEXT, CONFIG_NUMBER, CONFIG_NUMBER)
#undef CONFIG_TEXT
#undef CONFIG_NUMBER
	wire_put_text(out, config->directory);
	wire_put_text(out, config->eml);
}

int
config_decode(const void *bytes, size_t length, struct arena *arena, struct config *ret_config)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct config config = {0};
	if (wire_get_u32(&reader) != CONFIG_VERSION)
		reader.failed = true;
#define CONFIG_TEXT(member, name, fallback, what)                                              \
	config.member = wire_get_text(&reader, arena, LONGEST_SETTING);
#define CONFIG_NUMBER(member, name, fallback, what) config.member = wire_get_i64(&reader);
	CONFIG_SETTINGS(CONFIG_TEXT, CONFIG_NUMBER, CONFIG_NUMBER)
#undef CONFIG_TEXT
#undef CONFIG_NUMBER
	config.directory = wire_get_text(&reader, arena, LONGEST_SETTING);
	config.eml = wire_get_text(&reader, arena, LONGEST_SETTING);
	int status = wire_end(&reader);
	if (!status)
		*ret_config = config;
	return status;
}
