#include "turns.h"

#include <string.h>

#include "acts.h"
#include "unit.h"

enum { CARRIERS_MAX = 24, CALLS_DEEP_MAX = 3 };

/* The item, and the variables that it, or a part of it, was put into. */
struct flow {
    struct unit *unit;
    const struct node *body;
    const struct symbol *carriers[CARRIERS_MAX];
    size_t n;
};

/* ---- carriers ---- */

static bool is_carrier(const struct flow *flow, const struct symbol *symbol)
{
    for (size_t i = 0; i < flow->n; i++)
        if (flow->carriers[i] == symbol)
            return true;
    return false;
}

static bool mentions(const struct flow *flow, const struct node *tree)
{
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_REF && is_carrier(flow, node->symbol))
            return true;
    return false;
}

static void add(struct flow *flow, const struct symbol *symbol)
{
    if (symbol && flow->n < CARRIERS_MAX && !is_carrier(flow, symbol))
        flow->carriers[flow->n++] = symbol;
}

/* A number that is computed is what came of the item. */
static bool may_carry(const struct symbol *to, const struct node *value)
{
    enum CXTypeKind kind = clang.getCanonicalType(to->type).kind;
    value = node_uncast(value);
    return value && (kind == CXType_Record || kind == CXType_Pointer || value->kind == NODE_REF ||
                     value->kind == NODE_MEMBER || value->kind == NODE_INDEX);
}

/* A struct of the program's, by its address, beside the item: the item may be put into it. */
static void spread_call(struct flow *flow, const struct node *call)
{
    for (size_t i = 0; node_child(call, i + 1); i++) {
        const struct symbol *beside = node_root(node_argument(call, i));
        const char *type = beside && beside->kind == SYMBOL_VARIABLE && !beside->global
                               ? type_plain_name(beside->type)
                               : "";
        if (!strncmp(type, "struct ", 7) && strncmp(type, "struct weir_", 12) != 0)
            add(flow, beside);
    }
}

/* An element of what is there after the turn: several items are gathered there, and what waits for
 * them waits for all. */
static bool is_gathered(const struct flow *flow, const struct node *at, const struct symbol *to)
{
    return at->kind == NODE_ASSIGN && at->first->kind == NODE_INDEX &&
           !node_declaration(flow->body, to);
}

static void spread(struct flow *flow)
{
    for (const struct node *node = flow->body; node; node = node_after(node, flow->body)) {
        const struct symbol *to = node->kind == NODE_VAR      ? node->symbol
                                  : node->kind == NODE_ASSIGN ? node_root(node->first)
                                                              : NULL;
        const struct node *value = node->kind == NODE_ASSIGN ? node->first->next : node->first;
        if (to && value && mentions(flow, value) && may_carry(to, value)) {
            if (!is_gathered(flow, node, to))
                add(flow, to);
        } else if (node->kind == NODE_CALL && mentions(flow, node))
            spread_call(flow, node);
    }
}

static struct flow flow_of(struct unit *unit, const struct turn *turn)
{
    struct flow flow = {.unit = unit, .body = turn->body};
    add(&flow, turn->item);
    spread(&flow);
    return flow;
}

/* ---- who has the item then ---- */

/* What has a limit is a loop of its own, over what it is given, and whoever waits for it waits for
 * all of it; so does who waits for a task at once. */
static bool is_handover(const struct node *call)
{
    const struct node *up = call->parent;
    if (!strncmp(call->symbol->name, "weir_yield", 10)) /* to who polls the generator */
        return true;
    for (size_t i = 0; i < call->symbol->parameters_n; i++)
        if (call->symbol->parameters[i]->marks.text[MARK_UNBOUNDED])
            return false;
    while (up && (up->kind == NODE_CAST || up->kind == NODE_OTHER))
        up = up->parent;
    bool awaited = up && up->kind == NODE_CALL && up->symbol && up->symbol->marks.text[MARK_AWAITS];
    return call->symbol->marks.text[MARK_SPAWNS] &&
           !(awaited && !strncmp(call->symbol->name, "weir_spawn", 10));
}

static bool hands_over(const struct flow *flow, unsigned depth);

static bool call_hands_over(const struct flow *flow, const struct node *call, unsigned depth)
{
    if (!call->symbol || !mentions(flow, call))
        return false;
    if (is_handover(call))
        return true;
    const struct function *function =
        depth < CALLS_DEEP_MAX ? tree_of(flow->unit, call->symbol) : NULL;
    if (!function || function->broken)
        return false;
    struct flow called = {.unit = flow->unit, .body = function->body};
    for (size_t i = 0; i < call->symbol->parameters_n; i++)
        if (node_argument(call, i) && mentions(flow, node_argument(call, i)))
            add(&called, call->symbol->parameters[i]);
    spread(&called);
    return hands_over(&called, depth + 1);
}

static bool hands_over(const struct flow *flow, unsigned depth)
{
    for (const struct node *node = flow->body; node; node = node_after(node, flow->body))
        if (node->kind == NODE_CALL && call_hands_over(flow, node, depth))
            return true;
    return false;
}

/* It stands in something that is there after the turn, or somebody was given it who may keep it. */
static bool is_kept(const struct flow *flow)
{
    for (const struct node *node = flow->body; node; node = node_after(node, flow->body)) {
        if (node->kind == NODE_ASSIGN) {
            const struct symbol *to = node_root(node->first);
            if (to && mentions(flow, node->first->next) && may_carry(to, node->first->next) &&
                !node_declaration(flow->body, to))
                return true;
        } else if (node->kind == NODE_CALL && mentions(flow, node)) {
            const struct symbol *to = node->symbol;
            if (!to || (strncmp(to->name, "weir_", 5) != 0 &&
                        !clang.Location_isInSystemHeader(clang.getCursorLocation(to->cursor))))
                return true;
        }
    }
    return false;
}

/* ---- answers ---- */

bool turn_hands_over(struct unit *unit, const struct turn *turn)
{
    struct flow flow = flow_of(unit, turn);
    return hands_over(&flow, 0);
}

const struct node *turn_waits(struct unit *unit, const struct turn *turn)
{
    struct flow flow = flow_of(unit, turn);
    const struct node *wait = NULL, *own = NULL;
    bool unsure = false;

    for (const struct node *node = turn->body; node; node = node_after(node, turn->body)) {
        if (node->kind != NODE_CALL || node == turn->next)
            continue;
        struct acts acts = acts_of_call(unit, node, 0);
        unsure |= acts.unsure;
        if (acts.waits && !wait)
            wait = node;
        if (acts.waits && !own && mentions(&flow, node))
            own = node;
    }
    if (!wait && unsure)
        unit_silent(unit, SILENT_CALLEE);
    if (!wait || hands_over(&flow, 0) || (!own && is_kept(&flow)))
        return NULL;
    return wait;
}

/* ---- the cure ---- */

const char *turn_cure(struct unit *unit, const struct symbol *item, const struct node *source)
{
    const char *type = item ? type_name(item->type) : "T";
    const char *text = node_text(unit, source, 120);

    if (!strcmp(type, "weir_line")) {
        type = "weir_owned_line";
        text = unit_text("weir_own(%s)", text);
    }
    return unit_text("make the body a function (`WEIR_PAR_FN(serve, %s, %s, ...)`) and run "
                     "`weir_par_for_each(%s, &serve, arg, 64, NULL)`",
                     type, item && *item->name ? item->name : "item", text);
}
