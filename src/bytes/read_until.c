/* read_until: up to a delimiter, and with it. */

#include "bytes/find.h"
#include "bytes/gather.h"
#include "weir/read.h"

/* Of what is in hand, or one fill brings. READY: the delimiter was among it, or the input is over.
 */
static weir_poll read_until_take_some(weir_reader *reader, weir_cx *cx, unsigned char delimiter,
                                      weir_vec *out, size_t bytes_max, bool *found)
{
    weir_poll got = weir_poll_fill(reader, cx, 1);
    if (got.state != WEIR_READY) {
        *found = got.state == WEIR_END;
        return *found ? (weir_poll){0, WEIR_READY} : got;
    }
    size_t n;
    const unsigned char *bytes = weir_peek(reader, &n);
    size_t at = weir_find_byte(bytes, n, delimiter);
    *found = at < n;
    bool fits = weir_gather(out, cx, reader, at + *found, bytes_max);
    return (weir_poll){0, fits ? WEIR_READY : WEIR_ERROR};
}

weir_poll weir_poll_read_until(weir_reader *reader, weir_cx *cx, unsigned char delimiter,
                               weir_vec *out, size_t bytes_max)
{
    size_t before = out->n;
    for (bool begun = false, found; weir_read_goes_on(cx, &begun);) {
        weir_poll got = read_until_take_some(reader, cx, delimiter, out, bytes_max, &found);
        if (got.state != WEIR_READY)
            return got;
        if (found)
            return weir_read_moved(out->n - before);
    }
    return weir_wait_turn(cx);
}

static weir_poll read_until_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_gatherer *self = weir_gatherer_begin(stream);
    (void)demand;
    weir_poll got =
        weir_poll_read_until(self->future.reader, cx, self->delimiter, self->out, self->bytes_max);
    return weir_read_future_end(stream, cx, out, got);
}

static const weir_stream_ops read_until_ops = WEIR_GATHERER_OPS(read_until);

weir_stream *weir_read_until(weir_reader *reader, unsigned char delimiter, weir_vec *out,
                             size_t bytes_max)
{
    weir_stream *stream = weir_gatherer_new(reader, &read_until_ops, out, bytes_max);
    if (!weir_stage_failed(&stream->stage))
        WEIR_CONTAINER(stream, struct weir_gatherer, future.stream)->delimiter = delimiter;
    return stream;
}
