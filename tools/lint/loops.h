/* loops.h: the loops of weir/loop.h and weir/co.h, recognised by what they are made of. */
#ifndef LINT_LOOPS_H
#define LINT_LOOPS_H

#include "tree.h"

struct loop {
    const struct node *outer;  /* NODE_FOR: what is written as weir_for_await (...) */
    const struct node *body;   /* what the user wrote behind it */
    const struct node *source; /* the stream that it is given */
    const struct symbol *item; /* the variable of each turn */
    bool waits;                /* false: weir_for, over an iterator */
};

/* False: it is no such loop. `outer` is any node. */
bool loop_of(const struct node *outer, struct loop *loop);

/* The loop whose weir_loop_next a call is. */
bool loop_of_next(const struct node *call, struct loop *loop);

/* A loop of C around weir_await_next(stream, &item, ...). Where that is the loop's condition the
 * body is what stands behind it; else the call stands in the body. */
bool loop_of_await_next(const struct node *call, struct loop *loop);

/* The last statement leaves the loop, and nothing goes on before: there is no next item. */
bool loop_has_one_turn(const struct loop *loop);

#endif
