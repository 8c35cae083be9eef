/* unit_private.h: what a file under the lint is, for the files that make it: unit.c, symbol.c,
 * tree.c and place.c. Rules see unit.h and tree.h. */
#ifndef LINT_UNIT_PRIVATE_H
#define LINT_UNIT_PRIVATE_H

#include "tree.h"
#include "unit.h"

struct entry; /* a symbol and its tree */
struct types; /* by name; NULL: nobody asked yet */

struct unit {
    CXTranslationUnit tu;
    const char *file;
    struct entry **table; /* by cursor; a power of two */
    size_t table_size, table_n;
    const struct symbol **constants; /* of the file's own, once somebody asked: constants.c */
    size_t constants_n;
    struct types *types;
    const struct rule *rule; /* that looks now */
    struct unit_result *result;
};

/* One for each declaration. NULL: it is nothing that has a name. */
const struct symbol *symbol_of(struct unit *unit, CXCursor cursor);

/* Where a symbol's tree is kept: made (or tried) when `known`. */
struct entry {
    struct symbol symbol;
    struct function *function;
    struct node *constant;
    bool known;
    bool called; /* by name, in the file */
};
struct entry *symbol_entry(const struct symbol *symbol);

/* Of a function's tree, what no number lets run, as in `if (0)`. */
void tree_leave_out_never(struct node *tree);

/* A text of libclang's as the process's; the original is given back. */
const char *unit_string(CXString text);

/* What stands between the two sides of an operator: "=", "==", ","; also inside of macros. "": it
 * cannot be read. */
const char *place_operator(struct unit *unit, CXCursor left, CXCursor right);

/* How many ';' stand right before it: a `for`'s step has two where the condition is missing. */
unsigned place_semicolons(struct unit *unit, CXCursor part);

/* The first character of what is written. */
char place_sign(struct unit *unit, CXCursor cursor);
bool place_same_begin(CXCursor a, CXCursor b);

/* It was made by a macro, and was not given to it. */
bool place_in_macro(CXCursor cursor);

/* It is declared in the file itself, and not in a header. */
bool unit_is_own(struct unit *unit, CXCursor cursor);

/* The compiler complained about something within. */
bool unit_has_error(struct unit *unit, CXCursor cursor);

#endif
