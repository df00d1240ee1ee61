/*
 * A release document in memory, and its compilation.
 *
 * The model of the JSON document (docs/store.md); reading and writing JSON is
 * src/control's. Only writers use this: a document is validated and compiled
 * (gray_document_compile) in the transaction that stores it.
 *
 * Every pointer in a document is malloc'ed and owned by it;
 * gray_document_free frees all.
 */

#ifndef GRAY_CORE_DOCUMENT_H
#define GRAY_CORE_DOCUMENT_H

#include <stdbool.h>
#include "error.h"
#include "name.h"
#include "split.h"

#define GRAY_VARIANTS_MAX GRAY_SPLIT_VARIANTS_MAX
#define GRAY_SALT_MAX 255
#define GRAY_BY_MAX 8
#define GRAY_RULES_MAX 10000
#define GRAY_LIVE_TESTS_MAX 16
#define GRAY_DOCUMENT_MAX (1024 * 1024) /* bytes of JSON */

/* A rule: a condition and the variant, or the split, that it gives. */
typedef struct {
    char name[GRAY_NAME_MAX + 1];
    char *condition;    /* the text of "if"                        */
    int variant;        /* index into variants; -1: split          */
    gray_split_t split; /* only when variant is -1                 */
    unsigned nby;       /* 0: the document's                       */
    char *by[GRAY_BY_MAX];
} gray_rule_t;

typedef struct {
    unsigned nvariants; /* 1 to GRAY_VARIANTS_MAX                  */
    char variants[GRAY_VARIANTS_MAX][GRAY_NAME_MAX + 1];
    unsigned default_variant;
    unsigned nrules;
    gray_rule_t *rules;
    unsigned nby;
    char *by[GRAY_BY_MAX];
    bool has_split;
    gray_split_t split;
    char *salt; /* NULL: the release's name                */
    char *note; /* NULL: none                              */
} gray_document_t;

/* What the compiler must know of the lists that conditions name. */
typedef enum {
    GRAY_LIST_UNKNOWN = 0, /* no such list: an error                  */
    GRAY_LIST_STRING = 1,
    GRAY_LIST_IP = 2,
    GRAY_LIST_LIVE = 3 /* in memcached, asked at request time     */
} gray_list_kind_t;

typedef gray_list_kind_t (*gray_list_kind_pt)(void *data, gray_str_t name);

void gray_document_init(gray_document_t *document);
void gray_document_free(gray_document_t *document);

/* The index of a variant or a rule by name; -1: none. */
int gray_document_variant(const gray_document_t *document, gray_str_t name);
int gray_document_rule(const gray_document_t *document, gray_str_t name);

/*
 * Checks the whole document and compiles it: names, duplicates, limits,
 * weights, UTF-8, conditions, the lists they name (asked through `kind_of`),
 * at most GRAY_LIVE_TESTS_MAX live tests and GRAY_REGEX_PATTERNS_MAX regexes. All problems are found in one pass: up to
 * `nerrors` of them are written to errors[] with their places
 * ("rules[2].if"), and their number is returned (it may be larger than
 * `nerrors`). 0: compiled, *bytes is malloc'ed and the caller's.
 *
 * `name` is the release's: the salt unless the document sets one.
 */
unsigned gray_document_compile(const gray_document_t *document, gray_str_t name,
    gray_list_kind_pt kind_of, void *data, void **bytes, size_t *len,
    gray_error_t *errors, unsigned nerrors);

/*
 * Looks for what is no error and still not meant: rules, and a split, that can
 * never be reached, and conditions that hold for nobody. Up to `nwarnings` are
 * written to warnings[] with their places ("rules[2]"); their number is
 * returned, which may be larger. Rules that do not parse are left out.
 */
unsigned gray_document_lint(const gray_document_t *document,
    gray_error_t *warnings, unsigned nwarnings);

#endif
