/* lent_item_escapes: an item that is valid until the next poll is kept where that comes. */
#include <string.h>

#include "constants.h"
#include "loops.h"
#include "rule.h"
#include "trace.h"
#include "unit.h"

enum { DEPTH_MAX = 4 };

/* A lent item, and how far it is valid. */
struct lent {
    struct unit *unit;
    const struct function *function;
    const struct symbol *item;
    const struct node *turn;   /* at whose end it is gone */
    const struct node *loop;   /* around it; NULL: the turn is the whole function */
    const struct node *source; /* the call that lends; NULL: the type does */
    bool stays;                /* the stream is there after the loop */
    unsigned depth;            /* of calls, and of variables that were given it */
};

static bool is_pointer(CXType type)
{
    return clang.getCanonicalType(type).kind == CXType_Pointer;
}

/* ---- values ---- */

/* What they give points into their first argument. */
static const char *const finders[] = {"memchr",    "memmem", "memrchr", "rawmemchr", "strchr",
                                      "strchrnul", "strstr", "strrchr", "strpbrk",   NULL};

static bool is_of_turn(const struct lent *lent, const struct symbol *variable)
{
    for (const struct node *node = lent->turn; node; node = node_after(node, lent->turn))
        if (node->kind == NODE_VAR && node->symbol == variable)
            return true;
    return false;
}

static const struct node *carried(const struct lent *lent, const struct node *value);

/* A function of the file's, as one whose item is its parameter. False: nobody knows it. */
static bool enter(const struct lent *lent, const struct node *call, size_t i, struct lent *inner)
{
    const struct symbol *callee = call->symbol;
    const struct function *function = NULL;
    if (i < callee->parameters_n && lent->depth < DEPTH_MAX)
        function = tree_of(lent->unit, callee);
    if (!function || function->broken)
        return false;
    *inner = (struct lent){.unit = lent->unit,
                           .function = function,
                           .item = callee->parameters[i],
                           .turn = function->body,
                           .depth = lent->depth + 1};
    return true;
}

static bool gives_back(const struct lent *lent, const struct node *call, size_t i)
{
    struct lent inner;
    if (!i && symbol_is_one_of(call->symbol, finders))
        return true;
    if (!enter(lent, call, i, &inner))
        return false;
    for (const struct node *node = inner.turn; node; node = node_after(node, inner.turn))
        if (node->kind == NODE_RETURN && node->first && carried(&inner, node->first))
            return true;
    return false;
}

/* By what a function gives of its arguments. */
static const struct node *carried_through(const struct lent *lent, const struct node *call)
{
    const struct node *at = NULL;
    for (size_t i = 0; !at && call->symbol && node_child(call, i + 1); i++) {
        at = carried(lent, node_argument(call, i));
        at = at && gives_back(lent, call, i) ? at : NULL;
    }
    return at;
}

/* A variable of the turn that was given some of it last. */
static bool is_alias(const struct lent *lent, const struct node *ref)
{
    struct lent deeper = *lent;
    const struct node *value = NULL;
    deeper.depth++;
    if (ref->symbol->kind == SYMBOL_VARIABLE && lent->depth < DEPTH_MAX &&
        is_of_turn(lent, ref->symbol))
        value = trace_value(lent->function, ref->symbol, ref);
    return value && carried(&deeper, value);
}

/* Where the item stands in a value that points at what it points at. NULL: nowhere. */
static const struct node *carried(const struct lent *lent, const struct node *value)
{
    const struct node *found = NULL, *child;
    value = node_uncast(value);
    child = value->first;
    switch (value->kind) {
    case NODE_REF:
        return value->symbol == lent->item || is_alias(lent, value) ? value : NULL;
    case NODE_CALL:
        return carried_through(lent, value);
    case NODE_MEMBER:
        return is_pointer(node_type(value)) ? carried(lent, value->first) : NULL;
    case NODE_BINARY: /* line.data + 1 */
        if (!is_pointer(node_type(value)))
            return NULL;
        break;
    case NODE_CHOICE: /* of x ?: y both are values */
        child = node_children(value) == 3 ? child->next : child;
        break;
    case NODE_LIST:
    case NODE_OTHER: /* .name = line, in a list */
        break;
    default:
        return NULL;
    }
    for (; child && !found; child = child->next)
        found = carried(lent, child);
    return found;
}

/* ---- places ---- */

/* It points at what was there before the function. */
static bool points_outside(const struct lent *lent, const struct symbol *pointer)
{
    if (pointer->kind == SYMBOL_PARAMETER)
        return true;
    const struct node *declared = node_declaration(lent->function->body, pointer);
    const struct symbol *from = declared ? node_variable(declared->first) : NULL;
    return from && from->kind == SYMBOL_PARAMETER && is_pointer(from->type);
}

