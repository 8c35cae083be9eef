/* pending_without_waker: a poll function answers PENDING, and nobody will wake its task. */
#include <string.h>

#include "paths.h"
#include "rule.h"
#include "unit.h"

/* The one thing that is followed: whether somebody has the waker by now. */
enum { NOBODY, SOMEBODY };

static bool is_cx(CXType type)
{
    return !strcmp(type_plain_name(type), "struct weir_cx *");
}

static bool is_poll_function(const struct symbol *function)
{
    const char *result = type_plain_name(clang.getResultType(function->type));
    if (strcmp(result, "struct weir_poll") != 0)
        return false;
    for (size_t i = 0; i < function->parameters_n; i++)
        if (is_cx(function->parameters[i]->type))
            return true;
    return false;
}

/* What looks at a cx and keeps nothing of it. */
static bool only_looks(const struct symbol *callee)
{
    static const char *const names[] = {"weir_spend", "weir_fail", "weir_fail_error",
                                        "weir_error_set"};
    for (size_t i = 0; callee && i < sizeof names / sizeof *names; i++)
        if (!strcmp(callee->name, names[i]))
            return true;
    return false;
}

/* The cx goes to somebody, or its waker is taken out of it. */
static bool hands_on(const struct node *ref)
{
    const struct node *up = ref->parent;
    while (up && up->kind == NODE_CAST && strcmp(type_plain_name(node_type(up)), "void") != 0)
        up = up->parent;
    if (!up || up->kind == NODE_CAST || up->kind == NODE_OTHER || up->kind == NODE_BLOCK)
        return false;
    if (up->kind == NODE_MEMBER)
        return symbol_is(up->symbol, "waker");
    return up->kind != NODE_CALL || !only_looks(up->symbol);
}

/* {0, WEIR_PENDING}, by a constant of file scope too, or as one of two. */
static bool is_pending(struct unit *unit, const struct node *value)
{
    value = node_uncast(value);
    if (value && value->kind == NODE_CHOICE && node_children(value) == 3)
        return is_pending(unit, node_child(value, 1)) || is_pending(unit, node_child(value, 2));
    if (value && value->kind == NODE_REF && value->symbol->global &&
        clang.isConstQualifiedType(value->symbol->type))
        value = node_uncast(tree_of_constant(unit, value->symbol));
    if (!value || value->kind != NODE_LIST)
        return false;
    for (const struct node *node = value; node; node = node_after(node, value))
        if (node->kind == NODE_REF && symbol_is(node->symbol, "WEIR_PENDING"))
            return true;
    return false;
}

static void report(struct path *path, const struct node *node)
{
    struct finding finding = {
        .at = node_word(path->unit, node),
        .message = unit_text("`%s` answers PENDING, and nobody has the waker",
                             path->function->symbol->name),
        .label = "the task would sleep for ever",
        .help = "return weir_wait(cx, &slot, WEIR_WAIT_...), which stores the waker; or "
                "weir_wait_turn(cx), to be asked again at once"};
    unit_report(path->unit, &finding);
}

static void step(struct path *path, struct path_state *state, const struct node *node)
{
    if (node->kind == NODE_CALL && !node->symbol)
        path_set(state, 0, SOMEBODY);
    else if (node->kind == NODE_REF && node->symbol->kind != SYMBOL_FUNCTION &&
             is_cx(node->symbol->type) && hands_on(node))
        path_set(state, 0, SOMEBODY);
    else if (node->kind == NODE_RETURN && path->reporting && path_is(state, 0, NOBODY) &&
             is_pending(path->unit, node->first))
        report(path, node);
}

static void check(struct unit *unit, const struct function *function)
{
    struct path_state begin = {.may = {1u << NOBODY}, .reached = true};
    struct path path = {.unit = unit, .function = function, .step = step};

    /* A part of a poll function may leave the waker to the rest of it. */
    if (function->begins_with_case || !is_poll_function(function->symbol) ||
        symbol_is_called(function->symbol))
        return;
    path_walk(&path, &begin);
}

const struct rule rule_pending_without_waker = {
    .name = "pending_without_waker",
    .group = GROUP_CORE,
    .level = LEVEL_ERROR,
    .does = "a poll function answers PENDING on a way where nobody has the waker",
    .explain =
        "PENDING means: nothing now, and the waker of the cx is stored by whoever will have\n"
        "something. If no one stored it, the task sleeps for ever.\n"
        "\n"
        "    if (!self->full)\n"
        "        return (weir_poll){0, WEIR_PENDING};             // who will wake it?\n"
        "        return weir_wait(cx, &self->reader, WEIR_WAIT_PEER);   // the good form\n"
        "\n"
        "It speaks where, on every way to the return, the cx went nowhere: no other stream\n"
        "was polled with it, its waker was not taken, no helper was given it.\n",
    .check = check};
