/* A source of numbers that gives marks, and the ledger of what is safe: a mark that is settled as
 * kept while one of its items is not accounted for would be a loss. */
#ifndef WEIR_TESTS_MARKED_H
#define WEIR_TESTS_MARKED_H

#include "doubles.h"

enum { MARKED_ITEMS_MAX = 256 };

struct marked {
    uint64_t drawn; /* the state of what is drawn: begins with a seed */
    int64_t first;  /* its items are first, first + 1 ... */
    int64_t n;      /* so many */
    bool waits;     /* PENDINGs stand between, woken at once */
    bool fails;     /* recoverable errors do */
    unsigned open;  /* marks at most; then it waits for one to be settled. 0: any number */

    int64_t at; /* the rest is kept by the double */
    bool noted[MARKED_ITEMS_MAX];
    struct marked_mark {
        weir_mark mark;
        struct marked *of;
        bool settled;
    } marks[MARKED_ITEMS_MAX];
    unsigned given, kept, lost;
    unsigned early;     /* kept before all that came before them was noted */
    const void *thread; /* that polls it: they have to be settled there, too */
    weir_waker_slot slot;
};

/* Another one on each thread. */
const void *marked_thread(void);

/* All as the seed draws it: at most MARKED_ITEMS_MAX marks. */
weir_stream *marked_stream(struct marked *marked WEIR_KEEPS, uint64_t seed, int64_t first,
                           int64_t n);

/* The item is safe, or was left out on purpose. Those of others are not looked at. */
void marked_note(struct marked *marked, int64_t item);

/* Below `n`, from a state that is never 0. */
uint64_t marked_draw(uint64_t *state, uint64_t n);

#endif
