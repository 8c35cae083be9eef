/* Records made of records, one of one, each of which may fail: an error stands in the place of its
 * item, and what is made is lent as what it is made of. */
#ifndef WEIR_FORMAT_REMAKE_H
#define WEIR_FORMAT_REMAKE_H

#include "stream/taken.h"
#include "weir/record.h"

/* Makes *out; false: error was set. */
struct weir_remake;
typedef bool weir_remake_one(struct weir_remake *self, void *out, weir_record_view in,
                             weir_error *error);

/* The first member of such a stage's state. */
struct weir_remake {
    weir_stream stream;
    weir_remake_one *one;
    void (*begin)(struct weir_remake *self); /* a poll begins: what was lent is over. Optional */
    uint64_t tried;
    struct weir_taken taken;
    size_t spent;      /* of the items taken: passed on before, and dropped */
    const char *field; /* set by `one`: what it refused is there */
    weir_held_error failed;
    bool refused; /* what was taken last, by the last poll's error */
};

weir_poll weir_remake_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand);
bool weir_remake_rejected(const weir_stream *stream, weir_line *out); /* as it came, with a text */
weir_hint weir_remake_size_hint(const weir_stream *stream);
void weir_remake_drop(struct weir_remake *self); /* in the stage's fini */

/* A stage of `size` bytes, or the failed one. items_max: how many are made at once. */
weir_stream *weir_remake_new(weir_stream *source, size_t size, const weir_stream_ops *ops,
                             const weir_type *type, weir_remake_one *one, size_t items_max);

#endif
