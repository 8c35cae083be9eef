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

bool loop_around(const struct node *node, struct loop *loop)
{
    for (const struct node *at = node->parent; at; at = at->parent)
        if (loop_of(at, loop) && node_within(node, loop->body))
            return true;
    return false;
}

bool loop_has_one_turn(const struct loop *loop)
{
    const struct node *body = loop->body, *last = body->kind == NODE_BLOCK ? body->first : body;
    for (const struct node *node = body; node; node = node_after(node, body))
        if (node->kind == NODE_CONTINUE)
            return false;
    while (last && last->next)
        last = last->next;
    return last &&
           (last->kind == NODE_RETURN || last->kind == NODE_BREAK || last->kind == NODE_GOTO);
}
