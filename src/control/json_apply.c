/* A change that apply makes, as JSON. */

#include "control/json.h"


json_t *
gray_json_apply_change(const gray_apply_change_t *change)
{
    static const char *const actions[] = { [GRAY_APPLY_CREATE] = "create",
        [GRAY_APPLY_CHANGE] = "change",
        [GRAY_APPLY_REMOVE] = "remove" };

    return json_pack("{s:s, s:s, s:s, s:o}", "action", actions[change->action],
        "what", change->what, "name", change->name, "text",
        gray_json_text(change->text));
}
