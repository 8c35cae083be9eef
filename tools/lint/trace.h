/* trace.h: where a stream comes from: up through the stages that take it, and through the variables
 * that hold it meanwhile. */
#ifndef LINT_TRACE_H
#define LINT_TRACE_H

#include "tree.h"

enum origin_kind {
    ORIGIN_UNKNOWN, /* it comes from outside of the function, or from two places that differ */
    ORIGIN_PLAIN,   /* made here, by something without the mark */
    ORIGIN_MARKED
};

struct origin {
    enum origin_kind kind;
    const struct node *call; /* the source's */
    const char *text;        /* of its mark */
};

/* Of `stream`, an expression of `function`. A stage that handles several items at once, or makes
 * other items of them, ends the search: PLAIN. */
struct origin trace_source(struct unit *unit, const struct function *function,
                           const struct node *stream, enum mark mark);

/* The same without counting silence: another rule does. */
struct origin trace_quietly(struct unit *unit, const struct function *function,
                            const struct node *stream, enum mark mark);

/* What a variable was given last before `at`, where every way to `at` goes through that; NULL: it
 * is not known. Answers the value. */
const struct node *trace_value(const struct function *function, const struct symbol *variable,
                               const struct node *at);

/* All that a variable may have been given last before `at`: back to what every way goes through, or
 * to the declaration, if that gave nothing. 0: it is not known. */
enum { TRACE_VALUES_MAX = 8 };
size_t trace_values(const struct function *function, const struct symbol *variable,
                    const struct node *at, const struct node *values[TRACE_VALUES_MAX]);

/* The argument that a call takes its source by: the first that its function takes. NULL: none. */
const struct node *trace_taken(const struct node *call);

#endif
