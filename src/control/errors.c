#include "errors.h"


gray_error_t *
gray_errors_next(gray_errors_t *errors)
{
    errors->total++;

    if (errors->n < GRAY_ERRORS_MAX) {
        return &errors->list[errors->n++];
    }

    return &errors->overflow;
}


void
gray_errors_found(gray_errors_t *errors, unsigned found)
{
    unsigned room = GRAY_ERRORS_MAX - errors->n;

    errors->total += found;
    errors->n += found < room ? found : room;
}
