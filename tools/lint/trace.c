#include "trace.h"

#include <string.h>

#include "unit.h"

enum { DEPTH_MAX = 64 };

/* ---- variables ---- */

/* `node` gives the variable a value: an assignment to it or its declaration. NULL: it does not. */
static const struct node *value_given(const struct node *node, const struct symbol *variable)
{
    if (node->kind == NODE_VAR && node->symbol == variable)
        return node->first;
    if (node->kind == NODE_ASSIGN && !strcmp(node->op, "=") && node->first->kind == NODE_REF &&
        node->first->symbol == variable)
        return node_uncast(node->first->next);
    return NULL;
}

/* Somebody else may give it a value: through its address. */
static bool is_shared(const struct function *function, const struct symbol *variable)
{
    for (const struct node *node = function->body; node; node = node_after(node, function->body))
        if (node->kind == NODE_ADDRESS && node_variable(node) == variable)
            return true;
    return false;
}

/* What stands in it may be passed by. */
static bool may_skip(const struct node *node)
{
    switch (node->kind) {
    case NODE_IF:
    case NODE_WHILE:
    case NODE_FOR:
    case NODE_SWITCH:
    case NODE_CASE:
    case NODE_DEFAULT:
    case NODE_CHOICE:
    case NODE_AND:
    case NODE_OR:
        return true;
    default:
        return false;
    }
}

/* Whether `node` runs on every way to `at`, which stands behind it. */
static bool is_always_before(const struct node *node, const struct node *at)
{
    const struct node *up = node, *below = node;

    for (; up && !node_within(at, up); below = up, up = up->parent)
        if (up != node && may_skip(up))
            return false;
    if (!up)
        return false;
    bool branches = up->kind == NODE_IF || up->kind == NODE_CHOICE;
    bool cases = up->kind == NODE_BLOCK && up->parent && up->parent->kind == NODE_SWITCH;
    return !cases && (!branches || below == up->first);
}

static const struct node *value_before(const struct function *function,
                                       const struct symbol *variable, const struct node *at,
                                       bool *always)
{
    const struct node *value = NULL;
    for (const struct node *node = function->body; node; node = node_after(node, function->body)) {
        const struct node *given = value_given(node, variable);
        if (given && node->order < at->order && !node_within(at, node)) {
            value = given;
            *always = is_always_before(node, at);
        }
    }
    return value;
}

const struct node *trace_value(const struct function *function, const struct symbol *variable,
                               const struct node *at)
{
    bool always = false;
    if (variable->global || is_shared(function, variable))
        return NULL;
    const struct node *value = value_before(function, variable, at, &always);
    return always ? value : NULL;
}

size_t trace_values(const struct function *function, const struct symbol *variable,
                    const struct node *at, const struct node *values[TRACE_VALUES_MAX])
{
    bool always = false;
    if (variable->global || variable->kind != SYMBOL_VARIABLE || is_shared(function, variable))
        return 0;
    for (size_t n = 0; n < TRACE_VALUES_MAX; n++) {
        values[n] = value_before(function, variable, at, &always);
        if (!values[n] || always)
            return n + always;
        at = values[n]->parent;
    }
    return 0;
}

/* ---- stages ---- */

const struct node *trace_taken(const struct node *call)
{
    if (!call->symbol)
        return NULL;
    for (size_t i = 0; i < call->symbol->parameters_n; i++)
        if (call->symbol->parameters[i]->marks.text[MARK_TAKES])
            return node_argument(call, i);
    return NULL;
}

/* It gives the items that it takes, or some of them. */
static bool keeps_items(const struct symbol *stage)
{
    static const char *const others[] = {"weir_filter_fn", "weir_each_fn", "weir_compare_fn"};
    for (size_t i = 0; i < stage->parameters_n; i++) {
        const char *type = type_name(stage->parameters[i]->type);
        const char *end = strstr(type, "_fn *");
        bool keeps = !end;
        for (size_t k = 0; k < sizeof others / sizeof *others; k++)
            keeps |= strstr(type, others[k]) != NULL;
        if (!keeps)
            return false;
    }
    return true;
}

static struct origin trace(struct unit *unit, const struct function *function,
                           const struct node *stream, enum mark mark, int depth);

/* weir_take(s, 1): there is no second item. */
static bool takes_one(const struct node *call)
{
    uint64_t n;
    const struct node *limit = node_argument(call, 1);
    return !strcmp(call->symbol->name, "weir_take") && limit && node_number(limit, &n) && n <= 1;
}

