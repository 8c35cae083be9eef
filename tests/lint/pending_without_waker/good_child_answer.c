/* A child said PENDING and has the waker: its answer is passed on, as it is or in other words. */

#include "weir.h"

struct sum {
    weir_stream stream;
    int64_t total;
};

weir_poll sum_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct sum *self = WEIR_SELF(struct sum, stream);
    int64_t item;
    weir_poll got = weir_poll_next(weir_source(stream), cx, &item, 1);
    (void)demand;
    if (got.state == WEIR_PENDING)
        return (weir_poll){0, WEIR_PENDING};
    if (!got.n)
        return got;
    self->total += item;
    *(int64_t *)out = self->total;
    return (weir_poll){1, got.state};
}

weir_poll read_both(weir_reader *first, weir_reader *second, weir_cx *cx)
{
    weir_poll one = weir_poll_fill(first, cx, 1);
    weir_poll two = weir_poll_fill(second, cx, 1);
    if (one.state == WEIR_PENDING && two.state == WEIR_PENDING)
        return (weir_poll){0, WEIR_PENDING};
    return one.state == WEIR_PENDING ? two : one;
}
