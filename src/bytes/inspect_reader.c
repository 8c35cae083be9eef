/* inspect_reader: shows bytes as they pass. */

#include "bytes/lent.h"
#include "weir/read.h"

struct inspect_reader {
    weir_reader reader;
    weir_see_bytes *see;
    void *arg;
    uint64_t seen; /* up to this offset */
};

static struct inspect_reader *inspect_reader_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct inspect_reader, reader);
}

static weir_poll inspect_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct inspect_reader *self = inspect_reader_of(reader);
    weir_reader *source = weir_lent_source(reader);
    weir_reader_lend(reader, source);
    weir_poll got = weir_poll_fill(source, cx, min);
    weir_reader_lend(reader, source);
    uint64_t end = reader->offset + (reader->end - reader->begin);
    size_t fresh = (size_t)(end - self->seen);
    if (fresh)
        self->see(self->arg, reader->base + reader->end - fresh, fresh);
    self->seen = end;
    return got;
}

static const weir_reader_ops inspect_reader_ops = {.size = sizeof inspect_reader_ops,
                                                   .name = "inspect",
                                                   .poll_fill = inspect_poll_fill,
                                                   .fini = weir_lent_fini,
                                                   .size_hint = weir_lent_size_hint,
                                                   .reserve = weir_lent_reserve,
                                                   .place = weir_lent_place,
                                                   .memory_max = weir_lent_memory_max,
                                                   .half_of = weir_lent_half_of};

weir_reader *weir_inspect_reader(weir_reader *source, weir_see_bytes *see, void *arg)
{
    weir_reader *reader =
        weir_reader_over(source, sizeof(struct inspect_reader), &inspect_reader_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    weir_lent_begin(reader);
    inspect_reader_of(reader)->see = see;
    inspect_reader_of(reader)->arg = arg;
    inspect_reader_of(reader)->seen = reader->offset;
    return reader;
}
