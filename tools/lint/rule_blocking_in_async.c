/* blocking_in_async: a function that runs in a task calls what blocks the thread. */
#include <string.h>

#include "acts.h"
#include "constants.h"
#include "rule.h"
#include "unit.h"

enum { CALLS_DEEP_MAX = 3 };

/* A function that certainly runs in a task, and how it is called there. */
struct search {
    struct unit *unit;
    const struct symbol *function;
    const struct symbol *constant; /* which runs it */
    const struct symbol *chain[CALLS_DEEP_MAX];
};

/* ---- what runs in a task ---- */

/* What drops a value runs wherever the chain is dropped: void f(void *). */
static bool is_drop(const struct symbol *function)
{
    return function->parameters_n == 1 &&
           !strcmp(type_plain_name(function->parameters[0]->type), "void *");
}

static bool see_constant(const struct constant *constant, void *arg)
{
    struct search *search = arg;
    if (!strcmp(constant->kind, "weir_blocking_fn") || is_drop(search->function))
        return true;
    for (size_t i = 0; i < constant->n; i++)
        if (constant->functions[i] == search->function)
            search->constant = constant->symbol;
    return !search->constant;
}

static bool runs_in_task(struct search *search)
{
    constants_each(search->unit, see_constant, search);
    if (!search->constant)
        operations_each(search->unit, see_constant, search);
    return search->constant != NULL;
}

/* ---- what it calls ---- */

/* WEIR_PAR_FN (serve, ...) names the constant; its body has no name that anybody wrote. */
static const char *name_of(const struct search *search)
{
    size_t n = strlen(search->constant->name);
    bool is_body = !strncmp(search->function->name, search->constant->name, n) &&
                   !strcmp(search->function->name + n, "_body");
    return is_body ? search->constant->name : search->function->name;
}

static void report(const struct search *search, const struct node *call, unsigned depth)
{
    const char *name = name_of(search), *by = search->constant->name;
    struct finding finding = {
        .at = node_word(search->unit, call),
        .message =
            unit_text("`%s` blocks the thread, with all tasks that it runs", call->symbol->name),
        .help = acts_blocking_cure(search->unit, call)};
    struct place at = node_word(search->unit, call);

    if (strcmp(name, by) != 0)
        finding_note(&finding, at, "`%s` runs in a task, by `%s`", name, by);
    else
        finding_note(&finding, at, "`%s` runs in a task", name);
    if (depth) {
        const char *calls = unit_text("`%s` calls `%s`", name, search->chain[0]->name);
        for (unsigned i = 1; i < depth; i++)
            calls = unit_text("%s, which calls `%s`", calls, search->chain[i]->name);
        finding_note(&finding, at, "%s", calls);
    }
    unit_report(search->unit, &finding);
}

/* A block that ends the program, or a child process behind fork(): there are no tasks any more. */
static bool ends_process(const struct node *block)
{
    const struct node *last = block->kind == NODE_BLOCK ? block->first : NULL;
    while (last && last->next)
        last = last->next;
    return last && last->kind == NODE_CALL && last->symbol && last->symbol->noreturn;
}

static void look(struct search *search, const struct node *tree, unsigned depth)
{
    const struct node *next;
    for (const struct node *node = tree; node; node = next) {
        bool ends = ends_process(node);
        next = ends ? node_past(node, tree) : node_after(node, tree);
        if (ends || node->kind != NODE_CALL || !node->symbol)
            continue;
        if (acts_blocking_cure(search->unit, node)) {
            report(search, node, depth);
            continue;
        }
        const struct function *called =
            depth < CALLS_DEEP_MAX && tree_is_own(search->unit, node->symbol)
                ? tree_of(search->unit, node->symbol)
                : NULL;
        if (!called || called->broken)
            continue;
        search->chain[depth] = node->symbol;
        look(search, called->body, depth + 1);
    }
}

static void check(struct unit *unit, const struct function *function)
{
    struct search search = {.unit = unit, .function = function->symbol};
    struct acts acts = acts_of(unit, function->body, ACTS_DEPTH_MAX - CALLS_DEEP_MAX);

    if (acts.blocks && runs_in_task(&search))
        look(&search, function->body, 0);
}

const struct rule rule_blocking_in_async = {
    .name = "blocking_in_async",
    .group = GROUP_CORE,
    .level = LEVEL_WARNING,
    .does = "a function that runs in a task calls what blocks the thread",
    .explain =
        "A thread runs many tasks. Where one of them calls what blocks the thread, as sleep()\n"
        "or getaddrinfo() do, all others stand still until it comes back.\n"
        "\n"
        "    static bool ping(struct ping *self, int64_t *tries, weir_error *error)\n"
        "    {\n"
        "        sleep(1);                                            // the whole thread\n"
        "        weir_await(weir_sleep(1000000000), NULL, error);     // this task alone\n"
        "    }\n"
        "    WEIR_FIBER_FN(ping_fn, ping, struct ping, int64_t)\n"
        "\n"
        "What has no twin that waits runs on a thread of the pool: WEIR_BLOCKING_FN and\n"
        "weir_spawn_blocking(). It follows functions of the file three calls deep, from those\n"
        "that a WEIR_x_FN constant runs and from poll functions; what nobody knows to run in\n"
        "a task, and calls by pointer, it leaves alone. Own functions: WEIR_BLOCKS before\n"
        "their declaration.\n",
    .check = check};
