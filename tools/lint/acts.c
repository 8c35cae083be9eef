#include "acts.h"

#include <netdb.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loops.h"
#include "unit.h"

/* ---- the C library ---- */

/* What an argument says about whether a call blocks. */
enum when {
    ALWAYS,
    NOT_ZERO,   /* 0 does not */
    NO_TIME,    /* a struct of zeros does not */
    KNOWN_TIME, /* a number that is not 0: what is computed may be 0 */
    IF_NULL,    /* no time at all: for ever */
    NO_FLAG,    /* without this flag; what is computed may have it */
    IF_EQUAL,
    NO_HINTS /* nothing around it sets ai_flags, which may say that no name is looked up */
};

struct blocking {
    const char *name, *cure;
    enum when when;
    size_t argument;
    uint64_t value;
};

static const char by_timer[] = "wait for `weir_sleep(ns)`, a future, in a function that may wait";
static const char by_pool[] = "run it by `weir_spawn_blocking()`, on a thread of the pool";
static const char by_process[] =
    "use `weir_exec_reader()`, or run it by `weir_spawn_blocking()`, on a thread of the pool";
static const char by_join[] = "run it by `weir_spawn_blocking()`, or let the thread answer by "
                              "`weir_send_blocking()` into a channel";
static const char by_await[] =
    "wait for a reader, a writer or a future, or run it by `weir_spawn_blocking()`";

static const struct blocking blocking[] = {
    {"sleep", by_timer, NOT_ZERO, 0, 0},
    {"usleep", by_timer, NOT_ZERO, 0, 0},
    {"nanosleep", by_timer, NO_TIME, 0, 0},
    {"clock_nanosleep", by_timer, NO_TIME, 2, 0},
    {"thrd_sleep", by_timer, NO_TIME, 0, 0},
    {"getaddrinfo", by_pool, NO_HINTS, 2, 0},
    {"getnameinfo", by_pool, NO_FLAG, 6, NI_NUMERICHOST},
    {"gethostbyname", by_pool, ALWAYS, 0, 0},
    {"gethostbyname2", by_pool, ALWAYS, 0, 0},
    {"gethostbyname_r", by_pool, ALWAYS, 0, 0},
    {"gethostbyname2_r", by_pool, ALWAYS, 0, 0},
    {"gethostbyaddr", by_pool, ALWAYS, 0, 0},
    {"gethostbyaddr_r", by_pool, ALWAYS, 0, 0},
    {"flock", by_pool, NO_FLAG, 1, LOCK_NB},
    {"lockf", by_pool, IF_EQUAL, 1, F_LOCK},
    {"tcdrain", by_pool, ALWAYS, 0, 0},
    {"system", by_process, ALWAYS, 0, 0},
    {"pclose", by_process, ALWAYS, 0, 0},
    {"wait", by_process, ALWAYS, 0, 0},
    {"wait3", by_process, NO_FLAG, 1, WNOHANG},
    {"wait4", by_process, NO_FLAG, 2, WNOHANG},
    {"waitpid", by_process, NO_FLAG, 2, WNOHANG},
    {"waitid", by_process, NO_FLAG, 3, WNOHANG},
    {"pause", by_await, ALWAYS, 0, 0},
    {"sigwait", by_await, ALWAYS, 0, 0},
    {"sigwaitinfo", by_await, ALWAYS, 0, 0},
    {"sigsuspend", by_await, ALWAYS, 0, 0},
    {"sem_wait", by_await, ALWAYS, 0, 0},
    {"pthread_cond_wait", by_await, ALWAYS, 0, 0},
    {"pthread_barrier_wait", by_await, ALWAYS, 0, 0},
    {"cnd_wait", by_await, ALWAYS, 0, 0},
    {"pthread_join", by_join, ALWAYS, 0, 0},
    {"thrd_join", by_join, ALWAYS, 0, 0},
    {"poll", by_await, KNOWN_TIME, 2, 0},
    {"ppoll", by_await, IF_NULL, 2, 0},
    {"epoll_wait", by_await, KNOWN_TIME, 3, 0},
    {"epoll_pwait", by_await, KNOWN_TIME, 3, 0},
    {"select", by_await, IF_NULL, 4, 0},
    {"pselect", by_await, IF_NULL, 4, 0},
};

static bool sets_flags(const struct node *call)
{
    const struct node *tree = call;
    while (tree->parent)
        tree = tree->parent;
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->symbol && node->symbol->kind == SYMBOL_FIELD &&
            !strcmp(node->symbol->name, "ai_flags"))
            return true;
    return false;
}

static bool is_zeros(const struct node *value)
{
    uint64_t number;
    if (!value || value->kind != NODE_LIST)
        return node_number(value, &number) && !number;
    for (const struct node *child = value->first; child; child = child->next)
        if (!is_zeros(child->kind == NODE_OTHER ? child->first : child)) /* .tv_sec = 0 */
            return false;
    return true;
}

