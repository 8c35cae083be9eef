/* The compiler's tree of a function becomes ours. */
#include <ctype.h>
#include <string.h>

#include "acts.h"
#include "locks.h"
#include "unit_private.h"

enum { NODES_MAX = 200000, DEPTH_MAX = 1000 };

struct building {
    struct unit *unit;
    struct node *parent, **end; /* where the next child goes */
    size_t *nodes;
    unsigned depth;
    bool *broken;
};

static struct node *build(struct building *to, CXCursor cursor);

static struct node *new_node(struct building *to, enum node_kind kind, CXCursor cursor)
{
    struct node *node = unit_memory(sizeof *node);
    node->kind = kind;
    node->cursor = cursor;
    node->parent = to->parent;
    node->op = "";
    node->order = (uint32_t)++ * to->nodes;
    *to->end = node;
    to->end = &node->next;
    return node;
}

/* Children of `node` are built with this. */
static struct building inside(const struct building *to, struct node *node)
{
    struct building in = *to;
    in.parent = node;
    in.end = &node->first;
    in.depth++;
    return in;
}

static bool is_reference(enum CXCursorKind kind)
{
    return (int)kind >= CXCursor_FirstRef && (int)kind <= CXCursor_LastRef;
}

static enum CXChildVisitResult each_child(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct building *to = data;
    (void)parent;
    if (*to->nodes > NODES_MAX || to->depth > DEPTH_MAX) {
        *to->broken = true;
        return CXChildVisit_Break;
    }
    if (!is_reference(clang.getCursorKind(cursor)))
        build(to, cursor);
    return CXChildVisit_Continue;
}

static void build_children(struct building *to, CXCursor cursor)
{
    clang.visitChildren(cursor, each_child, to);
}

/* ---- what a cursor is made of ---- */

struct shape {
    CXCursor child[6]; /* expressions and statements alone */
    CXCursor field;    /* an initialiser's ".run =", a goto's label */
    unsigned n;
    bool has_field;
};

static enum CXChildVisitResult see_shape(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct shape *shape = data;
    enum CXCursorKind kind = clang.getCursorKind(cursor);
    (void)parent;
    if (kind == CXCursor_MemberRef || kind == CXCursor_LabelRef) {
        shape->field = cursor;
        shape->has_field = true;
    } else if (!is_reference(kind)) {
        if (shape->n < 6)
            shape->child[shape->n] = cursor;
        shape->n++;
    }
    return CXChildVisit_Continue;
}

static struct shape shape_of(CXCursor cursor)
{
    struct shape shape = {.n = 0};
    clang.visitChildren(cursor, see_shape, &shape);
    return shape;
}

/* ---- expressions ---- */

static struct node *build_simple(struct building *to, enum node_kind kind, CXCursor cursor)
{
    struct node *node = new_node(to, kind, cursor);
    struct building in = inside(to, node);
    build_children(&in, cursor);
    return node;
}

static struct node *build_last(struct building *to, enum node_kind kind, CXCursor cursor)
{
    struct shape shape = shape_of(cursor);
    struct node *node = new_node(to, kind, cursor);
    struct building in = inside(to, node);
    if (shape.n && shape.n <= 6)
        build(&in, shape.child[shape.n - 1]);
    return node;
}

/* Of what stands in parentheses, or was converted: itself. */
static struct node *build_through(struct building *to, CXCursor cursor)
{
    struct shape shape = shape_of(cursor);
    if (shape.n == 1 && !shape.has_field) {
        struct building in = *to;
        in.depth++;
        struct node *node =
            in.depth > DEPTH_MAX ? new_node(to, NODE_OTHER, cursor) : build(&in, shape.child[0]);
        to->end = in.depth > DEPTH_MAX ? to->end : in.end;
        return node;
    }
    struct node *node = build_simple(to, NODE_OTHER, cursor);
    if (shape.has_field)
        node->symbol = symbol_of(to->unit, clang.getCursorReferenced(shape.field));
    return node;
}

struct choice {
    CXType type; /* of what _Generic chose */
    CXCursor chosen;
};

static enum CXChildVisitResult see_choice(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct choice *choice = data;
    (void)parent;
    if (clang.getCursorKind(cursor) == CXCursor_DeclRefExpr &&
        clang.equalTypes(clang.getCanonicalType(clang.getCursorType(cursor)), choice->type))
        choice->chosen = clang.getCursorReferenced(cursor);
    return CXChildVisit_Recurse;
}

/* What is called by a name that has one function for each type: weir_drop(x). The compiler does not
 * say which one it chose, but of what type it is. */
