/* Tokens, as those see them who wait for one. */
#ifndef WEIR_TASK_TOKEN_H
#define WEIR_TASK_TOKEN_H

#include "task/waiters.h"
#include "weir/cancel.h"

/* All tokens of a tree have one lock. A child holds a reference on its parent, so that a token
 * without references has no children; and it is never later than its parent. */
struct weir_token {
    struct weir_shared *tree;
    _Atomic size_t refs;
    uint64_t until_ns; /* atomic, written under the lock. 0: cancelled; UINT64_MAX: no deadline */
    bool late;         /* it was a deadline that cancelled it */
    size_t changes;    /* of until_ns: who joined the line after the last one has that number */
    struct weir_waiters line;
    weir_token *parent;
    weir_token *first;                /* of its children */
    weir_token *next, **at;           /* its parent's */
    weir_token *next_told, **told_at; /* whose line is to be told of a change; NULL: none */
};

static inline uint64_t weir_token_until_ns(const weir_token *token)
{
    return __atomic_load_n(&token->until_ns, __ATOMIC_ACQUIRE);
}

/* Its deadline has passed: it is cancelled. */
void weir_token_expire(weir_token *token);

#endif