/* It is given another value, beside the loop itself. */
static bool is_set_anew(const struct lent *lent, const struct node *ref)
{
    const struct node *assign = ref->parent;
    return assign->kind == NODE_ASSIGN && !strcmp(assign->op, "=") && assign->first == ref &&
           assign->parent == lent->loop->parent;
}

static bool is_used_behind(const struct lent *lent, const struct symbol *variable)
{
    const struct node *tree = lent->function->body;
    const struct node *behind = lent->loop ? node_past(lent->loop, tree) : NULL;
    for (const struct node *node = behind; node; node = node_after(node, tree))
        if (node->kind == NODE_REF && node->symbol == variable)
            return !is_set_anew(lent, node);
    return false;
}

/* The bytes are looked at: by a member that points at them, or passed as they are. */
static bool is_read(const struct node *ref)
{
    const struct node *up = ref->parent;
    if (!is_pointer(node_type(up->kind == NODE_MEMBER ? up : ref)))
        return false;
    up = up->kind == NODE_MEMBER ? up->parent : up;
    return up->kind == NODE_CALL || up->kind == NODE_INDEX || up->kind == NODE_DEREF;
}

/* The next turn looks at it before it is given another value: the line before. */
static bool is_read_next(const struct lent *lent, const struct symbol *variable)
{
    for (const struct node *node = lent->turn; node; node = node_after(node, lent->turn))
        if (node->kind == NODE_REF && node->symbol == variable) {
            const struct node *up = node->parent;
            if (up->kind == NODE_ASSIGN && up->first == node)
                return false;
            if (is_read(node))
                return true;
        }
    return false;
}

/* hit = line; break; and nothing was asked for since. */
static bool ends_loop(const struct lent *lent, const struct node *to)
{
    const struct node *next = to->parent->next;
    return lent->stays && next && (next->kind == NODE_BREAK || next->kind == NODE_GOTO);
}

/* What stands there is there after the turn. */
static bool is_outside(const struct lent *lent, const struct node *to)
{
    const struct symbol *root = node_root(to);
    if (!root || root->global)
        return root;
    if (to->kind != NODE_REF && is_pointer(root->type))
        return points_outside(lent, root);
    return !is_of_turn(lent, root) && is_used_behind(lent, root);
}

/* The member of a variable that a place stands in. NULL: it is all of it. */
static const struct symbol *first_member(const struct node *to)
{
    const struct symbol *member = NULL;
    for (; to && to->kind != NODE_REF; to = to->first)
        member = to->kind == NODE_MEMBER ? to->symbol : member;
    return member;
}

static bool holds_pointers(const struct node *to)
{
    enum CXTypeKind kind = clang.getCanonicalType(node_type(to)).kind;
    return kind == CXType_Pointer || kind == CXType_Record;
}

/* Nobody else is given it, and what was stored at `to` stays there. */
static bool leaves_alone(const struct node *ref, const struct node *to)
{
    const struct node *up = ref->parent;
    while (up->kind == NODE_CAST)
        up = up->parent;
    if (up->kind == NODE_CALL || up->kind == NODE_ADDRESS || up->kind == NODE_RETURN)
        return false;
    while (up->kind == NODE_MEMBER || up->kind == NODE_DEREF || up->kind == NODE_INDEX)
        up = up->parent;
    if (up->kind == NODE_ADDRESS)
        return false;
    return up->kind != NODE_ASSIGN || up->first == to || node_root(up->first) != ref->symbol ||
           first_member(up->first) != first_member(to) || !holds_pointers(up->first);
}

/* It was made in this turn, and is hung up where it stays: n->line = line, list = n. */
static bool is_hung_up(const struct lent *lent, const struct symbol *made, const struct node *to)
{
    bool hung = false;
    if (!is_of_turn(lent, made))
        return false;
    for (const struct node *node = lent->turn; node; node = node_after(node, lent->turn)) {
        if (node->kind == NODE_REF && node->symbol == made && !leaves_alone(node, to))
            return false;
        if (node->kind == NODE_ASSIGN && !strcmp(node->op, "=") &&
            node_variable(node_uncast(node->first->next)) == made)
            hung |= node_root(node->first) != made && is_outside(lent, node->first);
    }
    return hung;
}

