/* must_par_spawn: a loop over values of a type that says that they are independent waits for each
 * before the next. */
#include <string.h>

#include "constants.h"
#include "loops.h"
#include "rule.h"
#include "trace.h"
#include "turns.h"
#include "unit.h"

struct search {
    const struct symbol *function;
    bool found;
};

static bool see_crew(const struct constant *constant, void *arg)
{
    struct search *search = arg;
    for (size_t i = 0; !strcmp(constant->kind, "weir_crew_fn") && i < constant->n; i++)
        search->found |= constant->functions[i] == search->function;
    return !search->found;
}

/* A member of a crew has its loop beside those of the others. */
static bool is_of_crew(struct unit *unit, const struct symbol *function)
{
    struct search search = {function, false};
    constants_each(unit, see_crew, &search);
    return search.found;
}

static void report(struct unit *unit, const struct loop *loop, const struct node *waits,
                   const char *reason)
{
    const char *type = type_name(loop->item->type);
    struct finding finding = {
        .at = node_word(unit, loop->outer),
        .message = "value of a must_par_spawn type is handled in the loop's own task",
        .label = unit_text("`%s` is marked must_par_spawn: %s", type, reason),
        .reason = reason,
        .help = unit_text("%s, or hand each to `weir_spawn()`",
                          turn_cure(unit, loop->item, loop->source))};
    struct place at = node_word(unit, waits);

    finding_note(&finding, at, "the body suspends at %s:%u:%u, and the next item waits for it",
                 at.file, at.line, at.column);
    unit_report(unit, &finding);
}

static void check_turns(struct unit *unit, const struct function *function, const struct loop *loop,
                        const struct node *next)
{
    struct turn turn = {.body = loop->body, .item = loop->item, .next = next};
    const char *reason = loop->item ? type_mark(unit, loop->item->type, MARK_MUST_PAR_SPAWN) : NULL;

    if (!reason || loop_has_one_turn(loop))
        return;
    /* Where the source is marked too, sequential_loops has the word. */
    struct origin origin = trace_quietly(unit, function, loop->source, MARK_MUST_PAR_SPAWN);
    if (origin.kind == ORIGIN_MARKED || is_of_crew(unit, function->symbol))
        return;
    const struct node *wait = turn_waits(unit, &turn);
    if (wait)
        report(unit, loop, wait, reason);
}

static void check(struct unit *unit, const struct function *function)
{
    const struct node *tree = function->body;
    struct loop loop;
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (loop_of(node, &loop) && loop.waits)
            check_turns(unit, function, &loop, NULL);
        else if (loop_of_await_next(node, &loop))
            check_turns(unit, function, &loop, node);
}

const struct rule rule_must_par_spawn = {
    .name = "must_par_spawn",
    .group = GROUP_PERF,
    .level = LEVEL_WARNING,
    .does = "a loop over values of a must_par_spawn type waits for each before the next",
    .explain =
        "The author of a type may say that its values have nothing to do with each other:\n"
        "\n"
        "    struct WEIR_MUST_PAR_SPAWN(\"jobs are independent\") job { ... };\n"
        "\n"
        "Then a loop whose body waits makes all of them wait for the slowest, wherever the\n"
        "stream comes from:\n"
        "\n"
        "    weir_for_await (struct job, job, queue)            // one at a time\n"
        "        weir_await(run(&job), NULL, &error);\n"
        "\n"
        "    WEIR_PAR_FN(run, struct job, job, struct app *, app) { ... }\n"
        "    weir_par_for_each(queue, &run, app, 64, NULL)      // up to 64\n"
        "\n"
        "It is silent where the body does not wait or hands the value to a task of its own,\n"
        "in members of a crew, and where the source is marked: sequential_loops speaks there.\n",
    .check = check};
