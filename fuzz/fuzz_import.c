/* Any file: its lines are members or bad; what export writes of a member,
 * import reads back the same. The first byte chooses the list's kind. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "control/import_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
init(gray_import_reader_t *reader, gray_store_kind_t kind, const void *text,
    size_t len)
{
    gray_import_reader_init(
        reader, fmemopen((void *) (uintptr_t) text, len, "r"));
    reader->kind = kind;
    reader->list = "testers";
    reader->now = 1700000000;
}


static void
again(gray_store_kind_t kind, const gray_import_line_t *line)
{
    FILE *out;
    char *text;
    size_t len;
    gray_error_t error;
    gray_import_line_t back;
    static gray_import_reader_t reader;
    gray_member_t member
        = { line->expiry, { line->note.len, line->note.data } };

    out = open_memstream(&text, &len);
    /* A comment before it: only the first line may have a byte order mark. */
    fputs("#\n", out);
    gray_export_line(out, kind, gray_key_bytes(&line->key), &member);
    fclose(out);

    init(&reader, kind, text, len);
    if (gray_import_next(&reader, &back, &error) != GRAY_IMPORT_MEMBER
        || back.key.len != line->key.len
        || memcmp(back.key.bytes, line->key.bytes, back.key.len) != 0
        || back.expiry != line->expiry || back.note.len != line->note.len
        || (back.note.len > 0
            && memcmp(back.note.data, line->note.data, back.note.len) != 0))
    {
        abort();
    }
    fclose(reader.lines.in);
    free(text);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gray_error_t error;
    gray_import_got_t got;
    gray_import_line_t line;
    gray_store_kind_t kind;
    static gray_import_reader_t reader;

    if (size < 2) {
        return 0;
    }
    kind = data[0] % 2 ? GRAY_STORE_IP : GRAY_STORE_STRING;

    init(&reader, kind, data + 1, size - 1);
    do {
        got = gray_import_next(&reader, &line, &error);
        if (got == GRAY_IMPORT_MEMBER) {
            again(kind, &line);
        }
    } while (got == GRAY_IMPORT_MEMBER || got == GRAY_IMPORT_BAD);
    fclose(reader.lines.in);

    return 0;
}
