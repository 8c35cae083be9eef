/* The source is polled through its own pointer, or by a function that was given. */

#include "weir.h"

typedef weir_poll poll_of(void *self, weir_cx *cx, void *out);

struct either {
    poll_of *poll[2];
    void *self[2];
};

weir_poll either_poll(struct either *self, weir_cx *cx, void *out)
{
    for (int i = 0; i < 2; i++) {
        weir_poll got = self->poll[i](self->self[i], cx, out);
        if (got.state != WEIR_PENDING)
            return got;
    }
    return (weir_poll){0, WEIR_PENDING};
}

weir_poll pass_on(weir_stream *source, weir_cx *cx, void *out)
{
    weir_poll got = source->poll(source, cx, out, 1);
    if (!weir_poll_is_one(got))
        got = weir_poll_rest(source, cx, out, 1, got);
    else
        weir_count_one(source);
    return got.n || got.state != WEIR_PENDING ? got : (weir_poll){0, WEIR_PENDING};
}
