/* inspect_reader: shows bytes as they pass. */

#include "bytes/lending.h"
#include "weir/read.h"

struct inspect_reader {
    struct weir_lending lending;
    weir_see_bytes *see;
    void *arg;
    uint64_t seen; /* up to this offset */
};

static struct inspect_reader *inspect_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct inspect_reader, lending.reader);
}

static weir_poll inspect_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct inspect_reader *self = inspect_of(reader);
    weir_poll got = weir_lending_fill(reader, cx, min);
    uint64_t end = reader->offset + (reader->end - reader->begin);
    size_t fresh = (size_t)(end - self->seen);
    if (fresh)
        self->see(self->arg, reader->base + reader->end - fresh, fresh);
    self->seen = end;
    return got;
}

static const weir_reader_ops inspect_ops = {.size = sizeof inspect_ops,
                                            .name = "inspect",
                                            .poll_fill = inspect_poll_fill,
                                            .fini = weir_lending_fini,
                                            .size_hint = weir_lending_hint,
                                            .reserve = weir_lending_reserve,
                                            .place = weir_lending_place,
                                            .memory_max = weir_lending_memory_max};

weir_reader *weir_inspect_reader(weir_reader *source, weir_see_bytes *see, void *arg)
{
    weir_reader *reader = weir_lending_new(source, sizeof(struct inspect_reader), &inspect_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    inspect_of(reader)->see = see;
    inspect_of(reader)->arg = arg;
    inspect_of(reader)->seen = reader->offset;
    return reader;
}
