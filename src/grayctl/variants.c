#include "variants.h"

#include <string.h>

#include "core/document.h"
#include "fields.h"

#define CELL_MAX (GRAY_VARIANTS_MAX * (GRAY_NAME_MAX + 16))

/* Those that are the default, or those that are not. */
static size_t
add_variants(char *text, size_t len, const json_t *release, bool is_default)
{
    size_t i;
    const json_t *variant;
    const char *name, *first = field_text(release, "default");

    json_array_foreach(json_object_get(release, "variants"), i, variant)
    {
        name = field_text(variant, "name");

        if ((strcmp(name, first) == 0) != is_default || len >= CELL_MAX) {
            continue;
        }

        len += (size_t) snprintf(
            text + len, CELL_MAX - len, "%s%s", len > 0 ? ", " : "", name);

        if (field_flag(release, "split") && len < CELL_MAX) {
            len += (size_t) snprintf(text + len, CELL_MAX - len, " %.7g%%",
                field_share(variant, "percent"));
        }
    }

    return len;
}

void
grayctl_table_variants(grayctl_table_t *table, const json_t *release)
{
    char text[CELL_MAX] = "";

    add_variants(text, add_variants(text, 0, release, true), release, false);
    grayctl_table_add(table, text);
}
