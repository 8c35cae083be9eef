/* A loop of a stage that ends its turn when the budget is spent. */

#include "weir.h"

struct evens {
    weir_stream stream;
};

weir_poll evens_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_stream *source = weir_source(stream);
    int64_t *item = out;
    (void)demand;
    do {
        weir_poll got = weir_poll_next(source, cx, item, 1);
        if (!got.n || *item % 2 == 0)
            return got;
    } while (weir_spend(cx));
    return (weir_poll){0, WEIR_READY};
}

weir_poll drain_poll(weir_stream *source, weir_cx *cx)
{
    int64_t item;
    while (weir_spend(cx)) {
        weir_poll got = weir_poll_next(source, cx, &item, 1);
        if (got.state != WEIR_READY)
            return got;
    }
    return weir_wait_turn(cx);
}
