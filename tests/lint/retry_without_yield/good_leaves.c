/* PENDING leaves the loop, whatever it is called. */

#include "weir.h"

weir_poll fill_some(weir_reader *in, weir_cx *cx, unsigned char *out, size_t n, size_t *filled)
{
    while (*filled < n) {
        weir_poll got = weir_poll_read(in, cx, out + *filled, n - *filled);
        if (got.state != WEIR_READY)
            return got;
        *filled += got.n;
    }
    return (weir_poll){1, WEIR_READY};
}

uint64_t what_is_there(weir_stream *source, weir_cx *cx)
{
    int64_t item;
    uint64_t n = 0;
    for (;;) {
        weir_poll got = weir_poll_next(source, cx, &item, 1);
        n += got.n;
        if (got.state == WEIR_PENDING)
            break;
        if (got.state == WEIR_END || got.state == WEIR_ERROR)
            break;
    }
    return n;
}
