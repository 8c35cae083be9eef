/* turns.h: what one turn of a loop does with its item: it waits for it, or hands it to others. */
#ifndef LINT_TURNS_H
#define LINT_TURNS_H

#include "tree.h"

struct turn {
    const struct node *body;
    const struct symbol *item;
    const struct node *next; /* the call that gets the item, if the body has it; or NULL */
};

/* The first wait that the next item has to wait for. NULL: nothing waits, or the item goes to a
 * task of its own, or it is kept for later and the waits have nothing to do with it. */
const struct node *turn_waits(struct unit *unit, const struct turn *turn);

/* The same of a body of which it is known already that it waits. */
bool turn_hands_over(struct unit *unit, const struct turn *turn);

/* The cure of a loop over `source` that waits for each item: a function, and what runs it. Lent
 * lines go to no other thread: they are made owned ones. `item` may be NULL. */
const char *turn_cure(struct unit *unit, const struct symbol *item, const struct node *source);

#endif
