/* A QR code on the terminal, by libqrencode. */

#ifndef GRAYCTL_QR_H
#define GRAYCTL_QR_H

/* Prints the text as a QR code, two rows of modules a line. -1: it does not
 * fit one, or no memory. */
int grayctl_qr_print(const char *text);

#endif
