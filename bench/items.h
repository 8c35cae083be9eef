/* bench/items.h: what the parts of `items` share. A row is a chain over n items that ends in a
 * future of one int64_t, what its items come to; peers/futures-rs makes the same chains, item for
 * item, and the same numbers. */
#ifndef BENCH_ITEMS_H
#define BENCH_ITEMS_H

#include "weir.h"

typedef weir_stream *row_build(int64_t n);

/* rows_one.c: one input, items of eight bytes */
row_build row_range, row_map, row_chain4, row_chain4_all, row_own_loop, row_take, row_take_while;
row_build row_skip, row_skip_while, row_enumerate, row_scan, row_peekable, row_filter_map;
row_build row_try_map, row_inspect, row_chunks64, row_collect, row_step_by, row_dedup, row_chain8;
row_build row_filter_predictable;

/* rows_kinds.c: filters that no processor can guess, items that are large, items that own */
row_build row_random, row_random_filter, row_random_map16, row_random_filter16, row_random_filter4;
row_build row_large64, row_large256, row_owned_all, row_owned_half;

/* rows_many.c: several inputs, inner streams and futures */
row_build row_select, row_zip, row_chain, row_merge2, row_merge100, row_merge1000_quiet;
row_build row_flatten1000, row_flatten10, row_flatten_unordered16, row_group_by16, row_then;
row_build row_buffered16, row_buffered16_pending;
row_build row_buffer_unordered16, row_buffer_unordered16_pending;
row_build row_then_async, row_map_async16, row_map_async16_pending, row_map_async_ordered16;
row_build row_channel;

/* The future that each row ends in: the sum of a stream of int64_t. */
weir_stream *rows_sum(weir_stream *stream WEIR_TAKES);

static inline int64_t wrapping_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* Nanoseconds of the processor that this thread has used. */
double cpu_ns(void);

/* by_hand.c: chain4 as a loop: its name, nanoseconds an item; one line a loop. */
void print_by_hand(void);

/* memory.c: what chains allocate; false: one could not be run. */
bool print_memory(void);

#endif
