/* HTTP/2 of the client, without nghttp2: nobody agrees on it. */

#ifndef WEIR_HAVE_NGHTTP2
#include "http/client_h2.h"

bool weir_http2c_begin(struct weir_http_link *link)
{
    (void)link;
    return false;
}

void weir_http2c_end(struct weir_http_link *link)
{
    (void)link;
}

bool weir_http2c_is_open(const struct weir_http_link *link)
{
    (void)link;
    return false;
}

bool weir_http2c_rested(struct weir_http_link *link, weir_cx *cx)
{
    (void)link;
    (void)cx;
    return false;
}

bool weir_http2c_ask(weir_reply *reply, weir_cx *cx)
{
    weir_http_fail(reply, cx, WEIR_E_ARGUMENT, "this build has no HTTP/2");
    return false;
}

weir_poll weir_http2c_head(weir_reply *reply, weir_cx *cx)
{
    return weir_http_fail(reply, cx, WEIR_E_ARGUMENT, "this build has no HTTP/2");
}

weir_poll weir_http2c_tell(const weir_reply *reply, weir_cx *cx)
{
    return weir_http_fail(reply, cx, WEIR_E_ARGUMENT, "this build has no HTTP/2");
}

weir_poll weir_http2c_fill(weir_reply *reply, weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)reader;
    (void)min;
    return weir_http2c_head(reply, cx);
}

bool weir_http2c_leave(weir_reply *reply)
{
    (void)reply;
    return false;
}

size_t weir_http2c_memory_max(void)
{
    return 0;
}
#endif
