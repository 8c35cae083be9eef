/* must_not_await: a lock that blocks threads is held where the task may be suspended. */
#include <string.h>

#include "acts.h"
#include "locks.h"
#include "paths.h"
#include "rule.h"
#include "trace.h"
#include "unit.h"

/* What a lock may be on some way; nobody touched it: no bit but FREE. LEFT: held on one of two ways
 * that met, where the other gave it back; whoever comes here next has it on the one. */
enum { FREE, HELD, LEFT };

/* Where it was taken, and why that matters. */
struct held {
    const struct node *taken[PATH_THINGS_MAX];
    const char *reason[PATH_THINGS_MAX];
    const char *name[PATH_THINGS_MAX];
    const struct node *split[PATH_THINGS_MAX]; /* the `if` that it was LEFT by */
};

/* ---- steps ---- */

static void take(struct path *path, struct path_state *state, const struct node *node,
                 const struct symbol *lock, const char *name, const char *reason)
{
    struct held *held = path->arg;
    int thing = lock ? path_thing(path, lock) : -1;
    if (thing < 0)
        return;
    held->taken[thing] = node;
    held->reason[thing] = reason;
    held->name[thing] = name;
    path_set(state, thing, HELD);
}

static void give(struct path *path, struct path_state *state, const struct symbol *lock)
{
    path_set(state, lock ? path_known(path, lock) : -1, FREE);
}

/* ---- what a function of the program does to locks ---- */

/* table_enter(t), which takes t->lock as its own statement, and gives nothing back; it answers
 * nothing, so it makes no guard of it. */
static void take_inside(struct path *path, struct path_state *state, const struct node *call)
{
    const struct function *function = tree_of(path->unit, call->symbol);
    CXType answer = clang.getResultType(call->symbol->type);
    if (!function || function->broken || answer.kind != CXType_Void ||
        !strncmp(call->symbol->name, "weir_", 5) || lock_may_be_given_in(path->unit, call->symbol))
        return;
    for (const struct node *node = function->body->first; node; node = node->next) {
        const struct node *inner = node_uncast(node);
        const char *reason =
            inner && inner->kind == NODE_CALL && inner->symbol && node_argument(inner, 0)
                ? lock_is_taken(inner, 0)
                : NULL;
        const struct symbol *lock =
            reason ? lock_outside(call, lock_of(node_argument(inner, 0))) : NULL;
        if (lock)
            take(path, state, call, lock, lock->name, reason);
    }
}

/* table_exit(t): every lock that it gives back, perhaps, is given back. */
static void give_inside(struct path *path, struct path_state *state, const struct node *call)
{
    const struct function *function = path->things_n ? tree_of(path->unit, call->symbol) : NULL;
    const struct node *tree = function ? function->body : NULL;

    for (const struct node *node = tree; node; node = node_after(node, tree))
        for (size_t i = 0; node->kind == NODE_CALL && node->symbol && node_child(node, i + 1);
             i++) {
            const struct symbol *lock =
                lock_is_given(node, i) ? lock_outside(call, lock_of(node_argument(node, i))) : NULL;
            give(path, state, lock);
        }
}

/* Who is given the object that a lock stands in, and may change it. */
static bool is_given_object(const struct node *call, const struct node *taken)
{
    const struct symbol *object =
        taken->kind == NODE_CALL ? node_root(node_argument(taken, 0)) : NULL;

    for (size_t i = 0; object && node_argument(call, i); i++) {
        const struct node *argument = node_argument(call, i);
        CXType pointee = clang.getPointeeType(node_type(argument));
        if (node_variable(argument) == object && !clang.isConstQualifiedType(pointee))
            return true;
    }
    return false;
}

/* A function of another file, without annotations, may give back whatever it was given. */
static void give_to_unknown(struct path *path, struct path_state *state, const struct node *call)
{
    struct held *held = path->arg;

    if (tree_of(path->unit, call->symbol) || !strncmp(call->symbol->name, "weir_", 5) ||
        clang.Location_isInSystemHeader(clang.getCursorLocation(call->symbol->cursor)))
        return;
    for (size_t i = 0; i < path->things_n; i++)
        if (held->taken[i] && held->taken[i] != call && is_given_object(call, held->taken[i]))
            path_set(state, (int)i, FREE);
}

