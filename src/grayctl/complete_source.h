/* What completion offers names from, as JSON (control/json.h): of the store,
 * or of the server, which has a second to answer. NULL, in silence, when it
 * cannot be had. The release is cli->args[0]; the caller frees. */

#ifndef GRAYCTL_COMPLETE_SOURCE_H
#define GRAYCTL_COMPLETE_SOURCE_H

#include <jansson.h>
#include "command.h"

json_t *complete_releases(grayctl_t *cli);
json_t *complete_rules(grayctl_t *cli);
json_t *complete_lists(grayctl_t *cli);
json_t *complete_links(grayctl_t *cli);
json_t *complete_status(grayctl_t *cli);

/* An explanation without any attribute. */
json_t *complete_explanation(grayctl_t *cli);

#endif
