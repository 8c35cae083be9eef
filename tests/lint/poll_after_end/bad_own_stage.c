/* A stage that polls its source behind the end of it. */

#include "weir.h"

struct pairs {
    weir_stream stream;
    int64_t odd;
};

weir_poll pairs_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct pairs *self = WEIR_SELF(struct pairs, stream);
    weir_stream *source = weir_source(stream);
    int64_t *sum = out;
    (void)demand;
    weir_poll got = weir_poll_next(source, cx, sum, 1);
    if (got.state == WEIR_END) {
        *sum += self->odd;
        got = weir_poll_next(source, cx, &self->odd, 1); // lint: poll_after_end 15-29
    }
    return got;
}
