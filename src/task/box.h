/* An item that several receivers are given copies of: in memory of its own, so that none is copied
 * or dropped while a lock is held. */
#ifndef WEIR_TASK_BOX_H
#define WEIR_TASK_BOX_H

#include <stdatomic.h>

#include "core/stage.h"

struct weir_box {
    _Atomic size_t refs;
    const weir_type *type;
    void *item;
    struct weir_box *next; /* its owner's: among those that are to be let go */
};

/* Takes *item; NULL: no memory, and it is still the caller's. */
struct weir_box *weir_box_new(const weir_type *type, const void *item);
size_t weir_box_bytes(const weir_type *type);

void weir_box_ref(struct weir_box *box);
void weir_box_unref(struct weir_box *box);
/* ... and those behind it. NULL: none. */
void weir_box_unref_all(struct weir_box *first);

/* Lets the box go without its item, which is somebody else's. Its only reference. */
void weir_box_leave(struct weir_box *box);

/* A reference becomes an item: moved out of the box if it is the last one, else a copy. False: no
 * memory for a copy. */
bool weir_box_take(struct weir_box *box, void *out);

#endif
