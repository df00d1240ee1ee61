/* What grayd says of itself. */

#include "routes.h"

#include <string.h>


void
grayd_get_healthz(grayd_request_t *request)
{
    static const char ok[] = "ok\n";

    grayd_reply_kept(request, 200, "text/plain", ok, sizeof(ok) - 1);
}
