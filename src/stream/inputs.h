/* What the stages share that take an array of streams, or of futures. */
#ifndef WEIR_STREAM_INPUTS_H
#define WEIR_STREAM_INPUTS_H

#include "core/stage.h"

/* Drops all but one, which it returns; kept == n: all, and NULL. */
static inline weir_stream *weir_inputs_drop_but(weir_stream *const *inputs, size_t n, size_t kept)
{
    for (size_t i = 0; i < n; i++)
        if (i != kept)
            weir_stream_drop(inputs[i]);
    return kept < n ? inputs[kept] : NULL;
}

/* Of no stage whose name it could bear. The range is part of the text. */
static inline weir_stream *weir_inputs_refuse_number(weir_stream *const *inputs, size_t n,
                                                     const char *stage, const char *range)
{
    weir_inputs_drop_but(inputs, n, n);
    return weir_stream_refused(WEIR_E_ARGUMENT, "several of them in one",
                               "%s takes %s futures, not %zu", stage, range, n);
}

/* The failed stream, where one could not be built or is no future that gives an owned `type`; the
 * others are dropped. NULL: all are fine. */
static inline weir_stream *weir_inputs_refuse_futures(weir_stream *const *futures, size_t n,
                                                      const char *stage, const weir_type *type)
{
    for (size_t i = 0; i < n; i++)
        if (weir_stage_failed(&futures[i]->stage))
            return weir_inputs_drop_but(futures, n, i);
    for (size_t i = 0; i < n; i++) {
        weir_stream *future = weir_expect_one_type(futures[i], stage, type);
        future = weir_expect_owned(weir_expect_one(future, stage), stage);
        if (!weir_stage_failed(&future->stage))
            continue;
        weir_inputs_drop_but(futures, n, i);
        return future;
    }
    return NULL;
}

#endif
