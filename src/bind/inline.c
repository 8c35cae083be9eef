/* What is inline in C, as functions. */

#include "weir/bind.h"

enum { BIND_VERSION = 100 }; /* 0.1.0, as meson.build says; a test compares */

const unsigned char *weir_peek_bytes(const weir_reader *reader, size_t *n)
{
    return weir_peek(reader, n);
}

void weir_consume_bytes(weir_reader *reader, size_t n)
{
    weir_consume(reader, n);
}

bool weir_stream_is_done(const weir_stream *stream)
{
    return weir_is_done(stream);
}

const void *weir_vec_items(const weir_vec *vec, size_t *n)
{
    *n = vec->n;
    return vec->items;
}

uint32_t weir_version(void)
{
    return BIND_VERSION;
}
