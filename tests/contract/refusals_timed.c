/* What cannot be built of the stages that wait for time. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "laws.h"

static uint64_t weight_of(struct tracked item, void *arg)
{
    (void)arg;
    return (uint64_t)item.value;
}
WEIR_KEY_FN(weight_fn, weight_of, struct tracked, uint64_t, .of = &tracked_type)

static bool odd(int64_t x, void *arg)
{
    (void)arg;
    return x % 2;
}
WEIR_KEY_FN(odd_fn, odd, int64_t, bool)

static uint64_t size_of(weir_line line, void *arg)
{
    (void)arg;
    return line.size;
}
WEIR_KEY_FN(size_fn, size_of, weir_line, uint64_t)

static const weir_rate rate = {.n = 1, .per_ns = 1, .burst = 1};
static const weir_backoff backoff = {.restarts_max = 1};

static weir_stream *numbers(void)
{
    return weir_range(1, 5);
}

static weir_stream *lines(void)
{
    static struct script script;
    return lender_stream(&script, "1 2 3 4");
}

static weir_stream *from_one(void *arg, uint32_t restarts, const weir_error *why)
{
    (void)arg, (void)restarts, (void)why;
    return numbers();
}

static void test_failed_sources(void)
{
    passes_refused(weir_timeout(failed(), 1));
    passes_refused(weir_timeout_repeating(failed(), 0));
    passes_refused(weir_initial_timeout(failed(), 1));
    passes_refused(weir_completion_timeout(failed(), 1));
    passes_refused(weir_backpressure_timeout(failed(), 1));
    passes_refused(weir_keep_alive(failed(), 0, &(int64_t){0}));
    passes_refused(weir_initial_delay(failed(), 1));
    passes_refused(weir_delay(failed(), 1, 0));
    passes_refused(weir_delay_with(failed(), &weight_fn, NULL, 0));
    passes_refused(weir_throttle(failed(), 0));
    passes_refused(weir_throttle(failed(), 1));
    passes_refused(weir_throttle_rate(failed(), &rate, NULL, NULL));
    passes_refused(weir_debounce(failed(), 1));
    passes_refused(weir_sample(failed(), 0));
    passes_refused(weir_sample_first(failed(), 1));
    passes_refused(weir_take_within(failed(), 1));
    passes_refused(weir_drop_within(failed(), 1));
    passes_refused(weir_timestamp(failed()));
    passes_refused(weir_elapsed(failed()));
    passes_refused(weir_chunks_timeout(failed(), 0, 1));
    passes_refused(weir_chunks_weighted(failed(), 0, 0, &weight_fn, NULL, 1));
}

static void test_types(void)
{
    const char *words = "tracked', but 'range' yields 'int64_t'";
    expect_refusal(weir_throttle_rate(numbers(), &rate, &weight_fn, NULL), WEIR_E_TYPE,
                   "throttle_rate 'weight_of'", words, NULL);
    expect_refusal(weir_chunks_weighted(numbers(), 1, 1, &weight_fn, NULL, 1), WEIR_E_TYPE,
                   "chunks_weighted 'weight_of'", words, NULL);
    expect_refusal(weir_throttle_rate(numbers(), &rate, &odd_fn, NULL), WEIR_E_TYPE,
                   "throttle_rate 'odd'", "uint64_t", "uint64_t");
    expect_refusal(weir_chunks_weighted(numbers(), 1, 1, &odd_fn, NULL, 1), WEIR_E_TYPE,
                   "chunks_weighted 'odd'", "uint64_t", "uint64_t");
    expect_refusal(weir_delay_with(numbers(), &weight_fn, NULL, 9), WEIR_E_TYPE,
                   "delay_with 'weight_of'", words, NULL);
    expect_refusal(weir_keep_alive(weir_empty(&tracked_type), 1, NULL), WEIR_E_TYPE, "keep_alive",
                   "tracked", "map");
}

static void test_limits(void)
{
    const weir_rate none = {0, 1, 1, false}, never = {1, 0, 1, false}, no_burst = {1, 1, 0, false};
    const weir_rate fast = {UINT64_MAX / 2, 3, 1, false};
    expect_refusal(weir_interval(0, WEIR_MISSED_SKIP), WEIR_E_ARGUMENT, "interval", "period_ns",
                   NULL);
    expect_refusal(weir_timeout_repeating(numbers(), 0), WEIR_E_ARGUMENT, "timeout_repeating", "ns",
                   NULL);
    expect_refusal(weir_keep_alive(numbers(), 0, &(int64_t){0}), WEIR_E_ARGUMENT, "keep_alive",
                   "ns", NULL);
    expect_refusal(weir_delay(numbers(), 1, 0), WEIR_E_ARGUMENT, "delay", "0", NULL);
    expect_refusal(weir_delay(numbers(), 1, WEIR_DELAY_MAX + 1), WEIR_E_ARGUMENT, "65536", "65537",
                   "a smaller n");
    expect_refusal(weir_throttle_rate(numbers(), &none, NULL, NULL), WEIR_E_ARGUMENT,
                   "throttle_rate", "'n' is 0", NULL);
    expect_refusal(weir_throttle_rate(numbers(), &never, NULL, NULL), WEIR_E_ARGUMENT,
                   "throttle_rate", "'per_ns' is 0", NULL);
    expect_refusal(weir_throttle_rate(numbers(), &no_burst, NULL, NULL), WEIR_E_ARGUMENT,
                   "throttle_rate", "'burst' is 0", NULL);
    expect_refusal(weir_throttle_rate(numbers(), &fast, NULL, NULL), WEIR_E_ARGUMENT,
                   "throttle_rate", "64 bits", NULL);
    expect_refusal(weir_sample(numbers(), 0), WEIR_E_ARGUMENT, "sample", "period_ns", NULL);
    expect_refusal(weir_chunks_timeout(numbers(), 0, 1), WEIR_E_ARGUMENT, "chunks_timeout", "0",
                   NULL);
    expect_refusal(weir_chunks_weighted(weir_empty(&tracked_type), 0, 1, &weight_fn, NULL, 1),
                   WEIR_E_ARGUMENT, "chunks_weighted", "'n' is 0", NULL);
    expect_refusal(weir_chunks_weighted(weir_empty(&tracked_type), 1, 0, &weight_fn, NULL, 1),
                   WEIR_E_ARGUMENT, "chunks_weighted", "'weight_max' is 0", NULL);
    expect_refusal(weir_retry(&weir_type_i64, from_one, NULL, &(weir_backoff){0}), WEIR_E_ARGUMENT,
                   "retry", "restarts_max", NULL);
    expect_refusal(weir_restart(&weir_type_i64, from_one, NULL, &(weir_backoff){0}),
                   WEIR_E_ARGUMENT, "restart", "restarts_max", NULL);
    expect_refusal(weir_retry(&tracked_type, from_one, NULL, &backoff), WEIR_E_TYPE, "retry",
                   "int64_t", NULL);
}

static void test_lent(void)
{
    expect_refusal(weir_delay(lines(), 1, 2), WEIR_E_TYPE, "delay", "weir_line", "weir_own()");
    expect_refusal(weir_debounce(lines(), 1), WEIR_E_TYPE, "debounce", "weir_line", "weir_own()");
    expect_refusal(weir_sample(lines(), 1), WEIR_E_TYPE, "sample", "weir_line", "weir_own()");
    expect_refusal(weir_throttle_rate(lines(), &rate, &size_fn, NULL), WEIR_E_TYPE, "throttle_rate",
                   "weir_line", "weir_own()");
    expect_refusal(weir_chunks_timeout(lines(), 1, 1), WEIR_E_TYPE, "chunks_timeout", "weir_line",
                   "weir_own()");
    expect_refusal(weir_chunks_weighted(lines(), 1, 1, &size_fn, NULL, 1), WEIR_E_TYPE,
                   "chunks_weighted", "weir_line", "weir_own()");
}

void test_refusals_timed(void **state)
{
    (void)state;
    test_failed_sources();
    test_types();
    test_limits();
    test_lent();
}
