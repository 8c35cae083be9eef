/* take_reader: the first n bytes of a reader. */

#include "bytes/lent.h"
#include "weir/read.h"

struct take_reader {
    weir_reader reader;
    uint64_t end_at; /* an offset of the source's */
};

static struct take_reader *take_reader_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct take_reader, reader);
}

static weir_poll take_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct take_reader *self = take_reader_of(reader);
    weir_lent_up_to(reader, self->end_at);
    uint64_t left = self->end_at - reader->offset;
    if (reader->end - reader->begin == left)
        return (weir_poll){0, WEIR_END};
    bool last = left < min;
    weir_poll got = weir_poll_fill(weir_lent_source(reader), cx, last ? (size_t)left : min);
    weir_lent_up_to(reader, self->end_at);
    return got.state == WEIR_READY && last ? (weir_poll){0, WEIR_END} : got;
}

static weir_hint take_reader_size_hint(const weir_reader *reader)
{
    weir_hint hint = weir_lent_size_hint(reader);
    uint64_t left = take_reader_of(reader)->end_at - reader->offset - (reader->end - reader->begin);
    hint.lower = hint.lower < left ? hint.lower : (size_t)left;
    hint.upper = hint.upper < left ? hint.upper : (size_t)left;
    return hint;
}

static const weir_reader_ops take_reader_ops = {.size = sizeof take_reader_ops,
                                                .name = "take",
                                                .poll_fill = take_poll_fill,
                                                .fini = weir_lent_fini,
                                                .size_hint = take_reader_size_hint,
                                                .reserve = weir_lent_reserve,
                                                .place = weir_lent_place,
                                                .memory_max = weir_lent_memory_max,
                                                .half_of = weir_lent_half_of};

weir_reader *weir_take_reader(weir_reader *source, uint64_t n)
{
    uint64_t from = source->offset;
    weir_reader *reader = weir_reader_over(source, sizeof(struct take_reader), &take_reader_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    weir_lent_begin(reader);
    take_reader_of(reader)->end_at = n < UINT64_MAX - from ? from + n : UINT64_MAX;
    return reader;
}