/* What is stored there is there after the turn, and somebody looks at it. */
static bool outlives_turn(const struct lent *lent, const struct node *to)
{
    const struct symbol *root = node_root(to);
    if (!root || root == lent->item)
        return false;
    if (root->global)
        return true;
    if (to->kind != NODE_REF && is_pointer(root->type))
        return points_outside(lent, root) || is_hung_up(lent, root, to);
    return !is_of_turn(lent, root) && !ends_loop(lent, to) &&
           (is_used_behind(lent, root) || is_read_next(lent, root));
}

/* ---- escapes ---- */

static void report(const struct lent *lent, const struct node *at, const char *label)
{
    struct finding finding = {
        .at = node_word(lent->unit, at),
        .message = unit_text("`%s` is lent, and is kept after the next poll", lent->item->name),
        .label = label,
        .help = "put `weir_own()` over the source, whose items own their bytes, or copy the bytes"};
    if (lent->source)
        finding_draw(&finding, node_word(lent->unit, lent->source),
                     "what it gives is valid until the next poll");
    unit_report(lent->unit, &finding);
}

static void check_assign(const struct lent *lent, const struct node *assign)
{
    const struct node *to = assign->first;
    const struct node *at = carried(lent, to->next);
    if (at && !strcmp(assign->op, "=") && outlives_turn(lent, to))
        report(lent, at, "stored here, where it outlives its turn");
}

/* Somebody gives it bytes of its own. */
static bool is_changed(const struct lent *lent)
{
    for (const struct node *node = lent->turn; node; node = node_after(node, lent->turn)) {
        const struct node *to = node->kind == NODE_ASSIGN ? node->first : NULL;
        while (to && to->kind == NODE_MEMBER)
            to = to->first;
        if (to && to->kind == NODE_REF && to->symbol == lent->item)
            return true;
    }
    return false;
}

static bool is_send(const struct symbol *callee)
{
    return !strcmp(callee->name, "weir_try_send") || !strcmp(callee->name, "weir_send") ||
           !strcmp(callee->name, "weir_send_blocking");
}

/* A task that nobody waits for: weir_drop(weir_go(...)). */
static bool is_let_go(const struct lent *lent, const struct node *call)
{
    const struct node *up = call->parent;
    while (up->kind == NODE_CAST || up->kind == NODE_OTHER)
        up = up->parent;
    return up->kind == NODE_CALL && !strcmp(node_name(lent->unit, up), "weir_drop");
}

static const struct node *passed(const struct lent *lent, const struct node *call)
{
    const struct node *at = NULL;
    for (size_t i = 0; !at && node_child(call, i + 1); i++) {
        const struct node *argument = node_argument(call, i);
        if (argument->kind == NODE_ADDRESS)
            at = carried(lent, argument->first);
    }
    return at;
}

/* Where the argument points to is there after the turn. */
static bool is_kept_by(const struct lent *lent, const struct node *argument)
{
    argument = node_uncast(argument);
    if (argument->kind == NODE_ADDRESS)
        return outlives_turn(lent, argument->first);
    const struct symbol *pointer = node_variable(argument);
    return pointer && points_outside(lent, pointer);
}

/* The function stores it in a global, or where another argument points to. */
static bool keeps(const struct lent *lent, const struct lent *inner, const struct node *call)
{
    const struct symbol *callee = call->symbol;
    for (const struct node *node = inner->turn; node; node = node_after(node, inner->turn)) {
        const struct node *to = node->kind == NODE_ASSIGN ? node->first : NULL;
        const struct symbol *root = to && !strcmp(node->op, "=") ? node_root(to) : NULL;
        if (!root || root == inner->item || !carried(inner, to->next))
            continue;
        if (root->global)
            return true;
        for (size_t i = 0; i < callee->parameters_n && to->kind != NODE_REF; i++)
            if (callee->parameters[i] == root && is_kept_by(lent, node_argument(call, i)))
                return true;
    }
    return false;
}

static void check_helper(const struct lent *lent, const struct node *call)
{
    struct lent inner;
    for (size_t i = 0; node_child(call, i + 1); i++) {
        const struct node *at = carried(lent, node_argument(call, i));
        if (at && enter(lent, call, i, &inner) && !is_changed(&inner) && keeps(lent, &inner, call))
            report(lent, at, "stored by what it is given to, where it outlives its turn");
    }
}

static void check_call(const struct lent *lent, const struct node *call)
{
    const struct node *at = NULL, *made = node_argument(call, 0);
    if (is_send(call->symbol)) {
        at = passed(lent, call);
        if (at)
            report(lent, at, "sent from here: it is received later");
    } else if (call->symbol->marks.text[MARK_SPAWNS] && is_let_go(lent, call)) {
        at = passed(lent, made->kind == NODE_CALL ? made : call);
        if (at)
            report(lent, at, "given to a task, which runs later");
    } else {
        check_helper(lent, call);
    }
}

