/* Rows of several inputs, of inner streams, of a channel, and of futures one by one and sixteen at
 * once. */

#include "items.h"

/* ---- several inputs ---- */

struct pair {
    int64_t a, b;
};

static int64_t add_pair(struct pair pair, void *arg)
{
    (void)arg;
    return wrapping_add(pair.a, pair.b);
}

WEIR_MAP_FN(add_pair_fn, add_pair, struct pair, int64_t)

weir_stream *row_select(int64_t n)
{
    return rows_sum(weir_select(weir_range(0, n / 2), weir_range(0, n / 2)));
}

weir_stream *row_zip(int64_t n)
{
    weir_stream *pairs = weir_zip(weir_range(0, n), weir_range(0, n));
    return rows_sum(weir_map(pairs, &add_pair_fn, NULL));
}

weir_stream *row_chain(int64_t n)
{
    return rows_sum(weir_chain(weir_range(0, n / 2), weir_range(0, n / 2)));
}

enum { INPUTS_MAX = 1000, AT_ONCE = 16, CAPACITY = 64 };

static weir_stream *merged(int64_t n, size_t inputs_n)
{
    weir_stream *inputs[INPUTS_MAX];
    for (size_t i = 0; i < inputs_n; i++)
        inputs[i] = weir_range(0, n / (int64_t)inputs_n);
    return rows_sum(weir_merge(inputs, inputs_n));
}

weir_stream *row_merge2(int64_t n)
{
    return merged(n, 2);
}

weir_stream *row_merge100(int64_t n)
{
    return merged(n, 100);
}

/* a thousand inputs, one of which has items */
weir_stream *row_merge1000_quiet(int64_t n)
{
    weir_stream *inputs[INPUTS_MAX];
    for (size_t i = 0; i < INPUTS_MAX - 1; i++)
        inputs[i] = weir_pending(&weir_type_i64);
    inputs[INPUTS_MAX - 1] = weir_range(0, n);
    return rows_sum(weir_take(weir_merge(inputs, INPUTS_MAX), (uint64_t)n));
}

/* ---- inner streams ---- */

static weir_stream *thousand(int64_t x, void *arg)
{
    (void)arg;
    return weir_range(x, x + 1000);
}

static weir_stream *ten(int64_t x, void *arg)
{
    (void)arg;
    return weir_range(x, x + 10);
}

WEIR_THEN_FN(thousand_fn, thousand, int64_t, int64_t)
WEIR_THEN_FN(ten_fn, ten, int64_t, int64_t)

weir_stream *row_flatten1000(int64_t n)
{
    return rows_sum(weir_flat_map(weir_range(0, n / 1000), &thousand_fn, NULL));
}

weir_stream *row_flatten10(int64_t n)
{
    return rows_sum(weir_flat_map(weir_range(0, n / 10), &ten_fn, NULL));
}

weir_stream *row_flatten_unordered16(int64_t n)
{
    return rows_sum(weir_flat_map_unordered(weir_range(0, n / 10), &ten_fn, NULL, AT_ONCE));
}

static uint64_t sixteenth(int64_t x, void *arg)
{
    (void)arg;
    return (uint64_t)x % AT_ONCE;
}

struct group {
    uint64_t key;
    weir_stream *items;
};

static weir_stream *items_of(struct group group, void *arg)
{
    (void)arg;
    return group.items;
}

WEIR_KEY_FN(sixteenth_fn, sixteenth, int64_t, uint64_t)
WEIR_MAP_FN(items_of_fn, items_of, struct group, weir_stream *, .to = &weir_type_stream)

/* into sixteen groups, which are read as their items come */
weir_stream *row_group_by16(int64_t n)
{
    weir_stream *groups =
        weir_group_by(weir_range(0, n), &sixteenth_fn, NULL, AT_ONCE, CAPACITY, WEIR_CLOSED_GONE);
    groups = weir_map(groups, &items_of_fn, NULL);
    return rows_sum(weir_flatten_unordered(groups, &weir_type_i64, AT_ONCE));
}

/* ---- a channel, whose sender and receiver are joined in one task ---- */

struct sent {
    uint64_t n;
    int64_t sum;
};

static int64_t sum_of_sent(struct sent sent, void *arg)
{
    (void)arg;
    return sent.sum;
}
WEIR_MAP_FN(sum_of_sent_fn, sum_of_sent, struct sent, int64_t)

