/* retry_without_yield: a loop asks again and again for what only somebody else can bring. */
#include <string.h>

#include "rule.h"
#include "tree.h"
#include "unit.h"

/* ---- calls ---- */

/* It answers at once, also that there is nothing: weir_poll_read(), weir_try_send(). */
static bool is_poll(const struct node *node)
{
    return node->kind == NODE_CALL && node->symbol &&
           !strncmp(node->symbol->name, "weir_poll_", 10) &&
           !strcmp(type_plain_name(node_type(node)), "struct weir_poll");
}

static bool is_asking(const struct node *node)
{
    return is_poll(node) ||
           (node->kind == NODE_CALL && node->symbol && !strncmp(node->symbol->name, "weir_", 5) &&
            strstr(node->symbol->name, "_try_") != NULL);
}

/* It lets nobody else run, and changes nothing of what is asked for. */
static bool is_idle_call(const struct node *call)
{
    static const char *const known[] = {"weir_source", "weir_arg_of", "weir_peek", "memcpy",
                                        "memmove",     "memset",      "strlen"};
    for (size_t i = 0; call->symbol && i < sizeof known / sizeof *known; i++)
        if (!strcmp(known[i], call->symbol->name))
            return true;
    return false;
}

/* The one call that asks. NULL: there is none, or a further one, which may let others run. */
static const struct node *asking_in(const struct node *tree)
{
    const struct node *asking = NULL;
    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        if (node->kind != NODE_CALL || is_idle_call(node))
            continue;
        if (asking || !is_asking(node))
            return NULL;
        asking = node;
    }
    return asking;
}

/* ---- loops ---- */

/* NULL: it has none, as `for (;;)`. */
static const struct node *condition_of(const struct node *loop)
{
    const struct node *condition = loop->kind == NODE_WHILE ? loop->first : node_child(loop, 1);
    return condition && condition->kind != NODE_NONE ? condition : NULL;
}

static const struct node *body_of(const struct node *loop)
{
    return loop->kind == NODE_DO ? loop->first : node_child(loop, loop->kind == NODE_FOR ? 3 : 1);
}

static bool has(const struct node *tree, const struct node *what)
{
    return tree && node_within(what, tree);
}

/* The statement leaves the loop; `continue` and the end of the body do not. */
static bool leaves(const struct node *node, const struct node *loop)
{
    if (node->kind == NODE_RETURN || node->kind == NODE_GOTO)
        return true;
    if (node->kind == NODE_CALL && node->symbol && node->symbol->noreturn)
        return true;
    if (node->kind != NODE_BREAK)
        return false;
    const struct node *up = node->parent;
    while (!node_is_loop(up) && up->kind != NODE_SWITCH)
        up = up->parent;
    return up == loop;
}

/* ---- what changes from turn to turn ---- */

static bool is_changed(const struct symbol *symbol, const struct node *loop)
{
    for (const struct node *node = loop; node; node = node_after(node, loop)) {
        bool writes =
            node->kind == NODE_ASSIGN || node->kind == NODE_UNARY || node->kind == NODE_ADDRESS;
        const struct node *what = writes ? node_bare(node->first) : NULL;
        if (what && what->symbol == symbol)
            return true;
        if (node->kind == NODE_VAR && node->symbol == symbol)
            return true;
    }
    return false;
}

/* Each turn asks somebody else. */
static bool asks_another(const struct node *asking, const struct node *loop)
{
    const struct node *whom = node_argument(asking, 0);
    for (const struct node *node = whom; node; node = node_after(node, whom))
        if (node->symbol && node->symbol->kind != SYMBOL_FUNCTION && is_changed(node->symbol, loop))
            return true;
    return !whom;
}

/* It drives its polls itself, with a weir_cx of its own. */
static bool is_driver(const struct node *asking)
{
    const struct node *cx = node_argument(asking, 1);
    return is_poll(asking) && !(cx && cx->kind == NODE_REF && cx->symbol->kind == SYMBOL_PARAMETER);
}

