/* The corpora: one case a line, as JSON. What a test needs of that: strings are bytes (each code
 * point is one; above 255 those of UTF-8), the rest is found by name. */
#ifndef WEIR_TESTS_CORPUS_H
#define WEIR_TESTS_CORPUS_H

#include <stdbool.h>
#include <stddef.h>

enum corpus_kind {
    CORPUS_NULL,
    CORPUS_BOOL,
    CORPUS_NUMBER,
    CORPUS_BYTES,
    CORPUS_LIST,
    CORPUS_OBJECT
};

struct corpus_value {
    enum corpus_kind kind;
    bool truth;
    double number;
    long long whole; /* of a NUMBER, its digits before a point */
    char *bytes;     /* of BYTES; a NUL stands behind them */
    size_t n;        /* bytes, or parts */
    struct corpus_value *parts;
    char *name; /* in an object */
};

/* Calls fn for each case of tests/corpora/NAME; aborts where there is none. */
void corpus_for_each(const char *name, void (*fn)(const struct corpus_value *test, void *arg),
                     void *arg);

/* A part by its name; NULL: it has none such. */
const struct corpus_value *corpus_get(const struct corpus_value *object, const char *name);
bool corpus_is(const struct corpus_value *object, const char *name); /* true, and there */

#endif
