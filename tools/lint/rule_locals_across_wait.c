/* locals_across_wait: a local variable of a function of weir/co.h is used behind a wait, where the
 * function was entered anew. */
#include <string.h>

#include "paths.h"
#include "rule.h"
#include "unit.h"

/* What a variable may be: never set, set on this way, or set before the function was left. */
enum { UNSET, SET, LOST };

/* ---- the function's own switch ---- */

static const struct node *switch_of(const struct node *node)
{
    while (node && node->kind != NODE_SWITCH)
        node = node->parent;
    return node;
}

static const struct node *own_switch(const struct function *function)
{
    const struct node *node = function->body->first;
    while (node && node->kind != NODE_SWITCH)
        node = node->next;
    return node;
}

/* A place that it comes back to: each case but the first. */
static bool is_wait(const struct function *function, const struct node *node)
{
    const struct node *own = own_switch(function);
    const struct node *block = own ? node_child(own, 1) : NULL;
    return node->kind == NODE_CASE && switch_of(node) == own && block && node != block->first;
}

static void lose_all(struct path_state *state)
{
    for (size_t i = 0; i < PATH_THINGS_MAX; i++)
        if (state->may[i] & 1u << UNSET)
            state->may[i] = (uint8_t)((state->may[i] & ~(1u << UNSET)) | 1u << LOST);
}

/* ---- variables ---- */

static bool is_local(const struct symbol *symbol)
{
    return symbol && symbol->kind == SYMBOL_VARIABLE && !symbol->global;
}

static bool is_array(const struct symbol *symbol)
{
    return clang.getArraySize(clang.getCanonicalType(symbol->type)) >= 0;
}

/* It is given a value here, or may be: a part of it, by its address, as an array. */
static bool is_set_here(const struct node *ref)
{
    const struct node *node = ref, *up = ref->parent;
    while (up && (up->kind == NODE_MEMBER || (up->kind == NODE_INDEX && node == up->first)) &&
           (is_array(ref->symbol) || up->kind == NODE_MEMBER)) {
        node = up;
        up = up->parent;
    }
    if (!up || up->kind == NODE_ADDRESS || up->kind == NODE_UNARY)
        return up && up->kind == NODE_ADDRESS;
    if (up->kind == NODE_ASSIGN && node == up->first && node != ref)
        return true;
    return is_array(ref->symbol) && node == ref;
}

/* `(void)x` looks at nothing. */
static bool is_silenced(const struct node *ref)
{
    return ref->parent && ref->parent->kind == NODE_CAST &&
           clang.getCanonicalType(node_type(ref->parent)).kind == CXType_Void;
}

/* ---- findings ---- */

static bool sets(const struct node *node, const struct symbol *variable)
{
    if (node->kind == NODE_VAR)
        return node->symbol == variable && node->first;
    if (node->kind == NODE_ASSIGN)
        return node->first && node->first->kind == NODE_REF && node->first->symbol == variable;
    return node->kind == NODE_REF && node->symbol == variable && is_set_here(node);
}

static void report(struct path *path, const struct node *ref)
{
    const struct node *tree = path->function->body, *set = NULL, *wait = NULL;
    const struct symbol *self =
        path->function->symbol->parameters_n ? path->function->symbol->parameters[0] : NULL;

    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        if (node->order < ref->order && sets(node, ref->symbol))
            set = node;
        if (node->order < ref->order && is_wait(path->function, node))
            wait = node;
    }
    if (!set)
        return;
    struct finding finding = {
        .at = node_word(path->unit, ref),
        .message = unit_text("`%s` does not outlive the wait before", ref->symbol->name),
        .label = "the function was left meanwhile, and its variables are new ones",
        .help = unit_text("make it a member of the state, as `%s->%s`, or set it again behind the "
                          "wait",
                          self ? self->name : "self", ref->symbol->name)};
    finding_draw(&finding, node_word(path->unit, set), "set here");
    if (wait && wait->order > set->order)
        finding_draw(&finding, node_word(path->unit, wait), "waits here");
    unit_report(path->unit, &finding);
}

static void step_use(struct path *path, struct path_state *state, const struct node *ref)
{
    int thing = path_thing(path, ref->symbol);
    if (is_silenced(ref))
        return;
    if (!is_set_here(ref) && path_may(state, thing, LOST) && path->reporting)
        report(path, ref);
    if (is_set_here(ref) || path_may(state, thing, LOST))
        path_set(state, thing, SET); /* once is enough */
}

static void step(struct path *path, struct path_state *state, const struct node *node)
{
    if (is_wait(path->function, node))
        lose_all(state);
    else if (node->kind == NODE_REF && is_local(node->symbol))
        step_use(path, state, node);
    else if (node->kind == NODE_VAR && is_local(node->symbol))
        path_set(state, path_thing(path, node->symbol), node->first ? SET : UNSET);
    else if (node->kind == NODE_ASSIGN && is_local(node->first->symbol) &&
             node->first->kind == NODE_REF)
        path_set(state, path_thing(path, node->first->symbol), SET);
}

static void check(struct unit *unit, const struct function *function)
{
    struct path_state begin = {.reached = true};
    struct path path = {.unit = unit, .function = function, .step = step};

    if (!function->begins_with_case)
        return;
    memset(begin.may, 1u << UNSET, sizeof begin.may);
    path_walk(&path, &begin);
}

const struct rule rule_locals_across_wait = {
    .name = "locals_across_wait",
    .group = GROUP_CORE,
    .level = LEVEL_WARNING,
    .does = "a local variable of a function of weir/co.h is used behind a wait",
    .explain =
        "A function without a stack of its own is left at each wait and called again behind\n"
        "it. What must outlive a wait is a member of its state; variables of its own are new\n"
        "ones then.\n"
        "\n"
        "    i = 0;\n"
        "    while (i < self->n) {\n"
        "        weir_co_yield(co, out, i * i);\n"
        "        i++;                              // which i?\n"
        "    }\n"
        "\n"
        "    for (; self->i < self->n; self->i++)  // a member\n"
        "        weir_co_yield(co, out, self->i * self->i);\n"
        "\n"
        "What is set before weir_co_begin is set each time. Fibers keep their variables.\n",
    .check = check};
