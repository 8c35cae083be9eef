/* memory_reader: bytes that are all in hand from the beginning. */

#include "bytes/seek.h"
#include "weir/reader.h"

static weir_poll memory_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)reader;
    (void)cx;
    (void)min;
    return (weir_poll){0, WEIR_END};
}

static weir_hint memory_size_hint(const weir_reader *reader)
{
    (void)reader;
    return (weir_hint){0, 0};
}

static weir_poll memory_poll_seek(weir_reader *reader, weir_cx *cx, weir_whence whence,
                                  int64_t offset)
{
    uint64_t at;
    weir_poll got = weir_seek_to(reader, cx, whence, offset, reader->end, &at);
    if (got.state != WEIR_READY)
        return got;
    reader->offset = at;
    reader->begin = at < reader->end ? (size_t)at : reader->end;
    return got;
}

/* The bytes are the caller's. */
static size_t memory_reader_memory_max(const weir_reader *reader)
{
    (void)reader;
    return 0;
}

static const weir_reader_ops memory_reader_ops = {.size = sizeof memory_reader_ops,
                                                  .name = "memory",
                                                  .poll_fill = memory_poll_fill,
                                                  .size_hint = memory_size_hint,
                                                  .memory_max = memory_reader_memory_max,
                                                  .poll_seek = memory_poll_seek};

weir_reader *weir_memory_reader(const void *bytes, size_t n)
{
    weir_reader *reader = weir_reader_new(sizeof *reader, &memory_reader_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    reader->stage.emptied = true; /* it never holds anything */
    if (!n)
        return reader;
    reader->base = (unsigned char *)(uintptr_t)bytes; /* read only: it is not owned */
    reader->end = n;
    reader->stage.padded = false; /* nothing is known of what stands behind the caller's bytes */
    return reader;
}
