/* The rows of what waits for time. Time passes when a run has nothing else to do: a wait of a
 * source takes none. */

#include "given.h"

enum { SOON = 5, LATER = 1000 };

static uint64_t value_of(struct tracked item, void *arg)
{
    (void)arg;
    return (uint64_t)item.value;
}
WEIR_KEY_FN(value_fn, value_of, struct tracked, uint64_t, OF_TRACKED)

static const weir_rate rate = {.n = 10, .per_ns = 1000, .burst = 4};
static const weir_rate strict = {.n = 10, .per_ns = 1000, .burst = 1000, .enforcing = true};

/* Enough at once, and then nothing for long. */
static weir_stream *beaten(weir_stream *source, uint64_t ns)
{
    static const int64_t beat = 0;
    return weir_keep_alive(source, ns, &beat);
}

/* ---- a stage that keeps its items until their deadlines: the largest first ---- */

enum { PUT_OFF_MAX = 64, PUT_OFF_BYTES = 16384 };

struct put_off {
    weir_stream stream;
    weir_delays *delays;
    weir_stream *due;
};

/* An error passes at once. */
static weir_poll put_off_all(struct put_off *self, weir_cx *cx)
{
    struct tracked item;
    weir_poll got = weir_poll_next(weir_source(&self->stream), cx, &item, 1);
    if (got.n) {
        uint64_t due_ns = weir_clock_now_ns(cx) + 200 - (uint64_t)item.value;
        if (!weir_delays_insert(self->delays, &item, due_ns)) {
            tracked_drop(item);
            return weir_fail(cx, WEIR_E_LIMIT, "more items than were meant to be");
        }
    }
    if (got.state == WEIR_END)
        self->due = weir_delay_queue(self->delays);
    return (weir_poll){0, got.state == WEIR_END ? WEIR_READY : got.state};
}

static weir_poll put_off_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct put_off *self = WEIR_SELF(struct put_off, stream);
    if (!self->delays && !(self->delays = weir_delays_new(&tracked_type, PUT_OFF_MAX)))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory");
    return self->due ? weir_poll_next(self->due, cx, out, demand) : put_off_all(self, cx);
}

static void put_off_fini(weir_stream *stream)
{
    struct put_off *self = WEIR_SELF(struct put_off, stream);
    weir_drop(self->due);
    weir_delays_drop(self->delays);
}

static size_t put_off_memory_max(const weir_stream *stream)
{
    (void)stream;
    return PUT_OFF_BYTES;
}

static weir_stream *put_off(weir_stream *source)
{
    static const weir_stream_ops ops = {.size = sizeof ops,
                                        .name = "put_off",
                                        .poll_next = put_off_poll_next,
                                        .fini = put_off_fini,
                                        .memory_max = put_off_memory_max};
    return weir_stream_new(source, sizeof(struct put_off), &ops, source->type);
}

/* ---- a source that is made anew ---- */

static const weir_backoff backoff = {.restarts_max = 3, .min_ns = 1, .max_ns = 2};

static bool up_to_three(struct tracked *state, struct tracked *out)
{
    if (state->value == 3)
        return false;
    *out = tracked_make(++state->value);
    return true;
}
WEIR_UNFOLD_FN(up_to_three_fn, up_to_three, struct tracked, struct tracked, .state = &tracked_type,
               OF_TRACKED)

/* It gives up where there is no memory: that is no end. */
static weir_stream *from_one(void *arg, uint32_t restarts, const weir_error *why)
{
    (void)arg, (void)restarts;
    if (why && why->code == WEIR_E_MEMORY)
        return NULL;
    struct tracked state = tracked_make(0);
    return weir_unfold(&up_to_three_fn, &state);
}

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)a, (void)b;                                                               \
        return expression;                                                                         \
    }

ROW(sleep, weir_sleep(SOON))
ROW(interval, weir_take(weir_interval(SOON, WEIR_MISSED_BURST), 4))
ROW(interval_at, weir_take(weir_interval_at(LATER, SOON, WEIR_MISSED_SKIP), 4))
ROW(timeout, weir_timeout(a, UINT64_MAX))
ROW(timeout_repeating, weir_timeout_repeating(a, UINT64_MAX))
ROW(timeout_of_future, weir_timeout(weir_pending(&tracked_type), SOON))
ROW(initial_timeout, weir_initial_timeout(a, UINT64_MAX))
ROW(completion_timeout, weir_completion_timeout(a, UINT64_MAX))
ROW(backpressure_timeout, weir_backpressure_timeout(a, LATER))
ROW(keep_alive, beaten(weir_map(a, &to_number_fn, NULL), UINT64_MAX))
ROW(keep_alive_alone, weir_take(beaten(weir_pending(&weir_type_i64), SOON), 3))
ROW(initial_delay, weir_initial_delay(a, SOON))
ROW(delay, weir_delay(a, SOON, 3))
ROW(delay_one, weir_delay(a, SOON, 1))
ROW(delay_long, weir_delay(a, SOON, 100))
ROW(delay_with, weir_delay_with(a, &value_fn, NULL, 5))
ROW(throttle, weir_throttle(a, SOON))
ROW(throttle_rate, weir_throttle_rate(a, &rate, NULL, NULL))
ROW(throttle_weighed, weir_throttle_rate(a, &rate, &value_fn, NULL))
ROW(throttle_strict, weir_throttle_rate(a, &strict, &value_fn, NULL))
ROW(debounce, weir_debounce(a, SOON))
ROW(sample, weir_sample(a, SOON))
ROW(sample_first, weir_sample_first(a, UINT64_MAX))
ROW(take_within, weir_take_within(a, LATER))
ROW(take_within_none, weir_take_within(a, 0))
ROW(drop_within, weir_drop_within(a, 0))
ROW(timestamp, weir_map(weir_timestamp(a), &item_fn, NULL))
ROW(elapsed, weir_elapsed(a))
ROW(chunks_timeout, weir_chunks_timeout(a, 3, SOON))
ROW(chunks_weighted, weir_chunks_weighted(a, 3, 6, &value_fn, NULL, SOON))
ROW(delay_queue, put_off(a))
ROW(retry, weir_retry(&tracked_type, from_one, NULL, &backoff))
ROW(restart, weir_restart(&tracked_type, from_one, NULL, &backoff))

