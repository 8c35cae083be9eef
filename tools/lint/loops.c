#include "loops.h"

#include <string.h>

static bool is_called(const struct node *node, const char *name)
{
    return node && node->kind == NODE_CALL && node->symbol && !strcmp(node->symbol->name, name);
}

/* The variable of the outer `for`, which weir_loop_begin() makes. */
static const struct node *begin_of(const struct node *outer)
{
    const struct node *begin = outer->kind == NODE_FOR ? outer->first : NULL;
    const struct node *variable = begin ? begin->first : NULL;
    const struct node *call = variable && variable->kind == NODE_VAR ? variable->first : NULL;
    return is_called(call, "weir_loop_begin") ? call : NULL;
}

static bool is_null(const struct node *node)
{
    uint64_t number;
    node = node_uncast(node);
    return !node || (node_number(node, &number) && !number);
}

static const struct node *next_of(const struct node *condition)
{
    for (const struct node *node = condition; node; node = node_after(node, condition))
        if (is_called(node, "weir_loop_next"))
            return node;
    return NULL;
}

bool loop_of(const struct node *outer, struct loop *loop)
{
    const struct node *begin = begin_of(outer), *inner = outer;

    if (!begin)
        return false;
    for (int depth = 0; depth < 2; depth++) { /* the indexed one has a `for` between */
        inner = node_child(inner, 3);
        if (!inner || inner->kind != NODE_FOR)
            return false;
        const struct node *next = next_of(node_child(inner, 1));
        if (!next)
            continue;
        *loop = (struct loop){.outer = outer,
                              .body = node_child(inner, 3),
                              .source = node_argument(begin, 1),
                              .item = node_variable(node_argument(next, 1)),
                              .waits = !is_null(node_argument(begin, 0))};
        return loop->body && loop->source;
    }
    return false;
}

bool loop_of_next(const struct node *call, struct loop *loop)
{
    if (!is_called(call, "weir_loop_next"))
        return false;
    for (const struct node *node = call; node; node = node->parent)
        if (loop_of(node, loop))
            return true;
    return false;
}

bool loop_of_await_next(const struct node *call, struct loop *loop)
{
    const struct node *outer = call->parent;
    if (call->kind != NODE_CALL || !call->symbol ||
        strncmp(call->symbol->name, "weir_await_next", 15) != 0)
        return false;
    while (outer && outer->kind != NODE_WHILE && outer->kind != NODE_FOR && outer->kind != NODE_DO)
        outer = outer->parent;
    if (!outer)
        return false;
    size_t body = outer->kind == NODE_FOR ? 3 : outer->kind == NODE_WHILE ? 1 : 0;
    *loop = (struct loop){.outer = outer,
                          .body = node_child(outer, body),
                          .source = node_argument(call, 0),
                          .item = node_variable(node_argument(call, 1)),
                          .waits = true};
    return loop->body && loop->source && loop->item;
}

/* Nothing behind the statement is reached. */
static bool leaves(const struct node *last)
{
    while (last && last->kind == NODE_BLOCK) {
        last = last->first;
        while (last && last->next)
            last = last->next;
    }
    if (!last)
        return false;
    if (last->kind == NODE_IF && node_child(last, 2))
        return leaves(node_child(last, 1)) && leaves(node_child(last, 2));
    return last->kind == NODE_RETURN || last->kind == NODE_BREAK || last->kind == NODE_GOTO ||
           (last->kind == NODE_CALL && last->symbol && last->symbol->noreturn);
}

bool loop_has_one_turn(const struct loop *loop)
{
    for (const struct node *node = loop->body; node; node = node_after(node, loop->body))
        if (node->kind == NODE_CONTINUE)
            return false;
    return leaves(loop->body);
}
