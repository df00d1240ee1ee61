/* A QR code on the terminal, by libqrencode. */

#ifndef GRAYCTL_QR_H
#define GRAYCTL_QR_H

#include <stdbool.h>

/* Prints the text as a QR code, two rows of modules a line. Without colour it
 * needs a dark terminal. -1: it does not fit one, or no memory. */
int grayctl_qr_print(const char *text, bool color);

#endif
