/* What writers over another one pass on as it stands. */
#ifndef WEIR_BYTES_BELOW_H
#define WEIR_BYTES_BELOW_H

#include "bytes/raw.h"
#include "weir/ready.h"

static inline weir_poll weir_below_open(weir_writer *writer, weir_cx *cx)
{
    return weir_poll_open(weir_writer_below(writer), cx);
}

static inline weir_poll weir_below_flush(weir_writer *writer, weir_cx *cx)
{
    return weir_poll_flush(weir_writer_below(writer), cx);
}

/* A sink looks at `cut` before it commits. */
static inline weir_poll weir_below_close(weir_writer *writer, weir_cx *cx)
{
    weir_writer *below = weir_writer_below(writer);
    below->stage.cut |= writer->stage.cut;
    return weir_poll_close(below, cx);
}

static inline weir_strength weir_below_strength(const weir_writer *writer)
{
    return weir_writer_strength(weir_writer_below(writer));
}

static inline weir_poll weir_below_settle(weir_writer *writer, weir_cx *cx, weir_strength strength)
{
    return weir_writer_settle(weir_writer_below(writer), cx, strength);
}

static inline weir_poll weir_below_room(weir_writer *writer, weir_cx *cx)
{
    return weir_poll_room(weir_writer_below(writer), cx);
}

static inline size_t weir_below_unsent(const weir_writer *writer)
{
    return weir_unsent(weir_writer_below(writer));
}

static inline const void *weir_half_of(const weir_writer *writer)
{
    return WEIR_OPS_HAVE(writer->ops, half_of) ? writer->ops->half_of(writer) : NULL;
}

static inline const void *weir_below_half_of(const weir_writer *writer)
{
    return weir_half_of(weir_writer_below(writer));
}

#endif
