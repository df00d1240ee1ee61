#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdbool.h>
#include <stdlib.h>
#include "regex.h"

#define OPTIONS                                               \
    (PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_AUTO_CALLOUT \
        | PCRE2_NEVER_BACKSLASH_C)

/* Of the machine code, and of the interpreter where there is none. */
#define JIT_STACK_MIN (32 * 1024)
#define JIT_STACK_MAX (128 * 1024)
#define HEAP_KIB 256
#define DEPTH GRAY_REGEX_STEPS

/* What a back reference compares, or a repeat reads, between two steps. */
#define BYTES_PER_STEP 16
#define BACK_REFERENCE_BYTES_PER_STEP 32

typedef struct {
    gray_str_t text;
    pcre2_code *code;
    bool bad; /* it was tried and could not be compiled                */
    bool back_references;
} pattern_t;

/* A match that is running. */
typedef struct {
    long left;
    long step; /* what one step costs                                  */
    size_t last;
} budget_t;

struct gray_regexes_s {
    pcre2_match_context *context; /* NULL: nothing was matched yet      */
    pcre2_match_data *data;
    pcre2_jit_stack *stack;
    budget_t budget;
    unsigned n;
    pattern_t patterns[];
};


static int
spend(pcre2_callout_block *callout, void *data)
{
    budget_t *budget = data;
    size_t now = callout->current_position;
    size_t way = now > budget->last ? now - budget->last : budget->last - now;

    budget->left -= budget->step + (long) (way / BYTES_PER_STEP);
    budget->last = now;

    return budget->left < 0 ? PCRE2_ERROR_CALLOUT : 0;
}


static pcre2_code *
compile(gray_str_t pattern, int *problem, size_t *offset)
{
    return pcre2_compile(
        (PCRE2_SPTR) pattern.data, pattern.len, OPTIONS, problem, offset, NULL);
}


int
gray_regex_check(gray_str_t pattern, size_t *offset, gray_error_t *error)
{
    pcre2_code *code;
    char message[160];
    size_t size = 0;
    int problem;

    *offset = 0;

    if (pattern.len > GRAY_REGEX_PATTERN_MAX) {
        return gray_error_set(error, GRAY_ESYNTAX,
            "the pattern has %zu bytes; the limit is %d", pattern.len,
            GRAY_REGEX_PATTERN_MAX);
    }

    code = compile(pattern, &problem, offset);

    if (code == NULL) {
        pcre2_get_error_message(
            problem, (PCRE2_UCHAR *) message, sizeof(message));
        return gray_error_set(error, GRAY_ESYNTAX, "the pattern: %s", message);
    }

    pcre2_pattern_info(code, PCRE2_INFO_SIZE, &size);
    pcre2_code_free(code);

    if (size > GRAY_REGEX_SIZE_MAX) {
        gray_error_set(error, GRAY_ESYNTAX,
            "the pattern is too large: compiled it has %zu bytes; the limit "
            "is %d",
            size, GRAY_REGEX_SIZE_MAX);
        return gray_error_hint(error, "use smaller repeats");
    }

    return 0;
}


gray_regexes_t *
gray_regexes_create(unsigned n)
{
    gray_regexes_t *regexes
        = calloc(1, sizeof(*regexes) + n * sizeof(pattern_t));

    if (regexes != NULL) {
        regexes->n = n;
    }

    return regexes;
}


void
gray_regexes_set(gray_regexes_t *regexes, unsigned i, gray_str_t pattern)
{
    regexes->patterns[i].text = pattern;
}


void
gray_regexes_free(gray_regexes_t *regexes)
{
    unsigned i;

    if (regexes == NULL) {
        return;
    }

    for (i = 0; i < regexes->n; i++) {
        pcre2_code_free(regexes->patterns[i].code);
    }

    pcre2_match_data_free(regexes->data);
    pcre2_match_context_free(regexes->context);
    pcre2_jit_stack_free(regexes->stack);
    free(regexes);
}


/* What all patterns share. */
static bool
prepare(gray_regexes_t *regexes)
{
    if (regexes->context != NULL) {
        return true;
    }

    if (regexes->data == NULL) {
        regexes->data = pcre2_match_data_create(1, NULL);
    }

    /* Without machine code there is no stack, and none is needed. */
    if (regexes->stack == NULL) {
        regexes->stack
            = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
    }

    if (regexes->data == NULL) {
        return false;
    }

    regexes->context = pcre2_match_context_create(NULL);

    if (regexes->context == NULL) {
        return false;
    }

    pcre2_jit_stack_assign(regexes->context, NULL, regexes->stack);
    pcre2_set_callout(regexes->context, spend, &regexes->budget);
    pcre2_set_match_limit(regexes->context, GRAY_REGEX_STEPS);
    pcre2_set_depth_limit(regexes->context, DEPTH);
    pcre2_set_heap_limit(regexes->context, HEAP_KIB);
    return true;
}


static bool
open_pattern(pattern_t *pattern)
{
    uint32_t references = 0;
    size_t offset;
    int problem;

    if (pattern->code != NULL || pattern->bad) {
        return !pattern->bad;
    }

    pattern->code = compile(pattern->text, &problem, &offset);

    if (pattern->code == NULL) {
        pattern->bad = true;
        return false;
    }

    /* Where it cannot be had, PCRE2 interprets, under the same limits. */
    pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
    pcre2_pattern_info(pattern->code, PCRE2_INFO_BACKREFMAX, &references);
    pattern->back_references = references > 0;
    return true;
}


gray_regex_answer_t
gray_regex_match(
    gray_regexes_t *regexes, unsigned i, gray_str_t value, long *steps)
{
    pattern_t *pattern = &regexes->patterns[i];
    budget_t *budget = &regexes->budget;
    long limit = *steps < GRAY_REGEX_STEPS ? *steps : GRAY_REGEX_STEPS;
    int rc;

    if (value.len > GRAY_REGEX_SUBJECT_MAX || limit <= 0 || !prepare(regexes)
        || !open_pattern(pattern))
    {
        return GRAY_REGEX_UNKNOWN;
    }

    *budget = (budget_t){ .left = limit, .step = 1 };

    if (pattern->back_references) {
        budget->step += (long) (value.len / BACK_REFERENCE_BYTES_PER_STEP);
    }

    rc = pcre2_match(pattern->code, (PCRE2_SPTR) value.data, value.len, 0, 0,
        regexes->data, regexes->context);
    *steps -= limit - (budget->left > 0 ? budget->left : 0);

    if (rc == PCRE2_ERROR_NOMATCH) {
        return GRAY_REGEX_NO;
    }

    return rc >= 0 ? GRAY_REGEX_YES : GRAY_REGEX_UNKNOWN;
}
