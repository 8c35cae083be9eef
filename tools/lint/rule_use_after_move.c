/* use_after_move: a stream, reader or writer that was given away is used again. */
#include <string.h>

#include "paths.h"
#include "rule.h"
#include "trace.h"
#include "unit.h"

enum { OWN, MOVED };

struct moves {
    const struct node *call[PATH_THINGS_MAX]; /* what it went into last */
};

/* A pointer, or a struct that holds some; of a number nothing is lost. */
static bool may_move(const struct symbol *variable)
{
    const char *type = type_plain_name(variable->type);
    return strchr(type, '*') || !strncmp(type, "struct ", 7);
}

static const struct symbol *local_of(const struct node *node)
{
    node = node_uncast(node);
    const struct symbol *symbol = node && node->kind == NODE_REF ? node->symbol : NULL;
    bool local = symbol && !symbol->global &&
                 (symbol->kind == SYMBOL_VARIABLE || symbol->kind == SYMBOL_PARAMETER);
    return local && may_move(symbol) ? symbol : NULL;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), k = strlen(end);
    return n >= k && !strcmp(text + n - k, end);
}

/* What makes a stage (weir/implement.h) keeps its source in it, where the author of the stage may
 * go on looking at it. */
static bool stays_there(struct unit *unit, const struct node *call)
{
    const char *file = call->symbol ? symbol_file(unit, call->symbol) : "";
    const char *name = call->symbol ? call->symbol->name : "";
    bool over = !strncmp(name, "weir_reader_over", 16) || !strncmp(name, "weir_writer_over", 16);
    return over || (ends_with(file, "implement.h") && !ends_with(name, "_drop"));
}

/* What a `const void *` points to is copied, and of an array what stands in it is taken. */
static bool is_state(const struct symbol *parameter)
{
    const char *pointee = type_plain_name(clang.getPointeeType(parameter->type));
    return !strcmp(pointee, "void") || strchr(pointee, '*');
}

/* A NULL in place of a stream: nothing was there to be taken. */
static bool is_null(const struct path *path, const struct symbol *variable, const struct node *at)
{
    uint64_t number;
    const struct node *value = trace_value(path->function, variable, at);
    value = node_uncast(value);
    return value && node_number(value, &number) && !number;
}

/* Of a set that may be full: what it did not take stays the caller's, and the answer says so. */
static bool answers_whether(const struct symbol *callee)
{
    const char *result = type_plain_name(clang.getResultType(callee->type));
    return !strcmp(result, "_Bool") || !strcmp(result, "bool");
}

/* Its address was kept: it may be given another value by that. */
static bool is_aliased(const struct function *function, const struct symbol *variable)
{
    for (const struct node *node = function->body; node; node = node_after(node, function->body))
        if (node->kind == NODE_ADDRESS && node_variable(node) == variable &&
            node->parent->kind != NODE_CALL)
            return true;
    return false;
}

static void report(struct path *path, const struct node *use, const struct node *call)
{
    struct place moved = node_word(path->unit, call);
    const char *taker = node_name(path->unit, call);
    struct finding finding = {
        .at = node_word(path->unit, use),
        .message = unit_text("`%s` was given away, and is used again", use->symbol->name),
        .label = "used here",
        .help = unit_text("`%s` owns it now: use what that answers, or set `%s` to NULL", taker,
                          use->symbol->name)};
    finding_draw(&finding, moved, "given to `%s` here", taker);
    unit_report(path->unit, &finding);
}

/* What the call takes as its argument i. NULL: nothing that is a variable of the function. */
static const struct symbol *taken(const struct node *call, size_t i)
{
    const struct symbol *parameter = call->symbol->parameters[i];
    const struct node *argument = node_argument(call, i);
    bool takes = parameter && parameter->marks.text[MARK_TAKES] && !is_state(parameter);
    return takes && argument ? local_of(argument) : NULL;
}

/* weir_chain(s, s) */
static bool is_taken_before(const struct node *call, size_t i, const struct symbol *given)
{
    while (i--)
        if (taken(call, i) == given)
            return true;
    return false;
}

static void step_call(struct path *path, struct path_state *state, const struct node *call)
{
    struct moves *moves = path->arg;
    if (stays_there(path->unit, call))
        return;
    for (size_t i = 0; call->symbol && i < call->symbol->parameters_n; i++) {
        const struct node *argument = node_argument(call, i);
        const struct symbol *given = taken(call, i);
        if (!given)
            continue;
        int thing = path_thing(path, given);
        if (thing < 0 || is_null(path, given, argument) || is_aliased(path->function, given))
            continue;
        if (path->reporting && is_taken_before(call, i, given))
            report(path, node_uncast(argument), call);
        path_set(state, thing, MOVED);
        if (answers_whether(call->symbol))
            state->may[thing] |= 1u << OWN;
        moves->call[thing] = call;
    }
}

