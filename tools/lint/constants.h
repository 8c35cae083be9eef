/* constants.h: what the constants of the WEIR_x_FN macros run. */
#ifndef LINT_CONSTANTS_H
#define LINT_CONSTANTS_H

#include "tree.h"

enum { CONSTANT_FUNCTIONS_MAX = 8 };

struct constant {
    const struct symbol *symbol;                            /* the constant itself */
    const char *kind;                                       /* its type: "weir_each_fn" */
    const struct symbol *functions[CONSTANT_FUNCTIONS_MAX]; /* the user's own */
    size_t n;
};

/* Of an argument as `&serve`. False: it is none that is known here. */
bool constant_of(struct unit *unit, const struct node *argument, struct constant *out);

/* The one that a call is given, as its only argument of such a type. */
bool constant_of_call(struct unit *unit, const struct node *call, struct constant *out);

/* Every constant of this file: calls `see` for each, until it answers false. */
void constants_each(struct unit *unit, bool (*see)(const struct constant *constant, void *arg),
                    void *arg);

/* The same of operations (weir_stream_ops, weir_reader_ops, weir_writer_ops): their poll functions.
 */
void operations_each(struct unit *unit, bool (*see)(const struct constant *constant, void *arg),
                     void *arg);

#endif
