/* sequential_loops: a loop over items that have nothing to do with each other, in which each waits
 * for the one before it. */
#include <stdio.h>
#include <string.h>

#include "acts.h"
#include "constants.h"
#include "loops.h"
#include "rule.h"
#include "shared.h"
#include "trace.h"
#include "turns.h"
#include "unit.h"

static void add_notes(struct unit *unit, struct finding *finding, const struct origin *origin,
                      const struct node *wait)
{
    finding->reason = origin->text;
    finding_note(finding, node_word(unit, origin->call), "`%s` is marked must_par_spawn: %s",
                 origin->call->symbol->name, origin->text);
    if (!wait)
        return;
    struct place at = node_word(unit, wait);
    finding_note(finding, at, "the body suspends at %s:%u:%u, and the next item waits for it",
                 at.file, at.line, at.column);
}

/* ---- loops ---- */

static void check_turns(struct unit *unit, const struct function *function, const struct loop *loop,
                        const struct node *next)
{
    struct turn turn = {.body = loop->body, .item = loop->item, .next = next};
    struct finding finding = {.at = node_word(unit, loop->outer), .message = "loop is sequential"};

    struct origin origin = trace_source(unit, function, loop->source, MARK_MUST_PAR_SPAWN);
    if (origin.kind != ORIGIN_MARKED || loop_has_one_turn(loop))
        return;
    const struct node *wait = turn_waits(unit, &turn);
    if (!wait)
        return;
    finding.help = turn_cure(unit, loop->item, loop->source);
    add_notes(unit, &finding, &origin, wait);
    unit_report(unit, &finding);
}

static void check_loop(struct unit *unit, const struct function *function, const struct node *node)
{
    struct loop loop;
    if (loop_of(node, &loop) && loop.waits)
        check_turns(unit, function, &loop, NULL);
}

/* while (weir_await_next(...)) is one too. */
static void check_next(struct unit *unit, const struct function *function, const struct node *call)
{
    struct loop loop;
    if (loop_of_await_next(call, &loop))
        check_turns(unit, function, &loop, call);
}

/* ---- consumers ---- */

/* A future that is there at once: nothing waits for it. */
static bool is_at_once(const struct node *value)
{
    static const char *const known[] = {"weir_once", "weir_empty", "weir_ready"};
    value = node_uncast(value);
    for (size_t i = 0; value && value->symbol && i < sizeof known / sizeof *known; i++)
        if (value->kind == NODE_CALL && !strncmp(value->symbol->name, known[i], strlen(known[i])))
            return true;
    return false;
}

/* The first future that a function answers which is not there at once. */
static const struct node *future_answered(const struct function *function)
{
    const struct node *tree = function->body;
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_RETURN && node->first && node->first->kind == NODE_CALL &&
            !is_at_once(node->first))
            return node->first;
    return NULL;
}

/* What a constant's functions do with an item. */
static struct acts acts_of_constant(struct unit *unit, const struct constant *constant)
{
    struct acts all = {0};
    for (size_t i = 0; i < constant->n; i++) {
        const struct function *function = tree_of(unit, constant->functions[i]);
        if (!function || function->broken)
            continue;
        struct acts one = acts_of(unit, function->body, 0);
        if (!strcmp(constant->kind, "weir_then_fn") && !one.waits)
            one.waits = future_answered(function);
        all.waits = all.waits ? all.waits : one.waits;
        struct turn turn = {.body = function->body,
                            .item = function->symbol->parameters_n ? function->symbol->parameters[0]
                                                                   : NULL};
        if (one.spawns && turn_hands_over(unit, &turn))
            all.spawns = one.spawns;
        all.unsure |= one.unsure;
    }
    return all;
}

static const char *callee_name(const struct node *call)
{
    return call->symbol ? call->symbol->name : "";
}

/* The twin of weir_for_each takes a function that waits; others take more than can be said here. */
static const char *help_of(struct unit *unit, const char *twin, const struct node *taken,
                           const struct constant *constant)
{
    const struct symbol *function = constant->n ? constant->functions[0] : NULL;
    const struct symbol *item = function && function->parameters_n ? function->parameters[0] : NULL;

    if (strcmp(twin, "weir_par_for_each") != 0 || !item)
        return unit_text("`%s` handles several items at once", twin);
    return turn_cure(unit, item, taken);
}

/* ---- the rewrite of weir_for_each: its function may wait in a task of its own ---- */

/* WEIR_EACH_FN(name, f, T) as it is written; f and T are the program's words. */
struct written {
    const char *file;
    size_t from, to;
    char function[128], type[128];
};