static CXCursor callee_of(CXCursor call)
{
    CXCursor named = clang.getCursorReferenced(call), callee;
    struct shape shape = shape_of(call);

    if (!clang.Cursor_isNull(named) || !shape.n)
        return named;
    callee = shape.child[0];
    while (clang.getCursorKind(callee) == CXCursor_UnexposedExpr ||
           clang.getCursorKind(callee) == CXCursor_ParenExpr) {
        shape = shape_of(callee);
        if (shape.n != 1)
            return named;
        callee = shape.child[0];
    }
    if (clang.getCursorKind(callee) != CXCursor_GenericSelectionExpr)
        return named;
    struct choice choice = {clang.getCanonicalType(clang.getCursorType(callee)), named};
    clang.visitChildren(callee, see_choice, &choice);
    return choice.chosen;
}

static struct node *build_call(struct building *to, CXCursor cursor)
{
    const struct symbol *callee = symbol_of(to->unit, callee_of(cursor));
    struct node *node = build_simple(to, NODE_CALL, cursor);
    node->symbol = callee && callee->kind == SYMBOL_FUNCTION ? callee : NULL;
    return node;
}

static struct node *build_named(struct building *to, enum node_kind kind, CXCursor cursor)
{
    const struct symbol *symbol = symbol_of(to->unit, clang.getCursorReferenced(cursor));
    struct node *node = build_simple(to, symbol ? kind : NODE_OTHER, cursor);
    node->symbol = symbol;
    return node;
}

static enum node_kind binary_kind(const char *op)
{
    size_t n = strlen(op);
    if (!strcmp(op, "&&"))
        return NODE_AND;
    if (!strcmp(op, "||"))
        return NODE_OR;
    if (n && op[n - 1] == '=' && strcmp(op, "==") != 0 && strcmp(op, "!=") != 0 &&
        strcmp(op, "<=") != 0 && strcmp(op, ">=") != 0)
        return NODE_ASSIGN;
    return NODE_BINARY;
}

/* Of an operator that a macro made, and an older libclang hides: structs, enums and truth values
 * are no operator's answer but an assignment's, and pointers are not with a pointer at the right.
 */
static bool is_never_calculated(CXCursor cursor, CXCursor right)
{
    switch ((int)clang.getCanonicalType(clang.getCursorType(cursor)).kind) {
    case CXType_Record:
    case CXType_Enum:
    case CXType_Bool:
        return true;
    case CXType_Pointer:
        return clang.getCanonicalType(clang.getCursorType(right)).kind == CXType_Pointer;
    default:
        return false;
    }
}

static struct node *build_binary(struct building *to, CXCursor cursor)
{
    struct shape shape = shape_of(cursor);
    const char *op = shape.n == 2 ? place_operator(to->unit, shape.child[0], shape.child[1]) : "";
    if (!*op && shape.n == 2 && is_never_calculated(cursor, shape.child[1]))
        op = "=";
    struct node *node = build_simple(to, binary_kind(op), cursor);
    node->op = op;
    return node;
}

/* Of an operator that a macro made: before 17 libclang tells where the macro is used, and not what
 * is written in it. */
static char sign_by_types(CXType made, CXType of)
{
    CXType pointed = clang.getCanonicalType(clang.getPointeeType(made));
    CXType behind = clang.getCanonicalType(clang.getPointeeType(of));
    if (clang.equalTypes(pointed, clang.getCanonicalType(of)))
        return '&';
    return clang.equalTypes(behind, clang.getCanonicalType(made)) ? '*' : '?';
}

static struct node *build_unary(struct building *to, CXCursor cursor)
{
    struct shape shape = shape_of(cursor);
    char sign = place_sign(to->unit, cursor);

    if (shape.n == 1 && isalpha((unsigned char)sign)) /* also &(x)->y, all of it in a macro */
        sign = sign_by_types(clang.getCursorType(cursor), clang.getCursorType(shape.child[0]));
    else if (shape.n == 1 && place_same_begin(cursor, shape.child[0]))
        return build_simple(to, NODE_UNARY, cursor); /* x++ */
    if (sign == '_')                                 /* __extension__ */
        return build_through(to, cursor);
    return build_simple(to,
                        sign == '&'   ? NODE_ADDRESS
                        : sign == '*' ? NODE_DEREF
                        : sign == '!' ? NODE_NOT
                                      : NODE_UNARY,
                        cursor);
}

/* ---- declarations ---- */