/* Of a pointer that was set to a lock's address: that lock. */
static const struct symbol *pointed_to(const struct function *function, const struct node *argument)
{
    const struct node *value = argument->kind == NODE_REF
                                   ? node_uncast(trace_value(function, argument->symbol, argument))
                                   : NULL;
    return value && value->kind == NODE_ADDRESS ? lock_of(value) : NULL;
}

/* A function without annotations that is given what is held: by its body, where there is one; else
 * the lock itself may be given back by it, and an object that has it is not. */
static bool may_give(struct unit *unit, const struct node *call, const struct node *argument)
{
    const struct symbol *guard = node_variable(argument);
    if (tree_of(unit, call->symbol))
        return lock_may_be_given_in(unit, call->symbol);
    return argument->kind == NODE_ADDRESS ||
           (guard && type_mark(unit, guard->type, MARK_MUST_NOT_AWAIT));
}

/* A lock is passed: it is taken or given back by the callee's annotations, or as its body says. */
static void step_argument(struct path *path, struct path_state *state, const struct node *call,
                          size_t i)
{
    const struct node *argument = node_argument(call, i);
    const struct symbol *lock = lock_of(argument);
    const struct symbol *pointed = lock && (lock_is_taken(call, i) || lock_is_given(call, i))
                                       ? pointed_to(path->function, argument)
                                       : NULL;

    if (!lock)
        return;
    lock = pointed ? pointed : lock;
    if (lock_is_taken(call, i))
        take(path, state, call, lock, node_text(path->unit, node_bare(argument), 40),
             lock_is_taken(call, i));
    else if (lock_is_given(call, i) ||
             (path_known(path, lock) >= 0 && may_give(path->unit, call, argument)))
        give(path, state, lock);
}

/* `call`: what waits; of a function without a stack, the macro that leaves it. */
static void report(struct path *path, const struct node *call, int thing, const char *waits_by)
{
    struct held *held = path->arg;
    struct place at = node_word(path->unit, call);
    struct finding finding = {
        .at = at,
        .message = unit_text("`%s` is held while the task is suspended", held->name[thing]),
        .label = waits_by && strcmp(waits_by, node_name(path->unit, call)) != 0
                     ? unit_text("suspends here, in `%s`", waits_by)
                     : "suspends here",
        .reason = held->reason[thing],
        .help = "give it back before the wait, or take a weir_mutex, which may be held over one"};
    finding_draw(&finding, node_word(path->unit, held->taken[thing]), "taken here: %s",
                 held->reason[thing]);
    unit_report(path->unit, &finding);
}

/* It ends the function, and does not come back. */
static bool is_over(const struct node *answer)
{
    static const char *const names[] = {"weir_co_over", "weir_co_stray", "weir_co_error", NULL};
    return symbol_is_one_of(answer->symbol, names);
}

/* Something waits here: is anything held? */
static void look(struct path *path, const struct path_state *state, const struct node *wait,
                 const char *waits_by)
{
    for (size_t i = 0; path->reporting && i < path->things_n; i++)
        if (path_is(state, (int)i, HELD) || path_may(state, (int)i, LEFT)) {
            report(path, wait, (int)i, waits_by);
            return;
        }
}

/* weir_co_next and its like leave the function by an answer of their own, to come back later. */
static void step_return(struct path *path, const struct path_state *state, const struct node *node)
{
    const struct node *value = node_uncast(node->first);
    if (path->function->begins_with_case && node_in_macro(node) && value &&
        (value->kind == NODE_LIST || value->kind == NODE_CALL) && !is_over(value))
        look(path, state, node, NULL);
}

static void step_call(struct path *path, struct path_state *state, const struct node *call)
{
    struct acts acts = acts_of_call(path->unit, call, 0);

    if (acts.waits)
        look(path, state, call, acts.waits_by);
    for (size_t i = 0; node_child(call, i + 1); i++)
        if (call->symbol)
            step_argument(path, state, call, i);
        else /* nobody knows what it does to it */
            give(path, state, lock_of(node_argument(call, i)));
    if (call->symbol) {
        give_to_unknown(path, state, call);
        give_inside(path, state, call);
        take_inside(path, state, call);
    }
}

