/*
 * Regular expressions (PCRE2) whose cost is bounded.
 *
 * Patterns and values are UTF-8; a value that is none matches where its bytes
 * are (PCRE2_MATCH_INVALID_UTF). \C is not allowed.
 *
 * A match is a number of steps: PCRE2 calls back before each item of the
 * pattern that it tries, at every place of the value where it tries it
 * (PCRE2_AUTO_CALLOUT), and the way gone in the value since the last call
 * counts as well. PCRE2's own match limit would not do: it starts again at
 * each place of the value, and does not count what a single repeat reads.
 * Ten thousand steps take about half a millisecond at worst; usual patterns
 * need some hundred.
 */

#ifndef GRAY_CORE_REGEX_H
#define GRAY_CORE_REGEX_H

#include "error.h"
#include "str.h"

/* Of one match, and of all matches of one decision together. */
#define GRAY_REGEX_STEPS 10000
#define GRAY_REGEX_DECISION_STEPS 100000

/* A pattern, and its compiled form as PCRE2 counts it. */
#define GRAY_REGEX_PATTERN_MAX 1024
#define GRAY_REGEX_SIZE_MAX 8192

/* A longer value is not looked at: the answer is unknown. */
#define GRAY_REGEX_SUBJECT_MAX 4096

/* Distinct patterns of one release. */
#define GRAY_REGEX_PATTERNS_MAX 100

typedef enum {
    GRAY_REGEX_NO = 0,
    GRAY_REGEX_YES,
    GRAY_REGEX_UNKNOWN /* past a limit                                  */
} gray_regex_answer_t;

/* The patterns of one loaded release. Used by one thread at a time. */
typedef struct gray_regexes_s gray_regexes_t;

/*
 * Checks a pattern's syntax and size. -1: an error without a place, and
 * *offset is where in the pattern it is, in bytes.
 */
int gray_regex_check(gray_str_t pattern, size_t *offset, gray_error_t *error);

/*
 * Room for `n` patterns, which must outlive it; nothing is compiled yet. NULL:
 * out of memory. The caller owns it (gray_regexes_free; NULL is allowed).
 */
gray_regexes_t *gray_regexes_create(unsigned n);
void gray_regexes_set(gray_regexes_t *regexes, unsigned i, gray_str_t pattern);
void gray_regexes_free(gray_regexes_t *regexes);

/*
 * Whether pattern `i` matches somewhere in the value. The first call for a
 * pattern compiles it (JIT where the machine has it); later ones allocate
 * nothing. *steps, what is left for the decision, is reduced.
 */
gray_regex_answer_t gray_regex_match(
    gray_regexes_t *regexes, unsigned i, gray_str_t value, long *steps);

#endif
