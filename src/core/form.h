/*
 * The layout of a compiled release, for compiler.c that writes it and
 * release.c that reads it; nobody else looks inside.
 *
 *     header | sections, each an array of one type, 4-byte aligned | strings
 *
 * Numbers are in host byte order: the form lives in a store, which lives on
 * one machine. Offsets count from the first byte of the form. Strings are
 * (offset, length) into the last section and NUL-terminated as well.
 *
 * The nodes of a condition stand in the order of its text, an operator before
 * its operands. Each node says where it ends: the operands of node i begin at
 * i + 1, and the one after the operand j at nodes[j].end. The operands of a
 * set are its values. Regexes are numbered from 0 in the order in which they
 * first stand there, equal patterns alike.
 */

#ifndef GRAY_CORE_FORM_H
#define GRAY_CORE_FORM_H

#include <stddef.h>
#include <stdint.h>

#define GRAY_FORM_MAGIC "GRAYREL" /* 8 bytes with its NUL                */
#define GRAY_FORM_ORDER 0x01020304u
#define GRAY_FORM_SEED 0x67726179u /* of the checksum                     */
#define GRAY_FORM_MAX (64u << 20)
#define GRAY_FORM_NONE UINT32_MAX

typedef enum {
    GRAY_FORM_VARIANTS,   /* gray_form_str_t                                */
    GRAY_FORM_ATTRIBUTES, /* gray_form_str_t                              */
    GRAY_FORM_LISTS,      /* gray_form_list_t                               */
    GRAY_FORM_RULES,      /* gray_form_rule_t                               */
    GRAY_FORM_NODES,      /* gray_form_node_t                               */
    GRAY_FORM_SPLITS,     /* gray_form_split_t                              */
    GRAY_FORM_RANGES,     /* gray_form_range_t                              */
    GRAY_FORM_BY,         /* uint32_t, an attribute                         */
    GRAY_FORM_STRINGS,    /* bytes, the last of them NUL                    */
    GRAY_FORM_SECTIONS
} gray_form_section_t;

typedef struct {
    uint32_t offset; /* of the first byte in the form; strings: in theirs */
    uint32_t len;    /* in elements; strings: in bytes, without the NUL   */
} gray_form_run_t;

typedef gray_form_run_t gray_form_str_t;

typedef struct {
    char magic[8];
    uint32_t order;
    uint32_t form;
    uint32_t size;     /* of everything                                   */
    uint32_t checksum; /* murmur3_32 with GRAY_FORM_SEED of what follows  */
    gray_form_run_t sections[GRAY_FORM_SECTIONS];
    uint32_t default_variant;
    uint32_t split; /* GRAY_FORM_NONE: none                               */
    gray_form_str_t salt;
} gray_form_header_t;

typedef struct {
    gray_form_str_t name;
    uint32_t kind; /* gray_list_kind_t */
} gray_form_list_t;

typedef struct {
    gray_form_str_t name;
    gray_form_str_t condition; /* canonical text                          */
    uint32_t node;             /* the rules' nodes follow each other      */
    uint32_t variant;          /* GRAY_FORM_NONE: the split               */
    uint32_t split;            /* GRAY_FORM_NONE: the variant             */
} gray_form_rule_t;

typedef struct {
    uint8_t op;         /* gray_op_t                                      */
    uint8_t kind;       /* gray_value_kind_t                              */
    uint16_t attribute; /* when the operator has one                      */
    uint32_t end;
    uint32_t list;        /* in, not in                                 */
    gray_form_str_t text; /* of the value, or the regex                 */
    uint32_t data;        /* kind address: a gray_address_t in strings;
                             kind time: an int64_t there, unaligned;
                             matches: the regex's number              */
} gray_form_node_t;

/* The ranges are in order and do not overlap; those of one split follow those
 * of the split before it. */
typedef struct {
    uint32_t range;
    uint32_t nranges;
    uint32_t everyone; /* the variant that has all buckets, or NONE       */
    uint32_t by;       /* the first, in the section                       */
    uint32_t nby;
} gray_form_split_t;

typedef struct {
    uint32_t first;
    uint32_t end;
    uint32_t variant;
} gray_form_range_t;

/* Of one element of a section. */
size_t gray_form_element_size(gray_form_section_t section);

#endif
