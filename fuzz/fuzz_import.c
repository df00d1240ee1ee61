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
write_line(FILE *out, gray_store_kind_t kind, const gray_import_line_t *line)
{
    gray_member_t member
        = { line->expiry, { line->note.len, line->note.data } };

    gray_export_line(out, kind, gray_key_bytes(&line->key), &member);
}


static void
check_same(const gray_import_line_t *line, const gray_import_line_t *back)
{
    if (back->key.len != line->key.len
        || memcmp(back->key.bytes, line->key.bytes, back->key.len) != 0
        || back->expiry != line->expiry || back->note.len != line->note.len
        || (back->note.len > 0
            && memcmp(back->note.data, line->note.data, back->note.len) != 0))
    {
        abort();
    }
}


/* Reads both in step: the members of the input, and what was written. */
static void
check_import(gray_store_kind_t kind, const void *input, size_t size,
    const char *written, size_t len)
{
    static gray_import_reader_t reader, again;
    gray_import_line_t line, back;
    gray_import_got_t got;
    gray_error_t error;

    init(&reader, kind, input, size);
    init(&again, kind, written, len);

    do {
        got = gray_import_next(&reader, &line, &error);
        if (got == GRAY_IMPORT_MEMBER) {
            if (gray_import_next(&again, &back, &error) != GRAY_IMPORT_MEMBER) {
                abort();
            }
            check_same(&line, &back);
        }
    } while (got == GRAY_IMPORT_MEMBER || got == GRAY_IMPORT_BAD);

    if (gray_import_next(&again, &back, &error) != GRAY_IMPORT_END) {
        abort();
    }

    fclose(again.lines.in);
    fclose(reader.lines.in);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static gray_import_reader_t reader;
    gray_store_kind_t kind;
    gray_import_line_t line;
    gray_import_got_t got;
    gray_error_t error;
    unsigned members = 0;
    FILE *out;
    char *text;
    size_t len;

    if (size < 2) {
        return 0;
    }
    kind = data[0] % 2 ? GRAY_STORE_IP : GRAY_STORE_STRING;

    out = open_memstream(&text, &len);
    /* A comment first: only the first line may have a byte order mark. */
    fputs("#\n", out);

    init(&reader, kind, data + 1, size - 1);
    do {
        got = gray_import_next(&reader, &line, &error);
        if (got == GRAY_IMPORT_MEMBER) {
            write_line(out, kind, &line);
            members++;
        } else if (got == GRAY_IMPORT_BAD && error.message[0] == '\0') {
            abort();
        }
    } while (got == GRAY_IMPORT_MEMBER || got == GRAY_IMPORT_BAD);
    fclose(reader.lines.in);
    fclose(out);

    if (members > 0) {
        check_import(kind, data + 1, size - 1, text, len);
    }
    free(text);

    return 0;
}
