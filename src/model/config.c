/* SPDX-License-Identifier: Apache-2.0 */
#include "model/config.h"

enum { CONFIG_VERSION = 5, LONGEST_SETTING = 4096 };

struct config
config_default(void)
{
	return (struct config){
#define CONFIG_DEFAULT(member_, name, fallback, what) .member_ = fallback,
	    CONFIG_SETTINGS(CONFIG_DEFAULT, CONFIG_DEFAULT, CONFIG_DEFAULT, CONFIG_DEFAULT)
#undef CONFIG_DEFAULT
		.directory = "",
	    .eml = "",
	};
}

static void
encode_panel(const struct config_panel *panel, struct str *out)
{
	wire_put_text(out, panel->name);
	wire_put_text(out, panel->detect);
	wire_put_text(out, panel->marker);
	wire_put_text(out, panel->marker_line);
	wire_put_text(out, panel->suspend);
	wire_put_text(out, panel->unsuspend);
}

static void
decode_panel(struct wire_reader *reader, struct arena *arena, struct config_panel *panel)
{
	panel->name = wire_get_text(reader, arena, LONGEST_SETTING);
	panel->detect = wire_get_text(reader, arena, LONGEST_SETTING);
	panel->marker = wire_get_text(reader, arena, LONGEST_SETTING);
	panel->marker_line = wire_get_text(reader, arena, LONGEST_SETTING);
	panel->suspend = wire_get_text(reader, arena, LONGEST_SETTING);
	panel->unsuspend = wire_get_text(reader, arena, LONGEST_SETTING);
}

void
config_encode(const struct config *config, struct str *out)
{
	wire_put_u32(out, CONFIG_VERSION);
#define CONFIG_TEXT(member, name, fallback, what)   wire_put_text(out, config->member);
#define CONFIG_NUMBER(member, name, fallback, what) wire_put_i64(out, config->member);
	CONFIG_SETTINGS(CONFIG_TEXT, CONFIG_NUMBER, CONFIG_NUMBER, CONFIG_NUMBER)
#undef CONFIG_TEXT
#undef CONFIG_NUMBER
	wire_put_text(out, config->directory);
	wire_put_text(out, config->eml);
	wire_put_u32(out, config->panel_count);
	for (uint32_t i = 0; i < config->panel_count; i++)
		encode_panel(&config->panels[i], out);
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
	CONFIG_SETTINGS(CONFIG_TEXT, CONFIG_NUMBER, CONFIG_NUMBER, CONFIG_NUMBER)
#undef CONFIG_TEXT
#undef CONFIG_NUMBER
	config.directory = wire_get_text(&reader, arena, LONGEST_SETTING);
	config.eml = wire_get_text(&reader, arena, LONGEST_SETTING);
	config.panel_count = wire_get_below(&reader, MOST_PANELS + 1);
	for (uint32_t i = 0; i < config.panel_count; i++)
		decode_panel(&reader, arena, &config.panels[i]);
	int status = wire_end(&reader);
	if (!status)
		*ret_config = config;
	return status;
}

bool
config_has_site(const struct config *config)
{
	for (uint32_t i = 0; i < config->panel_count; i++)
		if (text_equal(config->panels[i].name, SITE_PANEL))
			return true;
	return false;
}
