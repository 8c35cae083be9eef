/* The first one is over; what is polled behind it is the second one. */

#include "weir.h"

struct both {
    weir_stream stream;
    weir_stream *second;
};

weir_poll both_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct both *self = WEIR_SELF(struct both, stream);
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand);
    if (got.state == WEIR_END && !got.n)
        return weir_poll_next(self->second, cx, out, demand);
    return got;
}

bool count_both(weir_stream *first, weir_stream *second, uint64_t *n, weir_error *error)
{
    weir_line line;
    weir_state state;
    while ((state = weir_await_next(first, &line, error)) == WEIR_READY)
        ++*n;
    if (state == WEIR_END)
        while (weir_await_next(second, &line, error) == WEIR_READY)
            ++*n;
    return error->code == WEIR_OK;
}
