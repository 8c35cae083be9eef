#include "constants.h"

#include <string.h>

#include "unit_private.h"

static bool is_kind(const char *name)
{
    size_t n = strlen(name);
    return !strncmp(name, "weir_", 5) && n > 8 && !strcmp(name + n - 3, "_fn");
}

/* "const struct weir_each_fn" is a weir_each_fn. */
static const char *kind_of(CXType type)
{
    const char *name = type_plain_name(type);
    if (!strncmp(name, "struct ", 7))
        name += 7;
    return is_kind(name) ? name : NULL;
}

static void add(struct constant *constant, const struct symbol *function)
{
    for (size_t i = 0; i < constant->n; i++)
        if (constant->functions[i] == function)
            return;
    if (constant->n < CONSTANT_FUNCTIONS_MAX)
        constant->functions[constant->n++] = function;
}

/* What a function that a macro made calls, of the program's own. */
static void add_called(struct unit *unit, struct constant *constant, const struct symbol *made)
{
    const struct function *function = tree_of(unit, made);
    const struct node *tree = function ? function->body : NULL;

    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_REF && node->symbol->kind == SYMBOL_FUNCTION &&
            strncmp(node->symbol->name, "weir_", 5) != 0 && tree_of(unit, node->symbol))
            add(constant, node->symbol);
}

/* By the constant's own macro, as serve_fn_one. */
static bool is_made(const struct symbol *constant, const struct symbol *function)
{
    size_t n = strlen(constant->name);
    return place_in_macro(function->cursor) ||
           (!strncmp(function->name, constant->name, n) && function->name[n] == '_');
}

static bool read_constant(struct unit *unit, const struct symbol *symbol, struct constant *out)
{
    const struct node *tree = tree_of_constant(unit, symbol);
    const char *kind = kind_of(symbol->type);

    if (!tree || !kind)
        return false;
    *out = (struct constant){.symbol = symbol, .kind = kind};
    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        if (node->kind != NODE_REF || node->symbol->kind != SYMBOL_FUNCTION)
            continue;
        if (is_made(symbol, node->symbol))
            add_called(unit, out, node->symbol);
        else
            add(out, node->symbol);
    }
    return true;
}

bool constant_of(struct unit *unit, const struct node *argument, struct constant *out)
{
    const struct symbol *symbol = node_variable(argument);
    return symbol && symbol->global && read_constant(unit, symbol, out);
}

bool constant_of_call(struct unit *unit, const struct node *call, struct constant *out)
{
    for (const struct node *argument = call->first ? call->first->next : NULL; argument;
         argument = argument->next)
        if (constant_of(unit, argument, out))
            return true;
    return false;
}

/* ---- all of the file ---- */

enum { LISTED_MAX = 4096 };

struct listing {
    struct unit *unit;
    const struct symbol **symbols;
    size_t n;
};

static bool is_operations(CXType type)
{
    const char *name = type_plain_name(type);
    return strstr(name, "weir_stream_ops") || strstr(name, "weir_reader_ops") ||
           strstr(name, "weir_writer_ops");
}

static enum CXChildVisitResult list_variable(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct listing *listing = data;
    (void)parent;
    if (clang.getCursorKind(cursor) != CXCursor_VarDecl || !unit_is_own(listing->unit, cursor))
        return CXChildVisit_Continue;
    CXType type = clang.getCursorType(cursor);
    if (listing->n < LISTED_MAX && (kind_of(type) || is_operations(type)))
        listing->symbols[listing->n++] = symbol_of(listing->unit, cursor);
    return CXChildVisit_Continue;
}

/* Made when asked first. */
static void list(struct unit *unit)
{
    if (unit->constants)
        return;
    struct listing listing = {unit, unit_memory(LISTED_MAX * sizeof *unit->constants), 0};
    clang.visitChildren(clang.getTranslationUnitCursor(unit->tu), list_variable, &listing);
    unit->constants = listing.symbols;
    unit->constants_n = listing.n;
}

void constants_each(struct unit *unit, bool (*see)(const struct constant *constant, void *arg),
                    void *arg)
{
    struct constant constant;
    list(unit);
    for (size_t i = 0; i < unit->constants_n; i++)
        if (unit->constants[i] && read_constant(unit, unit->constants[i], &constant) &&
            !see(&constant, arg))
            return;
}

static bool is_poll(const struct symbol *function)
{
    return !strcmp(type_plain_name(clang.getResultType(function->type)), "struct weir_poll");
}

static bool read_operations(struct unit *unit, const struct symbol *symbol, struct constant *out)
{
    const struct node *tree = is_operations(symbol->type) ? tree_of_constant(unit, symbol) : NULL;

    *out = (struct constant){.symbol = symbol, .kind = "operations"};
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_REF && node->symbol->kind == SYMBOL_FUNCTION &&
            is_poll(node->symbol))
            add(out, node->symbol);
    return out->n > 0;
}

void operations_each(struct unit *unit, bool (*see)(const struct constant *constant, void *arg),
                     void *arg)
{
    struct constant constant;
    list(unit);
    for (size_t i = 0; i < unit->constants_n; i++)
        if (unit->constants[i] && read_operations(unit, unit->constants[i], &constant) &&
            !see(&constant, arg))
            return;
}
