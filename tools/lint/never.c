/* What never runs is taken out of a function's tree: no rule has a word to say about it. */
#include "unit_private.h"

/* It can be jumped into: what weir_co_begin and its like are made of. */
static bool is_entered(const struct node *tree)
{
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_LABEL || node->kind == NODE_CASE || node->kind == NODE_DEFAULT)
            return true;
    return false;
}

/* Made of numbers alone, as it is written. A constant variable is none: a debugger may set it. */
static bool is_of_numbers(const struct node *tree)
{
    for (const struct node *node = tree; node; node = node_after(node, tree))
        switch (node->kind) {
        case NODE_NUMBER:
        case NODE_QUIET:
        case NODE_NOT:
        case NODE_UNARY:
        case NODE_BINARY:
        case NODE_AND:
        case NODE_OR:
        case NODE_CAST:
            continue;
        case NODE_REF:
            if (node->symbol && node->symbol->kind == SYMBOL_CONSTANT)
                continue;
            return false;
        default:
            return false;
        }
    return true;
}

static bool is_known(const struct node *condition, uint64_t *value)
{
    return condition && is_of_numbers(condition) && node_number(condition, value);
}

static void quiet(struct node *node)
{
    if (!node || is_entered(node))
        return;
    node->kind = NODE_QUIET;
    node->first = NULL;
    node->symbol = NULL;
}

/* The condition, and the one part that runs. */
static void settle_if(struct node *node)
{
    struct node *then = node->first->next, *other = then ? then->next : NULL;
    uint64_t value;

    if (!then || !is_known(node->first, &value) || is_entered(value ? other : then))
        return;
    node->kind = NODE_BLOCK;
    node->first->next = value ? then : other;
    then->next = NULL;
}

/* Goes through none of its rounds. */
static void settle_loop(struct node *node, struct node *condition, struct node *body)
{
    uint64_t value;

    if (!body || !is_known(condition, &value) || value || is_entered(body))
        return;
    node->kind = NODE_BLOCK;
    condition->next = NULL;
}

static void settle(struct node *node)
{
    struct node *first = node->first, *second = first ? first->next : NULL;
    uint64_t value;

    switch (node->kind) {
    case NODE_IF:
        settle_if(node);
        break;
    case NODE_WHILE:
        settle_loop(node, first, second);
        break;
    case NODE_FOR:
        settle_loop(node, second, second->next->next);
        break;
    case NODE_AND:
    case NODE_OR:
        if (is_known(first, &value) && !value == (node->kind == NODE_AND))
            quiet(second);
        break;
    case NODE_CHOICE:
        if (second && second->next && is_known(first, &value))
            quiet(value ? second->next : second);
        break;
    default:
        break;
    }
}

void tree_leave_out_never(struct node *tree)
{
    settle(tree);
    for (struct node *child = tree->first; child; child = child->next)
        tree_leave_out_never(child);
}
