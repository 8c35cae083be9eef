/* tree.h: what a function does, as a tree of our own. It is made of the compiler's once, when
 * somebody asks: parentheses and conversions that nobody wrote are gone, each kind of node has its
 * children in the order said here, and operators are what they are, also behind macros. */
#ifndef LINT_TREE_H
#define LINT_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "clang.h"
#include "finding.h"
#include "mark.h"

struct unit;
struct acts;

enum node_kind {
    NODE_NONE, /* a part of a `for` that is not there */
    NODE_OTHER,

    /* expressions */
    NODE_CALL,   /* what is called, then the arguments; symbol: the function, NULL: by pointer */
    NODE_REF,    /* symbol: the variable, the parameter, the function; never NULL */
    NODE_MEMBER, /* of what; symbol: the field; never NULL */
    NODE_INDEX,  /* array, index */
    NODE_ASSIGN, /* to, what; op: "=", "+=" ... Both are there unless the function is broken */
    NODE_BINARY, /* left, right; op: "==", "<", "+", ","; "" where it cannot be read */
    NODE_AND,    /* left, right */
    NODE_OR,
    NODE_CHOICE,  /* condition, then, else; of x ?: y: x, y */
    NODE_ADDRESS, /* of what */
    NODE_DEREF,
    NODE_NOT,
    NODE_UNARY, /* -, ~, ++ and their like */
    NODE_CAST,  /* what; one that is written */
    NODE_NUMBER,
    NODE_TEXT,
    NODE_LIST,  /* { ... } of an initialiser; a compound literal's too */
    NODE_VALUE, /* ({ ... }): its block */
    NODE_QUIET, /* sizeof, _Generic's choice: nothing of it is run; no children */

    /* declarations */
    NODE_VAR, /* symbol; its initialiser, if it has one */

    /* statements */
    NODE_BLOCK,
    NODE_IF,     /* condition, then, and perhaps else */
    NODE_WHILE,  /* condition, body */
    NODE_DO,     /* body, condition */
    NODE_FOR,    /* begin, condition, step, body: always four, NODE_NONE where one is missing */
    NODE_SWITCH, /* what, body */
    NODE_CASE,   /* the statement behind it */
    NODE_DEFAULT,
    NODE_RETURN, /* what, if anything */
    NODE_BREAK,
    NODE_CONTINUE,
    NODE_GOTO,  /* symbol: the label */
    NODE_LABEL, /* symbol; the statement behind it */
};

enum symbol_kind {
    SYMBOL_FUNCTION,
    SYMBOL_VARIABLE,
    SYMBOL_PARAMETER,
    SYMBOL_FIELD,
    SYMBOL_LABEL,
    SYMBOL_CONSTANT
};

struct node {
    enum node_kind kind;
    struct node *parent, *first, *next;
    const struct symbol *symbol;
    const char *op;
    CXCursor cursor;
    uint32_t order; /* of nodes of one function: before in the text, smaller */
};

/* Something that has a name; one struct for each, however often it is declared. */
struct symbol {
    enum symbol_kind kind;
    const char *name;
    bool global;     /* it outlives calls: not a local variable or parameter */
    bool noreturn;   /* a function that does not come back */
    CXCursor cursor; /* its declaration; the definition where that was seen */
    CXType type;
    struct marks marks;
    const struct symbol *const *parameters; /* of a function; none is NULL */
    size_t parameters_n;
};

/* A function with its body. */
struct function {
    const struct symbol *symbol;
    struct node *body;        /* NODE_BLOCK */
    size_t nodes;             /* how many it has */
    bool broken;              /* the compiler understood not all of it, or it is too large */
    bool large;               /* it is broken for its size alone */
    bool begins_with_case;    /* a function of weir/co.h: it is entered at each of its cases */
    const struct acts **acts; /* what it does, by depth, where somebody asked: acts.c */
    unsigned char *gives;     /* whether it gives a lock back, by depth, the same: locks.c */
};

/* The file that declares it first. */
const char *symbol_file(struct unit *unit, const struct symbol *symbol);

/* It is called so; so, or so: a list ends with NULL. NULL is called nothing. */
bool symbol_is(const struct symbol *symbol, const char *name);
bool symbol_is_one_of(const struct symbol *symbol, const char *const *names);

