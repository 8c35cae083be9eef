/* items.h: what a stream yields, and what its stages take, as far as marks and constants say it. */
#ifndef LINT_ITEMS_H
#define LINT_ITEMS_H

#include "tree.h"

struct item {
    const char *name;  /* of the type: "weir_line", "struct job *" */
    CXType base;       /* without pointers */
    unsigned pointers; /* to it */
    const char *by;    /* who yields or takes it: "weir_lines", a function of the program's */
    bool made;         /* a function of the program's makes it */
};

/* Of `stream`, an expression of `function`. False: it is not known, which is counted as silence. */
bool item_of(struct unit *unit, const struct function *function, const struct node *stream,
             struct item *out);

/* What the function takes that a stage is given for its items. False: it has none, or it takes
 * something that is made of them. */
bool item_asked(struct unit *unit, const struct node *call, struct item *out);

/* A variable's; what a pointer points to. False: it is nothing that can be compared. */
bool item_of_type(CXType type, struct item *out);

/* One is never the other. False: it may be, or nobody knows. */
bool items_differ(const struct item *a, const struct item *b);

#endif
