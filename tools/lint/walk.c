/* Going through a tree. */
#include <string.h>

#include "unit_private.h"

const struct node *node_child(const struct node *node, size_t i)
{
    const struct node *child = node->first;
    while (child && i--)
        child = child->next;
    return child;
}

size_t node_children(const struct node *node)
{
    size_t n = 0;
    for (const struct node *child = node->first; child; child = child->next)
        n++;
    return n;
}

const struct node *node_uncast(const struct node *node)
{
    while (node && node->kind == NODE_CAST)
        node = node->first;
    return node;
}

const struct node *node_argument(const struct node *call, size_t i)
{
    return node_uncast(node_child(call, i + 1));
}

const struct node *node_bare(const struct node *node)
{
    while (node &&
           (node->kind == NODE_CAST || node->kind == NODE_ADDRESS || node->kind == NODE_DEREF))
        node = node->first;
    return node;
}

const struct symbol *node_variable(const struct node *node)
{
    while (node && (node->kind == NODE_CAST || node->kind == NODE_ADDRESS))
        node = node->first;
    if (!node || node->kind != NODE_REF)
        return NULL;
    bool is = node->symbol->kind == SYMBOL_VARIABLE || node->symbol->kind == SYMBOL_PARAMETER;
    return is ? node->symbol : NULL;
}

bool node_within(const struct node *node, const struct node *tree)
{
    while (node && node != tree)
        node = node->parent;
    return node != NULL;
}

const struct node *node_past(const struct node *node, const struct node *tree)
{
    while (node != tree && !node->next)
        node = node->parent;
    return node == tree ? NULL : node->next;
}

const struct node *node_after(const struct node *node, const struct node *tree)
{
    return node->first ? node->first : node_past(node, tree);
}

static bool is_last_of_value(const struct node *node)
{
    return !node->next && node->parent->parent && node->parent->parent->kind == NODE_VALUE;
}

bool node_is_ignored(const struct node *node)
{
    const struct node *up = node->parent;
    if (!up)
        return false;
    switch (up->kind) {
    case NODE_BLOCK:
        return !is_last_of_value(node) || node_is_ignored(up->parent);
    case NODE_IF:
    case NODE_WHILE:
    case NODE_SWITCH:
        return node != up->first;
    case NODE_DO:
        return node == up->first;
    case NODE_FOR:
        return node != node_child(up, 1);
    case NODE_CASE:
    case NODE_DEFAULT:
    case NODE_LABEL:
        return true;
    case NODE_BINARY:
        return !strcmp(up->op, ",") && (node == up->first || node_is_ignored(up));
    case NODE_AND: /* ready && weir_await_flush(...); */
    case NODE_OR:
    case NODE_CHOICE:
        return node != up->first && node_is_ignored(up);
    default:
        return false;
    }
}

bool node_is_loop(const struct node *node)
{
    return node->kind == NODE_WHILE || node->kind == NODE_DO || node->kind == NODE_FOR;
}

const struct symbol *node_root(const struct node *node)
{
    while (node &&
           (node->kind == NODE_CAST || node->kind == NODE_ADDRESS || node->kind == NODE_DEREF ||
            node->kind == NODE_MEMBER || node->kind == NODE_INDEX))
        node = node->first;
    return node && node->kind == NODE_REF ? node->symbol : NULL;
}

const struct node *node_declaration(const struct node *tree, const struct symbol *variable)
{
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_VAR && node->symbol == variable)
            return node;
    return NULL;
}

bool node_mentions(const struct node *tree, const char *name)
{
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_REF && symbol_is(node->symbol, name))
            return true;
    return false;
}

bool symbol_is(const struct symbol *symbol, const char *name)
{
    return symbol && !strcmp(symbol->name, name);
}

bool symbol_is_one_of(const struct symbol *symbol, const char *const *names)
{
    for (; symbol && *names; names++)
        if (!strcmp(symbol->name, *names))
            return true;
    return false;
}

CXType node_type(const struct node *node)
{
    return clang.getCursorType(node->cursor);
}

bool node_number(const struct node *node, uint64_t *out)
{
    bool is = false;
    if (!node || node->kind == NODE_TEXT)
        return false;
    CXEvalResult result = clang.Cursor_Evaluate(node->cursor);
    if (!result)
        return false;
    if (clang.EvalResult_getKind(result) == CXEval_Int) {
        *out = clang.EvalResult_getAsUnsigned(result);
        is = true;
    }
    clang.EvalResult_dispose(result);
    return is;
}
