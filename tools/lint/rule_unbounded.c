/* unbounded: a limit that is none is given where memory grows without one. */
#include "rule.h"
#include "trace.h"
#include "tree.h"
#include "unit.h"

/* What stands for a limit: past casts, and past the macro that refuses 0. */
static const struct node *limit_of(const struct node *argument)
{
    argument = node_uncast(argument);
    while (argument && argument->kind == NODE_CHOICE && node_children(argument) == 3)
        argument = node_uncast(node_child(argument, 2));
    return argument;
}

/* A variable's number counts where nobody may change it. */
static bool is_fixed(const struct node *limit)
{
    for (const struct node *node = limit; node; node = node_after(node, limit))
        if (node->kind == NODE_REF && node->symbol->kind == SYMBOL_VARIABLE &&
            !clang.isConstQualifiedType(node->symbol->type))
            return false;
    return true;
}

/* The largest number of the parameter's type. */
static bool is_none(const struct symbol *parameter, const struct node *limit)
{
    uint64_t number;
    long long size = clang.Type_getSizeOf(parameter->type);
    uint64_t largest = size >= 1 && size < 8 ? (UINT64_C(1) << 8 * size) - 1 : UINT64_MAX;
    return limit && is_fixed(limit) && node_number(limit, &number) && (number & largest) == largest;
}

static void report(struct unit *unit, const struct node *call, const struct node *limit)
{
    struct finding finding = {
        .at = node_word(unit, limit),
        .message =
            unit_text("`%s` has no limit: memory grows with the input", node_name(unit, call)),
        .help = "give it the largest number that there is memory for; what would exceed it waits, "
                "or fails with WEIR_E_LIMIT"};
    unit_report(unit, &finding);
}

/* A variable of the function, whose value is the same on every way. */
static const struct node *value_of(const struct function *function, const struct node *limit)
{
    const struct node *value =
        limit && limit->kind == NODE_REF && limit->symbol->kind == SYMBOL_VARIABLE
            ? trace_value(function, limit->symbol, limit)
            : NULL;
    return value ? limit_of(value) : limit;
}

static void check_call(struct unit *unit, const struct function *function, const struct node *call)
{
    const struct symbol *callee = call->symbol;
    for (size_t i = 0; i < callee->parameters_n; i++) {
        const struct symbol *parameter = callee->parameters[i];
        if (!parameter || !parameter->marks.text[MARK_UNBOUNDED])
            continue;
        const struct node *limit = limit_of(node_argument(call, i));
        if (is_none(parameter, value_of(function, limit)))
            report(unit, call, limit);
    }
}

static void check(struct unit *unit, const struct function *function)
{
    const struct node *tree = function->body;
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_CALL && node->symbol)
            check_call(unit, function, node);
}

const struct rule rule_unbounded = {
    .name = "unbounded",
    .group = GROUP_PERF,
    .level = LEVEL_WARNING,
    .does = "a limit is WEIR_NO_LIMIT or SIZE_MAX: memory grows with the input",
    .explain =
        "What handles several items at once, or keeps all of them, takes a limit. With none,\n"
        "its memory is whatever the other side sends.\n"
        "\n"
        "    weir_par_for_each(clients, &serve, NULL, WEIR_NO_LIMIT, NULL)    // as many as come\n"
        "    weir_par_for_each(clients, &serve, NULL, 1000, NULL)\n"
        "\n"
        "    weir_read_to_end(body, &vec, SIZE_MAX)       // a request of any size\n"
        "    weir_read_to_end(body, &vec, 1 << 20)        // fails with WEIR_E_LIMIT behind 1 MiB\n"
        "\n"
        "It looks at parameters marked WEIR_UNBOUNDED, and at numbers that are known here.\n"
        "Where the input is the program's own, say so: /* weir-lint: allow(unbounded) reason\n"
        "*/.\n",
    .check = check};
