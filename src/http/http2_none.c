/* HTTP/2 in a library that was built without nghttp2: nobody is taken to speak it. */

#ifndef WEIR_HAVE_NGHTTP2
#include "http/exchange.h"
#include "weir/duplex.h"

bool weir_http2_is_built(void)
{
    return false;
}

struct weir_http2 *weir_http2_new(weir_duplex io, const struct weir_http_config *config)
{
    (void)config;
    weir_duplex_abort(io);
    return NULL;
}

weir_poll weir_http2_poll_next(struct weir_http2 *self, weir_cx *cx, weir_exchange **out)
{
    (void)self;
    (void)cx;
    (void)out;
    return (weir_poll){0, WEIR_END};
}

void weir_http2_leave(struct weir_http2 *self)
{
    (void)self;
}

weir_stage *weir_http2_input(const struct weir_http2 *self, size_t i)
{
    (void)self;
    (void)i;
    return NULL;
}

size_t weir_http2_memory_max(const struct weir_http_config *config)
{
    (void)config;
    return 0;
}
#endif
