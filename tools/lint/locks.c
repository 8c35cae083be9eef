#include "locks.h"

enum lock_known { LOCK_NOBODY_ASKED, LOCK_IS_GIVEN, LOCK_IS_KEPT };

/* ---- locks of the C library ---- */

static const char *const takers[] = {
    "pthread_mutex_lock",    "pthread_spin_lock", "pthread_rwlock_rdlock",
    "pthread_rwlock_wrlock", "mtx_lock",          NULL};
static const char *const triers[] = {"pthread_mutex_trylock",
                                     "pthread_spin_trylock",
                                     "pthread_rwlock_tryrdlock",
                                     "pthread_rwlock_trywrlock",
                                     "pthread_mutex_timedlock",
                                     "mtx_trylock",
                                     "mtx_timedlock",
                                     "weir_lock_try_at",
                                     NULL};
static const char *const givers[] = {"pthread_mutex_unlock", "pthread_spin_unlock",
                                     "pthread_rwlock_unlock", "mtx_unlock", NULL};
const char lock_reason[] = "whoever wants it meanwhile is blocked, the whole thread with its "
                           "tasks";

/* ---- calls ---- */

const struct symbol *lock_of(const struct node *argument)
{
    argument = node_bare(argument);
    while (argument && argument->kind == NODE_INDEX)
        argument = node_bare(argument->first);
    if (!argument || (argument->kind != NODE_REF && argument->kind != NODE_MEMBER))
        return NULL;
    return argument->symbol;
}

static const struct symbol *parameter_of(const struct symbol *callee, size_t i)
{
    return i < callee->parameters_n ? callee->parameters[i] : NULL;
}

bool lock_is_given(const struct node *call, size_t i)
{
    const struct symbol *parameter = parameter_of(call->symbol, i);
    return (parameter && parameter->marks.text[MARK_RELEASES]) ||
           (!i && symbol_is_one_of(call->symbol, givers));
}

const char *lock_is_taken(const struct node *call, size_t i)
{
    const struct symbol *parameter = parameter_of(call->symbol, i);
    if (!i && symbol_is_one_of(call->symbol, takers))
        return lock_reason;
    return parameter ? parameter->marks.text[MARK_HOLDS] : NULL;
}

static bool gives_back(struct unit *unit, const struct symbol *callee, unsigned depth);

static bool body_gives_back(struct unit *unit, const struct node *tree, unsigned depth)
{
    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        if (node->kind != NODE_CALL || !node->symbol)
            continue;
        for (size_t i = 0; node_child(node, i + 1); i++)
            if (lock_is_given(node, i))
                return true;
        if (gives_back(unit, node->symbol, depth + 1))
            return true;
    }
    return false;
}

/* Each function is looked into once for each depth: many that call each other have many ways. */
static bool gives_back(struct unit *unit, const struct symbol *callee, unsigned depth)
{
    const struct function *function = depth < LOCKS_DEPTH_MAX ? tree_of(unit, callee) : NULL;
    unsigned char *known = function ? &function->gives[depth] : NULL;

    if (known && *known == LOCK_NOBODY_ASKED)
        *known = body_gives_back(unit, function->body, depth) ? LOCK_IS_GIVEN : LOCK_IS_KEPT;
    return known && *known == LOCK_IS_GIVEN;
}

const struct symbol *lock_outside(const struct node *call, const struct symbol *lock)
{
    for (size_t i = 0; lock && i < call->symbol->parameters_n; i++)
        if (call->symbol->parameters[i] == lock)
            return lock_of(node_argument(call, i));
    return lock && (lock->kind == SYMBOL_FIELD || lock->global) ? lock : NULL;
}

bool lock_may_be_given_in(struct unit *unit, const struct symbol *callee)
{
    return gives_back(unit, callee, 0);
}

bool lock_answers(const struct symbol *callee)
{
    return symbol_is_one_of(callee, takers) || symbol_is_one_of(callee, triers);
}

bool lock_is_tried(const struct symbol *callee)
{
    return symbol_is_one_of(callee, triers);
}
