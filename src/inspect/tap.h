/* A copy of some of the items that pass one stage, as text. Off unless the program allowed it: what
 * streams hold are secrets. */
#ifndef WEIR_INSPECT_TAP_H
#define WEIR_INSPECT_TAP_H

#include <stdatomic.h>

#include "weir/implement.h"
#include "weir/inspect_listen.h"

enum { WEIR_TAP_ITEMS_MAX = 16 }; /* of a worker, that nobody read yet */

struct weir_tapped {
    uint64_t at_ns;
    size_t n;
    char text[WEIR_INSPECT_ITEM_BYTES];
};

struct weir_account_row;

/* Of a worker, which puts; one other thread takes. */
struct weir_tap {
    _Atomic(const struct weir_account_row *) row; /* whose items; NULL: it is off */
    _Atomic uint64_t put, taken;
    struct weir_tapped items[WEIR_TAP_ITEMS_MAX];
};

/* As weir_inspect_trace(). */
struct weir_tap *weir_inspect_tap(weir_rt *rt, size_t worker);
void weir_tap_drop(struct weir_tap *tap); /* NULL: nothing */

/* On, for the row of these three, if that worker has it; NULL: off. */
void weir_tap_set(weir_rt *rt, size_t worker, const weir_inspect_row *row);

void weir_tap_put(struct weir_tap *tap, const weir_type *type, const void *item, uint64_t at_ns);
bool weir_tap_take(struct weir_tap *tap, struct weir_tapped *out);

/* Numbers, lines and truth; of other types their name and size. Cut after size bytes. */
size_t weir_tap_text(const weir_type *type, const void *item, char *out, size_t size);

#endif
