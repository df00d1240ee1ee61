/* Tables: columns as wide as their widest cell. */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

void
grayctl_table_begin(
    grayctl_table_t *table, const grayctl_t *cli, const char **heads)
{
    memset(table, 0, sizeof(*table));
    table->cli = cli;
    table->heads = heads;

    while (heads[table->ncolumns] != NULL) {
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

    grayctl_escape(cell, 4 * len + 1, text ? text : "", len);
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

/* One cell; the last one of a line is not padded. */
static void
print_cell(const grayctl_table_t *table, unsigned column, size_t wide,
    const char *text, char color)
{
    bool paint = color && table->cli->color && *text != '\0';
    size_t pad = wide - grayctl_width(text);
    bool right = *table->heads[column] == '>';
    bool last = column + 1 == table->ncolumns;

    printf("%*s%s%s%s%*s%s", right ? (int) pad : 0, "",
        grayctl_paint(paint, color), text, grayctl_paint(paint, 0),
        right || last ? 0 : (int) pad, "", last ? "\n" : "  ");
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
    unsigned i, column;
    size_t *wide = calloc(table->ncolumns, sizeof(*wide));

    for (column = 0; wide != NULL && column < table->ncolumns; column++) {
        wide[column] = column_width(table, column);
    }

    printf("%*s", (int) indent, "");

    for (column = 0; wide != NULL && column < table->ncolumns; column++) {
        print_cell(table, column, wide[column],
            table->heads[column] + (*table->heads[column] == '>'), 'b');
    }

    for (i = 0; wide != NULL && i < table->ncells; i++) {
        column = i % table->ncolumns;
        printf("%*s", column == 0 ? (int) indent : 0, "");
        print_cell(
            table, column, wide[column], table->cells[i], table->colors[i]);
    }

    free(wide);
    grayctl_table_drop(table);
}
