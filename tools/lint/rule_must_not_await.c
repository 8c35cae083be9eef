/* must_not_await: a lock that blocks threads is held where the task may be suspended. */
#include <string.h>

#include "acts.h"
#include "paths.h"
#include "rule.h"
#include "unit.h"

/* What a lock may be on some way; nobody touched it: no bit but this. */
enum { FREE, HELD };

/* Where it was taken, and why that matters. */
struct held {
    const struct node *taken[PATH_THINGS_MAX];
    const char *reason[PATH_THINGS_MAX];
    const char *name[PATH_THINGS_MAX];
};

/* ---- locks of the C library ---- */

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (!strcmp(name, *names))
            return true;
    return false;
}

static const char *const takers[] = {"pthread_mutex_lock",
                                     "pthread_spin_lock",
                                     "pthread_rwlock_rdlock",
                                     "pthread_rwlock_wrlock",
                                     "mtx_lock",
                                     "call_once_lock",
                                     NULL};
static const char *const givers[] = {"pthread_mutex_unlock", "pthread_spin_unlock",
                                     "pthread_rwlock_unlock", "mtx_unlock", NULL};
static const char by_thread[] = "whoever wants it meanwhile is blocked, the whole thread with its "
                                "tasks";

/* ---- steps ---- */

/* The variable, or the member, behind an argument: `lock`, `&table->lock`. */
static const struct symbol *lock_of(const struct node *argument)
{
    argument = node_bare(argument);
    if (!argument || (argument->kind != NODE_REF && argument->kind != NODE_MEMBER))
        return NULL;
    return argument->symbol;
}

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
    path_set(state, lock ? path_thing(path, lock) : -1, FREE);
}

/* Somewhere in it something is given back. */
static bool gives_back(struct unit *unit, const struct symbol *callee)
{
    const struct function *function = tree_of(unit, callee);
    const struct node *tree = function ? function->body : NULL;

    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        const struct symbol *called = node->kind == NODE_CALL ? node->symbol : NULL;
        if (called && is_one_of(called->name, givers))
            return true;
        for (size_t i = 0; called && i < called->parameters_n; i++)
            if (called->parameters[i] && called->parameters[i]->marks.text[MARK_RELEASES])
                return true;
    }
    return false;
}

/* A function without marks that is given what is held: by its body, where there is one; else the
 * lock itself may be given back by it, and an object that has it is not. */
static bool may_give(struct unit *unit, const struct node *call, const struct node *argument)
{
    if (tree_of(unit, call->symbol))
        return gives_back(unit, call->symbol);
    return argument->kind == NODE_ADDRESS;
}

/* A lock is passed: it is taken or given back by the callee's marks, or as its body says. */
static void step_argument(struct path *path, struct path_state *state, const struct node *call,
                          size_t i)
{
    const struct symbol *callee = call->symbol;
    const struct node *argument = node_argument(call, i);
    const struct symbol *lock = lock_of(argument);
    const struct symbol *parameter = i < callee->parameters_n ? callee->parameters[i] : NULL;
    const char *holds = parameter ? parameter->marks.text[MARK_HOLDS] : NULL;

    if (!lock)
        return;
    if (!i && is_one_of(callee->name, takers))
        holds = by_thread;
    if (holds)
        take(path, state, call, lock, node_text(path->unit, node_bare(argument), 40), holds);
    else if ((parameter && parameter->marks.text[MARK_RELEASES]) ||
             (!i && is_one_of(callee->name, givers)))
        give(path, state, lock);
    else if (path_known(path, lock) >= 0 && may_give(path->unit, call, argument))
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
    return answer->symbol && is_one_of(answer->symbol->name, names);
}

/* Something waits here: is anything held? */
static void look(struct path *path, const struct path_state *state, const struct node *wait,
                 const char *waits_by)
{
    for (size_t i = 0; path->reporting && i < path->things_n; i++)
        if (path_is(state, (int)i, HELD)) {
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
    if (call->symbol)
        for (size_t i = 0; node_child(call, i + 1); i++)
            step_argument(path, state, call, i);
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

/* A guard: a variable of a marked type. */
static void step_variable(struct path *path, struct path_state *state, const struct node *variable)
{
    const char *reason =
        variable->first ? type_mark(path->unit, variable->symbol->type, MARK_MUST_NOT_AWAIT) : NULL;
    if (reason)
        take(path, state, variable, variable->symbol, guard_name(path->unit, variable), reason);
}

static void step(struct path *path, struct path_state *state, const struct node *node)
{
    if (node->kind == NODE_CALL)
        step_call(path, state, node);
    else if (node->kind == NODE_RETURN)
        step_return(path, state, node);
    else if (node->kind == NODE_VAR && node->symbol)
        step_variable(path, state, node);
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
        "A task that waits lets others run on its thread. If it holds a lock meanwhile, and one "
        "of\n"
        "them wants it, the thread blocks, and whoever could give the lock back never runs again.\n"
        "\n"
        "    weir_lock_take(&table->lock);\n"
        "    weir_await_read(reader, row, sizeof row, &n, &error);   // held here\n"
        "    weir_lock_give(&table->lock);\n"
        "\n"
        "Copy what is needed, give the lock back, then wait; or take a weir_mutex, which suspends\n"
        "who wants it and may be held over a wait. It speaks where the lock is held on every way "
        "to\n"
        "the wait. Own locks: WEIR_HOLDS(\"why\") and WEIR_RELEASES on the parameters, or\n"
        "WEIR_MUST_NOT_AWAIT(\"why\") on the type of a guard.\n",
    .check = check};