static bool read_written(struct unit *unit, const struct constant *constant, struct written *out)
{
    char name[128], end[2];
    const char *text = symbol_text(unit, constant->symbol, &out->file, &out->from, &out->to);

    return text && sscanf(text, "WEIR_EACH_FN(%127[^,(){}], %127[^,(){}], %127[^,(){}]%1[)]", name,
                          out->function, out->type, end) == 4;
}

/* Not of lent lines: they go to no other thread, and to own them changes what the function takes.
 */
static bool may_run_beside_itself(struct unit *unit, const struct constant *constant)
{
    const struct symbol *symbol = constant->n == 1 ? constant->functions[0] : NULL;
    const struct function *function = tree_of(unit, symbol);
    return function && symbol->parameters_n == 2 &&
           shared_is_untouched(function, symbol->parameters[1]);
}

static void add_fix(struct unit *unit, struct finding *finding, const struct node *call,
                    const struct constant *constant)
{
    struct written written;
    size_t from, to;

    if (strcmp(constant->kind, "weir_each_fn") != 0 || node_in_macro(call) ||
        symbol_mentions(unit, constant->symbol) != 2 || !read_written(unit, constant, &written) ||
        !strcmp(written.type, "weir_line") || !strcmp(written.function, "item") ||
        !strcmp(written.function, "arg") || !node_offsets(unit, call, &from, &to) ||
        !may_run_beside_itself(unit, constant))
        return; /* item and arg are names of the new function's, and hide those */
    finding_edit(finding, written.file, written.from, written.to,
                 "WEIR_PAR_FN(%s, %s, item, void *, arg)\n{\n    %s(item, arg);\n}",
                 constant->symbol->name, written.type, written.function);
    finding_edit(finding, finding->at.file, from, from + strlen("weir_for_each"),
                 "weir_par_for_each");
    finding_edit(finding, finding->at.file, to - 1, to, ", 64, NULL)");
}

static void check_call(struct unit *unit, const struct function *function, const struct node *call)
{
    const char *twin = call->symbol ? call->symbol->marks.text[MARK_SEQUENTIAL_LOOP] : NULL;
    const struct node *taken = twin ? trace_taken(call) : NULL;
    struct finding finding = {.message = "loop is sequential"};
    struct constant constant;

    if (!taken || !constant_of_call(unit, call, &constant))
        return;
    struct origin origin = trace_source(unit, function, taken, MARK_MUST_PAR_SPAWN);
    if (origin.kind != ORIGIN_MARKED)
        return;
    struct acts acts = acts_of_constant(unit, &constant);
    if (!acts.waits || acts.spawns)
        return;
    finding.at = node_word(unit, call);
    finding.help = help_of(unit, twin, taken, &constant);
    if (!strcmp(callee_name(call), "weir_for_each"))
        add_fix(unit, &finding, call, &constant);
    add_notes(unit, &finding, &origin, acts.waits);
    unit_report(unit, &finding);
}

static void check(struct unit *unit, const struct function *function)
{
    const struct node *tree = function->body;
    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        if (node->kind == NODE_FOR)
            check_loop(unit, function, node);
        else if (node->kind == NODE_CALL) {
            check_call(unit, function, node);
            check_next(unit, function, node);
        }
    }
}

const struct rule rule_sequential_loops = {
    .name = "sequential_loops",
    .group = GROUP_PERF,
    .level = LEVEL_WARNING,
    .does = "a loop over independent items (connections, files) waits for each before the next",
    .explain =
        "A loop handles one item after the other. Where its source is marked must_par_spawn,\n"
        "the items have nothing to do with each other, and a body that waits makes all of\n"
        "them wait for the slowest: a server that serves one connection at a time.\n"
        "\n"
        "    weir_for_await (weir_duplex, c, weir_incoming(address, NULL))   // sequential\n"
        "        serve(c);\n"
        "\n"
        "    WEIR_PAR_FN(serve, weir_duplex, c, struct app *, app) { ... }\n"
        "    weir_par_for_each(weir_incoming(address, NULL), &serve, app, 64, NULL)   // a future\n"
        "\n"
        "weir_run() or weir_await() it. Bodies run on several threads: what `app` points at\n"
        "needs a lock, or atomics. Lent lines stay on their thread: weir_own() before.\n"
        "\n"
        "It is silent where the body does not wait, where it hands the item to a task of its\n"
        "own, and where the stream comes from outside of the function.\n",
    .check = check};
