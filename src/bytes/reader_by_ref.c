/* reader_by_ref: stands over a reader that stays the caller's. */

#include "bytes/lent.h"
#include "weir/read.h"
#include "weir/ready.h"

struct reader_by_ref {
    weir_reader reader;
    weir_reader *lender;
};

static weir_reader *reader_by_ref_lender_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct reader_by_ref, reader)->lender;
}

static weir_poll by_ref_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    weir_reader_lend(reader, reader_by_ref_lender_of(reader));
    weir_poll got = weir_poll_fill(reader_by_ref_lender_of(reader), cx, min);
    weir_reader_lend(reader, reader_by_ref_lender_of(reader));
    return got;
}

/* The caller goes on where this one stopped. */
static void by_ref_fini(weir_reader *reader)
{
    weir_consume(reader_by_ref_lender_of(reader),
                 (size_t)(reader->offset - reader_by_ref_lender_of(reader)->offset));
}

static weir_hint reader_by_ref_size_hint(const weir_reader *reader)
{
    return weir_lent_hint_of(reader, reader_by_ref_lender_of(reader));
}

static bool by_ref_reserve(weir_reader *reader, size_t bytes)
{
    return weir_reader_reserve(reader_by_ref_lender_of(reader), bytes);
}

static const char *by_ref_place(const weir_reader *reader, uint64_t *byte)
{
    const weir_reader *lender = reader_by_ref_lender_of(reader);
    return lender->ops->place ? lender->ops->place(lender, byte) : NULL;
}

static weir_poll by_ref_poll_hup(weir_reader *reader, weir_cx *cx)
{
    return weir_poll_hup(reader_by_ref_lender_of(reader), cx);
}

static weir_stage *reader_by_ref_input(const weir_reader *reader, size_t i)
{
    return i ? NULL : &reader_by_ref_lender_of(reader)->stage;
}

static const weir_reader_ops reader_by_ref_ops = {.size = sizeof reader_by_ref_ops,
                                                  .name = "by_ref",
                                                  .poll_fill = by_ref_poll_fill,
                                                  .fini = by_ref_fini,
                                                  .size_hint = reader_by_ref_size_hint,
                                                  .reserve = by_ref_reserve,
                                                  .place = by_ref_place,
                                                  .input = reader_by_ref_input,
                                                  .memory_max = weir_lent_memory_max,
                                                  .poll_hup = by_ref_poll_hup};

weir_reader *weir_reader_by_ref(weir_reader *lender)
{
    weir_reader *reader = weir_reader_new(sizeof(struct reader_by_ref), &reader_by_ref_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    WEIR_CONTAINER(reader, struct reader_by_ref, reader)->lender = lender;
    reader->offset = lender->offset;
    if (!weir_stage_failed(&lender->stage)) /* one that is has an error to report, at any min */
        reader->reserve = lender->reserve;
    return weir_reader_with(reader, &lender->stage);
}