/* Both say the same; where one is a NULL, the other has the word. */
static struct origin join(struct origin a, struct origin b)
{
    if (!a.call || !b.call)
        return a.call ? a : b;
    return a.kind == b.kind ? a : (struct origin){ORIGIN_UNKNOWN, a.call, NULL};
}

/* What the program's own function answers: of each `return`; of a parameter, what it is given. */
static struct origin trace_answer(struct unit *unit, const struct function *function,
                                  const struct node *call, enum mark mark, int depth)
{
    const struct function *called = tree_of(unit, call->symbol);
    const struct node *tree = called && !called->broken ? called->body : NULL;
    struct origin all = {ORIGIN_PLAIN, NULL, NULL};

    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        uint64_t number;
        if (node->kind != NODE_RETURN || !node->first ||
            (node_number(node_uncast(node->first), &number) && !number))
            continue;
        struct origin one = trace(unit, called, node->first, mark, depth + 8);
        for (size_t i = 0; one.kind == ORIGIN_UNKNOWN && i < call->symbol->parameters_n; i++)
            if (one.call && one.call->kind == NODE_REF &&
                one.call->symbol == call->symbol->parameters[i])
                one = trace(unit, function, node_argument(call, i), mark, depth + 8);
        all = join(all, one);
    }
    return all.call ? all : (struct origin){ORIGIN_PLAIN, call, NULL};
}

static struct origin trace_call(struct unit *unit, const struct function *function,
                                const struct node *call, enum mark mark, int depth)
{
    const struct symbol *callee = call->symbol;
    struct origin plain = {ORIGIN_PLAIN, call, NULL};
    const struct node *taken = trace_taken(call);

    if (!callee)
        return (struct origin){ORIGIN_UNKNOWN, call, NULL};
    if (callee->marks.text[mark])
        return (struct origin){ORIGIN_MARKED, call, callee->marks.text[mark]};
    if (!taken && tree_is_own(unit, callee))
        return trace_answer(unit, function, call, mark, depth);
    if (mark == MARK_MUST_PAR_SPAWN && takes_one(call))
        return plain;
    if (!taken || callee->marks.text[MARK_SPAWNS] || !keeps_items(callee))
        return plain;
    return trace(unit, function, taken, mark, depth + 1);
}

/* Of values that are given on some ways only, all must come from sources of one kind. */
static struct origin trace_variable(struct unit *unit, const struct function *function,
                                    const struct symbol *variable, const struct node *at,
                                    enum mark mark, int depth)
{
    struct origin unknown = {ORIGIN_UNKNOWN, at, NULL}, last = unknown, outside = unknown;

    if (variable->global || is_shared(function, variable))
        return unknown;
    for (int back = 0; back < 8; back++) {
        bool always = false;
        const struct node *value = value_before(function, variable, at, &always);
        if (!value)
            return variable->kind == SYMBOL_VARIABLE ? last : back ? outside : unknown;
        struct origin one = trace(unit, function, value, mark, depth + 1);
        outside.call = value->parent;
        if (one.kind == ORIGIN_UNKNOWN || (back && one.kind != last.kind))
            return always && !back ? one : outside;
        last = back ? last : one;
        if (always)
            return last;
        at = value->parent;
    }
    return last;
}

static struct origin trace(struct unit *unit, const struct function *function,
                           const struct node *stream, enum mark mark, int depth)
{
    stream = node_uncast(stream);
    if (!stream || depth > DEPTH_MAX)
        return (struct origin){ORIGIN_UNKNOWN, stream, NULL};
    if (stream->kind == NODE_CALL)
        return trace_call(unit, function, stream, mark, depth);
    if (stream->kind == NODE_CHOICE && node_child(stream, 2))
        return join(trace(unit, function, node_child(stream, 1), mark, depth + 1),
                    trace(unit, function, node_child(stream, 2), mark, depth + 1));
    if (stream->kind == NODE_REF)
        return trace_variable(unit, function, stream->symbol, stream, mark, depth);
    return (struct origin){ORIGIN_UNKNOWN, stream, NULL};
}

struct origin trace_quietly(struct unit *unit, const struct function *function,
                            const struct node *stream, enum mark mark)
{
    return trace(unit, function, stream, mark, 0);
}

struct origin trace_source(struct unit *unit, const struct function *function,
                           const struct node *stream, enum mark mark)
{
    struct origin origin = trace(unit, function, stream, mark, 0);
    if (origin.kind == ORIGIN_UNKNOWN)
        unit_silent(unit, SILENT_STREAM);
    return origin;
}
