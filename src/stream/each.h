/* What inspect and for_each share: a function that is shown items. */
#ifndef WEIR_STREAM_EACH_H
#define WEIR_STREAM_EACH_H

#include "weir/fn.h"

static inline void weir_each(const weir_each_fn *fn, const char *items, size_t n, void *arg)
{
    if (fn->batch && n) {
        fn->batch(items, n, arg);
        return;
    }
    for (size_t i = 0; i < n; i++)
        fn->one(items + i * fn->of->size, arg);
}

#endif