/* It counts its turns: there are so many, and no more. */
static bool is_counted(const struct node *loop)
{
    const struct node *condition = condition_of(loop);
    const struct node *step = loop->kind == NODE_FOR ? node_child(loop, 2) : NULL;

    if (step && step->kind != NODE_NONE)
        return true;
    for (const struct node *node = condition; node; node = node_after(node, condition))
        if (node->kind == NODE_UNARY || node->kind == NODE_ASSIGN)
            return true;
    return false;
}

/* ---- four ways to go round ---- */

/* for (;;) { if (weir_semaphore_try_acquire(...)) break; } */
static bool is_until(const struct node *loop, const struct node *asking)
{
    const struct node *test = asking->parent, *then = asking->next;
    if (is_poll(asking) || test->kind != NODE_IF || test->first != asking || condition_of(loop))
        return false;
    for (const struct node *node = loop; node; node = node_after(node, loop))
        if (leaves(node, loop) && !node_within(node, then))
            return false;
    return true;
}

static bool is_continue(const struct node *statement, const struct node *loop)
{
    if (statement->kind == NODE_BLOCK && statement->first && !statement->first->next)
        statement = statement->first;
    const struct node *up = statement->parent;
    while (!node_is_loop(up))
        up = up->parent;
    return statement->kind == NODE_CONTINUE && up == loop;
}

/* The variable, or its member, that an answer is kept in. */
static const struct symbol *answer_of(const struct node *asking)
{
    const struct node *up = asking->parent;
    if (up->kind == NODE_VAR)
        return up->symbol;
    if (up->kind == NODE_ASSIGN && !strcmp(up->op, "=") && up->first->kind == NODE_REF)
        return up->first->symbol;
    return NULL;
}

static bool is_of(const struct node *tree, const struct symbol *answer)
{
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_REF && node->symbol == answer)
            return true;
    return false;
}

/* while (!weir_mutex_try_lock(...)), while ((got = weir_try_send(...)) == WEIR_SENT_FULL); also
 * of the variable that the answer is kept in. */
static bool is_condition(const struct node *loop, const struct node *asking)
{
    const struct node *condition = condition_of(loop), *body = body_of(loop);
    const struct symbol *answer = answer_of(asking);
    bool asks = condition && has(condition, asking);

    if (!condition || (!asks && !(answer && is_of(condition, answer))))
        return false;
    for (const struct node *node = body; node; node = node_after(node, body))
        if (leaves(node, loop))
            return false;
    if (condition->kind == NODE_NOT)
        return node_bare(condition->first) == asking;
    return condition->kind == NODE_BINARY && !strcmp(condition->op, "==") &&
           (node_mentions(condition, "WEIR_PENDING") || node_mentions(condition, "WEIR_SENT_FULL"));
}

/* if (got.state == WEIR_PENDING) continue; */
static bool is_continued(const struct node *loop, const struct symbol *answer)
{
    for (const struct node *node = loop; node; node = node_after(node, loop)) {
        const struct node *condition = node->kind == NODE_IF ? node->first : NULL;
        if (condition && condition->kind == NODE_BINARY && !strcmp(condition->op, "==") &&
            node_mentions(condition, "WEIR_PENDING") && is_of(condition, answer) &&
            is_continue(condition->next, loop))
            return true;
    }
    return false;
}

/* `if (got.state == WEIR_ERROR)`, or _END. */
static bool is_end_alone(const struct node *condition, const struct symbol *answer)
{
    return condition->kind == NODE_BINARY && !strcmp(condition->op, "==") &&
           (node_mentions(condition, "WEIR_ERROR") || node_mentions(condition, "WEIR_END")) &&
           is_of(condition, answer);
}

/* The statement runs only where the answer is an error or the end. */
static bool is_behind_end(const struct node *statement, const struct node *loop,
                          const struct symbol *answer)
{
    const struct node *below = statement;
    for (const struct node *up = statement->parent; up != loop; below = up, up = up->parent)
        if (up->kind == NODE_IF && below == up->first->next && is_end_alone(up->first, answer))
            return true;
    return false;
}

