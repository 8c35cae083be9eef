/* A stage that skips its source's first item: PENDING, an error and the end look alike to it. */
#include <weir.h>

struct headless {
    weir_stream stream;
    bool skipped;
};

static weir_poll headless_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct headless *self = WEIR_SELF(struct headless, stream);
    if (!self->skipped) {
        weir_poll_skip(weir_source(stream), cx, 1); // lint: ignored_poll 9-23
        self->skipped = true;
    }
    return weir_poll_next(weir_source(stream), cx, out, demand);
}

static const weir_stream_ops headless_ops = {.size = sizeof headless_ops,
                                             .name = "headless",
                                             .poll_next = headless_poll_next,
                                             .marks = WEIR_MARKS_PASS};
static const weir_type price_type = WEIR_TYPE(double);

weir_stream *headless(weir_stream *prices)
{
    prices = weir_expect_type(prices, "headless", "prices", &price_type);
    return weir_stream_new(prices, sizeof(struct headless), &headless_ops, &price_type);
}
