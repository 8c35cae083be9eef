/* large_task: what each task of a function has to itself is large. */
#include <string.h>

#include "constants.h"
#include "rule.h"
#include "unit.h"

enum { BYTES_MAX = 16384 };

static uint64_t bytes_of(CXType type)
{
    long long n = clang.Type_getSizeOf(type);
    return n > 0 ? (uint64_t)n : 0;
}

/* ---- the stack ---- */

/* Of all variables that are there at once: blocks side by side share their place. */
static uint64_t frame_of(const struct node *tree, unsigned depth)
{
    uint64_t own = 0, inner = 0;

    if (tree->kind == NODE_VAR && !tree->symbol->global)
        own = bytes_of(tree->symbol->type);
    for (const struct node *node = tree->first; node && depth < 200; node = node->next) {
        uint64_t bytes = frame_of(node, depth + 1);
        if (node->kind != NODE_BLOCK && node->kind != NODE_FOR)
            own += bytes;
        else if (bytes > inner)
            inner = bytes;
    }
    return own + inner;
}

static const struct symbol *largest_of(const struct node *tree)
{
    const struct symbol *largest = NULL;
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_VAR && !node->symbol->global &&
            (!largest || bytes_of(node->symbol->type) > bytes_of(largest->type)))
            largest = node->symbol;
    return largest;
}

/* ---- the state ---- */

/* What the first parameter points to. */
static CXType state_of(const struct symbol *function)
{
    CXType none = {.kind = CXType_Invalid};
    if (!function->parameters_n)
        return none;
    CXType type = function->parameters[0]->type;
    return type.kind == CXType_Pointer ? clang.getPointeeType(type) : none;
}

/* ---- what runs it ---- */

struct looking {
    const struct symbol *function;
    bool is_task;   /* it has a stack of its own */
    bool has_state; /* and its first parameter is copied for each task */
};

static bool see_constant(const struct constant *constant, void *arg)
{
    struct looking *looking = arg;
    bool fiber =
        !strcmp(constant->kind, "weir_fiber_fn") || !strcmp(constant->kind, "weir_generator_fn");
    bool stackless = !strcmp(constant->kind, "weir_co_fn");
    bool parallel = !strcmp(constant->kind, "weir_par_fn");

    for (size_t i = 0; i < constant->n; i++)
        if (constant->functions[i] == looking->function) {
            looking->is_task |= fiber || parallel;
            looking->has_state |= fiber || stackless;
        }
    return true;
}

static void report(struct unit *unit, const struct symbol *function, uint64_t frame,
                   uint64_t copied)
{
    const struct symbol *largest = largest_of(tree_of(unit, function)->body);
    struct finding finding = {
        .at = symbol_word(unit, function),
        .message = unit_text("a task of `%s` has %llu bytes to itself, more than %d",
                             function->name, (unsigned long long)(frame + copied), BYTES_MAX),
        .label = unit_text("%llu of variables, %llu of state", (unsigned long long)frame,
                           (unsigned long long)copied),
        .help = copied > frame || !largest
                    ? unit_text("let `%s` point to what is large", type_name(state_of(function)))
                    : unit_text("keep `%s` outside of the task, or take smaller pieces",
                                largest->name)};
    unit_report(unit, &finding);
}

static void check(struct unit *unit, const struct function *function)
{
    struct looking looking = {.function = function->symbol};
    uint64_t frame = frame_of(function->body, 0), copied = bytes_of(state_of(function->symbol));

    if (frame + copied <= BYTES_MAX)
        return;
    constants_each(unit, see_constant, &looking);
    frame = looking.is_task ? frame : 0;
    copied = looking.has_state ? copied : 0;
    if (frame + copied > BYTES_MAX)
        report(unit, function->symbol, frame, copied);
}

const struct rule rule_large_task = {
    .name = "large_task",
    .group = GROUP_PEDANTIC,
    .level = LEVEL_WARNING,
    .does = "a task's variables and its state are more than 16384 bytes",
    .explain =
        "A fiber costs 4 KiB while it waits, if little of its stack is touched, and its\n"
        "state. A buffer of 64 KiB among its variables makes it 64 KiB more, times as many\n"
        "tasks as there are: a server of 10000 connections needs 640 MB for what it reads\n"
        "into.\n"
        "\n"
        "    char buffer[65536];                            // in a WEIR_FIBER_FN's function\n"
        "    weir_await_read(in, buffer, sizeof buffer, &n, error)\n"
        "\n"
        "    weir_await_fill(in, 1, error)                        // the reader's own block\n"
        "    bytes = weir_peek(in, &n);\n"
        "\n"
        "The limit is 16384 bytes of variables and state. A WEIR_BLOCKING_FN's has the stack\n"
        "of a thread, and may use it.\n",
    .check = check};
