/* The lines that a client has not read yet. */
#ifndef WEIR_INSPECT_OUTBOX_H
#define WEIR_INSPECT_OUTBOX_H

#include "inspect/json.h"
#include "weir/inspect_listen.h"

struct weir_outbox {
    size_t n;
    unsigned char text[WEIR_INSPECT_KEPT_BYTES]; /* whole lines */
};

/* Room for one more line of any length. */
static inline bool weir_outbox_has_room(const struct weir_outbox *box)
{
    return sizeof box->text - box->n >= WEIR_INSPECT_LINE_BYTES;
}

/* Where the next line is written. It is there when it was added; false: it is too long, and is not.
 */
weir_json_out weir_outbox_line(struct weir_outbox *box);
bool weir_outbox_add(struct weir_outbox *box, const weir_json_out *line);

/* Makes room by leaving out lines of rows, the oldest first. True: some were. */
bool weir_outbox_make_room(struct weir_outbox *box);

/* Takes whole lines, of n bytes at most; returns how many bytes. */
size_t weir_outbox_take(struct weir_outbox *box, char *out, size_t n);

#endif
