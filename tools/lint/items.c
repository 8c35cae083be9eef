#include "items.h"

#include <string.h>

#include "constants.h"
#include "trace.h"
#include "unit.h"

enum { DEPTH_MAX = 64 };

/* ---- stages ---- */

enum {
    KEEPS = 1, /* it gives the items that it takes, or some of them */
    ASKS = 2,  /* its function takes an item */
    MAKES = 4, /* it gives what its first function makes */
    OWNS = 8   /* of lines it makes owned lines */
};

struct stage {
    const char *name; /* behind "weir_" */
    unsigned does;
};

/* As weir/typed.h says it of each. */
static const struct stage stages[] = {
    {"abort_on_drop", KEEPS},
    {"abortable", KEEPS},
    {"ahead", KEEPS},
    {"all", ASKS},
    {"any", ASKS},
    {"backpressure_timeout", KEEPS},
    {"buffer", KEEPS},
    {"by_ref", KEEPS},
    {"chain", KEEPS},
    {"chunks_weighted", ASKS},
    {"co_future_sized", MAKES},
    {"co_generator_sized", MAKES},
    {"completion_timeout", KEEPS},
    {"conflate", KEEPS | ASKS},
    {"conflate_with_seed", MAKES | ASKS},
    {"debounce", KEEPS},
    {"dedup", KEEPS},
    {"dedup_by", KEEPS | ASKS},
    {"default_if_empty", KEEPS},
    {"delay", KEEPS},
    {"delay_with", KEEPS | ASKS},
    {"drop_within", KEEPS},
    {"fiber_sized", MAKES},
    {"filter", KEEPS | ASKS},
    {"filter_map", MAKES | ASKS},
    {"find", KEEPS | ASKS},
    {"find_map", MAKES | ASKS},
    {"flat_map", MAKES | ASKS},
    {"flat_map_unordered", MAKES | ASKS},
    {"fold", MAKES | ASKS},
    {"for_each", ASKS},
    {"for_each_concurrent", ASKS},
    {"generator_sized", MAKES},
    {"group_by", ASKS},
    {"initial_delay", KEEPS},
    {"initial_timeout", KEEPS},
    {"inspect", KEEPS | ASKS},
    {"inspect_err", KEEPS},
    {"intersperse", KEEPS},
    {"keep_alive", KEEPS},
    {"last", KEEPS},
    {"limit", KEEPS},
    {"limit_weighted", KEEPS | ASKS},
    {"map", MAKES | ASKS},
    {"map_async", MAKES | ASKS},
    {"map_async_ordered", MAKES | ASKS},
    {"map_err", KEEPS},
    {"map_while", MAKES | ASKS},
    {"max", KEEPS},
    {"max_by", KEEPS | ASKS},
    {"max_by_key", KEEPS | ASKS},
    {"merge_sorted", KEEPS | ASKS},
    {"min", KEEPS},
    {"min_by", KEEPS | ASKS},
    {"min_by_key", KEEPS | ASKS},
    {"next", KEEPS},
    {"next_back", KEEPS},
    {"nth", KEEPS},
    {"nth_back", KEEPS},
    {"on_done", KEEPS},
    {"or_else", KEEPS},
    {"own", OWNS},
    {"par_filter", KEEPS | ASKS},
    {"par_fold", MAKES | ASKS},
    {"par_for_each_of", ASKS},
    {"par_map_of", MAKES | ASKS},
    {"par_map_unordered_of", MAKES | ASKS},
    {"partition", ASKS},
    {"peekable", KEEPS},
    {"position", ASKS},
    {"product", KEEPS},
    {"reduce", KEEPS | ASKS},
    {"repeat_with", MAKES},
    {"rev", KEEPS},
    {"rfind", KEEPS | ASKS},
    {"rfold", MAKES | ASKS},
    {"sample", KEEPS},
    {"sample_first", KEEPS},
    {"scan", MAKES | ASKS},
    {"select", KEEPS},
    {"settle_here", KEEPS},
    {"shared", KEEPS},
    {"skip", KEEPS},
    {"skip_errors", KEEPS},
    {"skip_until", KEEPS},
    {"skip_while", KEEPS | ASKS},
    {"spawn", KEEPS},
    {"spawn_at", KEEPS},
    {"spawn_local", KEEPS},
    {"spawn_local_at", KEEPS},
    {"stateful_map", MAKES | ASKS},
    {"step_by", KEEPS},
    {"stop_on_error", KEEPS},
    {"successors", MAKES},
    {"sum", KEEPS},
    {"switch_if_empty", KEEPS},
    {"switch_map", MAKES | ASKS},
    {"take", KEEPS},
    {"take_until", KEEPS},
    {"take_while", KEEPS | ASKS},
    {"take_within", KEEPS},
    {"tee", KEEPS},
    {"then", MAKES | ASKS},
    {"then_async", MAKES | ASKS},
    {"throttle", KEEPS},
    {"throttle_rate", KEEPS | ASKS},
    {"timeout", KEEPS},
    {"timeout_repeating", KEEPS},
    {"unfold", MAKES},
    {"until_cancelled", KEEPS},
    {"using", MAKES},
    {"wire_tap", KEEPS},
};