/* Nothing is left of it: it was dropped, or waited for. */
static bool is_gone(const struct node *mover)
{
    static const char *const ends[] = {"_drop", "_close", "_free", "_destroy", "_release"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends_with(mover->symbol->name, ends[i]))
            return true;
    return mover->symbol->marks.text[MARK_AWAITS] || !strncmp(mover->symbol->name, "weir_loop", 9);
}

/* A call takes it, polls it or waits for it; one that only looks at it may, while the chain that it
 * went into is there. */
static bool call_needs(const struct node *call, const struct node *use)
{
    const struct symbol *callee = call->symbol;
    for (size_t i = 0; callee && node_argument(call, i); i++)
        if (node_argument(call, i) == use && i < callee->parameters_n)
            return callee->parameters[i]->marks.text[MARK_TAKES] ||
                   callee->marks.text[MARK_AWAITS] || !strncmp(callee->name, "weir_poll_", 10);
    return false;
}

/* Whether `use` is one that must not be. */
static bool is_wrong(const struct node *use, const struct node *mover)
{
    const struct node *up = use->parent;
    while (up && up->kind == NODE_CAST)
        up = up->parent;
    if (!up)
        return false;
    switch (up->kind) {
    case NODE_CALL:
        return call_needs(up, use) || (is_gone(mover) && node_child(up, 0) != use);
    case NODE_ASSIGN:
        return use != up->first;
    case NODE_RETURN:
        return is_gone(mover);
    case NODE_MEMBER:
    case NODE_DEREF:
        return is_gone(mover) && strchr(type_plain_name(use->symbol->type), '*');
    default:
        return false;
    }
}

static void step_use(struct path *path, const struct path_state *state, const struct node *use)
{
    struct moves *moves = path->arg;
    int thing = path_known(path, use->symbol);

    if (!path->reporting || !path_is(state, thing, MOVED) || !is_wrong(use, moves->call[thing]))
        return;
    report(path, use, moves->call[thing]);
}

/* The variable that an assignment gives a value, or a member: `c = d`, `c.reader = r`. */
static const struct symbol *given_value(const struct node *assign)
{
    const struct node *to = assign->first;
    while (to && to->kind == NODE_MEMBER && to->first && to->first->kind != NODE_DEREF &&
           !strchr(type_plain_name(node_type(to->first)), '*'))
        to = to->first;
    return to && to->kind == NODE_REF ? to->symbol : NULL;
}

static void step(struct path *path, struct path_state *state, const struct node *node)
{
    if (node->kind == NODE_CALL)
        step_call(path, state, node);
    else if (node->kind == NODE_REF)
        step_use(path, state, node);
    else if (node->kind == NODE_VAR || node->kind == NODE_ASSIGN)
        path_set(state, path_known(path, node->kind == NODE_VAR ? node->symbol : given_value(node)),
                 OWN);
    else if (node->kind == NODE_ADDRESS && path_known(path, node_variable(node)) >= 0)
        state->may[path_known(path, node_variable(node))] |= 1u << OWN;
}

static void check(struct unit *unit, const struct function *function)
{
    struct moves moves = {.call = {0}};
    struct path_state begin = {.reached = true};
    struct path path = {.unit = unit, .function = function, .step = step, .arg = &moves};

    if (function->begins_with_case)
        return;
    memset(begin.may, 1u << OWN, sizeof begin.may);
    path_walk(&path, &begin);
}

const struct rule rule_use_after_move = {
    .name = "use_after_move",
    .group = GROUP_CORE,
    .level = LEVEL_ERROR,
    .does = "a stream, reader or writer that was given away is used again",
    .explain =
        "What a function takes (WEIR_TAKES) is its own from then on: it drops it, also when\n"
        "it fails. The variable still points there.\n"
        "\n"
        "    weir_stream *head = weir_take(lines, 10);\n"
        "    weir_await(weir_count(lines), &n, &error);     // `lines` went into `head`\n"
        "\n"
        "    weir_chain(lines, lines)                       // given away twice\n"
        "    lines = weir_take(lines, 10);                  // the good form: one variable\n"
        "    weir_take(weir_by_ref(lines), 10)              // or lent: `lines` stays\n"
        "\n"
        "It speaks where every way to the use gave it away before.\n",
    .check = check};