static struct node *build_variable(struct building *to, CXCursor cursor)
{
    CXCursor value = clang.Cursor_getVarDeclInitializer(cursor);
    struct node *node = new_node(to, NODE_VAR, cursor);
    struct building in = inside(to, node);

    node->symbol = symbol_of(to->unit, cursor);
    if (!clang.Cursor_isNull(value))
        build(&in, value);
    return node;
}

/* ---- statements ---- */

/* The compiler leaves out the parts that are not there; which ones are is seen by their text. */
static struct node *build_for(struct building *to, CXCursor cursor)
{
    struct shape shape = shape_of(cursor);
    struct node *node = new_node(to, NODE_FOR, cursor);
    struct building in = inside(to, node);
    unsigned next = 0, parts = shape.n > 4 ? 0 : shape.n;

    bool first = parts == 4 || (parts && clang.getCursorKind(shape.child[0]) == CXCursor_DeclStmt);
    bool begins = parts > 1 && (first || !place_semicolons(to->unit, shape.child[0]));
    if (begins)
        build(&in, shape.child[next++]);
    else
        new_node(&in, NODE_NONE, cursor);
    if (next + 1 < parts && (parts == 4 || place_semicolons(to->unit, shape.child[next]) < 2))
        build(&in, shape.child[next++]);
    else
        new_node(&in, NODE_NONE, cursor);
    if (next + 1 < parts)
        build(&in, shape.child[next++]);
    else
        new_node(&in, NODE_NONE, cursor);
    if (next < parts)
        build(&in, shape.child[next]);
    else
        new_node(&in, NODE_NONE, cursor);
    return node;
}

static struct node *build_goto(struct building *to, CXCursor cursor)
{
    struct shape shape = shape_of(cursor);
    struct node *node = new_node(to, NODE_GOTO, cursor);
    if (shape.has_field)
        node->symbol = symbol_of(to->unit, clang.getCursorReferenced(shape.field));
    return node;
}

static struct node *build_label(struct building *to, CXCursor cursor)
{
    struct node *node = build_last(to, NODE_LABEL, cursor);
    node->symbol = symbol_of(to->unit, cursor);
    return node;
}

/* What has no kind here is gone through; what declares a type does nothing. */
static struct node *build_other(struct building *to, CXCursor cursor)
{
    int kind = (int)clang.getCursorKind(cursor);
    bool runs = kind >= CXCursor_FirstExpr && kind <= CXCursor_LastStmt;
    return runs ? build_simple(to, NODE_OTHER, cursor) : new_node(to, NODE_QUIET, cursor);
}

static struct node *build_statement(struct building *to, CXCursor cursor)
{
    switch ((int)clang.getCursorKind(cursor)) {
    case CXCursor_StmtExpr:
        return build_last(to, NODE_VALUE, cursor);
    case CXCursor_CompoundStmt:
        return build_simple(to, NODE_BLOCK, cursor);
    case CXCursor_IfStmt:
        return build_simple(to, NODE_IF, cursor);
    case CXCursor_WhileStmt:
        return build_simple(to, NODE_WHILE, cursor);
    case CXCursor_DoStmt:
        return build_simple(to, NODE_DO, cursor);
    case CXCursor_ForStmt:
        return build_for(to, cursor);
    case CXCursor_SwitchStmt:
        return build_simple(to, NODE_SWITCH, cursor);
    case CXCursor_CaseStmt:
        return build_last(to, NODE_CASE, cursor);
    case CXCursor_DefaultStmt:
        return build_last(to, NODE_DEFAULT, cursor);
    case CXCursor_ReturnStmt:
        return build_simple(to, NODE_RETURN, cursor);
    case CXCursor_BreakStmt:
        return new_node(to, NODE_BREAK, cursor);
    case CXCursor_ContinueStmt:
        return new_node(to, NODE_CONTINUE, cursor);
    case CXCursor_GotoStmt:
        return build_goto(to, cursor);
    case CXCursor_LabelStmt:
        return build_label(to, cursor);
    case CXCursor_DeclStmt:
        return build_simple(to, NODE_OTHER, cursor);
    default:
        return build_other(to, cursor);
    }
}

