/* null_writer: takes everything, keeps nothing. */

#include "weir/writer.h"

static weir_poll null_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)writer;
    (void)cx;
    (void)bytes;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static int64_t null_try_write(weir_writer *writer, const void *bytes, size_t n)
{
    (void)writer;
    (void)bytes;
    return (int64_t)n;
}

static const weir_writer_ops null_ops = {.size = sizeof null_ops,
                                         .name = "null",
                                         .poll_write = null_poll_write,
                                         .try_write = null_try_write};

weir_writer *weir_null_writer(void)
{
    return weir_writer_new(sizeof(weir_writer), &null_ops);
}
