/* unfinished_sink: a writer is written to, and dropped or left without a close. */
#include <string.h>

#include "paths.h"
#include "rule.h"
#include "unit.h"

/* LEFT: dropped after a write, in a function that closes it elsewhere. */
enum { NONE, OPEN, WRITTEN, FAILED, GONE, LEFT };

struct sink {
    const struct symbol *variable;
    const struct node *declared, *given, *opener;
    bool closes;             /* some way closes it */
    const struct node *left; /* where it was dropped last, without a close */
};

/* ---- what is done with it ---- */

enum { ANSWER_DEPTH_MAX = 3 }; /* an answer, and what is made of it */

enum use { USE_LOOK, USE_WRITE, USE_CLOSE, USE_DROP, USE_OTHER };

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

/* A wait is given this future. */
static bool is_waited_for(const struct node *future)
{
    const struct node *up = future->parent;
    return up->kind == NODE_CALL && up->symbol && begins_with(up->symbol->name, waits) &&
           node_argument(up, strcmp(up->symbol->name, waits[2]) == 0) == future;
}

/* All that is done with a variable is to wait for the future in it. */
static bool is_only_waited_for(const struct symbol *variable, const struct node *from)
{
    const struct node *tree = from;
    while (tree->parent)
        tree = tree->parent;
    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        bool given = node->parent && node->parent->kind == NODE_ASSIGN &&
                     node->parent->first == node && node->parent->parent->kind == NODE_BLOCK;
        if (node->kind == NODE_REF && node->symbol == variable && !given && !is_waited_for(node))
            return false;
    }
    return !variable->global;
}

/* What a call makes is waited for in this function, at once or by a variable. */
static bool stays_here(const struct node *call)
{
    const struct node *up = call->parent;
    if (up->kind == NODE_VAR)
        return is_only_waited_for(up->symbol, call);
    if (up->kind == NODE_ASSIGN && up->first->kind == NODE_REF)
        return is_only_waited_for(up->first->symbol, call);
    return is_waited_for(call);
}

/* It closes the writer that it is given. */
static bool is_close(const struct symbol *callee)
{
    const struct symbol *first = callee->parameters_n ? callee->parameters[0] : NULL;
    return !strncmp(callee->name, "weir_await_close", 16) ||
           (first && first->marks.text[MARK_FINISHES]);
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
    if (is_close(call->symbol) && (strcmp(name, "weir_close") != 0 || stays_here(call)))
        return USE_CLOSE;
    if (!stays_here(call))
        return USE_OTHER;
    if (!strcmp(name, "weir_close"))
        return USE_CLOSE;
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

/* It is written to, and never passed on or kept, as far as all of the function says. */
static bool is_unfinished(const struct node *tree, struct sink *sink)
{
    bool written = false;
    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        if (node->kind == NODE_QUIET && is_hidden_in(node, sink))
            return false;
        if (!is_it(node, sink) || (node->parent == sink->given && node->parent->first == node))
            continue;
        enum use use = use_of(node);
        if (use == USE_OTHER)
            return false;
        written |= use == USE_WRITE;
        sink->closes |= use == USE_CLOSE;
    }
    return written;
}

/* ---- findings ---- */

static void report(struct path *path, struct place at, const char *how, const char *label)
{
    const struct sink *sink = path->arg;
    const char *name = sink->variable->name, *opener = sink->opener->symbol->name;
    struct finding finding = {
        .at = at,
        .message = unit_text("`%s` %s without a close: what was written is lost", name, how),
        .label = label,
        .help = unit_text("`weir_await_close(%s, &error)` before it, or `weir_writer_give_up(%s)` "
                          "where that is meant",
                          name, name)};
    struct place opened = node_word(path->unit, sink->opener);
    if (opened.line != at.line)
        finding_draw(&finding, opened, "opened here: `%s` is marked must_finish", opener);
    unit_report(path->unit, &finding);
}

