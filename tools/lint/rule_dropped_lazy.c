/* dropped_lazy: a chain is made, and nobody polls it. */
#include <string.h>

#include "rule.h"
#include "tree.h"
#include "unit.h"

/* ---- what makes one ---- */

static enum CXChildVisitResult see_attribute(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    if (clang.getCursorKind(cursor) != CXCursor_WarnUnusedResultAttr)
        return CXChildVisit_Continue;
    *(bool *)data = true;
    return CXChildVisit_Break;
}

/* Its answer is the caller's: the declaration says so. A getter's does not. */
static bool is_constructor(const struct symbol *callee)
{
    bool must_use =
        callee->marks.text[MARK_ITEM] != NULL || callee->marks.text[MARK_MUST_FINISH] != NULL;
    if (!must_use)
        clang.visitChildren(callee->cursor, see_attribute, &must_use);
    return must_use && !callee->marks.text[MARK_SPAWNS];
}

/* What a call makes: "stream", "reader" ... NULL: nothing that is lazy. */
static const char *made_by(const struct node *call)
{
    static const char *const types[][2] = {{"struct weir_stream *", "stream"},
                                           {"struct weir_reader *", "reader"},
                                           {"struct weir_writer *", "writer"},
                                           {"struct weir_duplex", "connection"}};
    if (!call || call->kind != NODE_CALL || !call->symbol)
        return NULL;
    const char *type = type_plain_name(clang.getCursorResultType(call->symbol->cursor));
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strcmp(types[i][0], type))
            return is_constructor(call->symbol) ? types[i][1] : NULL;
    return NULL;
}

/* ---- findings ---- */

static const char *instead_of(const struct symbol *callee)
{
    static const char *const waits[][2] = {{"weir_write_all", "weir_await_write"},
                                           {"weir_write", "weir_await_write"},
                                           {"weir_flush", "weir_await_flush"},
                                           {"weir_close", "weir_await_close"}};
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
        if (!strcmp(waits[i][0], callee->name))
            return waits[i][1];
    return NULL;
}

static const char *help(struct unit *unit, const struct node *call, const char *made)
{
    const char *wait = instead_of(call->symbol);
    if (wait)
        return unit_text("wait for it: `%s()` does both", wait);
    if (!strcmp(made, "stream"))
        return unit_text("run it, as `weir_await(%s, NULL, &error)` does, or `weir_drop()` it",
                         node_text(unit, call, 60));
    return unit_text("use it, or `weir_drop()` it");
}

static const char *lost(const char *made)
{
    if (!strcmp(made, "reader"))
        return "nothing is read from it";
    if (!strcmp(made, "writer"))
        return "nothing is written to it";
    return !strcmp(made, "stream") ? "nothing will run" : "nobody uses it";
}

static void report(struct unit *unit, const struct node *call, const char *made,
                   const struct symbol *variable)
{
    const char *who = variable ? unit_text("`%s`, the %s that `%s` makes,", variable->name, made,
                                           call->symbol->name)
                               : unit_text("the %s that `%s` makes", made, call->symbol->name);
    struct finding finding = {
        .at = node_word(unit, call),
        .message = unit_text("%s is never polled, passed on or dropped: %s", who, lost(made)),
        .label = "made here",
        .help = help(unit, call, made)};
    unit_report(unit, &finding);
}

/* ---- variables ---- */

struct counting {
    const struct symbol *variable;
    size_t n;
};

static enum CXChildVisitResult count_reference(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct counting *counting = data;
    (void)parent;
    if (clang.getCursorKind(cursor) == CXCursor_DeclRefExpr &&
        clang.equalCursors(clang.getCursorReferenced(cursor), counting->variable->cursor))
        counting->n++;
    return CXChildVisit_Recurse;
}

static bool is_set(const struct node *reference)
{
    const struct node *up = reference->parent;
    return up->kind == NODE_ASSIGN && !strcmp(up->op, "=") && up->first == reference;
}

