/* repeat_reader: one byte for ever. */

#include <string.h>

#include "weir/read.h"

enum { REPEAT_BYTES = 4096 };

struct repeat_reader {
    weir_reader reader;
    unsigned char byte;
};

static weir_poll repeat_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    size_t n = reader->end - reader->begin;
    size_t more = min - n > REPEAT_BYTES ? min - n : REPEAT_BYTES;
    unsigned char *room = weir_reader_room(reader, more);
    if (!room)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes", n + more);
    memset(room, WEIR_CONTAINER(reader, struct repeat_reader, reader)->byte, more);
    reader->end += more;
    return (weir_poll){0, WEIR_READY};
}

static weir_hint repeat_reader_size_hint(const weir_reader *reader)
{
    (void)reader;
    return (weir_hint){SIZE_MAX, WEIR_HINT_UNKNOWN};
}

static size_t repeat_memory_max(const weir_reader *reader)
{
    return weir_reader_room_max(reader, REPEAT_BYTES);
}

static const weir_reader_ops repeat_reader_ops = {.size = sizeof repeat_reader_ops,
                                                  .name = "repeat",
                                                  .poll_fill = repeat_poll_fill,
                                                  .size_hint = repeat_reader_size_hint,
                                                  .memory_max = repeat_memory_max};

weir_reader *weir_repeat_reader(unsigned char byte)
{
    weir_reader *reader = weir_reader_new(sizeof(struct repeat_reader), &repeat_reader_ops);
    if (!weir_stage_failed(&reader->stage))
        WEIR_CONTAINER(reader, struct repeat_reader, reader)->byte = byte;
    return reader;
}