/* What people call it: of weir_locked, whose guard has no name, the lock. */
static const char *guard_name(struct unit *unit, const struct node *variable)
{
    const struct node *lock =
        variable->first->kind == NODE_CALL ? node_argument(variable->first, 0) : NULL;
    if (strncmp(variable->symbol->name, "weir_guard_", 11) != 0 || !lock)
        return variable->symbol->name;
    return node_text(unit, node_bare(lock), 40);
}

/* `{0}` holds nothing. */
static bool is_empty(const struct node *value)
{
    for (const struct node *node = value; node; node = node_after(node, value))
        if (node->kind == NODE_REF || node->kind == NODE_CALL)
            return false;
    return true;
}

/* A guard: a variable of an annotated type. */
static void step_variable(struct path *path, struct path_state *state, const struct node *variable)
{
    const char *reason =
        variable->first ? type_mark(path->unit, variable->symbol->type, MARK_MUST_NOT_AWAIT) : NULL;
    if (reason && !is_empty(variable->first))
        take(path, state, variable, variable->symbol, guard_name(path->unit, variable), reason);
}

/* ---- locks that may not have been taken ---- */

/* The call, or the variable, that a condition asks: where it holds that is `number`, or is not. */
static const struct node *asked(const struct node *condition, uint64_t *number, bool *is)
{
    const struct node *left = node_uncast(condition);

    *number = 0;
    *is = false;
    if (left && left->kind == NODE_BINARY && node_child(left, 1)) {
        *is = !strcmp(left->op, "==");
        if (!node_number(node_uncast(node_child(left, 1)), number) ||
            (!*is && strcmp(left->op, "!=") != 0))
            return NULL;
        left = node_uncast(left->first);
    }
    if (left && left->kind == NODE_ASSIGN)
        left = node_uncast(left->first->next);
    return left;
}

/* The answer of what takes a lock, or tries to. */
static void learn(struct path *path, struct path_state *state, const struct node *call, bool zero)
{
    const struct symbol *lock = lock_of(node_argument(call, 0));
    bool tries = lock_is_tried(call->symbol);
    bool taken = !strncmp(call->symbol->name, "weir_", 5) ? !zero : zero;

    if (!lock || !lock_answers(call->symbol))
        return;
    if (!taken)
        give(path, state, lock);
    else if (tries)
        take(path, state, call, lock, node_text(path->unit, node_bare(node_argument(call, 0)), 40),
             lock_reason);
}

/* What stood in the variable last: where that is a call, the call. */
static const struct node *call_asked(struct path *path, const struct node *left)
{
    if (left && left->kind == NODE_REF && left->symbol->kind == SYMBOL_VARIABLE)
        left = node_uncast(trace_value(path->function, left->symbol, left));
    return left && left->kind == NODE_CALL && left->symbol ? left : NULL;
}

/* It asks what the `if` asked, or what was set in it; or nobody can tell. */
static bool is_related(const struct node *condition, const struct node *split)
{
    for (const struct node *node = condition; node; node = node_after(node, condition)) {
        bool local = node->symbol && node->symbol->kind == SYMBOL_VARIABLE && !node->symbol->global;
        if (node->kind == NODE_CALL || local)
            return true;
        for (const struct node *at = split; node->symbol && at; at = node_after(at, split))
            if (at->symbol == node->symbol)
                return true;
    }
    return false;
}

static bool is_given_behind(const struct path *path, const struct node *at,
                            const struct symbol *lock)
{
    const struct node *tree = path->function->body;
    for (const struct node *node = at; node; node = node_after(node, tree))
        for (size_t i = 0; node->kind == NODE_CALL && node_child(node, i + 1); i++)
            if (!node->symbol ||
                (lock_is_given(node, i) && lock_of(node_argument(node, i)) == lock))
                return true;
    return false;
}

/* Where a further condition stands between, it may go with the one before: then the way on which
 * the lock is held need not lead on. NULL: a case. */