static void look(const struct lent *lent)
{
    if (!lent->item || is_changed(lent))
        return;
    for (const struct node *node = lent->turn; node; node = node_after(node, lent->turn)) {
        if (node->kind == NODE_ASSIGN)
            check_assign(lent, node);
        else if (node->kind == NODE_CALL && node->symbol)
            check_call(lent, node);
    }
}

/* ---- what lends ---- */

/* The source's own items: weir_own() makes others of them. */
static bool lends(struct unit *unit, const struct function *function, const struct node *stream,
                  struct lent *lent)
{
    struct origin origin = trace_source(unit, function, stream, MARK_LENDS);
    if (!lent->item || origin.kind != ORIGIN_MARKED)
        return false;
    const char *gives = origin.call->symbol->marks.text[MARK_ITEM];
    const char *type = type_name(lent->item->type);
    lent->source = origin.call;
    return !gives || !strcmp(gives, strncmp(type, "const ", 6) ? type : type + 6);
}

static void check_loop(struct unit *unit, const struct function *function, const struct node *node)
{
    struct loop loop;
    if (!loop_of(node, &loop) || !loop.item)
        return;
    struct lent lent = {unit, function, loop.item, loop.body, loop.outer, NULL, false, 0};
    if (lends(unit, function, loop.source, &lent))
        look(&lent);
}

/* weir_await_next(lines, &line, ...), over and over. */
static void check_next(struct unit *unit, const struct function *function, const struct node *call)
{
    const struct node *loop = call;
    if (strncmp(call->symbol->name, "weir_await_next", 15) != 0)
        return;
    while (loop && loop->kind != NODE_WHILE && loop->kind != NODE_FOR && loop->kind != NODE_DO)
        loop = loop->parent;
    if (!loop)
        return;
    const struct symbol *item = node_variable(node_argument(call, 1));
    struct lent lent = {unit, function, item, loop, loop, NULL, true, 0};
    if (lends(unit, function, node_argument(call, 0), &lent))
        look(&lent);
}

static bool see_each(const struct constant *constant, void *arg)
{
    struct lent *lent = arg;
    for (size_t i = 0; !strcmp(constant->kind, "weir_each_fn") && i < constant->n; i++)
        if (constant->functions[i] == lent->function->symbol)
            lent->item = lent->function->symbol->parameters[0];
    return !lent->item;
}

/* A function of lines: what it is given is the stream's. */
static void check_each(struct unit *unit, const struct function *function)
{
    const struct symbol *symbol = function->symbol;
    struct lent lent = {unit, function, NULL, function->body, NULL, NULL, false, 0};
    if (symbol->parameters_n != 2 ||
        strcmp(type_plain_name(symbol->parameters[0]->type), "struct weir_line") != 0)
        return;
    constants_each(unit, see_each, &lent);
    look(&lent);
}

static void check(struct unit *unit, const struct function *function)
{
    const struct node *tree = function->body;
    check_each(unit, function);
    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        if (node->kind == NODE_FOR)
            check_loop(unit, function, node);
        else if (node->kind == NODE_CALL && node->symbol)
            check_next(unit, function, node);
    }
}

const struct rule rule_lent_item_escapes = {
    .name = "lent_item_escapes",
    .group = GROUP_CORE,
    .level = LEVEL_ERROR,
    .does = "a lent item is stored, sent or given to a task beyond the next poll",
    .explain =
        "A line is lent: it points into the buffer of its source, where the next one is read.\n"
        "Who keeps it has a pointer to other bytes, or to none.\n"
        "\n"
        "    weir_for_try (weir_line, line, weir_lines(reader, 4096), error)\n"
        "        if (line.size > longest.size)\n"
        "            longest = line;                  // used behind the loop\n"
        "\n"
        "    weir_for_try (weir_owned_line, line, weir_own(weir_lines(reader, 4096)), error)\n"
        "\n"
        "or copy the bytes. An owned line is the loop's: weir_owned_line_drop() it behind its\n"
        "last use. It looks at loops over sources marked WEIR_LENDS, at weir_await_next() of\n"
        "them, and at WEIR_EACH_FN functions of lines; at what is stored in globals, through\n"
        "pointers that the function was given, and in variables that are used behind the\n"
        "loop, also by a node that is made in the turn and hung up there, by a function of\n"
        "the file or by what memchr() and its like found; at what is sent,\n"
        "and at tasks that nobody waits for. Numbers may be kept.\n",
    .check = check};
