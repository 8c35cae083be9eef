/* product: the product of all numbers; 1 where there are none. */

#include "stream/total.h"
#include "weir/stream.h"

WEIR_TOTAL_TAKERS(product, __builtin_mul_overflow, *)

static const weir_stream_ops product_ops = {.size = sizeof product_ops,
                                            .name = "product",
                                            .poll_next = weir_total_poll_next,
                                            .size_hint = weir_size_hint_one,
                                            .marks = WEIR_MARKS_LOSE};

weir_stream *weir_product(weir_stream *source)
{
    static weir_batch_taker *const take[] = {product_take_i64, product_take_u64, product_take_f64};
    return weir_total_new(source, &product_ops, take, 1);
}
