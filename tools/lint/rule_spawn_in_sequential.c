/* spawn_in_sequential: a task is made and waited for at once, as if its future had been. */
#include <string.h>

#include "rule.h"
#include "tree.h"
#include "unit.h"

static bool is_call_of(const struct node *call, const char *const *names)
{
    return call && call->kind == NODE_CALL && symbol_is_one_of(call->symbol, names);
}

static const char *const spawns[] = {"weir_spawn", "weir_spawn_at", "weir_spawn_local",
                                     "weir_spawn_local_at", NULL};
static const char *const waits[] = {"weir_await", "weir_await_at", "weir_run", "weir_run_at", NULL};

/* The task that a node makes; where it becomes a variable's, *variable. */
static const struct node *spawn_of(const struct node *node, const struct symbol **variable)
{
    const struct node *value = NULL;
    *variable = NULL;
    if (node->kind == NODE_VAR) {
        *variable = node->symbol;
        value = node->first;
    } else if (node->kind == NODE_ASSIGN && !strcmp(node->op, "=")) {
        *variable = node->first->kind == NODE_REF ? node->first->symbol : NULL;
        value = node->first->next;
    }
    return *variable && !(*variable)->global && is_call_of(value, spawns) ? value : NULL;
}

/* The first call of a statement that is run on every way; what it is given comes first. */
static const struct node *first_call(const struct node *tree)
{
    while (tree->first && (tree->kind == NODE_IF || tree->kind == NODE_AND ||
                           tree->kind == NODE_OR || tree->kind == NODE_CHOICE))
        tree = tree->first;
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_CALL)
            return node;
    return NULL;
}

/* The statement is a loop, or begins one: what it waits for may be another task by then. */
static bool is_plain(const struct node *statement)
{
    return statement->kind != NODE_WHILE && statement->kind != NODE_DO &&
           statement->kind != NODE_FOR && statement->kind != NODE_SWITCH &&
           statement->kind != NODE_LABEL && statement->kind != NODE_BLOCK;
}

/* `weir_state state;`, which runs nothing. */
static bool declares_alone(const struct node *statement)
{
    const struct node *node = statement->kind == NODE_OTHER ? statement->first : NULL;
    bool declares = node != NULL;
    for (; node; node = node->next)
        declares &= node->kind == NODE_VAR && !node->first;
    return declares;
}

/* The wait for `task` that the next statement begins with. NULL: it does something else. */
static const struct node *wait_behind(const struct node *node, const struct symbol *task)
{
    const struct node *statement = node;
    if (node->kind == NODE_VAR && node->next)
        return NULL;
    while (statement->parent && statement->parent->kind == NODE_OTHER)
        statement = statement->parent;
    if (!statement->parent || statement->parent->kind != NODE_BLOCK)
        return NULL;
    statement = statement->next;
    while (statement && declares_alone(statement))
        statement = statement->next;
    if (!statement || !is_plain(statement))
        return NULL;
    const struct node *call = first_call(statement);
    const struct node *what = is_call_of(call, waits) ? node_argument(call, 0) : NULL;
    return what && what->kind == NODE_REF && what->symbol == task ? call : NULL;
}

static void report(struct unit *unit, const struct node *spawn, const struct node *wait)
{
    const char *future = node_text(unit, node_argument(spawn, 0), 60);
    struct finding finding = {
        .at = node_word(unit, spawn),
        .message = "a task is made, and waited for at once: as a call, and one task more",
        .label = "made here",
        .help =
            unit_text("wait for the future itself: `%s(%s, ...)`", node_name(unit, wait), future)};
    if (node_word(unit, wait).line != finding.at.line)
        finding_draw(&finding, node_word(unit, wait), "waited for here, with nothing between");
    unit_report(unit, &finding);
}

static void check(struct unit *unit, const struct function *function)
{
    const struct node *tree = function->body;
    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        const struct symbol *task;
        const struct node *spawn = spawn_of(node, &task);
        const struct node *wait = spawn ? wait_behind(node, task) : NULL;
        if (wait)
            report(unit, spawn, wait);
        else if (is_call_of(node, waits) && is_call_of(node_argument(node, 0), spawns))
            report(unit, node_argument(node, 0), node);
    }
}

const struct rule rule_spawn_in_sequential = {
    .name = "spawn_in_sequential",
    .group = GROUP_PEDANTIC,
    .level = LEVEL_WARNING,
    .does = "a task is spawned and waited for at once: nothing goes on beside it",
    .explain =
        "A task goes on beside whoever made it. Who waits for it in the next line does\n"
        "nothing meanwhile: it is a call, which costs a task and a wake more.\n"
        "\n"
        "    weir_stream *task = weir_spawn(weir_count(lines));\n"
        "    weir_await(task, &n, &error);\n"
        "\n"
        "    weir_await(weir_count(lines), &n, &error);      // the same\n"
        "\n"
        "In a loop, spawn all of them first and wait then. It is silent where anything stands\n"
        "between the two, and for weir_spawn_blocking(), which has to go to a thread.\n",
    .check = check};