static unsigned does(const struct symbol *callee)
{
    if (!callee || strncmp(callee->name, "weir_", 5) != 0)
        return 0;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        if (!strcmp(stages[i].name, callee->name + 5))
            return stages[i].does;
    return 0;
}

/* ---- types ---- */

/* "struct (unnamed at FILE:8:5)", which only a variable of it is. */
static bool is_unnamed(CXType type)
{
    return strchr(type_name(type), '(') != NULL;
}

bool item_of_type(CXType type, struct item *out)
{
    *out = (struct item){.name = type_name(type)};
    type = clang.getCanonicalType(type);
    while (type.kind == CXType_Pointer) {
        type = clang.getCanonicalType(clang.getPointeeType(type));
        out->pointers++;
    }
    out->base = type;
    if (type.kind == CXType_Record) /* a union may be any of its members, and who knows the rest */
        return clang.getCursorKind(clang.getTypeDeclaration(type)) == CXCursor_StructDecl &&
               !is_unnamed(type);
    return type.kind == CXType_Enum || (type.kind >= CXType_Bool && type.kind <= CXType_LongDouble);
}

/* "weir_exchange *": the name, and how many pointers. */
static bool item_of_text(struct unit *unit, const char *text, struct item *out)
{
    unsigned pointers = 0;
    size_t n = strlen(text);
    CXType type;

    for (; n && (text[n - 1] == '*' || text[n - 1] == ' '); n--)
        pointers += text[n - 1] == '*';
    if (!type_named(unit, unit_text("%.*s", (int)n, text), &type) || !item_of_type(type, out))
        return false;
    out->pointers += pointers;
    out->name = text;
    return true;
}

/* "typeof(weir_line)" is a weir_line. */
static const char *within_typeof(const char *name)
{
    const char *open = strchr(name, '('), *close = strrchr(name, ')');
    if ((strncmp(name, "typeof", 6) != 0 && strncmp(name, "__typeof", 8) != 0) || !open || !close)
        return name;
    return unit_text("%.*s", (int)(close - open - 1), open + 1);
}

/* It says more than its macro: a descriptor of its own. */
static bool has_descriptor(struct unit *unit, const struct constant *constant)
{
    const struct node *tree = tree_of_constant(unit, constant->symbol);
    for (const struct node *node = tree; node; node = node_after(node, tree))
        if (node->kind == NODE_REF && node->symbol->kind == SYMBOL_VARIABLE &&
            !strcmp(type_plain_name(node->symbol->type), "struct weir_type"))
            return true;
    return false;
}

/* What a constant's macro says of it: weir/fn.h declares NAME_From and NAME_To. */
static bool item_of_constant(struct unit *unit, const struct constant *constant, const char *which,
                             struct item *out)
{
    CXType type;
    const char *name = unit_text("%s_%s", constant->symbol->name, which);
    if (has_descriptor(unit, constant) || !type_named(unit, name, &type) ||
        !item_of_type(clang.getTypedefDeclUnderlyingType(clang.getTypeDeclaration(type)), out))
        return false;
    out->by = constant->n ? constant->functions[0]->name : constant->symbol->name;
    out->name = within_typeof(out->name);
    return true;
}

/* i: whole, of either sign, f: with a fraction, b: true or false; c, e: it may be one of them. */
static char number_kind(CXType type)
{
    switch ((int)type.kind) {
    case CXType_Bool:
        return 'b';
    case CXType_Char_U:
    case CXType_Char_S:
        return 'c';
    case CXType_Enum:
        return 'e';
    case CXType_Float:
    case CXType_Double:
    case CXType_LongDouble:
        return 'f';
    case CXType_Record:
        return 0;
    default:
        return 'i';
    }
}

static bool numbers_differ(CXType a, char a_kind, CXType b, char b_kind)
{
    if (clang.Type_getSizeOf(a) != clang.Type_getSizeOf(b))
        return true;
    bool either = strchr("ce", a_kind) || strchr("ce", b_kind);
    return a_kind != b_kind && !either;
}

