/* poll_after_end: a stream that said END is asked again. */
#include <string.h>

#include "paths.h"
#include "rule.h"
#include "trace.h"
#include "unit.h"

/* NOTED: it ended, and something was written down since, by which the function may tell later. */
enum { ASKED, ENDED, NOTED };

struct ends {
    /* Which stream a variable holds the last answer of. */
    const struct symbol *answer[PATH_THINGS_MAX], *stream[PATH_THINGS_MAX];
    const struct symbol
        *first[PATH_THINGS_MAX]; /* the stream that it held an answer of before all */
    bool mixed[PATH_THINGS_MAX]; /* it holds answers of several */
    size_t n;
    const struct node *seen[PATH_THINGS_MAX]; /* where the end of each thing was seen */
};

/* ---- calls that ask a stream ---- */

static const struct node *asked_by(const struct node *call)
{
    static const struct {
        const char *name;
        size_t argument;
    } calls[] = {{"weir_await_next_at", 0},
                 {"weir_poll_next", 0},
                 {"weir_poll_through", 0},
                 {"weir_rt_next_at", 1}};
    for (size_t i = 0; call->symbol && i < sizeof calls / sizeof *calls; i++)
        if (!strcmp(call->symbol->name, calls[i].name))
            return node_argument(call, calls[i].argument);
    return NULL;
}

static const struct symbol *stream_of(const struct node *call)
{
    const struct node *asked = call && call->kind == NODE_CALL ? asked_by(call) : NULL;
    const struct symbol *stream = asked && asked->kind == NODE_REF ? asked->symbol : NULL;
    return stream && !stream->global ? stream : NULL;
}

/* ---- answers ---- */

static void remember(struct ends *ends, const struct symbol *answer, const struct symbol *stream)
{
    size_t i = 0;
    while (i < ends->n && ends->answer[i] != answer)
        i++;
    if (i == PATH_THINGS_MAX)
        return;
    ends->answer[i] = answer;
    ends->stream[i] = stream;
    ends->n += i == ends->n;
    if (!ends->first[i])
        ends->first[i] = stream;
    ends->mixed[i] |= ends->first[i] != stream;
}

/* The stream that an expression is the answer of: a call, a variable, `got.state`. */
static const struct symbol *answered(const struct path *path, const struct node *node)
{
    const struct ends *ends = path->arg;
    node = node_uncast(node);
    if (node && node->kind == NODE_MEMBER)
        node = node_uncast(node->first);
    if (node && node->kind == NODE_ASSIGN)
        node = node_uncast(node->first->next);
    if (node && node->kind == NODE_CALL)
        return stream_of(node);
    for (size_t i = 0; node && node->kind == NODE_REF && i < ends->n; i++)
        if (ends->answer[i] == node->symbol)
            return !ends->mixed[i] || trace_value(path->function, node->symbol, node)
                       ? ends->stream[i]
                       : NULL;
    return NULL;
}

static bool is_end(const struct node *node)
{
    node = node_uncast(node);
    return node && node->kind == NODE_REF && symbol_is(node->symbol, "WEIR_END");
}

static void branch(struct path *path, struct path_state *state, const struct node *condition,
                   bool holds)
{
    struct ends *ends = path->arg;
    const struct node *left = condition->first, *right = left ? left->next : NULL;

    if (condition->kind != NODE_BINARY || !right || (!is_end(left) && !is_end(right)))
        return;
    bool equal = !strcmp(condition->op, "=="), differs = !strcmp(condition->op, "!=");
    const struct symbol *stream = answered(path, is_end(left) ? right : left);
    int thing = stream && (equal || differs) ? path_thing(path, stream) : -1;
    if (thing < 0)
        return;
    if (holds != equal) {
        path_set(state, thing, ASKED);
    } else if (!path_is(state, thing, NOTED)) {
        path_set(state, thing, ENDED);
        ends->seen[thing] = condition;
    }
}

/* ---- steps ---- */

