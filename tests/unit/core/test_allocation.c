/* A decision allocates nothing once its regexes are compiled. */

#include "core_facts.h"

static unsigned long allocations;

/* A sanitizer has an allocator of its own. */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

#define COUNTED

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

/* In the program itself, so that libpcre2 uses them too. */

void *
malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}


void *
calloc(size_t n, size_t size)
{
    allocations++;
    return __libc_calloc(n, size);
}


void *
realloc(void *old, size_t size)
{
    allocations++;
    return __libc_realloc(old, size);
}

#endif


static void
test_only_the_first_decision_allocates(void **state)
{
    static const char *const agents[]
        = { "ua=Chrome/112 Mobile", "ua=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
              "ua=\xff\xfe Chrome/99", NULL };
    gray_document_t document;
    gray_release_t *release;
    facts_t facts = { .attributes = { NULL, "ip=10.1.2.3", "v=8.0.47",
                          "city=BJ", "user=u-1" } };
    unsigned long before;
    unsigned i, j;

    (void) state;

    document_init(&document);
    document_rule(&document, "a", "ua matches 'Chrome/1[2-9]\\d'", 1);
    document_rule(&document, "b", "ua matches '(a|aa)+$'", 1);
    document_rule(&document, "c", "ua matches '(*NO_JIT)(a|aa)+$'", 1);
    document_rule(&document, "d", "ip in [1.2.3.4, 11.0.0.0/8, 'x', 5]", 1);
    document_rule(&document, "e", "v < v8.0.5-rc.1 and city starts 'S'", 1);
    document_rule(&document, "f", "city contains 'Z' or user ends '2'", 1);
    document_rule(&document, "g", "now >= 2026-12-01T00:00:00Z", 1);
    document_rule(&document, "h", "user in @testers and v >= 5.5", 1);
    document_split(&document, "user", 50000, 0);
    release = document_release(&document);

    for (i = 0; i < 2; i++) {
        before = allocations;

        for (j = 0; agents[j] != NULL; j++) {
            facts.attributes[0] = agents[j];
            decide(release, &facts);
        }
    }

    assert_int_equal(allocations, before);

#ifdef COUNTED
    assert_true(allocations > 0);
#endif

    gray_release_free(release);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_first_decision_allocates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
