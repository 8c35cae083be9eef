/* Rows of one input and items of eight bytes: what a stage costs. */

#include "items.h"

/* ---- functions ---- */

static int64_t scale(int64_t x, void *arg)
{
    (void)arg;
    return x * 3 + 1;
}

static bool is_even(int64_t x, void *arg)
{
    (void)arg;
    return (x & 1) == 0;
}

static bool is_positive(int64_t x, void *arg)
{
    (void)arg;
    return x >= 0;
}

static int64_t quarter(int64_t x, void *arg)
{
    (void)arg;
    return x >> 2;
}

static int64_t mix_bits(int64_t x, void *arg)
{
    (void)arg;
    return x ^ (x >> 3);
}

static void add(int64_t *sum, int64_t x, void *arg)
{
    (void)arg;
    *sum = wrapping_add(*sum, x);
}

struct indexed {
    uint64_t index;
    int64_t item;
};

static int64_t add_index(struct indexed indexed, void *arg)
{
    (void)arg;
    return wrapping_add((int64_t)indexed.index, indexed.item);
}

static bool add_up(int64_t *state, int64_t x, int64_t *out)
{
    *state = wrapping_add(*state, x);
    *out = *state;
    return true;
}

static bool half_of_even(int64_t x, int64_t *out, void *arg)
{
    (void)arg;
    *out = x >> 1;
    return (x & 1) == 0;
}

static bool add_one(int64_t x, int64_t *out, void *arg, weir_error *error)
{
    (void)arg;
    (void)error;
    *out = x + 1;
    return true;
}

static volatile int64_t seen;

static void see(int64_t x, void *arg)
{
    (void)arg;
    seen = x;
}

static int64_t add_items(weir_vec vec, void *arg)
{
    (void)arg;
    int64_t sum = 0;
    const int64_t *items = vec.items;
    for (size_t i = 0; i < vec.n; i++)
        sum = wrapping_add(sum, items[i]);
    weir_vec_drop(&vec);
    return sum;
}

WEIR_MAP_FN(scale_fn, scale, int64_t, int64_t)
WEIR_FILTER_FN(is_even_fn, is_even, int64_t)
WEIR_FILTER_FN(is_positive_fn, is_positive, int64_t)
WEIR_MAP_FN(quarter_fn, quarter, int64_t, int64_t)
WEIR_MAP_FN(mix_bits_fn, mix_bits, int64_t, int64_t)
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)
WEIR_MAP_FN(add_index_fn, add_index, struct indexed, int64_t)
WEIR_SCAN_FN(add_up_fn, add_up, int64_t, int64_t, int64_t)
WEIR_FILTER_MAP_FN(half_of_even_fn, half_of_even, int64_t, int64_t)
WEIR_TRY_MAP_FN(add_one_fn, add_one, int64_t, int64_t)
WEIR_EACH_FN(see_fn, see, int64_t)
WEIR_MAP_FN(add_items_fn, add_items, weir_vec, int64_t, .from = &weir_type_vec)

/* ---- chains ---- */

weir_stream *rows_sum(weir_stream *stream)
{
    int64_t zero = 0;
    return weir_fold(stream, &add_fn, &zero, NULL);
}

weir_stream *row_range(int64_t n)
{
    return rows_sum(weir_range(0, n));
}

weir_stream *row_map(int64_t n)
{
    return rows_sum(weir_map(weir_range(0, n), &scale_fn, NULL));
}

/* range, map, filter, map: the chain that most comparisons are made with */
static weir_stream *scaled_and_mixed(int64_t n, const weir_filter_fn *middle)
{
    weir_stream *scaled = weir_map(weir_range(0, n), &scale_fn, NULL);
    return weir_map(weir_filter(scaled, middle, NULL), &mix_bits_fn, NULL);
}

weir_stream *row_chain4(int64_t n)
{
    return rows_sum(scaled_and_mixed(n, &is_even_fn));
}

weir_stream *row_chain4_all(int64_t n)
{
    return rows_sum(scaled_and_mixed(n, &is_positive_fn));
}

