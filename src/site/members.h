/* SPDX-License-Identifier: Apache-2.0 */
/* The members of the book, of the site and of a view, as json.h wants them. */
#ifndef SITE_MEMBERS_H
#define SITE_MEMBERS_H

#include "site/json.h"

json_members members_book; /* struct book */
json_members members_site; /* struct site */
json_members members_filters; /* of a struct site, nothing else of it */
json_members members_view; /* struct view */

#endif
