/* Tables: columns as wide as their widest cell. */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

#define COLUMNS_MAX 16

void
grayctl_table_begin(
    grayctl_table_t *table, const grayctl_t *cli, const char **heads)
{
    memset(table, 0, sizeof(*table));
    table->cli = cli;
    table->heads = heads;

    while (heads[table->ncolumns] != NULL && table->ncolumns < COLUMNS_MAX) {
        table->ncolumns++;
    }
}

static bool
grow(grayctl_table_t *table)
{
    unsigned room = table->room ? 2 * table->room : 64;
    char **cells = reallocarray(table->cells, room, sizeof(*cells));
    char *colors;

    if (cells == NULL) {
        return false;
    }

    table->cells = cells;
    colors = realloc(table->colors, room);

    if (colors == NULL) {
        return false;
    }

    table->colors = colors;
    table->room = room;

    return true;
}

void
grayctl_table_add(grayctl_table_t *table, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    char *cell = malloc(4 * len + 1);

    if (cell == NULL || (table->ncells == table->room && !grow(table))) {
        free(cell);
        return;
    }

    gray_escape(cell, 4 * len + 1, text ? text : "", len);
    table->colors[table->ncells] = 0;
    table->cells[table->ncells++] = cell;
}

void
grayctl_table_addf(grayctl_table_t *table, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    grayctl_table_add(table, text);
}

void
grayctl_table_number(grayctl_table_t *table, uint64_t number)
{
    char text[32];

    grayctl_table_add(table, grayctl_number(text, number));
}

void
grayctl_table_paint(grayctl_table_t *table, char color)
{
    if (table->ncells > 0) {
        table->colors[table->ncells - 1] = color;
    }
}

static size_t
column_width(const grayctl_table_t *table, unsigned column)
{
    unsigned i;
    const char *head = table->heads[column];
    size_t width, widest = strlen(head) - (*head == '>');

    for (i = column; i < table->ncells; i += table->ncolumns) {
        width = grayctl_width(table->cells[i]);
        widest = width > widest ? width : widest;
    }

    return widest;
}

/* One line, without spaces at its end. `cells` are one for each column. */
static void
print_line(const grayctl_table_t *table, const size_t *wide, unsigned indent,
    char *const *cells, const char *colors)
{
    bool right, paint;
    unsigned column, last = table->ncolumns;
    size_t pad, space = indent;

    while (last > 0 && *cells[last - 1] == '\0') {
        last--;
    }

    for (column = 0; column < last; column++) {
        right = *table->heads[column] == '>';
        paint = colors[column] && table->cli->color;
        pad = wide[column] - grayctl_width(cells[column]);
        printf("%*s%s%s%s", (int) (space + (right ? pad : 0)), "",
            grayctl_paint(paint, colors[column]), cells[column],
            grayctl_paint(paint, 0));
        space = 2 + (right ? 0 : pad);
    }

    putchar('\n');
}

/* The heads, without their ">". */
static void
print_heads(const grayctl_table_t *table, const size_t *wide, unsigned indent)
{
    unsigned column;
    char *cells[COLUMNS_MAX], colors[COLUMNS_MAX];

    for (column = 0; column < table->ncolumns; column++) {
        cells[column] = (char *) table->heads[column];
        cells[column] += *cells[column] == '>';
        colors[column] = 'b';
    }

    print_line(table, wide, indent, cells, colors);
}

void
grayctl_table_drop(grayctl_table_t *table)
{
    unsigned i;

    for (i = 0; i < table->ncells; i++) {
        free(table->cells[i]);
    }

    free(table->cells);
    free(table->colors);
    table->cells = NULL;
    table->colors = NULL;
    table->ncells = 0;
}

void
grayctl_table_end(grayctl_table_t *table, unsigned indent)
{
    unsigned i;
    size_t wide[COLUMNS_MAX];

    for (i = 0; i < table->ncolumns; i++) {
        wide[i] = column_width(table, i);
    }

    print_heads(table, wide, indent);

    for (i = 0; i + table->ncolumns <= table->ncells; i += table->ncolumns) {
        print_line(table, wide, indent, table->cells + i, table->colors + i);
    }

    grayctl_table_drop(table);
}
