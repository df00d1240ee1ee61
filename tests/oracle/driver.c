/*
 * The decision of src/core for the oracle to be compared with.
 *
 * Lines of JSON come in. One that has a "document" (with its "name", and
 * "lists", each list's kind) is compiled; every other is a request to it:
 *
 *     {"attributes": {"user": "616c696365"}, "now": 0, "off": false,
 *      "override": 0, "default": 0,
 *      "answers": {"legacy user": ["pending", "yes"]}}
 *
 * attributes are in hexadecimal, override and default numbers as in
 * gray_host_t. An answer is the first; the second is what a pending one turns
 * into when the decision has asked for it. A line goes out for each request: a
 * list of one decision, or two when the first was pending.
 */

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "control/document_json.h"
#include "core/decide.h"

#define VALUE_MAX 8192
#define ATTRIBUTES_MAX 32

typedef struct {
    gray_release_t *release;
    json_t *request;
    json_t *asked; /* "list attribute": true                        */
    char values[ATTRIBUTES_MAX][VALUE_MAX]; /* by the release's number     */
} oracle_t;

static const struct {
    const char *name;
    gray_list_kind_t kind;
} kinds[] = {
    { "string", GRAY_LIST_STRING },
    { "ip", GRAY_LIST_IP },
    { "live", GRAY_LIST_LIVE },
};

static const struct {
    const char *name;
    gray_answer_t answer;
} answers[] = {
    { "no", GRAY_NO },
    { "yes", GRAY_YES },
    { "pending", GRAY_PENDING },
    { "store", GRAY_UNKNOWN_STORE },
    { "live", GRAY_UNKNOWN_LIVE },
    { "early", GRAY_UNKNOWN_EARLY },
    { "list", GRAY_UNKNOWN_LIST },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))


static void
fail(const char *what)
{
    (void) fprintf(stderr, "driver: %s\n", what);
    exit(1);
}


static gray_list_kind_t
list_kind(void *data, gray_str_t name)
{
    const char *kind;
    size_t i;

    kind = json_string_value(json_object_getn(data, name.data, name.len));

    for (i = 0; kind != NULL && i < COUNT(kinds); i++) {
        if (strcmp(kind, kinds[i].name) == 0) {
            return kinds[i].kind;
        }
    }

    return GRAY_LIST_UNKNOWN;
}


static void
fail_of(const gray_error_t *error)
{
    char line[1024];

    (void) gray_error_print(error, line, sizeof(line));
    fail(line);
}


static void
read_document(json_t *json, gray_document_t *document)
{
    gray_errors_t errors = { 0 };
    char *text = json_dumps(json, 0);

    if (gray_document_read(text, strlen(text), document, &errors) != 0
        || gray_document_settle(document, NULL, &errors) != 0)
    {
        fail_of(&errors.list[0]);
    }

    free(text);
}


static gray_release_t *
compile(json_t *line)
{
    gray_document_t document;
    gray_release_t *release = NULL;
    gray_error_t error = { 0 };
    const char *name = json_string_value(json_object_get(line, "name"));
    void *bytes;
    size_t len;

    read_document(json_object_get(line, "document"), &document);

    if (gray_document_compile(&document, (gray_str_t){ strlen(name), name },
            list_kind, json_object_get(line, "lists"), &bytes, &len, &error, 1)
        != 0)
    {
        fail_of(&error);
    }

    if (gray_release_load(bytes, len, &release, &error) != 0) {
        fail_of(&error);
    }

    free(bytes);
    gray_document_free(&document);

    return release;
}


static size_t
read_hex(const char *hex, char value[VALUE_MAX])
{
    unsigned byte;
    size_t n;

    for (n = 0; n < VALUE_MAX && sscanf(hex, "%2x", &byte) == 1; n++) {
        value[n] = (char) byte;
        hex += 2;
    }

    return n;
}


static bool
host_attribute(void *data, unsigned i, gray_str_t *value)
{
    oracle_t *oracle = data;
    json_t *attributes = json_object_get(oracle->request, "attributes");
    const char *hex = json_string_value(json_object_get(
        attributes, gray_release_attribute(oracle->release, i).data));

    if (hex == NULL || i >= ATTRIBUTES_MAX) {
        return false;
    }

    value->data = oracle->values[i];
    value->len = read_hex(hex, oracle->values[i]);

    return true;
}