/* Nothing leaves the loop but an error or the end, and nothing else is asked about the answer. */
static bool is_blind(const struct node *loop, const struct symbol *answer)
{
    const struct node *condition = condition_of(loop);
    bool looked = false;

    if (condition && is_of(condition, answer))
        return false;
    for (const struct node *node = loop; node; node = node_after(node, loop)) {
        bool decides = node->kind == NODE_IF || node->kind == NODE_CHOICE ||
                       node->kind == NODE_SWITCH || node->kind == NODE_AND || node->kind == NODE_OR;
        if (decides && is_of(node->first, answer) && !is_end_alone(node->first, answer))
            return false;
        looked |= node->kind == NODE_IF && is_end_alone(node->first, answer);
        if (leaves(node, loop) && !is_behind_end(node, loop, answer))
            return false;
    }
    return looked;
}

/* ---- all of it ---- */

static const char *help(const struct node *asking)
{
    const char *name = asking->symbol->name;
    if (is_poll(asking))
        return "answer PENDING where it says so: who brings it wakes the task, and it is polled "
               "again";
    if (strstr(name, "mutex"))
        return "wait for it: `weir_await(weir_mutex_lock(mutex), &guard, &error)`";
    if (strstr(name, "send"))
        return "wait for room: `weir_await(weir_send(tx, &item), NULL, &error)`";
    if (strstr(name, "semaphore"))
        return "wait for it: `weir_await(weir_semaphore_acquire(semaphore, n), &permit, &error)`";
    return "wait for it by `weir_await()`, or call `weir_pause()` in each turn";
}

static void check_loop(struct unit *unit, const struct node *loop)
{
    const struct node *asking = asking_in(loop);
    const struct symbol *answer = asking ? answer_of(asking) : NULL;

    if (!asking)
        return;
    bool counted = is_counted(loop);
    bool keeps = answer && is_poll(asking) && !counted &&
                 (is_continued(loop, answer) || is_blind(loop, answer));
    bool retries = keeps || is_condition(loop, asking) || (!counted && is_until(loop, asking));
    if (!retries || is_driver(asking) || asks_another(asking, loop))
        return;
    struct finding finding = {
        .at = node_word(unit, loop),
        .message = unit_text("the loop asks `%s` again at once, and lets nobody run who could "
                             "change its answer",
                             asking->symbol->name),
        .label = "never waits",
        .help = help(asking)};
    if (node_word(unit, asking).line != finding.at.line)
        finding_draw(&finding, node_word(unit, asking), "asks here");
    unit_report(unit, &finding);
}

static void check(struct unit *unit, const struct function *function)
{
    const struct node *tree = function->body;
    if (function->begins_with_case)
        return;
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node_is_loop(node))
            check_loop(unit, node);
}

const struct rule rule_retry_without_yield = {
    .name = "retry_without_yield",
    .group = GROUP_PERF,
    .level = LEVEL_WARNING,
    .does = "a loop polls, or tries, again and again without letting others run",
    .explain =
        "What answers PENDING, FULL or false waits for somebody else: for the kernel, for\n"
        "another task of this thread. A loop that asks again at once keeps the thread from\n"
        "them, and asks for ever.\n"
        "\n"
        "    while (weir_try_send(tx, &item) == WEIR_SENT_FULL)\n"
        "        ;\n"
        "\n"
        "    weir_await(weir_send(tx, &item), NULL, &error)            // waits for room\n"
        "\n"
        "    got = weir_poll_next(source, cx, out, 1);\n"
        "    if (got.state == WEIR_PENDING)\n"
        "        return got;                                           // in a poll function\n"
        "\n"
        "It is silent where the loop calls anything that may let others run: weir_pause(), a\n"
        "wait, weir_spend(), a function of the program's own.\n",
    .check = check};
