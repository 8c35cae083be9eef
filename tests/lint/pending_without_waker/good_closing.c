/* Not PENDING, or not an answer: a state that is compared, kept, printed. */

#include <stdio.h>

#include "weir.h"

struct watched {
    weir_stream stream;
    weir_state last;
    uint64_t waits;
};

weir_poll watched_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct watched *self = WEIR_SELF(struct watched, stream);
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand);
    self->last = got.state == WEIR_PENDING ? WEIR_PENDING : got.state;
    self->waits += self->last == WEIR_PENDING;
    if (self->last == WEIR_PENDING && self->waits % 1000 == 0)
        printf("waited %llu times\n", (unsigned long long)self->waits);
    return got;
}

/* Ends, or fails, whatever else it is asked. */
weir_poll closed_poll(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream, (void)out;
    if (demand == 0)
        return weir_fail(cx, WEIR_E_ARGUMENT, "a demand of 0");
    return (weir_poll){0, cx->stopping ? WEIR_END : WEIR_READY};
}
