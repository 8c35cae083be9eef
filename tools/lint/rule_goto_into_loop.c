/* goto_into_loop: a jump over the beginning of a loop, or of a block, that holds something. */
#include <string.h>

#include "rule.h"
#include "tree.h"
#include "unit.h"

/* ---- what holds something ---- */

struct held {
    const char *begins; /* the function that its hidden variable is made by */
    const char *what, *label, *help;
};

static const struct held held[] = {
    {"weir_loop_begin", "loop", "the loop's stream was not taken, and is dropped all the same",
     "make a function of what stands behind the label, and call it from both places"},
    {"weir_lock_begin", "locked block", "the lock was not taken, and is given back all the same",
     "let both ways begin before the block"},
    {"weir_scope_begin", "scope", "the scope was not begun, and is ended all the same",
     "let both ways begin before the scope"},
};

static const struct held *held_of(const struct node *loop)
{
    const struct node *begin = loop->kind == NODE_FOR ? loop->first : NULL;
    const struct node *variable = begin ? begin->first : NULL;
    const struct node *call = variable && variable->kind == NODE_VAR ? variable->first : NULL;

    if (!call || call->kind != NODE_CALL || !call->symbol)
        return NULL;
    for (size_t i = 0; i < sizeof held / sizeof *held; i++)
        if (!strcmp(call->symbol->name, held[i].begins))
            return &held[i];
    return NULL;
}

/* ---- jumps ---- */

static const struct node *label_of(const struct node *tree, const struct symbol *label)
{
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_LABEL && node->symbol == label)
            return node;
    return NULL;
}

/* The outermost of what the jump leads into. */
static const struct node *entered(const struct node *jump, const struct node *label)
{
    const struct node *outermost = NULL;
    for (const struct node *up = label; up && !node_within(jump, up); up = up->parent)
        if (held_of(up))
            outermost = up;
    return outermost;
}

static void check_jump(struct unit *unit, const struct function *function, const struct node *jump)
{
    const struct node *label = jump->symbol ? label_of(function->body, jump->symbol) : NULL;
    const struct node *loop = label ? entered(jump, label) : NULL;
    if (!loop)
        return;
    const struct held *kind = held_of(loop);
    struct finding finding = {.at = node_word(unit, jump),
                              .message = unit_text("`%s` is jumped to into a %s that did not begin",
                                                   label->symbol->name, kind->what),
                              .label = kind->label,
                              .help = kind->help};
    finding_draw(&finding, node_word(unit, loop), "`%s` stands in this %s", label->symbol->name,
                 kind->what);
    unit_report(unit, &finding);
}

static void check(struct unit *unit, const struct function *function)
{
    const struct node *tree = function->body;
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_GOTO)
            check_jump(unit, function, node);
}

const struct rule rule_goto_into_loop = {
    .name = "goto_into_loop",
    .group = GROUP_CORE,
    .level = LEVEL_ERROR,
    .does = "goto into a loop over a stream, a locked block or a scope",
    .explain =
        "A loop over a stream takes it at its beginning and drops it on every way out. Who\n"
        "jumps into its body passes the beginning by, and what is dropped on the way out is\n"
        "whatever stood in memory. clang refuses such a jump, gcc does not.\n"
        "\n"
        "    if (resumed)\n"
        "        goto counted;                                // over the loop's beginning\n"
        "    weir_for_try (weir_line, line, lines, error) {\n"
        "    counted:\n"
        "        n++;\n"
        "    }\n"
        "\n"
        "Make a function of what both ways need. Jumps out of a loop, within one turn, and\n"
        "into plain loops of C are fine. weir_locked and weir_scope are looked at in the same\n"
        "way.\n",
    .check = check};
