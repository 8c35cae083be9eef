/* The rows on time again, over lines that are gone at the next poll. */

#include "laws.h"

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)a, (void)b;                                                               \
        return expression;                                                                         \
    }

static const weir_line beat = {"0", 1};

static weir_stream *two_lines(void *arg, uint32_t restarts, const weir_error *why)
{
    (void)arg, (void)restarts;
    return why ? NULL : inner_lines(1);
}

static const weir_backoff backoff = {.restarts_max = 2, .min_ns = 1, .max_ns = 1};
static const weir_rate rate = {.n = 10, .per_ns = 1000, .burst = 4};

ROW(timeout, weir_timeout(a, UINT64_MAX))
ROW(initial_timeout, weir_initial_timeout(a, UINT64_MAX))
ROW(backpressure_timeout, weir_backpressure_timeout(a, 1000))
ROW(keep_alive, weir_keep_alive(a, UINT64_MAX, &beat))
ROW(initial_delay, weir_initial_delay(a, 5))
ROW(throttle, weir_throttle(a, 5))
ROW(throttle_rate, weir_throttle_rate(a, &rate, NULL, NULL))
ROW(sample_first, weir_sample_first(a, UINT64_MAX))
ROW(take_within, weir_take_within(a, 1000))
ROW(drop_within, weir_drop_within(a, 0))
ROW(elapsed, weir_elapsed(a))
ROW(restart, weir_restart(&weir_type_line, two_lines, NULL, &backoff))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
        "lent " #name, build_##name, inputs, LENT | flags, gives                                   \
    }
#define ALL "'1' '2' '3' '4' '5' '6' '7' '8' $"

static const struct row rows[] = {
    ROW(timeout, 1, 0, ALL),
    ROW(initial_timeout, 1, 0, ALL),
    ROW(backpressure_timeout, 1, 0, ALL),
    ROW(keep_alive, 1, 0, ALL),
    ROW(initial_delay, 1, 0, ALL),
    ROW(throttle, 1, 0, ALL),
    ROW(throttle_rate, 1, 0, ALL),
    ROW(sample_first, 1, 0, "'1' $"),
    ROW(take_within, 1, 0, ALL),
    ROW(drop_within, 1, 0, ALL),
    ROW(elapsed, 1, 0, "0:'1' 0:'2' 0:'3' 0:'4' 0:'5' 0:'6' 0:'7' 0:'8' $"),
    ROW(restart, 0, HOLDS_UNSEEN, "'10' '11' '10' '11' '10' '11' $"),
};
const struct rows rows_lent_timed = {rows, sizeof rows / sizeof *rows};