/* Nothing but its beginning gives it a value: its address goes to such calls alone. */
static bool is_left_alone(const struct node *tree, const struct symbol *variable,
                          const struct symbol *callee)
{
    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        bool changes = node->kind == NODE_ASSIGN || node->kind == NODE_UNARY;
        bool gives = node->kind == NODE_ADDRESS && node->parent->symbol != callee;
        if ((changes || gives) && node->first && node_root(node->first) == variable)
            return false;
    }
    return true;
}

/* The time that a call is given is written down, and is none. */
static bool is_no_time(struct unit *unit, const struct node *call, const struct node *argument)
{
    const struct symbol *variable = node_variable(argument);
    const struct node *tree = call;

    while (tree->parent)
        tree = tree->parent;
    if (!variable)
        return is_zeros(node_bare(argument));
    if (!is_left_alone(tree, variable, call->symbol))
        return false;
    if (variable->global)
        return is_zeros(tree_of_constant(unit, variable));
    const struct node *declared = node_declaration(tree, variable);
    return declared && is_zeros(declared->first);
}

static bool blocks_so(struct unit *unit, const struct blocking *one, const struct node *call)
{
    uint64_t number = 0;
    const struct node *argument = node_argument(call, one->argument);
    bool known = argument && one->when != ALWAYS && node_number(argument, &number);

    switch (one->when) {
    case NOT_ZERO:
        return !known || number;
    case NO_TIME:
        return !argument || !is_no_time(unit, call, argument);
    case KNOWN_TIME:
        return known && number;
    case IF_NULL:
        return known && !number;
    case NO_FLAG:
        return known && !(number & one->value);
    case IF_EQUAL:
        return known && number == one->value;
    case NO_HINTS:
        return !sets_flags(call);
    default:
        return true;
    }
}

/* The program's own function of that name is another one. */
static bool is_of_system(const struct symbol *symbol)
{
    return clang.Location_isInSystemHeader(clang.getCursorLocation(symbol->cursor));
}

const char *acts_blocking_cure(struct unit *unit, const struct node *call)
{
    if (!call->symbol)
        return NULL;
    if (!strcmp(call->symbol->name, "weir_send_blocking"))
        return "wait for `weir_send()`, a future";
    if (call->symbol->marks.text[MARK_BLOCKS])
        return by_pool;
    for (size_t i = 0; i < sizeof blocking / sizeof *blocking; i++)
        if (!strcmp(blocking[i].name, call->symbol->name))
            return blocks_so(unit, &blocking[i], call) && is_of_system(call->symbol)
                       ? blocking[i].cure
                       : NULL;
    return NULL;
}

/* ---- calls ---- */

/* Of a body once for each depth: functions that call each other would be gone through again for
 * each way between them. */
static struct acts acts_of_function(struct unit *unit, const struct function *function,
                                    unsigned depth)
{
    if (!function->acts[depth]) {
        struct acts *acts = unit_memory(sizeof *acts);
        *acts = acts_of(unit, function->body, depth);
        function->acts[depth] = acts;
    }
    return *function->acts[depth];
}

struct acts acts_of_call(struct unit *unit, const struct node *call, unsigned depth)
{
    const struct symbol *callee = call->symbol;
    const struct function *function;
    struct acts acts = {0};
    struct loop loop;

    if (!callee) {
        acts.unsure = true;
        return acts;
    }
    if (loop_of_next(call, &loop) && !loop.waits)
        return acts;
    if (callee->marks.text[MARK_AWAITS]) {
        acts.waits = call;
        acts.waits_by = node_name(unit, call);
    }
    if (callee->marks.text[MARK_SPAWNS])
        acts.spawns = call;
    if (acts_blocking_cure(unit, call)) {
        acts.blocks = call;
        acts.blocks_by = callee->name;
    }
    if (acts.waits || acts.spawns || acts.blocks)
        return acts;
    if (depth >= ACTS_DEPTH_MAX) {
        acts.unsure = true;
        return acts;
    }
    function = tree_of(unit, callee);
    if (function && !function->broken)
        acts = acts_of_function(unit, function, depth + 1);
    return acts;
}

static void add(struct acts *all, const struct acts *one, const struct node *call)
{
    if (one->waits && !all->waits) {
        all->waits = call;
        all->waits_by = one->waits_by;
    }
    if (one->spawns && !all->spawns)
        all->spawns = call;
    if (one->blocks && !all->blocks) {
        all->blocks = call;
        all->blocks_by = one->blocks_by;
    }
    all->unsure |= one->unsure;
}

struct acts acts_of(struct unit *unit, const struct node *tree, unsigned depth)
{
    struct acts all = {0};
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_CALL) {
            struct acts one = acts_of_call(unit, node, depth);
            add(&all, &one, node);
        }
    return all;
}
