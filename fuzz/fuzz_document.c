/* Any text: read as a document or refused with problems; what compiles is
 * written so that it reads and compiles to the same again. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "control/document_json.h"
#include "control/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static gray_list_kind_t
any_list(void *data, gray_str_t name)
{
    (void) data;

    return name.len % 4 != 3 ? (gray_list_kind_t) (1 + name.len % 3)
                             : GRAY_LIST_UNKNOWN;
}


static int
compile(const char *text, size_t len, gray_compiled_t *compiled)
{
    int rc;
    gray_document_t document;
    static gray_errors_t all;
    gray_errors_t *errors = &all;

    /* What is in the list is written before it is counted. */
    errors->n = errors->total = 0;

    rc = gray_document_read(text, len, &document, errors);
    if (document.nvariants > 0
        && gray_release_compile(
               &document, "shop", NULL, any_list, NULL, compiled, errors)
               != 0)
    {
        rc = -1;
    }
    if ((rc == 0) != (errors->total == 0)) {
        abort();
    }
    gray_document_free(&document);

    return rc;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gray_compiled_t first, second;

    memset(&first, 0, sizeof(first));
    memset(&second, 0, sizeof(second));

    if (compile((const char *) data, size, &first) == 0
        && (compile(first.text, strlen(first.text), &second) != 0
            || strcmp(first.text, second.text) != 0 || first.len != second.len
            || memcmp(first.bytes, second.bytes, first.len) != 0))
    {
        abort();
    }
    gray_compiled_free(&first);
    gray_compiled_free(&second);

    return 0;
}