/* The outermost loop around `node` that the variable was not made in. */
static const struct node *loop_around(const struct node *node, const struct symbol *variable)
{
    const struct node *loop = NULL;
    for (const struct node *up = node; up; up = up->parent)
        if (node_is_loop(up) && node_declaration(up, variable))
            return loop;
        else if (node_is_loop(up))
            loop = up;
    return loop;
}

static bool is_read_in(const struct node *tree, const struct symbol *variable)
{
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_REF && node->symbol == variable && !is_set(node))
            return true;
    return false;
}

/* A label behind it may be a way there and back. */
static bool is_read_behind(const struct node *given, const struct node *tree,
                           const struct symbol *variable)
{
    for (const struct node *node = node_past(given, tree); node; node = node_after(node, tree))
        if (node->kind == NODE_LABEL ||
            (node->kind == NODE_REF && node->symbol == variable && !is_set(node)))
            return true;
    return false;
}

/* By what the tree leaves out; or there is a label before it. */
static bool is_read_unseen(const struct node *tree, const struct symbol *variable)
{
    struct counting counting = {.variable = variable};
    size_t n = 0;

    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        if (node->kind == NODE_LABEL)
            return true;
        n += node->kind == NODE_REF && node->symbol == variable;
    }
    clang.visitChildren(tree->cursor, count_reference, &counting);
    return counting.n != n;
}

/* It is looked at behind `given`, or around a loop before it; the nearest is looked for first. */
static bool is_read_after(const struct function *function, const struct symbol *variable,
                          const struct node *given)
{
    const struct node *loop = loop_around(given, variable);
    return is_read_behind(given, function->body, variable) ||
           (loop && is_read_in(loop, variable)) || is_read_unseen(function->body, variable);
}

static bool is_plain_local(const struct symbol *variable)
{
    return variable && variable->kind == SYMBOL_VARIABLE && !variable->global &&
           !clang.Cursor_hasAttrs(variable->cursor);
}

/* `at` gives a variable a value, and does nothing else. */
static void check_given(struct unit *unit, const struct function *function, const struct node *at,
                        const struct symbol *variable, const struct node *value)
{
    const char *made = made_by(value);
    if (made && is_plain_local(variable) && !is_read_after(function, variable, at))
        report(unit, value, made, variable);
}

/* ---- all of it ---- */

static void check(struct unit *unit, const struct function *function)
{
    const struct node *tree = function->body;
    if (function->begins_with_case)
        return;
    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        const char *made = node->kind == NODE_CALL ? made_by(node) : NULL;
        if (made && node_is_ignored(node))
            report(unit, node, made, NULL);
        else if (node->kind == NODE_VAR && node->first)
            check_given(unit, function, node, node->symbol, node->first);
        else if (node->kind == NODE_ASSIGN && !strcmp(node->op, "=") && node_is_ignored(node) &&
                 node->first->kind == NODE_REF)
            check_given(unit, function, node, node->first->symbol, node->first->next);
    }
}

const struct rule rule_dropped_lazy = {
    .name = "dropped_lazy",
    .group = GROUP_CORE,
    .level = LEVEL_ERROR,
    .does = "a stream, a future or a reader is made, and nobody polls, passes on or drops it",
    .explain = "What makes a chain does nothing else: it runs when somebody polls it. A future "
               "that is\n"
               "made as a statement, or kept in a variable that nobody reads, writes no byte and "
               "sleeps no\n"
               "moment, and its memory is never given back.\n"
               "\n"
               "    weir_write_all(out, text, n, NULL);                           // nothing is "
               "written\n"
               "\n"
               "    weir_await(weir_write_all(out, text, n, NULL), NULL, &error)  // waits for it\n"
               "    weir_await_write(out, text, n, &error)                        // the same\n"
               "    weir_drop(stream);                                            // given up in "
               "words\n"
               "\n"
               "It looks at functions whose answer must be used: those of the library, and those "
               "of the\n"
               "program with WEIR_ITEM, WEIR_MUST_FINISH or warn_unused_result.\n",
    .check = check};
