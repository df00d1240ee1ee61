#include <stdio.h>

#include <qrencode.h>

#include "qr.h"

/* The light margin that ISO/IEC 18004 asks for, in modules. */
#define MARGIN 4

/* The standard's bit of a module: dark. */
static bool
dark(const QRcode *code, int x, int y)
{
    x -= MARGIN;
    y -= MARGIN;

    return x >= 0 && y >= 0 && x < code->width && y < code->width
           && (code->data[y * code->width + x] & 1);
}

/*
 * Light modules are drawn, in white on black where colour is allowed: half blocks, two modules above each other in one character.
 */
int
grayctl_qr_print(const char *text, bool color)
{
    int x, y, size;
    QRcode *code;
    static const char *const blocks[2][2] = { { "█", "▀" }, { "▄", " " } };

    code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
    if (code == NULL) {
        return -1;
    }

    size = code->width + 2 * MARGIN;

    for (y = 0; y < size; y += 2) {
        fputs(color ? "\033[97;40m" : "", stdout);

        for (x = 0; x < size; x++) {
            fputs(
                blocks[dark(code, x, y)][y + 1 >= size || dark(code, x, y + 1)],
                stdout);
        }

        fputs(color ? "\033[0m\n" : "\n", stdout);
    }

    QRcode_free(code);

    return 0;
}
