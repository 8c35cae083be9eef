/* Types that have a name, found by it: what a mark says in words becomes a type again. */
#include <string.h>

#include "unit_private.h"

struct named {
    const char *name; /* "weir_line", "struct job" */
    CXType type;
};

struct types {
    struct named *all; /* by the name's hash; a power of two */
    size_t size, n;
};

static size_t hash_of(const char *name)
{
    size_t hash = 5381;
    for (; *name; name++)
        hash = hash * 33 ^ (unsigned char)*name;
    return hash;
}

static struct named *slot_of(const struct types *types, const char *name)
{
    size_t mask = types->size - 1, i = hash_of(name) & mask;
    while (types->all[i].name && strcmp(types->all[i].name, name) != 0)
        i = (i + 1) & mask;
    return &types->all[i];
}

static void grow(struct types *types)
{
    struct types old = *types;
    types->size = old.size ? 2 * old.size : 4096;
    types->all = unit_memory(types->size * sizeof *types->all);
    for (size_t i = 0; i < old.size; i++)
        if (old.all[i].name)
            *slot_of(types, old.all[i].name) = old.all[i];
}

static enum CXChildVisitResult see_type(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct types *types = data;
    int kind = (int)clang.getCursorKind(cursor);
    (void)parent;
    if (kind != CXCursor_TypedefDecl && kind != CXCursor_StructDecl)
        return CXChildVisit_Continue;
    const char *name = unit_string(clang.getCursorSpelling(cursor));
    if (!*name)
        return CXChildVisit_Continue;
    if (kind == CXCursor_StructDecl)
        name = unit_text("struct %s", name);
    if (2 * types->n >= types->size)
        grow(types);
    struct named *slot = slot_of(types, name);
    types->n += !slot->name;
    *slot = (struct named){name, clang.getCursorType(cursor)};
    return CXChildVisit_Continue;
}

/* ---- the language's own ---- */

/* No declaration says what `double` is: something of the file that is one does. */
static const struct {
    const char *name;
    int kind;
} builtins[] = {
    {"bool", CXType_Bool},
    {"_Bool", CXType_Bool},
    {"char", CXType_Char_S},
    {"char", CXType_Char_U},
    {"signed char", CXType_SChar},
    {"unsigned char", CXType_UChar},
    {"short", CXType_Short},
    {"unsigned short", CXType_UShort},
    {"int", CXType_Int},
    {"unsigned", CXType_UInt},
    {"unsigned int", CXType_UInt},
    {"long", CXType_Long},
    {"unsigned long", CXType_ULong},
    {"long long", CXType_LongLong},
    {"unsigned long long", CXType_ULongLong},
    {"float", CXType_Float},
    {"double", CXType_Double},
    {"long double", CXType_LongDouble},
};

static enum CXChildVisitResult see_builtin(CXCursor cursor, CXCursor parent, CXClientData data)
{
    CXType *sought = data, type = clang.getCursorType(cursor);
    (void)parent;
    if (type.kind != sought->kind)
        return CXChildVisit_Recurse;
    *sought = type;
    return CXChildVisit_Break;
}

static bool find_builtin(const struct unit *unit, const char *name, CXType *out)
{
    CXCursor all = clang.getTranslationUnitCursor(unit->tu);
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++) {
        *out = (CXType){.kind = (enum CXTypeKind)builtins[i].kind};
        if (!strcmp(builtins[i].name, name) && clang.visitChildren(all, see_builtin, out))
            return true;
    }
    return false;
}

bool type_named(struct unit *unit, const char *name, CXType *out)
{
    if (!unit->types) {
        unit->types = unit_memory(sizeof *unit->types);
        grow(unit->types);
        clang.visitChildren(clang.getTranslationUnitCursor(unit->tu), see_type, unit->types);
    }
    const struct named *slot = slot_of(unit->types, name);
    if (!slot->name)
        return find_builtin(unit, name, out);
    *out = slot->type;
    return true;
}