static struct node *build(struct building *to, CXCursor cursor)
{
    switch ((int)clang.getCursorKind(cursor)) {
    case CXCursor_UnexposedExpr:
    case CXCursor_ParenExpr:
    case CXCursor_UnexposedStmt:
        return build_through(to, cursor);
    case CXCursor_CallExpr:
        return build_call(to, cursor);
    case CXCursor_DeclRefExpr:
        return build_named(to, NODE_REF, cursor);
    case CXCursor_MemberRefExpr:
        return build_named(to, NODE_MEMBER, cursor);
    case CXCursor_ArraySubscriptExpr:
        return build_simple(to, NODE_INDEX, cursor);
    case CXCursor_BinaryOperator:
    case CXCursor_CompoundAssignOperator:
        return build_binary(to, cursor);
    case CXCursor_UnaryOperator:
        return build_unary(to, cursor);
    case CXCursor_ConditionalOperator:
        return build_simple(to, NODE_CHOICE, cursor);
    case CXCursor_CStyleCastExpr:
        return build_last(to, NODE_CAST, cursor);
    case CXCursor_CompoundLiteralExpr:
        return build_last(to, NODE_LIST, cursor);
    case CXCursor_InitListExpr:
        return build_simple(to, NODE_LIST, cursor);
    case CXCursor_GenericSelectionExpr:
    case CXCursor_UnaryExpr:
        return new_node(to, NODE_QUIET, cursor);
    case CXCursor_IntegerLiteral:
    case CXCursor_CharacterLiteral:
    case CXCursor_FloatingLiteral:
        return new_node(to, NODE_NUMBER, cursor);
    case CXCursor_StringLiteral:
        return new_node(to, NODE_TEXT, cursor);
    case CXCursor_VarDecl:
        return build_variable(to, cursor);
    default:
        return build_statement(to, cursor);
    }
}

/* ---- functions and constants ---- */

static enum CXChildVisitResult find_body(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    if (clang.getCursorKind(cursor) != CXCursor_CompoundStmt)
        return CXChildVisit_Continue;
    *(CXCursor *)data = cursor;
    return CXChildVisit_Break;
}

/* Of weir_co_begin: the first statement that is no declaration is a switch over where it stands. */
static bool begins_with_case(const struct node *body)
{
    const struct node *node = body->first;
    while (node && node->kind != NODE_SWITCH)
        node = node->next;
    const struct node *at = node ? node->first : NULL, *block = node ? node_child(node, 1) : NULL;
    return at && at->kind == NODE_MEMBER && at->first && block && block->first &&
           block->first->kind == NODE_CASE &&
           !strcmp(type_plain_name(node_type(at->first)), "struct weir_co *");
}

static struct function *make_function(struct unit *unit, const struct symbol *symbol)
{
    CXCursor definition = clang.getCursorDefinition(symbol->cursor), body;
    struct function *function = unit_memory(sizeof *function);
    struct node root = {.kind = NODE_NONE};

    if (clang.Cursor_isNull(definition) || clang.visitChildren(definition, find_body, &body) == 0)
        return NULL;
    struct building to = {unit, NULL, &root.first, &function->nodes, 0, &function->broken};
    function->symbol = symbol;
    function->acts = unit_memory((ACTS_DEPTH_MAX + 1) * sizeof *function->acts);
    function->gives = unit_memory(LOCKS_DEPTH_MAX);
    function->body = build(&to, body);
    tree_leave_out_never(function->body);
    bool wrong = unit_has_error(unit, definition);
    function->large = function->broken && !wrong;
    function->broken |= wrong;
    function->begins_with_case = begins_with_case(function->body);
    return function;
}

const struct function *tree_of(struct unit *unit, const struct symbol *symbol)
{
    if (!symbol || symbol->kind != SYMBOL_FUNCTION)
        return NULL;
    struct entry *entry = symbol_entry(symbol);
    if (!entry->known) {
        entry->known = true;
        entry->function = make_function(unit, symbol);
    }
    return entry->function;
}

bool tree_is_own(struct unit *unit, const struct symbol *symbol)
{
    CXCursor definition = clang.getCursorDefinition(symbol->cursor);
    return !clang.Cursor_isNull(definition) && unit_is_own(unit, definition);
}

const struct node *tree_of_constant(struct unit *unit, const struct symbol *symbol)
{
    if (!symbol || symbol->kind != SYMBOL_VARIABLE)
        return NULL;
    struct entry *entry = symbol_entry(symbol);
    if (!entry->known) {
        CXCursor definition = clang.getCursorDefinition(symbol->cursor);
        CXCursor value = clang.Cursor_isNull(definition)
                             ? definition
                             : clang.Cursor_getVarDeclInitializer(definition);
        struct node root = {.kind = NODE_NONE};
        size_t nodes = 0;
        bool broken = false;
        struct building to = {unit, NULL, &root.first, &nodes, 0, &broken};
        entry->known = true;
        if (!clang.Cursor_isNull(value))
            entry->constant = build(&to, value);
    }
    return entry->constant;
}
