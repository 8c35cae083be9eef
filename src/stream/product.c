/* product: the product of all numbers; 1 where there are none. */

#include "stream/total.h"
#include "weir/stream.h"

static bool take_i64(weir_stream *stream, weir_cx *cx, void *items, uint32_t n)
{
    int64_t *total = &weir_total_of(stream)->is.i, *in = items;
    for (uint32_t i = 0; i < n; i++)
        if (WEIR_UNLIKELY(__builtin_mul_overflow(*total, in[i], total)))
            return weir_total_overflows(stream, cx, n - 1 - i);
    return true;
}

static bool take_u64(weir_stream *stream, weir_cx *cx, void *items, uint32_t n)
{
    uint64_t *total = &weir_total_of(stream)->is.u, *in = items;
    for (uint32_t i = 0; i < n; i++)
        if (WEIR_UNLIKELY(__builtin_mul_overflow(*total, in[i], total)))
            return weir_total_overflows(stream, cx, n - 1 - i);
    return true;
}

/* In order, as one by one: batches change nothing. */
static bool take_f64(weir_stream *stream, weir_cx *cx, void *items, uint32_t n)
{
    double *total = &weir_total_of(stream)->is.f, *in = items;
    (void)cx;
    for (uint32_t i = 0; i < n; i++)
        *total *= in[i];
    return true;
}

static const weir_stream_ops product_ops = {.size = sizeof product_ops,
                                            .name = "product",
                                            .poll_next = weir_total_poll_next,
                                            .size_hint = weir_size_hint_one};

weir_stream *weir_product(weir_stream *source)
{
    static weir_batch_taker *const take[] = {take_i64, take_u64, take_f64};
    return weir_total_new(source, &product_ops, take, 1);
}
