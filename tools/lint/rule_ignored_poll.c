/* ignored_poll: the answer of a poll, or of a wait, is thrown away. */
#include <string.h>

#include "rule.h"
#include "tree.h"
#include "unit.h"

enum { CALLS_DEEP_MAX = 3 };

/* ---- whose answer counts ---- */

static bool is_type(CXType type, const char *name)
{
    return !strcmp(type_plain_name(type), name);
}

static bool takes_cx(const struct symbol *callee)
{
    for (size_t i = 0; i < callee->parameters_n; i++)
        if (is_type(callee->parameters[i]->type, "struct weir_cx *"))
            return true;
    return false;
}

/* Of the kind poll(self, cx, ...). Others that answer a weir_poll answer always the same, as
 * weir_fail() does; so what the program's own function answers counts where it comes of a poll. */
static bool polls(struct unit *unit, const struct symbol *callee, unsigned depth)
{
    if (!is_type(clang.getResultType(callee->type), "struct weir_poll") || !takes_cx(callee))
        return false;
    if (!strncmp(callee->name, "weir_", 5))
        return !strncmp(callee->name, "weir_poll_", 10);
    const struct function *function = depth < CALLS_DEEP_MAX ? tree_of(unit, callee) : NULL;
    const struct node *tree = function ? function->body : NULL;
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_CALL && node->symbol && polls(unit, node->symbol, depth + 1))
            return true;
    return false;
}

/* A future may be awaited for what it does; what is read, written or closed must be asked. */
static bool waits(const struct symbol *callee)
{
    const char *name = callee->name;
    bool of_library = !strncmp(name, "weir_", 5);
    return callee->marks.text[MARK_AWAITS] &&
           is_type(clang.getResultType(callee->type), "enum weir_state") &&
           (!of_library || (!strncmp(name, "weir_await_", 11) && strcmp(name, "weir_await_at")));
}

static void check_call(struct unit *unit, const struct node *call)
{
    bool is_poll = polls(unit, call->symbol, 0);
    if ((!is_poll && !waits(call->symbol)) || !node_is_ignored(call))
        return;
    const char *name = node_name(unit, call);
    struct finding finding = {
        .at = node_word(unit, call),
        .message = unit_text("the answer of `%s` is ignored", name),
        .label = is_poll ? "pending, ready, failed and over look alike"
                         : "done, failed and over look alike",
        .help =
            unit_text("look at it, or say `weir_ignore(%s(...))` where it does not matter", name)};
    unit_report(unit, &finding);
}

static void check(struct unit *unit, const struct function *function)
{
    const struct node *tree = function->body;
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_CALL && node->symbol)
            check_call(unit, node);
}

const struct rule rule_ignored_poll = {
    .name = "ignored_poll",
    .group = GROUP_CORE,
    .level = LEVEL_WARNING,
    .does = "the answer of a poll, a read or a write is thrown away",
    .explain =
        "A poll answers whether something came, nothing is there yet, it failed, or it is\n"
        "over; a wait for a read or a write answers the same when it is done. Who does not\n"
        "look takes what is in the buffer for what was read, and never learns that the other\n"
        "side is gone.\n"
        "\n"
        "    weir_await_write(out, text, n, &error);                      // was it written?\n"
        "    if (weir_await_write(out, text, n, &error) != WEIR_READY)\n"
        "        return false;\n"
        "    weir_ignore(weir_await_flush(out, &error));                  // it does not matter\n"
        "\n"
        "It looks at weir_poll_x(), at the program's own functions that poll, and at those\n"
        "marked WEIR_AWAITS that answer a weir_state. A future may be awaited for what it\n"
        "does alone: weir_await() may stand by itself. `(void)` before the call says the same\n"
        "as weir_ignore().\n",
    .check = check};