/* Over items that come ten apart: what a source waits for is time. */
static weir_stream *slow(weir_stream *source)
{
    return weir_throttle(source, 10);
}

ROW(delay_late, weir_delay(slow(a), 25, 2))
ROW(debounce_late, weir_debounce(slow(a), 5))
ROW(sample_late, weir_sample(slow(a), 25))
ROW(sample_first_late, weir_sample_first(slow(a), 25))
ROW(take_within_late, weir_take_within(slow(a), 45))
ROW(drop_within_late, weir_drop_within(slow(a), 25))
ROW(elapsed_late, weir_elapsed(slow(a)))
ROW(chunks_timeout_late, weir_chunks_timeout(slow(a), 3, 15))
ROW(chunks_weighted_late, weir_chunks_weighted(slow(a), 9, 6, &value_fn, NULL, 15))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
#name, build_##name, inputs, flags, gives                                                  \
    }

#define ALL "1 2 3 4 5 6 7 8 $"

static const struct row rows[] = {
    ROW(sleep, 0, FUTURE, "() $"),
    ROW(interval, 0, 0, "0 1 2 3 $"),
    ROW(interval_at, 0, 0, "0 1 2 3 $"),
    ROW(timeout, 1, 0, ALL),
    ROW(timeout_repeating, 1, 0, ALL),
    ROW(timeout_of_future, 0, 0, "!!TIMEOUT $"),
    ROW(initial_timeout, 1, 0, ALL),
    ROW(completion_timeout, 1, 0, ALL),
    ROW(backpressure_timeout, 1, 0, ALL),
    ROW(keep_alive, 1, 0, ALL),
    ROW(keep_alive_alone, 0, 0, "0 0 0 $"),
    ROW(initial_delay, 1, 0, ALL),
    ROW(delay, 1, TAKES_MORE, ALL),
    ROW(delay_one, 1, TAKES_MORE, ALL),
    ROW(delay_long, 1, TAKES_MORE, ALL),
    ROW(delay_with, 1, TAKES_MORE, ALL),
    ROW(throttle, 1, 0, ALL),
    ROW(throttle_rate, 1, 0, ALL),
    ROW(throttle_weighed, 1, 0, ALL),
    ROW(throttle_strict, 1, 0, ALL),
    ROW(debounce, 1, OVERTAKES | REPLACES, "8 $"),
    ROW(sample, 1, OVERTAKES | REPLACES, "8 $"),
    ROW(sample_first, 1, 0, "1 $"),
    ROW(take_within, 1, 0, ALL),
    ROW(take_within_none, 1, 0, "$"),
    ROW(drop_within, 1, 0, ALL),
    ROW(timestamp, 1, 0, ALL),
    ROW(elapsed, 1, 0, "0:1 0:2 0:3 0:4 0:5 0:6 0:7 0:8 $"),
    ROW(chunks_timeout, 1, 0, "[1 2 3] [4 5 6] [7 8] $"),
    ROW(chunks_weighted, 1, 0, "[1 2 3] [4] [5] [6] [7] [8] $"),
    ROW(delay_late, 1, TAKES_MORE, ALL),
    ROW(debounce_late, 1, OVERTAKES | REPLACES, ALL),
    ROW(sample_late, 1, OVERTAKES | REPLACES, "3 5 8 $"),
    ROW(sample_first_late, 1, 0, "1 4 7 $"),
    ROW(take_within_late, 1, 0, "1 2 3 4 5 $"),
    ROW(drop_within_late, 1, 0, "4 5 6 7 8 $"),
    ROW(elapsed_late, 1, 0, "0:1 10:2 10:3 10:4 10:5 10:6 10:7 10:8 $"),
    ROW(chunks_timeout_late, 1, 0, "[1 2] [3 4] [5 6] [7 8] $"),
    ROW(chunks_weighted_late, 1, 0, "[1 2] [3] [4] [5] [6] [7] [8] $"),
    ROW(delay_queue, 1, OVERTAKES, "8 7 6 5 4 3 2 1 $"),
    ROW(retry, 0, 0, "1 2 3 $"),
    ROW(restart, 0, HOLDS_UNSEEN, "1 2 3 1 2 3 1 2 3 1 2 3 $"),
};
const struct rows rows_timed = {rows, sizeof rows / sizeof *rows};