weir_stream *row_channel(int64_t n)
{
    weir_sender *tx;
    weir_stream *rx = weir_channel(&weir_type_i64, CAPACITY, &tx);
    weir_stream *sends = weir_send_each(weir_range(0, n), tx);
    weir_sender_drop(tx);
    return weir_map(weir_join(sends, rows_sum(rx)), &sum_of_sent_fn, NULL);
}

/* ---- futures: chains of their own, ready at once or PENDING once ---- */

static weir_stream *ready(int64_t x, void *arg)
{
    (void)arg;
    return weir_once(&weir_type_i64, &x);
}

/* A future that is PENDING once and wakes itself. */
struct pending_once {
    weir_stream stream;
    int64_t item;
    bool polled;
};

static weir_poll pending_once_poll(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct pending_once *self = WEIR_CONTAINER(stream, struct pending_once, stream);
    (void)demand;
    if (!self->polled) {
        self->polled = true;
        return weir_wait_turn(cx);
    }
    *(int64_t *)out = self->item;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops pending_once_ops = {
    .size = sizeof pending_once_ops, .name = "pending_once", .poll_next = pending_once_poll};

static weir_stream *pending_once(int64_t x, void *arg)
{
    (void)arg;
    weir_stream *stream =
        weir_source_new(sizeof(struct pending_once), &pending_once_ops, &weir_type_i64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    WEIR_CONTAINER(stream, struct pending_once, stream)->item = x;
    stream->stage.one = true;
    return stream;
}

WEIR_THEN_FN(ready_then_fn, ready, int64_t, int64_t)
WEIR_MAP_FN(ready_fn, ready, int64_t, weir_stream *, .to = &weir_type_stream)
WEIR_MAP_FN(pending_once_fn, pending_once, int64_t, weir_stream *, .to = &weir_type_stream)

weir_stream *row_then(int64_t n)
{
    return rows_sum(weir_then(weir_range(0, n), &ready_then_fn, NULL));
}

static weir_stream *in_order(int64_t n, const weir_map_fn *future)
{
    weir_stream *futures = weir_map(weir_range(0, n), future, NULL);
    return rows_sum(weir_buffered(futures, &weir_type_i64, AT_ONCE));
}

weir_stream *row_buffered16(int64_t n)
{
    return in_order(n, &ready_fn);
}

weir_stream *row_buffered16_pending(int64_t n)
{
    return in_order(n, &pending_once_fn);
}

static weir_stream *as_they_complete(int64_t n, const weir_map_fn *future)
{
    weir_stream *futures = weir_map(weir_range(0, n), future, NULL);
    return rows_sum(weir_buffer_unordered(futures, &weir_type_i64, AT_ONCE));
}

weir_stream *row_buffer_unordered16(int64_t n)
{
    return as_they_complete(n, &ready_fn);
}

weir_stream *row_buffer_unordered16_pending(int64_t n)
{
    return as_they_complete(n, &pending_once_fn);
}

/* ---- futures: machines in the slots of their set ---- */

struct at_once {
    int64_t item;
};

static void at_once_start(struct at_once *machine, int64_t x, void *arg)
{
    (void)arg;
    machine->item = x;
}

static weir_poll at_once_poll(struct at_once *machine, weir_cx *cx, int64_t *out)
{
    (void)cx;
    *out = machine->item;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(at_once_fn, at_once_start, at_once_poll, struct at_once, int64_t, int64_t)

/* A machine that is PENDING once and wakes itself. */
struct later {
    int64_t item;
    bool polled;
};

static void later_start(struct later *machine, int64_t x, void *arg)
{
    (void)arg;
    machine->item = x;
}

static weir_poll later_poll(struct later *machine, weir_cx *cx, int64_t *out)
{
    if (!machine->polled) {
        machine->polled = true;
        return weir_wait_turn(cx);
    }
    *out = machine->item;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(later_fn, later_start, later_poll, struct later, int64_t, int64_t)

weir_stream *row_then_async(int64_t n)
{
    return rows_sum(weir_then_async(weir_range(0, n), &at_once_fn, NULL));
}

weir_stream *row_map_async16(int64_t n)
{
    return rows_sum(weir_map_async(weir_range(0, n), &at_once_fn, NULL, AT_ONCE));
}

weir_stream *row_map_async16_pending(int64_t n)
{
    return rows_sum(weir_map_async(weir_range(0, n), &later_fn, NULL, AT_ONCE));
}

weir_stream *row_map_async_ordered16(int64_t n)
{
    return rows_sum(weir_map_async_ordered(weir_range(0, n), &at_once_fn, NULL, AT_ONCE));
}
