/* limit_reader: an error where a reader has more than so many bytes. */

#include "bytes/lent.h"
#include "weir/read.h"

struct limit_reader {
    weir_reader reader;
    uint64_t end_at; /* an offset of the source's */
    uint64_t bytes_max;
};

static struct limit_reader *limit_reader_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct limit_reader, reader);
}

/* Asked for more than is let through, it looks whether there is one byte more. */
static weir_poll limit_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct limit_reader *self = limit_reader_of(reader);
    weir_lent_up_to(reader, self->end_at);
    uint64_t left = self->end_at - reader->offset;
    size_t ask = left < min ? (size_t)left + 1 : min;
    weir_poll got = weir_poll_fill(weir_lent_source(&self->reader), cx, ask);
    weir_lent_up_to(reader, self->end_at);
    if (got.state != WEIR_READY || ask <= left)
        return got;
    weir_fail_at(cx, reader, WEIR_E_LIMIT, "more than bytes_max = %llu bytes",
                 (unsigned long long)self->bytes_max);
    cx->error.byte = self->end_at;
    return (weir_poll){0, WEIR_ERROR};
}

static const weir_reader_ops limit_reader_ops = {.size = sizeof limit_reader_ops,
                                                 .name = "limit",
                                                 .poll_fill = limit_poll_fill,
                                                 .fini = weir_lent_fini,
                                                 .reserve = weir_lent_reserve,
                                                 .place = weir_lent_place,
                                                 .memory_max = weir_lent_memory_max,
                                                 .half_of = weir_lent_half_of};

weir_reader *weir_limit_reader(weir_reader *source, uint64_t bytes_max)
{
    uint64_t from = source->offset;
    weir_reader *reader = weir_reader_over(source, sizeof(struct limit_reader), &limit_reader_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    weir_lent_begin(reader);
    limit_reader_of(reader)->bytes_max = bytes_max;
    limit_reader_of(reader)->end_at = bytes_max < UINT64_MAX - from ? from + bytes_max : UINT64_MAX;
    return reader;
}
