/* item_type_mismatch: what a stream yields is taken for something else. */
#include <string.h>

#include "items.h"
#include "loops.h"
#include "rule.h"
#include "trace.h"
#include "unit.h"

static const char *yields(const struct item *item)
{
    return unit_text("`%s` %s `%s`", item->by, item->made ? "makes" : "yields", item->name);
}

static bool is_plain(const struct item *item, const char *name)
{
    return !item->pointers && !strcmp(type_plain_name(item->base), name);
}

static const char *help(const struct item *given, const struct item *wanted)
{
    if (is_plain(given, "struct weir_line") && is_plain(wanted, "struct weir_owned_line"))
        return "put `weir_own()` before it, and `weir_owned_line_drop()` each line";
    return unit_text("take `%s` here, or make `%s` of each item by a `weir_map()` before it",
                     given->name, wanted->name);
}

static void report(struct unit *unit, const struct node *at, const struct item *given,
                   const struct item *wanted, const char *who)
{
    struct finding finding = {.at = node_word(unit, at),
                              .message =
                                  unit_text("%s, but %s `%s`", yields(given), who, wanted->name),
                              .label = unit_text("gets `%s`", given->name),
                              .help = help(given, wanted)};
    unit_report(unit, &finding);
}

static void check_loop(struct unit *unit, const struct function *function, const struct node *node)
{
    struct item given, wanted;
    struct loop loop;

    if (!loop_of(node, &loop) || !loop.item || !item_of_type(loop.item->type, &wanted) ||
        !item_of(unit, function, loop.source, &given) || !items_differ(&given, &wanted))
        return;
    report(unit, node, &given, &wanted, unit_text("`%s` is declared as", loop.item->name));
}

/* Nobody ever polls it. */
static bool is_dropped(const struct node *call)
{
    const struct symbol *callee = call->parent->kind == NODE_CALL ? call->parent->symbol : NULL;
    return callee && !strcmp(callee->name, "weir_stream_drop");
}

static void check_stage(struct unit *unit, const struct function *function, const struct node *call)
{
    struct item given, wanted;
    const struct node *taken = trace_taken(call);

    if (!taken || is_dropped(call) || !item_asked(unit, call, &wanted) ||
        !item_of(unit, function, taken, &given) || !items_differ(&given, &wanted))
        return;
    report(unit, call, &given, &wanted, unit_text("`%s` takes", wanted.by));
}

/* ---- where an item goes ---- */

struct receiver {
    const char *name;
    size_t stream, out;
};

static const struct receiver receivers[] = {
    {"weir_await_at", 0, 1},  {"weir_await_next_at", 0, 1}, {"weir_run_at", 0, 1},
    {"weir_rt_run_at", 1, 2}, {"weir_rt_next_at", 1, 2},    {"weir_poll_next", 0, 2},
};

/* What stands at `out`. False: it is not known, as of bytes, of NULL and of what was cast. */
static bool item_at(const struct node *out, struct item *item)
{
    uint64_t number;
    if (!out || out->kind == NODE_CAST || node_number(out, &number))
        return false;
    CXType type = node_type(out);
    if (type.kind == CXType_Pointer)
        type = clang.getPointeeType(type);
    else if (type.kind == CXType_ConstantArray)
        type = clang.getElementType(type);
    else
        return false;
    if (!item_of_type(type, item))
        return false;
    return item->pointers || clang.Type_getSizeOf(item->base) != 1 ||
           item->base.kind == CXType_Bool;
}

/* assert_int_equal(weir_run(...), WEIR_ERROR): no item comes. */
static bool expects_none(const struct node *call)
{
    const struct node *up = call->parent;
    while (up && up->kind == NODE_CAST)
        up = up->parent;
    for (const struct node *node = up && up->kind == NODE_CALL ? up->first : NULL; node;
         node = node->next) {
        const struct node *what = node_uncast(node);
        if (what && what->kind == NODE_REF &&
            (!strcmp(what->symbol->name, "WEIR_ERROR") || !strcmp(what->symbol->name, "WEIR_END")))
            return true;
    }
    return false;
}

/* NULL in a variable. */
static bool is_nowhere(const struct function *function, const struct node *out)
{
    uint64_t number;
    const struct node *value =
        out->kind == NODE_REF ? node_uncast(trace_value(function, out->symbol, out)) : NULL;
    return value && node_number(value, &number) && !number;
}

static void check_receiver(struct unit *unit, const struct function *function,
                           const struct node *call, const struct receiver *receiver)
{
    const struct node *out = node_child(call, 1 + receiver->out);
    struct item given, wanted;

    if (!item_at(out, &wanted) || expects_none(call) || is_nowhere(function, out) ||
        !item_of(unit, function, node_argument(call, receiver->stream), &given) ||
        !items_differ(&given, &wanted))
        return;
    report(unit, call, &given, &wanted, unit_text("`%s` points to", node_text(unit, out, 40)));
}

static void check_call(struct unit *unit, const struct function *function, const struct node *call)
{
    check_stage(unit, function, call);
    for (size_t i = 0; i < sizeof receivers / sizeof *receivers; i++)
        if (!strcmp(receivers[i].name, call->symbol->name))
            check_receiver(unit, function, call, &receivers[i]);
}

/* Who asks for this error has made it: a test of what is refused. */
static bool expects_it(const struct node *tree)
{
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_REF && symbol_is(node->symbol, "WEIR_E_TYPE"))
            return true;
    return false;
}

static void check(struct unit *unit, const struct function *function)
{
    const struct node *tree = function->body;
    if (expects_it(tree))
        return;
    for (const struct node *node = tree; node; node = node_after(node, tree)) {
        if (node->kind == NODE_FOR)
            check_loop(unit, function, node);
        else if (node->kind == NODE_CALL && node->symbol)
            check_call(unit, function, node);
    }
}

const struct rule rule_item_type_mismatch = {
    .name = "item_type_mismatch",
    .group = GROUP_CORE,
    .level = LEVEL_ERROR,
    .does = "a loop, a stage or a variable takes another type than its stream yields",
    .explain =
        "A stream's items come through `void *`: the compiler does not see that a loop\n"
        "declares another type than its stream yields, or that a function takes another one.\n"
        "The run ends with a TYPE error where the sizes differ; where they do not, bytes are\n"
        "taken for what they are not.\n"
        "\n"
        "    weir_for_await (weir_owned_line, line, weir_lines(r, 4096))   // yields weir_line\n"
        "\n"
        "    weir_for_await (weir_line, line, weir_lines(r, 4096))\n"
        "    weir_for_await (weir_owned_line, line, weir_own(weir_lines(r, 4096)))\n"
        "\n"
        "What a source yields is said by WEIR_ITEM(T) on its declaration, what a function\n"
        "takes and makes by its WEIR_MAP_FN and the like. It is silent where one of them is\n"
        "not known. weir/typed.h has the same chains with types that the compiler checks.\n",
    .check = check};
