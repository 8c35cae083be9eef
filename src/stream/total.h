/* What sum and product share: one number made of all. */
#ifndef WEIR_STREAM_TOTAL_H
#define WEIR_STREAM_TOTAL_H

#include <string.h>

#include "stream/batches.h"
#include "stream/order.h"

struct weir_total {
    weir_stream stream;
    union {
        int64_t i;
        uint64_t u;
        double f;
    } is;
    weir_batch_taker *take;
    uint32_t demand;
};

static inline struct weir_total *weir_total_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_total, stream);
}

/* The total is no number of its type; `left` items of the batch stand behind the one too many. */
static inline bool weir_total_overflows(weir_stream *stream, weir_cx *cx, uint32_t left)
{
    weir_fail(cx, WEIR_E_LIMIT, "the %s is more than a '%s' holds", stream->ops->name,
              stream->type->name);
    cx->error.record = weir_source(stream)->stage.n - left;
    cx->error.cure = "a map to double, or smaller numbers";
    return false;
}

static inline weir_poll weir_total_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                             size_t demand)
{
    struct weir_total *self = weir_total_of(stream);
    (void)demand;
    weir_poll got = weir_batches(stream, cx, &self->demand, self->take);
    if (got.state != WEIR_END)
        return got;
    memcpy(out, &self->is, stream->type->size);
    return (weir_poll){1, WEIR_END};
}

/* The takers of the three types, by + or * and the builtin that tells its overflow. Doubles in
 * order, as one by one: batches change nothing. */
#define WEIR_TOTAL_TAKER_(name, type, member, overflows)                                           \
    static bool name(weir_stream *stream, weir_cx *cx, void *items, uint32_t n)                    \
    {                                                                                              \
        type *total = &weir_total_of(stream)->is.member, *in = items;                              \
        for (uint32_t i = 0; i < n; i++)                                                           \
            if (WEIR_UNLIKELY(overflows(*total, in[i], total)))                                    \
                return weir_total_overflows(stream, cx, n - 1 - i);                                \
        return true;                                                                               \
    }
#define WEIR_TOTAL_TAKERS(total_, overflows, operator_)                                            \
    WEIR_TOTAL_TAKER_(total_##_take_i64, int64_t, i, overflows)                                    \
    WEIR_TOTAL_TAKER_(total_##_take_u64, uint64_t, u, overflows)                                   \
    static bool total_##_take_f64(weir_stream *stream, weir_cx *cx, void *items, uint32_t n)       \
    {                                                                                              \
        double *total = &weir_total_of(stream)->is.f, *in = items;                                 \
        (void)cx;                                                                                  \
        for (uint32_t i = 0; i < n; i++)                                                           \
            *total = *total operator_ in[i];                                                       \
        return true;                                                                               \
    }

/* Of a failed source: itself. The three are those of int64_t, uint64_t and double. */
static inline weir_stream *weir_total_new(weir_stream *source, const weir_stream_ops *ops,
                                          weir_batch_taker *const take[3], int first)
{
    weir_number_kind number = weir_number_of(source->type);
    if (weir_stage_failed(&source->stage))
        return source;
    if (number == WEIR_NO_NUMBER || source->type->size != sizeof(int64_t))
        return weir_stream_refuse(
            &source->stage, WEIR_E_TYPE, "a map to one of them",
            "%s takes 'int64_t', 'uint64_t' or 'double', but the source yields '%s'", ops->name,
            source->type->name, 0);
    weir_stream *stream = weir_stream_new(source, sizeof(struct weir_total), ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct weir_total *self = weir_total_of(stream);
    self->take = take[number - WEIR_SIGNED];
    if (number == WEIR_REAL)
        self->is.f = first;
    else
        self->is.i = first;
    stream->stage.one = true;
    return weir_stream_scratch(stream, source->type);
}

#endif
