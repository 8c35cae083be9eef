/* token: trees of what is still wanted, on any thread. */

#include "task/token.h"

#include "weir/time.h"

/* ---- the lists that a token stands in ---- */

static void token_enter(weir_token **first, weir_token *token)
{
    token->next = *first;
    if (*first)
        (*first)->at = &token->next;
    token->at = first;
    *first = token;
}

static void token_leave(weir_token *token)
{
    *token->at = token->next;
    if (token->next)
        token->next->at = token->at;
}

static void enter_told(weir_token **first, weir_token *token)
{
    token->next_told = *first;
    if (*first)
        (*first)->told_at = &token->next_told;
    token->told_at = first;
    *first = token;
}

static void leave_told(weir_token *token)
{
    *token->told_at = token->next_told;
    if (token->next_told)
        token->next_told->told_at = token->told_at;
    token->told_at = NULL;
}

/* ---- changes ---- */

static void set_until(weir_token *token, uint64_t until_ns)
{
    __atomic_store_n(&token->until_ns, until_ns, __ATOMIC_RELEASE);
}

/* The next one below `top` that is not below `token`. NULL: there is none. */
static weir_token *beside(weir_token *token, const weir_token *top)
{
    while (token != top && !token->next)
        token = token->parent;
    return token == top ? NULL : token->next;
}

/* One that is as early already has nothing later below it. */
static bool token_lower(weir_token *token, uint64_t until_ns, bool late)
{
    if (token->until_ns <= until_ns)
        return false;
    token->late = late; /* before it is told of */
    token->changes++;
    set_until(token, until_ns);
    return true;
}

/* All at once, for whoever asks. Those whose lines are to be told stand in the list then, unless
 * another thread is about to tell them. */
static weir_token *lower_all(weir_token *top, uint64_t until_ns, bool late, weir_token **told)
{
    for (weir_token *token = top, *next; token; token = next) {
        bool lowered = token_lower(token, until_ns, late);
        if (lowered && token->line.first && !token->told_at)
            enter_told(told, token);
        next = lowered && token->first ? token->first : beside(token, top);
    }
    return *told;
}

/* The lock is given back between handfuls of wakes: tokens may go meanwhile, and leave the list,
 * and who was woken may stand in the line again. */
static void token_tell(struct weir_shared *tree, weir_token **told, struct weir_waking *waking)
{
    while (*told) {
        const struct weir_waiting *first = (*told)->line.first;
        if (!first || first->n == (*told)->changes) {
            leave_told(*told);
        } else if (weir_waking_is_full(waking)) {
            weir_shared_unlock(tree, waking);
            weir_shared_lock(tree);
        } else {
            weir_waiters_serve(&(*told)->line, WEIR_PLACE_SERVED, waking);
        }
    }
}

static void token_change(weir_token *token, uint64_t until_ns, bool late)
{
    struct weir_shared *tree = token->tree;
    struct weir_waking waking;
    weir_token *told = NULL;
    weir_waking_begin(&waking);
    weir_shared_ref(tree); /* the last one to be woken may drop the token */
    weir_shared_lock(tree);
    if (lower_all(token, until_ns, late, &told))
        token_tell(tree, &told, &waking);
    weir_shared_unlock(tree, &waking);
    weir_shared_unref(tree);
}

void weir_token_expire(weir_token *token)
{
    token_change(token, 0, true);
}

void weir_token_cancel(weir_token *token)
{
    if (token)
        token_change(token, 0, false);
}

void weir_token_deadline(weir_token *token, uint64_t at_ns)
{
    token_change(token, at_ns, at_ns == 0);
}

bool weir_token_is_cancelled(const weir_token *token)
{
    uint64_t until_ns = token ? weir_token_until_ns(token) : UINT64_MAX;
    return !until_ns || (until_ns != UINT64_MAX && until_ns <= weir_now_ns());
}

/* ---- making, and letting go ---- */

static void join_tree(weir_token *token, weir_token *parent)
{
    struct weir_waking waking;
    weir_waking_begin(&waking);
    token->parent = weir_token_ref(parent);
    token->tree = parent->tree;
    weir_shared_ref(token->tree);
    weir_shared_lock(token->tree);
    token->until_ns = parent->until_ns;
    token->late = parent->late;
    token_enter(&parent->first, token);
    weir_shared_unlock(token->tree, &waking);
}

weir_token *weir_token_new(weir_token *parent)
{
    weir_token *token = weir_allocate(sizeof *token);
    struct weir_shared *tree = token && !parent ? weir_shared_new(sizeof *tree, NULL) : NULL;
    if (!token || (!parent && !tree)) {
        weir_release(token, sizeof *token);
        return NULL;
    }
    *token = (weir_token){.tree = tree, .until_ns = UINT64_MAX};
    atomic_init(&token->refs, 1);
    if (parent)
        join_tree(token, parent);
    return token;
}

weir_token *weir_token_ref(weir_token *token)
{
    if (token)
        atomic_fetch_add_explicit(&token->refs, 1, memory_order_relaxed);
    return token;
}

/* Nobody has it any more, but a thread that goes through the tree may see it until it left. */
static void leave_tree(weir_token *token)
{
    struct weir_waking waking;
    weir_waking_begin(&waking);
    weir_shared_lock(token->tree);
    if (token->parent)
        token_leave(token);
    if (token->told_at)
        leave_told(token);
    weir_shared_unlock(token->tree, &waking);
    weir_shared_unref(token->tree);
}

/* Its parent's reference goes with it, and so on upwards. */
void weir_token_drop(weir_token *token)
{
    while (token && atomic_fetch_sub_explicit(&token->refs, 1, memory_order_acq_rel) == 1) {
        weir_token *parent = token->parent;
        leave_tree(token);
        weir_release(token, sizeof *token);
        token = parent;
    }
}

void weir_token_guard_end(weir_token **guard)
{
    weir_token_cancel(*guard);
    weir_token_drop(*guard);
}
