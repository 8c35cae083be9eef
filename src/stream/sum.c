/* sum: the sum of all numbers; 0 where there are none. */

#include "stream/total.h"
#include "weir/stream.h"

WEIR_TOTAL_TAKERS(sum, __builtin_add_overflow, +)

static const weir_stream_ops sum_ops = {.size = sizeof sum_ops,
                                        .name = "sum",
                                        .poll_next = weir_total_poll_next,
                                        .size_hint = weir_size_hint_one,
                                        .marks = WEIR_MARKS_LOSE};

weir_stream *weir_sum(weir_stream *source)
{
    static weir_batch_taker *const take[] = {sum_take_i64, sum_take_u64, sum_take_f64};
    return weir_total_new(source, &sum_ops, take, 0);
}
