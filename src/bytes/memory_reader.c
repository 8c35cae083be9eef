/* memory_reader: bytes that are all in hand from the beginning. */

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

static const weir_reader_ops memory_ops = {
    .name = "memory", .poll_fill = memory_poll_fill, .size_hint = memory_size_hint};

weir_reader *weir_memory_reader(const void *bytes, size_t n)
{
    weir_reader *reader = weir_reader_new(sizeof *reader, &memory_ops);
    if (weir_stage_failed(&reader->stage) || !n)
        return reader;
    reader->base = (unsigned char *)(uintptr_t)bytes; /* read only: it is not owned */
    reader->end = n;
    reader->room = n;
    return reader;
}
