/* Polls until there is something: while it does, nobody can bring it. */

#include "weir.h"

struct doubled {
    weir_stream stream;
};

weir_poll doubled_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_poll got;
    int64_t *item = out;
    (void)demand;
    // lint-next: retry_without_yield 5-10
    while ((got = weir_poll_next(weir_source(stream), cx, item, 1)).state == WEIR_PENDING)
        ;
    if (got.n)
        *item *= 2;
    return got;
}
