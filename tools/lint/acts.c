#include "acts.h"

#include <string.h>

#include "loops.h"
#include "unit.h"

/* ---- the C library ---- */

struct blocking {
    const char *name, *cure;
    int timeout; /* the argument that makes it come back at once where it is 0; -1: none */
};

static const char by_timer[] =
    "weir_sleep() in a task, as `weir_await(weir_sleep(ns), NULL, &error)`";
static const char by_pool[] = "weir_spawn_blocking(), which runs it on a thread of its own";
static const char by_process[] = "weir_process() or weir_spawn_blocking()";
static const char by_join[] = "weir_spawn_blocking(), or a task and its handle";
static const char by_await[] = "weir_await() of a reader, a writer or a future";

static const struct blocking blocking[] = {
    {"sleep", by_timer, -1},
    {"usleep", by_timer, -1},
    {"nanosleep", by_timer, -1},
    {"clock_nanosleep", by_timer, -1},
    {"thrd_sleep", by_timer, -1},
    {"getaddrinfo", by_pool, -1},
    {"getnameinfo", by_pool, -1},
    {"gethostbyname", by_pool, -1},
    {"gethostbyname2", by_pool, -1},
    {"gethostbyaddr", by_pool, -1},
    {"system", by_process, -1},
    {"pclose", by_process, -1},
    {"wait", by_process, -1},
    {"wait3", by_process, -1},
    {"waitid", by_process, -1},
    {"pause", by_await, -1},
    {"sigwait", by_await, -1},
    {"sigwaitinfo", by_await, -1},
    {"sigsuspend", by_await, -1},
    {"sem_wait", by_await, -1},
    {"pthread_join", by_join, -1},
    {"pthread_cond_wait", by_await, -1},
    {"pthread_barrier_wait", by_await, -1},
    {"thrd_join", by_join, -1},
    {"cnd_wait", by_await, -1},
    {"poll", by_await, 2},
    {"epoll_wait", by_await, 3},
};

static bool is_zero(const struct node *argument)
{
    uint64_t number;
    return argument && node_number(argument, &number) && !number;
}

const char *acts_blocking_cure(const struct node *call)
{
    if (!call->symbol)
        return NULL;
    for (size_t i = 0; i < sizeof blocking / sizeof *blocking; i++)
        if (!strcmp(blocking[i].name, call->symbol->name))
            return blocking[i].timeout >= 0 &&
                           is_zero(node_argument(call, (size_t)blocking[i].timeout))
                       ? NULL
                       : blocking[i].cure;
    return NULL;
}

/* ---- calls ---- */

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
        acts.waits_by = node_word_text(unit, call);
    }
    if (callee->marks.text[MARK_SPAWNS])
        acts.spawns = call;
    if (callee->marks.text[MARK_BLOCKS] || acts_blocking_cure(call)) {
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
        acts = acts_of(unit, function->body, depth + 1);
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
