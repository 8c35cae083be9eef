/* What unzip and partition share: two vecs, which are given as one pair. */
#ifndef WEIR_STREAM_TWO_VECS_H
#define WEIR_STREAM_TWO_VECS_H

#include "stream/batches.h"
#include "stream/gather.h"

struct weir_two_vecs {
    weir_stream stream;
    size_t items_max;
    weir_vec vecs[2];
    uint32_t demand;
};

static inline struct weir_two_vecs *weir_two_vecs_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_two_vecs, stream);
}

/* Room for n items more in one of them; `held` of those that are allowed are there already. False:
 * cx->error says why. */
static inline bool weir_two_vecs_room(struct weir_two_vecs *self, weir_cx *cx, int i, size_t n,
                                      size_t held, size_t first)
{
    weir_vec *vec = &self->vecs[i];
    if (n > self->items_max - held) {
        weir_fail(cx, WEIR_E_LIMIT, "more than %zu items to %s", self->items_max,
                  self->stream.ops->name);
        return false;
    }
    return weir_vec_make_room(cx, vec, vec->of, n, first, self->items_max);
}

static inline weir_poll weir_two_vecs_poll(weir_stream *stream, weir_cx *cx, void *out,
                                           weir_batch_taker *take)
{
    struct weir_two_vecs *self = weir_two_vecs_of(stream);
    weir_poll got = weir_batches(stream, cx, &self->demand, take);
    if (got.state != WEIR_END)
        return got;
    memcpy(out, self->vecs, sizeof self->vecs);
    memset(self->vecs, 0, sizeof self->vecs);
    return (weir_poll){1, WEIR_END};
}

static inline void weir_two_vecs_fini(weir_stream *stream)
{
    weir_vec_drop(&weir_two_vecs_of(stream)->vecs[0]);
    weir_vec_drop(&weir_two_vecs_of(stream)->vecs[1]);
}

/* The source is fine. */
static inline weir_stream *weir_two_vecs_new(weir_stream *source, size_t size,
                                             const weir_stream_ops *ops, size_t items_max)
{
    weir_stream *stream =
        weir_stream_new(source, size, ops, weir_type_pair(&weir_type_vec, &weir_type_vec));
    if (weir_stage_failed(&stream->stage))
        return stream;
    weir_two_vecs_of(stream)->items_max = items_max;
    stream->stage.one = true;
    return weir_stream_scratch(stream, source->type);
}

#endif
