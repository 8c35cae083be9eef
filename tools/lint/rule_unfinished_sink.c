/* unfinished_sink: a writer is written to, and dropped or left without a close. */
#include <string.h>

#include "paths.h"
#include "rule.h"
#include "unit.h"

enum { NONE, OPEN, WRITTEN, FAILED, GONE };

struct sink {
    const struct symbol *variable;
    const struct node *declared;
};

/* ---- what is done with it ---- */

enum use { USE_LOOK, USE_WRITE, USE_DROP, USE_OTHER };

static bool begins_with(const char *name, const char *const *all)
{
    for (; *all; all++)
        if (!strncmp(name, *all, strlen(*all)))
            return true;
    return false;
}

static const char *const waits[] = {"weir_await_at", "weir_run_at", "weir_rt_run_at", NULL};
static const char *const writes[] = {"weir_await_write_at", NULL};
static const char *const futures[] = {"weir_write_", "weir_writev", "weir_printf", NULL};
static const char *const flushes[] = {"weir_await_flush_at", "weir_is_write_vectored", NULL};

/* The wait that a call's future is given to at once. NULL: there is none. */
static const struct node *wait_of(const struct node *call)
{
    const struct node *up = call->parent;
    bool waits_for = up->kind == NODE_CALL && up->symbol && begins_with(up->symbol->name, waits) &&
                     node_argument(up, strcmp(up->symbol->name, waits[2]) == 0) == call;
    return waits_for ? up : NULL;
}

static enum use use_of_call(const struct node *call, const struct node *argument)
{
    if (!call->symbol || node_argument(call, 0) != argument)
        return USE_OTHER;
    const char *name = call->symbol->name;
    if (!strcmp(name, "weir_writer_drop"))
        return USE_DROP;
    if (begins_with(name, writes))
        return USE_WRITE;
    if (begins_with(name, flushes))
        return USE_LOOK;
    if (!wait_of(call))
        return USE_OTHER;
    if (!strcmp(name, "weir_flush"))
        return USE_LOOK;
    return begins_with(name, futures) || !strcmp(name, "weir_write") ? USE_WRITE : USE_OTHER;
}

/* Of a reference to it. */
static enum use use_of(const struct node *reference)
{
    const struct node *up = reference->parent;
    switch (up->kind) {
    case NODE_CALL:
        return use_of_call(up, reference);
    case NODE_BINARY:
        return up->op[0] == '=' || up->op[0] == '!' ? USE_LOOK : USE_OTHER;
    case NODE_NOT:
    case NODE_AND:
    case NODE_OR:
        return USE_LOOK;
    case NODE_IF:
    case NODE_CHOICE:
        return reference == up->first ? USE_LOOK : USE_OTHER;
    default:
        return USE_OTHER;
    }
}

static bool is_it(const struct node *node, const struct sink *sink)
{
    return node->kind == NODE_REF && node->symbol == sink->variable;
}

/* Something in it writes to the writer, or flushes it. */
static bool holds_answer(const struct node *tree, const struct sink *sink)
{
    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        enum use use = is_it(node, sink) ? use_of(node) : USE_OTHER;
        if (use == USE_WRITE || (use == USE_LOOK && node->parent->kind == NODE_CALL))
            return true;
    }
    return false;
}

static enum CXChildVisitResult see_it(CXCursor cursor, CXCursor parent, CXClientData data)
{
    const struct symbol **variable = data;
    (void)parent;
    if (clang.getCursorKind(cursor) != CXCursor_DeclRefExpr ||
        !clang.equalCursors(clang.getCursorReferenced(cursor), (*variable)->cursor))
        return CXChildVisit_Recurse;
    *variable = NULL;
    return CXChildVisit_Break;
}

/* What the tree leaves out, but for the choice of a function by a type, may use it too. */
static bool is_hidden_in(const struct node *quiet, const struct sink *sink)
{
    const struct symbol *variable = sink->variable;
    if (quiet->parent->kind == NODE_CALL && quiet->parent->first == quiet)
        return false;
    clang.visitChildren(quiet->cursor, see_it, &variable);
    return !variable;
}

/* It is written to, and never closed, passed on or kept, as far as all of the function says. */
static bool is_unfinished(const struct node *tree, const struct sink *sink)
{
    bool written = false;
    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        if (node->kind == NODE_QUIET && is_hidden_in(node, sink))
            return false;
        if (!is_it(node, sink))
            continue;
        enum use use = use_of(node);
        if (use == USE_OTHER)
            return false;
        written |= use == USE_WRITE;
    }
    return written;
}

/* ---- findings ---- */

static void report(struct path *path, struct place at, const char *how, const char *label)
{
    const struct sink *sink = path->arg;
    const char *name = sink->variable->name, *opener = sink->declared->first->symbol->name;
    struct finding finding = {
        .at = at,
        .message = unit_text("`%s` %s without a close: what was written is lost", name, how),
        .label = label,
        .help = unit_text("`weir_await_close(%s, &error)` before it, or `weir_writer_give_up(%s)` "
                          "where that is meant",
                          name, name)};
    struct place opened = node_word(path->unit, sink->declared->first);
    if (opened.line != at.line)
        finding_draw(&finding, opened, "opened here: `%s` is marked must_finish", opener);
    unit_report(path->unit, &finding);
}

