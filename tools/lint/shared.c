#include "shared.h"

#include <string.h>

enum { NAMES_MAX = 16 };

/* What the argument is called within. */
struct names {
    const struct symbol *all[NAMES_MAX];
    size_t n;
};

static bool is_name(const struct names *names, const struct symbol *symbol)
{
    for (size_t i = 0; i < names->n; i++)
        if (names->all[i] == symbol)
            return true;
    return false;
}

/* A variable of the function's own, and not what it points to. */
static bool is_own(const struct node *changed)
{
    while (changed && (changed->kind == NODE_MEMBER || changed->kind == NODE_INDEX)) {
        const char *of = type_plain_name(node_type(changed->first));
        if (strchr(of, '*'))
            return false;
        changed = changed->first;
    }
    return changed && changed->kind == NODE_REF && !changed->symbol->global;
}

/* A call is given it to look at alone. */
static bool is_lent_const(const struct node *call, size_t i)
{
    if (!call->symbol || i >= call->symbol->parameters_n)
        return false;
    CXType pointee = clang.getPointeeType(call->symbol->parameters[i]->type);
    return clang.isConstQualifiedType(pointee) != 0;
}

static bool call_touches(const struct node *call, const struct names *names)
{
    for (size_t i = 0; node_argument(call, i); i++) {
        const struct symbol *root = node_root(node_argument(call, i));
        bool pointer = strchr(type_plain_name(node_type(node_argument(call, i))), '*') != NULL;
        if (root && pointer && (is_name(names, root) || root->global) &&
            root->kind != SYMBOL_FUNCTION && !is_lent_const(call, i))
            return true;
    }
    return false;
}

static bool touches(const struct node *node, struct names *names)
{
    switch (node->kind) {
    case NODE_VAR:
        if (node->first && is_name(names, node_root(node->first)) && names->n < NAMES_MAX)
            names->all[names->n++] = node->symbol;
        return names->n == NAMES_MAX;
    case NODE_ASSIGN:
        return !is_own(node->first) || is_name(names, node_root(node->first->next));
    case NODE_UNARY: /* ++ and --; of what may be changed */
        return node_root(node->first) && !is_own(node->first);
    case NODE_CALL:
        return call_touches(node, names);
    default:
        return false;
    }
}

bool shared_is_untouched(const struct function *function, const struct symbol *argument)
{
    struct names names = {.all = {argument}, .n = 1};
    const struct node *tree = function->body;

    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (touches(node, &names))
            return false;
    return true;
}