/* "list attribute": the key of answers. */
static void
test_key(const oracle_t *oracle, unsigned list, unsigned attribute,
    char key[2 * GRAY_NAME_MAX + 2])
{
    (void) snprintf(key, 2 * GRAY_NAME_MAX + 2, "%s %s",
        gray_release_list(oracle->release, list).data,
        gray_release_attribute(oracle->release, attribute).data);
}


static gray_answer_t
host_member(void *data, unsigned list, unsigned attribute, gray_str_t value)
{
    oracle_t *oracle = data;
    char key[2 * GRAY_NAME_MAX + 2];
    const char *name;
    json_t *given;
    size_t i;

    (void) value;

    test_key(oracle, list, attribute, key);
    given = json_object_get(json_object_get(oracle->request, "answers"), key);
    name = json_string_value(json_array_get(
        given, json_object_get(oracle->asked, key) != NULL ? 1 : 0));

    for (i = 0; name != NULL && i < COUNT(answers); i++) {
        if (strcmp(name, answers[i].name) == 0) {
            return answers[i].answer;
        }
    }

    fail(key);
    return GRAY_NO;
}


static unsigned
number_of(json_t *request, const char *name)
{
    return (unsigned) json_integer_value(json_object_get(request, name));
}


static void
decide(oracle_t *oracle, gray_decision_t *decision)
{
    json_t *request = oracle->request;
    gray_host_t host = {
        .data = oracle,
        .now = json_integer_value(json_object_get(request, "now")),
        .off = json_is_true(json_object_get(request, "off")),
        .override_plus_one = number_of(request, "override"),
        .default_plus_one = number_of(request, "default"),
        .attribute = host_attribute,
        .member = host_member,
    };

    gray_decide(oracle->release, &host, decision);
}


/* The tests that are asked, which have their second answer from now on. */
static json_t *
ask(oracle_t *oracle, const gray_decision_t *decision)
{
    json_t *tests = json_array();
    char key[2 * GRAY_NAME_MAX + 2];
    unsigned i;

    for (i = 0; decision->pending && i < decision->ntests; i++) {
        test_key(
            oracle, decision->tests[i].list, decision->tests[i].attribute, key);
        (void) json_object_set_new(oracle->asked, key, json_true());
        (void) json_array_append_new(tests, json_string(key));
    }

    return tests;
}


static void
add_decision(
    oracle_t *oracle, const gray_decision_t *decision, json_t *decisions)
{
    char reason[GRAY_REASON_TEXT_MAX];

    (void) gray_reason_print(oracle->release, decision, reason);
    (void) json_array_append_new(decisions,
        json_pack("{s:s, s:s, s:o}", "variant",
            gray_release_variant(oracle->release, decision->variant).data,
            "reason", reason, "pending", ask(oracle, decision)));
}


static void
answer(oracle_t *oracle)
{
    json_t *decisions = json_array();
    gray_decision_t decision;

    oracle->asked = json_object();
    decide(oracle, &decision);
    add_decision(oracle, &decision, decisions);

    if (decision.pending) {
        decide(oracle, &decision);
        add_decision(oracle, &decision, decisions);
    }

    (void) json_dumpf(decisions, stdout, JSON_COMPACT);
    (void) putchar('\n');
    json_decref(oracle->asked);
    json_decref(decisions);
}


static void
take(oracle_t *oracle, json_t *line)
{
    if (json_object_get(line, "document") != NULL) {
        gray_release_free(oracle->release);
        oracle->release = compile(line);
        return;
    }

    oracle->request = line;
    answer(oracle);
}


int
main(void)
{
    oracle_t oracle = { 0 };
    char *text = NULL;
    size_t size = 0;
    json_t *line;

    while (getline(&text, &size, stdin) > 0) {
        line = json_loads(text, 0, NULL);
        if (line == NULL) {
            fail("a line is no JSON");
        }
        take(&oracle, line);
        json_decref(line);
    }

    free(text);
    gray_release_free(oracle.release);

    return 0;
}
