/* The chunks of the try forms: weir gives a chunk and then the error that cut it, where the
 * reference gives both as one item. An uncounted stage behind the chunks joins them. */

#include <string.h>

#include "conform.h"

struct joined {
    weir_stream stream;
    const weir_account *below; /* counts the errors that went into the chunks */
    uint64_t errors;           /* those that came out */
};

static struct value no_items(void)
{
    return value_array(0);
}

static weir_poll give_error(struct joined *self, weir_cx *cx, void *out, struct value chunk)
{
    self->errors++;
    struct value made = value_error_behind(cx->error.number, chunk);
    memcpy(out, &made, sizeof made);
    return (weir_poll){1, WEIR_READY};
}

/* An error that went in and has not come out is held: the chunk was cut by it. */
static weir_poll joined_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct joined *self = WEIR_SELF(struct joined, stream);
    weir_stream *source = weir_source(stream);
    weir_vec vec;
    (void)demand;
    weir_poll got = weir_poll_next(source, cx, &vec, 1);
    if (got.state == WEIR_ERROR)
        return give_error(self, cx, out, no_items());
    if (!got.n)
        return got;
    struct value chunk = adapt_vec(&vec);
    if (self->below->errors > self->errors) {
        weir_ignore(weir_poll_next(source, cx, &vec, 1));
        return give_error(self, cx, out, chunk);
    }
    memcpy(out, &chunk, sizeof chunk);
    return got;
}

static const weir_stream_ops joined_ops = {
    .size = sizeof joined_ops, .name = "joined", .poll_next = joined_poll_next};

weir_stream *adapt_try_chunks(weir_stream *source, weir_stream *below)
{
    const weir_account *account = weir_stage_account(&below->stage);
    weir_stream *stream = weir_stream_new(source, sizeof(struct joined), &joined_ops, &value_type);
    if (!weir_stage_failed(&stream->stage))
        WEIR_SELF(struct joined, stream)->below = account;
    return stream;
}