static void check_left(struct path *path, const struct path_state *state)
{
    const struct sink *sink = path->arg;
    if (path->reporting && path_may(state, 0, WRITTEN))
        report(path, node_word(path->unit, sink->opener), "goes out of scope", "opened here");
}

/* `return true`, `return WEIR_READY`, and 0 of a function that answers an int: all went well. */
static bool is_success(const struct path *path, const struct node *leaving)
{
    const struct node *value = node_uncast(leaving->first);
    const char *result = type_plain_name(clang.getResultType(path->function->symbol->type));
    uint64_t number;

    if (!value)
        return false;
    if (value->kind == NODE_REF)
        return !strcmp(value->symbol->name, "WEIR_READY") ||
               !strcmp(value->symbol->name, "WEIR_END");
    if (!node_number(value, &number))
        return false;
    return (!strcmp(result, "int") && number == 0) ||
           ((!strcmp(result, "_Bool") || !strcmp(result, "bool")) && number == 1);
}

static void check_return(struct path *path, const struct path_state *state,
                         const struct node *leaving)
{
    struct sink *sink = path->arg;
    if (!sink->closes)
        check_left(path, state);
    else if (is_success(path, leaving) && path_may(state, 0, LEFT) && path->reporting)
        report(path, node_word(path->unit, sink->left), "is dropped", "dropped here");
}

/* ---- steps ---- */

static void step_drop(struct path *path, struct path_state *state, const struct node *call)
{
    struct sink *sink = path->arg;
    bool written = path_may(state, 0, WRITTEN);
    if (!sink->closes && path->reporting && written)
        report(path, node_word(path->unit, call), "is dropped", "dropped here");
    bool left = sink->closes && written && !path_may(state, 0, GONE);
    path_set(state, 0, left ? LEFT : GONE);
    sink->left = left ? call : sink->left;
}

static void step_reference(struct path *path, struct path_state *state, const struct node *call,
                           const struct node *argument)
{
    switch (use_of_call(call, argument)) {
    case USE_WRITE:
        path_set(state, 0, WRITTEN);
        break;
    case USE_CLOSE:
        path_set(state, 0, GONE);
        break;
    case USE_DROP:
        step_drop(path, state, call);
        break;
    default:
        break;
    }
}

static void step(struct path *path, struct path_state *state, const struct node *node)
{
    const struct sink *sink = path->arg;
    const struct node *argument = node->kind == NODE_CALL ? node_argument(node, 0) : NULL;

    if (node == sink->given)
        path_set(state, 0, OPEN);
    else if (argument && is_it(argument, sink))
        step_reference(path, state, node, argument);
    else if (node->kind == NODE_RETURN)
        check_return(path, state, node);
}

static void leave(struct path *path, struct path_state *state, const struct node *block)
{
    const struct sink *sink = path->arg;
    if (!node_within(sink->declared, block))
        return;
    if (!sink->closes)
        check_left(path, state);
    path_set(state, 0, NONE);
}

static bool asks_for_answer(const struct path *path, const struct node *tree, int depth);

/* A variable that was given what a write answered, or something made of it. */
static bool has_answer(const struct path *path, const struct symbol *variable, int depth)
{
    const struct node *tree = path->function->body;
    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        bool declares = node->kind == NODE_VAR && node->symbol == variable;
        bool sets = node->kind == NODE_ASSIGN && node_variable(node->first) == variable;
        const struct node *value = declares ? node->first : sets ? node->first->next : NULL;
        if (value && asks_for_answer(path, value, depth + 1))
            return true;
    }
    return false;
}

static bool asks_for_answer(const struct path *path, const struct node *tree, int depth)
{
    if (holds_answer(tree, path->arg))
        return true;
    for (const struct node *node = tree; node && depth < ANSWER_DEPTH_MAX;
         node = node_after(node, tree))
        if (node->kind == NODE_REF && node->symbol->kind == SYMBOL_VARIABLE &&
            has_answer(path, node->symbol, depth))
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
    if (node_mentions(condition, "WEIR_READY"))
        return holds == equal;
    return node_mentions(condition, "WEIR_ERROR") && holds == differs;
}