static void report(struct path *path, const struct node *call, int thing)
{
    struct ends *ends = path->arg;
    struct finding finding = {
        .at = node_word(path->unit, call),
        .message = unit_text("`%s` is asked again after it ended", path->things[thing]->name),
        .label = "asked again here",
        .help = "leave where it has ended, or open another stream there"};
    finding_draw(&finding, node_place(path->unit, ends->seen[thing]), "its end was seen here");
    unit_report(path->unit, &finding);
}

static void step_asked(struct path *path, struct path_state *state, const struct node *call)
{
    int thing = path_known(path, stream_of(call));
    if (thing < 0)
        return;
    uint8_t may = state->may[thing];
    bool surely = may && !(may & 1u << ASKED);
    if (path->reporting && (surely || (may & 1u << ENDED)))
        report(path, call, thing);
    path_set(state, thing, ASKED);
}

/* Given to anybody, or given another stream. */
static void forget(struct path *path, struct path_state *state, const struct symbol *variable)
{
    struct ends *ends = path->arg;
    path_set(state, path_known(path, variable), ASKED);
    for (size_t i = 0; i < ends->n; i++)
        if (ends->answer[i] == variable)
            ends->stream[i] = NULL;
}

static void note(struct path *path, struct path_state *state)
{
    for (size_t i = 0; i < path->things_n; i++)
        if (state->may[i] & 1u << ENDED)
            state->may[i] = (uint8_t)((state->may[i] & ~(1u << ENDED)) | 1u << NOTED);
}

static void step_given(struct path *path, struct path_state *state, const struct symbol *variable,
                       const struct node *value)
{
    struct ends *ends = path->arg;
    const struct symbol *stream = answered(path, value);

    forget(path, state, variable);
    if (stream)
        remember(ends, variable, stream);
    else
        note(path, state);
}

/* It may write down what it was told. */
static bool may_note(const struct node *call)
{
    for (size_t i = 0; node_argument(call, i); i++) {
        const struct node *argument = node_argument(call, i);
        const char *type = type_plain_name(node_type(argument));
        if (argument->kind == NODE_ADDRESS ||
            (!strncmp(type, "struct ", 7) && strchr(type, '*') && !strstr(type, "_IO_FILE") &&
             !strstr(type, "weir_error")))
            return true;
    }
    return false;
}

static void step_call(struct path *path, struct path_state *state, const struct node *call)
{
    if (stream_of(call)) {
        step_asked(path, state, call);
        return;
    }
    for (size_t i = 0; node_argument(call, i); i++) {
        const struct node *argument = node_argument(call, i);
        if (node_variable(argument))
            path_set(state, path_known(path, node_variable(argument)), ASKED);
    }
    if (may_note(call))
        note(path, state);
}

static void step(struct path *path, struct path_state *state, const struct node *node)
{
    if (node->kind == NODE_CALL)
        step_call(path, state, node);
    else if (node->kind == NODE_VAR)
        step_given(path, state, node->symbol, node->first);
    else if (node->kind == NODE_ASSIGN && node->first->kind == NODE_REF)
        step_given(path, state, node->first->symbol, node->first->next);
    else if (node->kind == NODE_ASSIGN || node->kind == NODE_UNARY)
        note(path, state);
}

static void check(struct unit *unit, const struct function *function)
{
    struct ends ends = {.n = 0};
    struct path_state begin = {.reached = true};
    struct path path = {
        .unit = unit, .function = function, .step = step, .branch = branch, .arg = &ends};

    if (function->begins_with_case)
        return;
    memset(begin.may, 1u << ASKED, sizeof begin.may);
    path_walk(&path, &begin);
}

const struct rule rule_poll_after_end = {
    .name = "poll_after_end",
    .group = GROUP_CORE,
    .level = LEVEL_WARNING,
    .does = "a stream that said END is asked again",
    .explain = "After END a stream says END for ever; what is asked again behind it was meant for "
               "another\n"
               "stream, or for another answer.\n"
               "\n"
               "    state = weir_await_next(lines, &header, &error);\n"
               "    if (state == WEIR_END)\n"
               "        fprintf(stderr, \"no header\\n\");           // and no return\n"
               "    state = weir_await_next(lines, &first, &error);\n"
               "\n"
               "It is silent where the variable was given another stream, and where something was "
               "written\n"
               "down when the end was seen.\n",
    .check = check};
