/* What by_ref and next share: they stand over a stream that stays the caller's. */
#ifndef WEIR_STREAM_LENDER_H
#define WEIR_STREAM_LENDER_H

#include "core/poll.h"

struct weir_borrower {
    weir_stream stream;
    weir_stream *lender;
};

static inline weir_stream *weir_lender_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_borrower, stream)->lender;
}

static inline weir_stage *weir_lender_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &weir_lender_of(stream)->stage;
}

/* Of a stream that could not be built, the reason: it is reported here too. */
static inline weir_stream *weir_lender_refuse(weir_stream *stream, const weir_stream *lender)
{
    const weir_fault *fault = lender->stage.arena ? weir_arena_fault(lender->stage.arena) : NULL;
    weir_stream *refused = weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                              "no memory for a chain", NULL, NULL, 0);
    if (fault && refused->stage.arena)
        weir_arena_keep_fault(refused->stage.arena, fault);
    return refused;
}

static inline weir_stream *weir_borrower_new(weir_stream *lender, size_t size,
                                             const weir_stream_ops *ops)
{
    weir_stream *stream = weir_source_new(size, ops, lender->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    WEIR_CONTAINER(stream, struct weir_borrower, stream)->lender = lender;
    if (weir_stage_failed(&lender->stage))
        return weir_lender_refuse(stream, lender);
    return weir_stream_with(stream, &lender->stage);
}

#endif