/* It asks how the function was called, and nothing of what happened since. */
static bool is_settled_before(const struct node *condition)
{
    for (const struct node *node = condition; node; node = node_after(node, condition)) {
        bool variable = node->kind == NODE_REF && !node->symbol->global &&
                        node->symbol->kind == SYMBOL_VARIABLE;
        if (variable || node->kind == NODE_CALL || node->kind == NODE_ASSIGN ||
            node->kind == NODE_QUIET || node->kind == NODE_VALUE)
            return false;
    }
    return true;
}

static void branch(struct path *path, struct path_state *state, const struct node *condition,
                   bool holds)
{
    const struct sink *sink = path->arg;
    if (!path_may(state, 0, WRITTEN))
        return;
    bool asks = asks_for_answer(path, condition, 0);
    if (asks ? !says_well(condition, holds) : sink->closes && !is_settled_before(condition))
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

/* The call that opens it, or one of two. NULL: it may be anything else. */
static const struct node *opener_of(const struct node *value)
{
    value = node_uncast(value);
    if (value && value->kind == NODE_CHOICE && node_children(value) == 3)
        return opener_of(node_child(value, 2)) ? opener_of(node_child(value, 1)) : NULL;
    bool opens = value && value->kind == NODE_CALL && value->symbol &&
                 value->symbol->marks.text[MARK_MUST_FINISH];
    return opens ? value : NULL;
}

/* `out = weir_file_writer(path, NULL);`, or its declaration. */
static bool sink_of(const struct node *tree, const struct node *node, struct sink *sink)
{
    bool sets = node->kind == NODE_ASSIGN && !strcmp(node->op, "=") &&
                node->first->kind == NODE_REF && node->parent->kind == NODE_BLOCK;
    const struct symbol *variable = sets ? node->first->symbol : node->symbol;
    if (!sets && node->kind != NODE_VAR)
        return false;
    *sink = (struct sink){.variable = variable,
                          .given = node,
                          .declared = node_declaration(tree, variable),
                          .opener = opener_of(sets ? node->first->next : node->first)};
    return sink->opener && sink->declared && !variable->global &&
           !clang.Cursor_hasAttrs(variable->cursor);
}

static void check(struct unit *unit, const struct function *function)
{
    const struct node *tree = function->body;
    struct sink sink;
    if (function->begins_with_case)
        return;
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (sink_of(tree, node, &sink) && is_unfinished(tree, &sink))
            check_sink(unit, function, &sink);
}

const struct rule rule_unfinished_sink = {
    .name = "unfinished_sink",
    .group = GROUP_CORE,
    .level = LEVEL_ERROR,
    .does = "a writer is written to, and dropped without the close that makes it count",
    .explain =
        "A file is there under its name when its writer was closed: then it is complete.\n"
        "Dropped before, it is cut, and who looks for it finds the old one, or none. A flush\n"
        "is no close.\n"
        "\n"
        "    weir_await_write(out, text, n, &error);\n"
        "    weir_drop(out);                         // nothing was written\n"
        "\n"
        "    if (weir_await_write(out, text, n, &error) == WEIR_READY)\n"
        "        weir_await_close(out, &error);\n"
        "    weir_drop(out);\n"
        "\n"
        "It looks at writers from functions with WEIR_MUST_FINISH that stay in the function,\n"
        "and is silent where one is passed on. Where it is closed on some way, and dropped on\n"
        "another, it is given up on purpose there, unless what was chosen by an argument\n"
        "returns `true`, WEIR_READY or 0. weir_writer_give_up() says in words that it is\n"
        "meant.\n",
    .check = check};