static void forget(struct path *path, struct path_state *state, const struct node *condition)
{
    struct held *held = path->arg;
    for (size_t i = 0; i < path->things_n; i++)
        if (path_may(state, (int)i, LEFT) && (!condition || is_related(condition, held->split[i]) ||
                                              is_given_behind(path, condition, path->things[i])))
            state->may[i] = 1u << FREE | 1u << HELD;
}

static void branch(struct path *path, struct path_state *state, const struct node *condition,
                   bool yes)
{
    uint64_t number;
    bool is;
    const struct node *call = call_asked(path, asked(condition, &number, &is));

    if (call && !strcmp(call->symbol->name, "weir_loop_once"))
        return;
    forget(path, state, condition);
    /* What was tried and is not EBUSY, say, is 0; who takes a lock has it beside EOWNERDEAD too. */
    if (call && (!number || lock_is_tried(call->symbol)))
        learn(path, state, call, (is == yes) == !number);
}

/* A flag of the function's own may well say whether it is held. */
static bool is_flag(const struct node *condition)
{
    condition = node_uncast(condition);
    while (condition && condition->kind == NODE_NOT)
        condition = node_uncast(condition->first);
    return condition && condition->kind == NODE_REF && condition->symbol->kind == SYMBOL_VARIABLE;
}

/* One of two ways that are both written gave it back, the other did not. */
static void join(struct path *path, struct path_state *state, const struct node *node,
                 const struct path_state *yes, const struct path_state *no)
{
    struct held *held = path->arg;
    bool both = node_child(node, 2) != NULL;
    for (size_t i = 0; i < path->things_n && !is_flag(node->first); i++)
        if ((path_is(yes, (int)i, HELD) && path_is(no, (int)i, FREE)) ||
            (both && path_is(no, (int)i, HELD) && path_is(yes, (int)i, FREE))) {
            state->may[i] = 1u << FREE | 1u << LEFT;
            held->split[i] = node;
        }
}

static void step(struct path *path, struct path_state *state, const struct node *node)
{
    if (node->kind == NODE_CALL)
        step_call(path, state, node);
    else if (node->kind == NODE_RETURN)
        step_return(path, state, node);
    else if (node->kind == NODE_VAR)
        step_variable(path, state, node);
    else if (node->kind == NODE_CASE || node->kind == NODE_DEFAULT)
        forget(path, state, NULL);
}

/* A guard is gone with its block; a lock of another kind is not. */
static void leave(struct path *path, struct path_state *state, const struct node *block)
{
    struct held *held = path->arg;
    for (size_t i = 0; i < path->things_n; i++)
        if (held->taken[i] && held->taken[i]->kind == NODE_VAR &&
            node_within(held->taken[i], block))
            path_set(state, (int)i, FREE);
}

static void check(struct unit *unit, const struct function *function)
{
    struct held held = {.name = {0}};
    struct path_state begin = {.reached = true};
    struct path path = {.unit = unit,
                        .function = function,
                        .step = step,
                        .leave = leave,
                        .branch = branch,
                        .join = join,
                        .arg = &held,
                        .straight = function->begins_with_case};

    memset(begin.may, 1u << FREE, sizeof begin.may);
    path_walk(&path, &begin);
}

const struct rule rule_must_not_await = {
    .name = "must_not_await",
    .group = GROUP_CORE,
    .level = LEVEL_ERROR,
    .does = "a lock that blocks threads is held where the task may be suspended",
    .explain =
        "A task that waits lets others run on its thread. If it holds a lock meanwhile, and\n"
        "one of them wants it, the thread blocks, and whoever could give the lock back never\n"
        "runs again.\n"
        "\n"
        "    weir_lock_take(&table->lock);\n"
        "    weir_await_read(reader, row, sizeof row, &n, &error);   // held here\n"
        "    weir_lock_give(&table->lock);\n"
        "\n"
        "Copy what is needed, give the lock back, then wait; or take a weir_mutex, which\n"
        "suspends who wants it and may be held over a wait. It speaks where the lock is held\n"
        "on every way to the wait, or on one of an `if` and its `else`. Own locks:\n"
        "WEIR_HOLDS(\"why\") and WEIR_RELEASES on the parameters, or\n"
        "WEIR_MUST_NOT_AWAIT(\"why\") on the type of a guard.\n",
    .check = check};
