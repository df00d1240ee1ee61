#include <stdio.h>
#include "control/migrate.h"
#include "internal.h"


int
gray_control_migrate(
    const char *dir, unsigned *from, unsigned *to, gray_error_t *error)
{
    int schema;

    schema = gray_store_version(dir);
    if (schema < 0) {
        return gray_verb_store_error(dir, schema, error);
    }

    *from = (unsigned) schema;
    *to = GRAY_STORE_SCHEMA;

    if (schema > GRAY_STORE_SCHEMA) {
        (void) gray_error_set(error, GRAY_ESCHEMA,
            "the store in %s has schema %d, this program knows up to %d", dir,
            schema, GRAY_STORE_SCHEMA);
        return gray_error_hint(error, "use the newer grayctl that made it");
    }

    return 0;
}