bool items_differ(const struct item *a, const struct item *b)
{
    char a_kind = number_kind(a->base), b_kind = number_kind(b->base);

    if (a->pointers != b->pointers)
        return true;
    if (!a_kind && !b_kind)
        return strcmp(type_plain_name(a->base), type_plain_name(b->base)) != 0;
    if (!a_kind || !b_kind) /* a struct of one number is taken for it */
        return a->pointers || clang.Type_getSizeOf(a->base) != clang.Type_getSizeOf(b->base);
    return !a->pointers && numbers_differ(a->base, a_kind, b->base, b_kind);
}

/* ---- streams ---- */

static bool find(struct unit *unit, const struct function *function, const struct node *stream,
                 struct item *out, int depth);

static bool find_owned(struct unit *unit, struct item *item)
{
    if (item->pointers || strcmp(type_plain_name(item->base), "struct weir_line") != 0)
        return true;
    if (!item_of_text(unit, "weir_owned_line", item))
        return false;
    item->by = "weir_own";
    return true;
}

static bool find_made(struct unit *unit, const struct node *call, struct item *out)
{
    struct constant constant;
    if (!constant_of_call(unit, call, &constant) || !item_of_constant(unit, &constant, "To", out))
        return false;
    out->made = true;
    return true;
}

static bool find_call(struct unit *unit, const struct function *function, const struct node *call,
                      struct item *out, int depth)
{
    const struct symbol *callee = call->symbol;
    const char *text = callee ? callee->marks.text[MARK_ITEM] : NULL;
    unsigned how = does(callee);
    const struct node *taken = callee ? trace_taken(call) : NULL;

    if (text && item_of_text(unit, text, out))
        return out->by = callee->name, true;
    if (text)
        return false;
    if (how & MAKES)
        return find_made(unit, call, out);
    if (!(how & (KEEPS | OWNS)))
        return false;
    if (!find(unit, function, taken ? taken : node_argument(call, 0), out, depth + 1))
        return false;
    return how & OWNS ? find_owned(unit, out) : true;
}

/* It is given something in a loop that `at` stands in, too: that may be older. */
static bool is_given_behind(const struct symbol *variable, const struct node *at)
{
    const struct node *loop = NULL;
    for (const struct node *up = at; up; up = up->parent)
        if (up->kind == NODE_WHILE || up->kind == NODE_DO || up->kind == NODE_FOR)
            loop = up;
    for (const struct node *node = loop; node; node = node_after(node, loop))
        if (node->kind == NODE_ASSIGN && node->order > at->order &&
            node_variable(node->first) == variable)
            return true;
    return false;
}

/* Of several ways that a stream may come from, all must yield the same. */
static bool find_all(struct unit *unit, const struct function *function,
                     const struct node *const *streams, size_t n, struct item *out, int depth)
{
    for (size_t i = 0; i < n; i++) {
        struct item one;
        if (!find(unit, function, streams[i], &one, depth + 1) || (i && items_differ(out, &one)))
            return false;
        if (!i)
            *out = one;
    }
    return n > 0;
}

static bool find(struct unit *unit, const struct function *function, const struct node *stream,
                 struct item *out, int depth)
{
    const struct node *values[TRACE_VALUES_MAX];
    stream = node_uncast(stream);
    if (!stream || depth > DEPTH_MAX)
        return false;
    if (stream->kind == NODE_CALL)
        return find_call(unit, function, stream, out, depth);
    if (stream->kind == NODE_CHOICE && node_children(stream) == 3) {
        values[0] = node_child(stream, 1);
        values[1] = node_child(stream, 2);
        return find_all(unit, function, values, 2, out, depth);
    }
    if (stream->kind != NODE_REF || stream->symbol->kind != SYMBOL_VARIABLE ||
        is_given_behind(stream->symbol, stream))
        return false;
    size_t n = trace_values(function, stream->symbol, stream, values);
    return find_all(unit, function, values, n, out, depth);
}

bool item_of(struct unit *unit, const struct function *function, const struct node *stream,
             struct item *out)
{
    bool known = find(unit, function, stream, out, 0);
    if (!known)
        unit_silent(unit, SILENT_STREAM);
    return known;
}

bool item_asked(struct unit *unit, const struct node *call, struct item *out)
{
    struct constant constant;
    return does(call->symbol) & ASKS && constant_of_call(unit, call, &constant) &&
           item_of_constant(unit, &constant, "From", out);
}
