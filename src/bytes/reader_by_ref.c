/* reader_by_ref: stands over a reader that stays the caller's. */

#include "bytes/lending.h"
#include "weir/read.h"

static weir_stage *by_ref_input(const weir_reader *reader, size_t i)
{
    return i ? NULL : &weir_lending_of(reader)->source->stage;
}

static const weir_reader_ops by_ref_ops = {.size = sizeof by_ref_ops,
                                           .name = "by_ref",
                                           .poll_fill = weir_lending_fill,
                                           .fini = weir_lending_fini,
                                           .size_hint = weir_lending_hint,
                                           .reserve = weir_lending_reserve,
                                           .place = weir_lending_place,
                                           .input = by_ref_input,
                                           .memory_max = weir_lending_memory_max};

weir_reader *weir_reader_by_ref(weir_reader *lender)
{
    weir_reader *reader = weir_reader_new(sizeof(struct weir_lending), &by_ref_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    weir_lending_of(reader)->source = lender;
    reader->offset = lender->offset;
    if (!weir_stage_failed(&lender->stage)) /* one that is has an error to report, at any min */
        reader->reserve = lender->reserve;
    return weir_reader_with(reader, &lender->stage);
}
