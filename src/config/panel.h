/* SPDX-License-Identifier: Apache-2.0 */
/* A line of hayward.conf that tells of a control panel. */
#ifndef CONFIG_PANEL_H
#define CONFIG_PANEL_H

#include "config/words.h"
#include "model/config.h"

/*
 * Reads what stands behind the word panel, to the end of the line, and adds it
 * to the panels; one of the same name is replaced. What is wrong is in words->diag.
 */
void config_parse_panel(struct words *words, const struct word *first, struct config *config);

#endif