static void check_left(struct path *path, const struct path_state *state)
{
    const struct sink *sink = path->arg;
    if (path->reporting && path_may(state, 0, WRITTEN))
        report(path, node_word(path->unit, sink->declared->first), "goes out of scope",
               "opened here");
}

/* ---- steps ---- */

static void step_reference(struct path *path, struct path_state *state, const struct node *call,
                           const struct node *argument)
{
    switch (use_of_call(call, argument)) {
    case USE_WRITE:
        path_set(state, 0, WRITTEN);
        break;
    case USE_DROP:
        if (path->reporting && path_may(state, 0, WRITTEN))
            report(path, node_word(path->unit, call), "is dropped", "dropped here");
        path_set(state, 0, GONE);
        break;
    default:
        break;
    }
}

static void step(struct path *path, struct path_state *state, const struct node *node)
{
    const struct sink *sink = path->arg;
    const struct node *argument = node->kind == NODE_CALL ? node_argument(node, 0) : NULL;

    if (node == sink->declared)
        path_set(state, 0, OPEN);
    else if (argument && is_it(argument, sink))
        step_reference(path, state, node, argument);
    else if (node->kind == NODE_RETURN)
        check_left(path, state);
}

static void leave(struct path *path, struct path_state *state, const struct node *block)
{
    const struct sink *sink = path->arg;
    if (!node_within(sink->declared, block))
        return;
    check_left(path, state);
    path_set(state, 0, NONE);
}

/* A variable that was given what a write answered, or something made of it. */
static bool has_answer(const struct path *path, const struct symbol *variable)
{
    const struct node *tree = path->function->body;
    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        bool declares = node->kind == NODE_VAR && node->symbol == variable;
        bool sets = node->kind == NODE_ASSIGN && node_variable(node->first) == variable;
        if ((declares || sets) && holds_answer(node, path->arg))
            return true;
    }
    return false;
}

static bool asks_for_answer(const struct path *path, const struct node *condition)
{
    if (holds_answer(condition, path->arg))
        return true;
    for (const struct node *node = condition; node; node = node_after(node, condition))
        if (node->kind == NODE_REF && node->symbol && node->symbol->kind == SYMBOL_VARIABLE &&
            has_answer(path, node->symbol))
            return true;
    return false;
}

static bool names(const struct node *tree, const char *constant)
{
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_REF && node->symbol && !strcmp(node->symbol->name, constant))
            return true;
    return false;
}

/* The write went well where the condition holds (or does not). Unsure: it did not. */
static bool says_well(const struct node *condition, bool holds)
{
    bool equal = !strcmp(condition->op, "=="), differs = !strcmp(condition->op, "!=");

    if (condition->kind != NODE_BINARY)
        return holds;
    if (!equal && !differs)
        return false;
    if (names(condition, "WEIR_READY"))
        return holds == equal;
    return names(condition, "WEIR_ERROR") && holds == differs;
}

static void branch(struct path *path, struct path_state *state, const struct node *condition,
                   bool holds)
{
    if (path_may(state, 0, WRITTEN) && asks_for_answer(path, condition) &&
        !says_well(condition, holds))
        path_set(state, 0, FAILED);
}

/* ---- all of it ---- */

static void check_sink(struct unit *unit, const struct function *function, struct sink *sink)
{
    struct path_state begin = {.may = {1u << NONE}, .reached = true};
    struct path path = {.unit = unit,
                        .function = function,
                        .step = step,
                        .leave = leave,
                        .branch = branch,
                        .arg = sink};

    path_thing(&path, sink->variable);
    path_walk(&path, &begin);
}

static void check(struct unit *unit, const struct function *function)
{
    const struct node *tree = function->body;
    if (function->begins_with_case)
        return;
    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        const struct node *call = node->kind == NODE_VAR ? node->first : NULL;
        struct sink sink = {node->symbol, node};
        if (!call || call->kind != NODE_CALL || !call->symbol ||
            !call->symbol->marks.text[MARK_MUST_FINISH] || sink.variable->global ||
            clang.Cursor_hasAttrs(sink.variable->cursor))
            continue;
        if (is_unfinished(tree, &sink))
            check_sink(unit, function, &sink);
    }
}

const struct rule rule_unfinished_sink = {
    .name = "unfinished_sink",
    .group = GROUP_CORE,
    .level = LEVEL_ERROR,
    .does = "a writer is written to, and dropped without the close that makes it count",
    .explain =
        "A file is there under its name when its writer was closed: then it is complete. Dropped\n"
        "before, it is cut, and who looks for it finds the old one, or none. A flush is no close.\n"
        "\n"
        "    weir_await_write(out, text, n, &error);\n"
        "    weir_drop(out);                         // nothing was written\n"
        "\n"
        "    if (weir_await_write(out, text, n, &error) == WEIR_READY)\n"
        "        weir_await_close(out, &error);\n"
        "    weir_drop(out);\n"
        "\n"
        "It looks at writers from functions with WEIR_MUST_FINISH that stay in the function, and\n"
        "is silent where one is closed on some way, or passed on: dropped on another way, it is\n"
        "given up on purpose. weir_writer_give_up() says so in words.\n",
    .check = check};