weir_stream *row_take(int64_t n)
{
    return rows_sum(weir_take(weir_range(0, n), (uint64_t)n));
}

weir_stream *row_take_while(int64_t n)
{
    return rows_sum(weir_take_while(weir_range(0, n), &is_positive_fn, NULL));
}

/* half of them are skipped */
weir_stream *row_skip(int64_t n)
{
    return rows_sum(weir_skip(weir_range(0, n), (uint64_t)n / 2));
}

/* one of them is skipped */
weir_stream *row_skip_while(int64_t n)
{
    return rows_sum(weir_skip_while(weir_range(0, n), &is_even_fn, NULL));
}

weir_stream *row_enumerate(int64_t n)
{
    return rows_sum(weir_map(weir_enumerate(weir_range(0, n)), &add_index_fn, NULL));
}

weir_stream *row_scan(int64_t n)
{
    int64_t zero = 0;
    return rows_sum(weir_scan(weir_range(0, n), &add_up_fn, &zero));
}

weir_stream *row_peekable(int64_t n)
{
    return rows_sum(weir_peekable(weir_range(0, n)));
}

weir_stream *row_filter_map(int64_t n)
{
    return rows_sum(weir_filter_map(weir_range(0, n), &half_of_even_fn, NULL));
}

/* a function that may fail, and does not */
weir_stream *row_try_map(int64_t n)
{
    return rows_sum(weir_map(weir_range(0, n), &add_one_fn, NULL));
}

weir_stream *row_inspect(int64_t n)
{
    return rows_sum(weir_inspect(weir_range(0, n), &see_fn, NULL));
}

weir_stream *row_chunks64(int64_t n)
{
    return rows_sum(weir_map(weir_chunks(weir_range(0, n), 64), &add_items_fn, NULL));
}

weir_stream *row_collect(int64_t n)
{
    return weir_map(weir_collect(weir_range(0, n), (size_t)n + 1), &add_items_fn, NULL);
}

/* every other item */
weir_stream *row_step_by(int64_t n)
{
    return rows_sum(weir_step_by(weir_range(0, n), 2));
}

/* four of each: one of them is kept */
weir_stream *row_dedup(int64_t n)
{
    return rows_sum(weir_dedup(weir_map(weir_range(0, n), &quarter_fn, NULL)));
}

/* chain4 and as much again behind it */
weir_stream *row_chain8(int64_t n)
{
    weir_stream *scaled = weir_map(scaled_and_mixed(n, &is_even_fn), &scale_fn, NULL);
    weir_stream *mixed = weir_map(weir_filter(scaled, &is_positive_fn, NULL), &mix_bits_fn, NULL);
    return rows_sum(weir_take(mixed, (uint64_t)n));
}

/* every other item: a processor knows after a few; beside random_filter */
weir_stream *row_filter_predictable(int64_t n)
{
    return rows_sum(weir_filter(weir_range(0, n), &is_even_fn, NULL));
}

/* ---- a consumer of the user's own: asks for one item at a time, whatever the demand ---- */

struct own_loop {
    weir_stream stream;
    int64_t sum;
};

static weir_poll own_loop_poll(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct own_loop *self = WEIR_CONTAINER(stream, struct own_loop, stream);
    (void)demand;
    while (weir_spend(cx)) {
        int64_t item;
        weir_poll got = weir_poll_through(weir_source(stream), cx, &item, 1);
        if (got.n)
            self->sum = wrapping_add(self->sum, item);
        if (got.state == WEIR_READY)
            continue;
        if (got.state != WEIR_END)
            return got;
        *(int64_t *)out = self->sum;
        return (weir_poll){1, WEIR_END};
    }
    return weir_wait_turn(cx);
}

static const weir_stream_ops own_loop_ops = {
    .size = sizeof own_loop_ops, .name = "own_loop", .poll_next = own_loop_poll};

weir_stream *row_own_loop(int64_t n)
{
    weir_stream *stream = weir_stream_new(scaled_and_mixed(n, &is_even_fn), sizeof(struct own_loop),
                                          &own_loop_ops, &weir_type_i64);
    stream->stage.one = true;
    return stream;
}
