/* What an item weighs, costs, or how long it waits: a number by a function of the user's. */
#ifndef WEIR_STREAM_COST_H
#define WEIR_STREAM_COST_H

#include "core/poll.h"
#include "weir/fn.h"

struct weir_cost {
    const weir_key_fn *fn;
    void *arg;
};

static inline uint64_t weir_cost_of(const struct weir_cost *cost, const void *item)
{
    uint64_t is = 1;
    cost->fn->one(&is, item, cost->arg);
    return is;
}

/* It is for the source's items, and gives a number of the right kind. */
static inline weir_stream *weir_expect_cost(weir_stream *source, const char *stage,
                                            const weir_key_fn *fn)
{
    source = weir_expect_type(source, stage, fn->name, fn->of);
    source = weir_expect_size(source, stage, fn->name, fn->of, fn->of_size);
    if (weir_stage_failed(&source->stage) || weir_type_fits(fn->key, &weir_type_u64))
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_TYPE,
                              "a function that answers with a uint64_t",
                              "%s '%s' does not answer with a uint64_t", stage, fn->name, 0);
}

#endif
