/* Declarations: what has a name, with its annotations; and types. */
#include <stdio.h>
#include <string.h>

#include "unit_private.h"

struct entry *symbol_entry(const struct symbol *symbol)
{
    return (struct entry *)(void *)(uintptr_t)symbol;
}

bool symbol_is_called(const struct symbol *symbol)
{
    return symbol_entry(symbol)->called;
}

/* ---- annotations ---- */

static enum CXChildVisitResult see_mark(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    if (clang.getCursorKind(cursor) == CXCursor_AnnotateAttr)
        mark_read(data, unit_string(clang.getCursorSpelling(cursor)));
    return CXChildVisit_Continue;
}

static void read_marks(struct marks *marks, CXCursor declaration)
{
    if (!clang.Cursor_isNull(declaration) && clang.Cursor_hasAttrs(declaration))
        clang.visitChildren(declaration, see_mark, marks);
}

/* ---- the table ---- */

static struct entry **slot_of(struct unit *unit, CXCursor cursor)
{
    size_t mask = unit->table_size - 1, i = clang.hashCursor(cursor) & mask;
    while (unit->table[i] && !clang.equalCursors(unit->table[i]->symbol.cursor, cursor))
        i = (i + 1) & mask;
    return &unit->table[i];
}

static void grow(struct unit *unit)
{
    struct entry **old = unit->table;
    size_t n = unit->table_size;

    unit->table_size = n ? 2 * n : 1024;
    unit->table = unit_memory(unit->table_size * sizeof *unit->table);
    for (size_t i = 0; i < n; i++)
        if (old[i])
            *slot_of(unit, old[i]->symbol.cursor) = old[i];
}

static bool kind_of(CXCursor cursor, enum symbol_kind *kind)
{
    switch ((int)clang.getCursorKind(cursor)) {
    case CXCursor_FunctionDecl:
        return *kind = SYMBOL_FUNCTION, true;
    case CXCursor_VarDecl:
        return *kind = SYMBOL_VARIABLE, true;
    case CXCursor_ParmDecl:
        return *kind = SYMBOL_PARAMETER, true;
    case CXCursor_FieldDecl:
        return *kind = SYMBOL_FIELD, true;
    case CXCursor_LabelStmt:
        return *kind = SYMBOL_LABEL, true;
    case CXCursor_EnumConstantDecl:
        return *kind = SYMBOL_CONSTANT, true;
    default:
        return false;
    }
}

/* Names of the C library that the types of old headers do not say it of. */
static bool ends_the_program(const char *name)
{
    static const char *const known[] = {"exit",       "_exit",        "_Exit",      "abort",
                                        "quick_exit", "longjmp",      "siglongjmp", "__assert_fail",
                                        "thrd_exit",  "pthread_exit", "err",        "errx",
                                        "verr",       "verrx"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(known[i], name))
            return true;
    return false;
}

/* Annotations stand on the first declaration, on the one that was seen last, or on the definition;
 * those of parameters on their own. */
static void read_function(struct unit *unit, struct symbol *symbol, CXCursor seen, CXCursor first)
{
    CXCursor definition = clang.getCursorDefinition(seen);
    const CXCursor all[] = {first, seen, definition};
    int n = clang.Cursor_getNumArguments(seen);

    for (size_t i = 0; i < 3; i++)
        read_marks(&symbol->marks, all[i]);
    symbol->noreturn =
        ends_the_program(symbol->name) || strstr(type_name(symbol->type), "noreturn") != NULL;
    if (n <= 0)
        return;
    const struct symbol **parameters = unit_memory((size_t)n * sizeof *parameters);
    for (int i = 0; i < n; i++) {
        parameters[i] = symbol_of(unit, clang.Cursor_getArgument(seen, (unsigned)i));
        for (size_t k = 0; k < 3; k++)
            if (!clang.Cursor_isNull(all[k]))
                read_marks(&symbol_entry(parameters[i])->symbol.marks,
                           clang.Cursor_getArgument(all[k], (unsigned)i));
    }
    symbol->parameters = parameters;
    symbol->parameters_n = (size_t)n;
}

static bool is_global(CXCursor cursor, enum symbol_kind kind)
{
    if (kind == SYMBOL_PARAMETER)
        return false;
    if (kind != SYMBOL_VARIABLE || clang.Cursor_getStorageClass(cursor) == CX_SC_Static)
        return true;
    return (int)clang.getCursorKind(clang.getCursorSemanticParent(cursor)) != CXCursor_FunctionDecl;
}

const struct symbol *symbol_of(struct unit *unit, CXCursor cursor)
{
    enum symbol_kind kind;

    if (clang.Cursor_isNull(cursor) || !kind_of(cursor, &kind))
        return NULL;
    CXCursor first = clang.getCanonicalCursor(cursor);
    if (kind == SYMBOL_LABEL)
        first.data[0] = NULL; /* whom it was seen from: a goto names another one */
    if (2 * unit->table_n >= unit->table_size)
        grow(unit);
    struct entry **slot = slot_of(unit, first);
    if (*slot)
        return &(*slot)->symbol;
    struct entry *entry = unit_memory(sizeof *entry);
    struct symbol *symbol = &entry->symbol;
    *slot = entry;
    unit->table_n++;
    symbol->kind = kind;
    symbol->cursor = first;
    symbol->name = unit_string(clang.getCursorSpelling(cursor));
    symbol->type = clang.getCursorType(cursor);
    symbol->global = is_global(cursor, kind);
    if (kind == SYMBOL_FUNCTION)
        read_function(unit, symbol, cursor, first);
    else
        read_marks(&symbol->marks, cursor);
    return symbol;
}

/* ---- types ---- */

const char *type_name(CXType type)
{
    return unit_string(clang.getTypeSpelling(type));
}

const char *type_plain_name(CXType type)
{
    const char *name = type_name(clang.getCanonicalType(type));
    for (const char *word = "const volatile restrict "; *word; word += strcspn(word, " ") + 1) {
        size_t n = strcspn(word, " ") + 1;
        while (!strncmp(name, word, n))
            name += n;
    }
    return name;
}

const char *type_mark(struct unit *unit, CXType type, enum mark mark)
{
    (void)unit;
    for (int depth = 0; depth < 16; depth++) {
        struct marks marks = {{0}};
        CXCursor declaration = clang.getTypeDeclaration(type);
        read_marks(&marks, declaration);
        read_marks(&marks, clang.getCursorDefinition(declaration));
        if (marks.text[mark])
            return marks.text[mark];
        if ((int)clang.getCursorKind(declaration) != CXCursor_TypedefDecl)
            return NULL;
        type = clang.getTypedefDeclUnderlyingType(declaration);
    }
    return NULL;
}