/* A function of the file calls it by name. */
bool symbol_is_called(const struct symbol *symbol);

/* The text of its declaration as it is written, a macro's use where one makes it, up to 400 bytes,
 * and where that stands. NULL: it is not one piece of one file. */
const char *symbol_text(struct unit *unit, const struct symbol *symbol, const char **file,
                        size_t *from, size_t *to);

/* How often its name stands in the file, its declaration too. */
size_t symbol_mentions(struct unit *unit, const struct symbol *symbol);

/* The body of a function that is defined in this unit. NULL: it is not. Made when asked first. */
const struct function *tree_of(struct unit *unit, const struct symbol *function);

/* The function stands in the file itself, and in no header of it. */
bool tree_is_own(struct unit *unit, const struct symbol *function);

/* The initialiser of a constant or variable of file scope. NULL: it has none here. */
const struct node *tree_of_constant(struct unit *unit, const struct symbol *variable);

/* ---- going through it ---- */

const struct node *node_child(const struct node *node, size_t i); /* NULL: it has less */
size_t node_children(const struct node *node);

/* A call's ith argument, without casts. NULL: none. */
const struct node *node_argument(const struct node *call, size_t i);

/* Past casts, & and *: what is meant by `&x`, `(T *)x`. */
const struct node *node_bare(const struct node *node);
const struct node *node_uncast(const struct node *node);

/* The variable that an expression is, past casts and &; NULL: it is none. */
const struct symbol *node_variable(const struct node *node);

/* Nobody looks at its value: a statement, a part of a `for`, what stands before a comma. */
bool node_is_ignored(const struct node *node);

/* A loop of C: while, do, for. */
bool node_is_loop(const struct node *node);

/* The variable that something is reached by: `x` of `&x->table[3].lock`. NULL: a call's answer. */
const struct symbol *node_root(const struct node *node);

/* Where the tree declares a variable. NULL: not in it. */
const struct node *node_declaration(const struct node *tree, const struct symbol *variable);

/* Something in the tree is called so. */
bool node_mentions(const struct node *tree, const char *name);

/* node stands in `tree`, or is it. */
bool node_within(const struct node *node, const struct node *tree);

/* The next node of a walk that sees a node before its children, and all of `tree`; begins with the
 * tree itself. NULL: that was the last. */
const struct node *node_after(const struct node *node, const struct node *tree);

/* The same without what stands below node. */
const struct node *node_past(const struct node *node, const struct node *tree);

/* ---- what the compiler knows of it ---- */

CXType node_type(const struct node *node);

/* The type as it is written: "struct job *"; of the unit's memory. */
const char *type_name(CXType type);

/* Without typedefs and qualifiers; pointers stay. */
const char *type_plain_name(CXType type);

/* A mark on a type: on a typedef that is gone through, or on the struct. NULL: none. Pointers have
 * no marks of what they point to. */
const char *type_mark(struct unit *unit, CXType type, enum mark mark);

/* The type that file scope calls so: "weir_line", "struct job". False: there is none. */
bool type_named(struct unit *unit, const char *name, CXType *out);

/* A number that is known when the program is compiled. */
bool node_number(const struct node *node, uint64_t *out);

/* ---- where it stands ---- */

/* The word that a node begins with as it is written: a call's name, `weir_for_await`, `return`. */
struct place node_word(struct unit *unit, const struct node *node);

/* The name where something is defined, or declared. */
struct place symbol_word(struct unit *unit, const struct symbol *symbol);

/* That word: of what a macro made, the macro's name. */
const char *node_name(struct unit *unit, const struct node *node);

/* A macro made it, and was not given it. */
bool node_in_macro(const struct node *node);

/* The whole of what is written; of a node that a macro made, the macro's use. */
struct place node_place(struct unit *unit, const struct node *node);

/* Its bytes in that file. False: they are not one piece of one file. */
bool node_offsets(struct unit *unit, const struct node *node, size_t *from, size_t *to);

/* What is written there, as text on one line; at most `max` bytes, then "...". */
const char *node_text(struct unit *unit, const struct node *node, size_t max);

#endif
