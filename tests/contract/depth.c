/* Depth: chains of a thousand of each stage run and are dropped, 1025 are refused, inner streams in
 * each other too; and what a stage takes of the stack while it is polled and dropped. */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "laws.h"

/* ---- one stage over numbers, again and again ---- */

static int64_t same(int64_t x, void *arg)
{
    (void)arg;
    return x;
}
WEIR_MAP_FN(same_fn, same, int64_t, int64_t)

static int32_t narrow(int64_t x, void *arg)
{
    (void)arg;
    return (int32_t)x;
}
WEIR_MAP_FN(narrow_fn, narrow, int64_t, int32_t)

static int64_t widen(int32_t x, void *arg)
{
    (void)arg;
    return x;
}
WEIR_MAP_FN(widen_fn, widen, int32_t, int64_t)

struct wide {
    int64_t words[8];
};

static struct wide spread(int64_t x, void *arg)
{
    (void)arg;
    return (struct wide){{x}};
}
WEIR_MAP_FN(spread_fn, spread, int64_t, struct wide)

static int64_t gather(struct wide x, void *arg)
{
    (void)arg;
    return x.words[0];
}
WEIR_MAP_FN(gather_fn, gather, struct wide, int64_t)

static bool try_same(int64_t x, int64_t *out, void *arg, weir_error *error)
{
    (void)arg, (void)error;
    *out = x;
    return true;
}
WEIR_TRY_MAP_FN(try_same_fn, try_same, int64_t, int64_t)

static bool yes(int64_t x, void *arg)
{
    (void)x, (void)arg;
    return true;
}
WEIR_FILTER_FN(yes_fn, yes, int64_t)

static bool no(int64_t x, void *arg)
{
    (void)x, (void)arg;
    return false;
}
WEIR_FILTER_FN(no_fn, no, int64_t)

static bool pick(int64_t x, int64_t *out, void *arg)
{
    (void)arg;
    *out = x;
    return true;
}
WEIR_FILTER_MAP_FN(pick_fn, pick, int64_t, int64_t)

static bool step(int64_t *state, int64_t x, int64_t *out)
{
    *state = *out = x;
    return true;
}
WEIR_SCAN_FN(step_fn, step, int64_t, int64_t, int64_t)

static void see(int64_t x, void *arg)
{
    (void)x, (void)arg;
}
WEIR_EACH_FN(see_fn, see, int64_t)

static weir_stream *once(int64_t x, void *arg)
{
    (void)arg;
    return weir_once(&weir_type_i64, &x);
}
WEIR_THEN_FN(once_fn, once, int64_t, int64_t)
WEIR_MAP_FN(to_once_fn, once, int64_t, weir_stream *)

static void begin(int64_t *state, int64_t x, void *arg)
{
    (void)arg;
    *state = x;
}

static weir_poll go_on(int64_t *state, weir_cx *cx, int64_t *out)
{
    (void)cx;
    *out = *state;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(async_fn, begin, go_on, int64_t, int64_t, int64_t)

static const int64_t zero;

static weir_stream *merge_one(weir_stream *s)
{
    return weir_merge(&s, 1);
}

static weir_stream *tee_one(weir_stream *s)
{
    weir_stream *copy, *stream = weir_tee(s, &copy, 1);
    weir_drop(copy);
    return stream;
}

static weir_stream *balance_one(weir_stream *s)
{
    weir_balance(s, &s, 1);
    return s;
}

static uint64_t first_output(int64_t x, void *arg)
{
    (void)x, (void)arg;
    return 0;
}
WEIR_KEY_FN(first_output_fn, first_output, int64_t, uint64_t)

static weir_stream *route_one(weir_stream *s)
{
    weir_route(s, &first_output_fn, NULL, &s, 1, 1);
    return s;
}

static size_t first_reader(int64_t x, size_t n, void *arg)
{
    (void)x, (void)n, (void)arg;
    return 0;
}
WEIR_CHOOSE_FN(first_reader_fn, first_reader, int64_t)

static weir_stream *deal_to_one(weir_stream *s)
{
    weir_dealing *dealing = weir_deal(s, &first_reader_fn, NULL, 1, 1);
    weir_stream *reader = weir_deal_reader(dealing);
    weir_deal_drop(dealing);
    return reader;
}

static weir_stream *flattened(weir_stream *s)
{
    return weir_flatten(weir_once(&weir_type_stream, &s), &weir_type_i64);
}

#define STAGE(name, stages_, expression)                                                           \
    static weir_stream *stage_##name(weir_stream *s)                                               \
    {                                                                                              \
        return expression;                                                                         \
    }                                                                                              \
    enum { stages_of_##name = stages_ };
#define STAGES(X)                                                                                  \
    X(map, 1, weir_map(s, &same_fn, NULL))                                                         \
    X(map_sized, 2, weir_map(weir_map(s, &narrow_fn, NULL), &widen_fn, NULL))                      \
    X(map_wide, 2, weir_map(weir_map(s, &spread_fn, NULL), &gather_fn, NULL))                      \
    X(try_map, 1, weir_map(s, &try_same_fn, NULL))                                                 \
    X(filter, 1, weir_filter(s, &yes_fn, NULL))                                                    \
    X(filter_map, 1, weir_filter_map(s, &pick_fn, NULL))                                           \
    X(take, 1, weir_take(s, 100))                                                                  \
    X(take_while, 1, weir_take_while(s, &yes_fn, NULL))                                            \
    X(skip, 1, weir_skip(s, 0))                                                                    \
    X(skip_while, 1, weir_skip_while(s, &no_fn, NULL))                                             \
    X(scan, 1, weir_scan(s, &step_fn, &zero))                                                      \
    X(inspect, 1, weir_inspect(s, &see_fn, NULL))                                                  \
    X(map_while, 1, weir_map_while(s, &pick_fn, NULL))                                             \
    X(step_by, 1, weir_step_by(s, 1))                                                              \
    X(limit, 1, weir_limit(s, 100))                                                                \
    X(stateful_map, 1, weir_stateful_map(s, &step_fn, NULL, &zero))                                \
    X(dedup, 1, weir_dedup(s))                                                                     \
    X(intersperse, 1, weir_intersperse(s, NULL, NULL, NULL))                                       \
    X(ready_chunks, 2, weir_flatten_vecs(weir_ready_chunks(s, 2), &weir_type_i64))                 \
    X(sliding, 2, weir_flatten_vecs(weir_sliding(s, 1, 1), &weir_type_i64))                        \
    X(map_err, 1, weir_map_err(s, NULL, NULL))                                                     \
    X(inspect_err, 1, weir_inspect_err(s, NULL, NULL))                                             \
    X(or_else, 1, weir_or_else(s, NULL, NULL))                                                     \
    X(skip_errors, 1, weir_skip_errors(s, 1, NULL))                                                \
    X(stop_on_error, 1, weir_stop_on_error(s))                                                     \
    X(on_done, 1, weir_on_done(s, NULL, NULL))                                                     \
    X(peekable, 1, weir_peekable(s))                                                               \
    X(then, 1, weir_then(s, &once_fn, NULL))                                                       \
    X(then_async, 1, weir_then_async(s, &async_fn, NULL))                                          \
    X(ahead, 1, weir_ahead(s, 3))                                                                  \
    X(settle_here, 1, weir_settle_here(s))                                                         \
    X(map_async, 1, weir_map_async(s, &async_fn, NULL, 2))                                         \
    X(map_async_ordered, 1, weir_map_async_ordered(s, &async_fn, NULL, 2))                         \
    X(flat_map, 2, weir_flat_map(s, &once_fn, NULL))                                               \
    X(buffered, 2, weir_buffered(weir_map(s, &to_once_fn, NULL), &weir_type_i64, 2))               \
    X(buffer_unordered, 2,                                                                         \
      weir_buffer_unordered(weir_map(s, &to_once_fn, NULL), &weir_type_i64, 2))                    \
    X(flatten_unordered, 2,                                                                        \
      weir_flatten_unordered(weir_map(s, &to_once_fn, NULL), &weir_type_i64, 2))                   \
    X(results, 2, weir_errors(weir_results(s)))                                                    \
    X(chain, 1, weir_chain(s, weir_empty(&weir_type_i64)))                                         \
    X(chain_second, 1, weir_chain(weir_empty(&weir_type_i64), s))                                  \
    X(select, 1, weir_select(s, weir_empty(&weir_type_i64)))                                       \
    X(select_second, 1, weir_select(weir_empty(&weir_type_i64), s))                                \
    X(merge, 1, merge_one(s))                                                                      \
    X(tee, 1, tee_one(s))                                                                          \
    X(balance, 1, balance_one(s))                                                                  \
    X(deal, 1, deal_to_one(s))                                                                     \
    X(route, 1, route_one(s))
STAGES(STAGE)

static const struct stage {
    const char *name;
    unsigned stages;
    weir_stream *(*over)(weir_stream *s WEIR_TAKES);
} stages[] = {
#define ROW(name, stages_, expression) {#name, stages_of_##name, stage_##name},
    STAGES(ROW)
#undef ROW
};
enum { STAGES_N = sizeof stages / sizeof *stages, ITEMS = 3 };

static weir_stream *pile(const struct stage *stage, unsigned depth)
{
    weir_stream *s = weir_range(1, 1 + ITEMS);
    for (unsigned have = 1; have + stage->stages <= depth; have += stage->stages)
        s = stage->over(s);
    return s;
}

/* ---- run, and dropped ---- */

static _Alignas(64) unsigned char more_scratch[4 * WEIR_SCRATCH_BYTES];

/* A thousand stages share a budget of 128: what is asked again costs turns. */
static void run_deep(const struct stage *stage, unsigned depth, size_t demand)
{
    static struct test_cx test;
    static struct trace trace;
    trace = (struct trace){.no_pending = true, .polls_max = 100000};
    test_cx_init(&test);
    weir_stream *stream = pile(stage, depth);
    if (stream->stage.scratch_need > sizeof test.scratch) {
        test.cx.scratch = more_scratch;
        test.cx.scratch_size = sizeof more_scratch;
    }
    trace_run(&trace, stream, &test, demand);
    if (strcmp(trace.text, "1 2 3 $"))
        fail_msg("%u of %s, demand %zu: %s", depth, stage->name, demand, trace.text);
    weir_drop(stream);
    test_cx_fini(&test);
}

static void test_runs(void)
{
    static const unsigned depths[] = {1, 10, 100, 1000, WEIR_DEPTH_MAX};
    for (size_t i = 0; i < STAGES_N; i++)
        for (size_t d = 0; d < sizeof depths / sizeof *depths; d++) {
            run_deep(&stages[i], depths[d], 1);
            run_deep(&stages[i], depths[d], 64);
            weir_drop(pile(&stages[i], depths[d])); /* never polled */
        }
}

static void expect_too_deep(const char *name, weir_stream *stream)
{
    weir_error error;
    char wanted[] = "would be more than WEIR_DEPTH_MAX = 1024 stages deep";
    assert_int_equal(await(stream, NULL, &error), WEIR_ERROR);
    if (error.code != WEIR_E_LIMIT || !strstr(error.message, wanted))
        fail_msg("one %s too many: %s", name, error.message);
    assert_non_null(error.cure);
}

static void test_one_too_many(void)
{
    for (size_t i = 0; i < STAGES_N; i++)
        expect_too_deep(stages[i].name,
                        stages[i].over(stages[i].over(pile(&stages[i], WEIR_DEPTH_MAX))));
}

/* ---- readers ---- */

static void test_readers(void)
{
    for (unsigned turn = 0; turn < 2; turn++) {
        weir_reader *reader = weir_memory_reader("a", 1);
        for (unsigned i = 1; i < WEIR_DEPTH_MAX; i++)
            reader = turn ? weir_chain_reader(weir_memory_reader("", 0), reader)
                          : weir_chain_reader(reader, weir_memory_reader("", 0));
        assert_int_equal(reader->stage.depth, WEIR_DEPTH_MAX);
        struct bytes got = reader_bytes(reader, NULL);
        assert_int_equal(got.n, 1);
        free(got.data);
    }
    weir_reader *reader = weir_memory_reader("a", 1);
    for (unsigned i = 0; i < WEIR_DEPTH_MAX; i++)
        reader = weir_chain_reader(reader, weir_memory_reader("", 0));
    weir_error error;
    free(reader_bytes(reader, &error).data);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_non_null(strstr(error.message, "WEIR_DEPTH_MAX = 1024"));
}

/* ---- streams inside streams ---- */

/* Made when the one around it is polled: three stages a level. */
static weir_stream *nested_in(int64_t levels, void *arg);
WEIR_THEN_FN(nested_fn, nested_in, int64_t, int64_t)

static weir_stream *nested_in(int64_t levels, void *arg)
{
    (void)arg;
    return levels ? weir_flat_map(weir_range(levels - 1, levels), &nested_fn, NULL)
                  : weir_range(1, 1 + ITEMS);
}

/* The same without order, with as much in each as fits. */
static weir_stream *nested_unordered(int64_t levels, void *arg);
WEIR_THEN_FN(nested_unordered_fn, nested_unordered, int64_t, int64_t)

static weir_stream *nested_unordered(int64_t levels, void *arg)
{
    (void)arg;
    return levels ? weir_flat_map_unordered(weir_range(levels - 1, levels), &nested_unordered_fn,
                                            NULL, 2)
                  : weir_range(1, 1 + ITEMS);
}

/* Each an item of the one around it. */
static weir_stream *nested_once(unsigned levels)
{
    weir_stream *s = weir_range(1, 1 + ITEMS);
    for (unsigned i = 0; i < levels; i++)
        s = flattened(s);
    return s;
}

static void test_nested(void)
{
    for (size_t demand = 1; demand <= 64; demand *= 64) {
        for (int64_t levels = 1; levels <= 1000; levels += 37)
            assert_string_equal(trace_items(nested_in(levels, NULL), demand), "1 2 3 $");
        assert_string_equal(trace_items(nested_in(1100, NULL), demand), "!LIMIT $");
        for (int64_t levels = 1; levels <= 100; levels += 33)
            assert_string_equal(trace_items(nested_unordered(levels, NULL), demand), "1 2 3 $");
        for (unsigned levels = 1; levels <= 30; levels++)
            assert_string_equal(trace_items(nested_once(levels), demand), "1 2 3 $");
    }
    weir_drop(nested_once((WEIR_DEPTH_MAX - 1) / 2)); /* never polled */
}

/* ---- the stack ---- */

/* The promise of WEIR_DEPTH_MAX, where nothing fattens the frames. */
enum { STACK_BYTES = 400 << 10, SPARE_BYTES = 16 << 10, PAINT = 0xA5 };

#if defined(__has_feature)
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define SANITIZED 0
#endif
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) &&    \
    !SANITIZED
enum { SLIM = true };
#else
enum { SLIM = false };
#endif

struct deep {
    const struct stage *stage;
    unsigned depth;
    size_t demand;
    size_t used;
};

static void *run_on_stack(void *arg)
{
    struct deep *deep = arg;
    run_deep(deep->stage, deep->depth, deep->demand);
    return NULL;
}

/* How much of a painted stack a run and a drop take. */
static void measure(struct deep *deep)
{
    size_t bytes = 32 * STACK_BYTES;
    pthread_attr_t attr;
    pthread_t thread;
    unsigned char *stack =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(stack != MAP_FAILED);
    memset(stack, PAINT, bytes);
    pthread_attr_init(&attr);
    assert_int_equal(pthread_attr_setstack(&attr, stack, bytes), 0);
    assert_int_equal(pthread_create(&thread, &attr, run_on_stack, deep), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attr);
    size_t untouched = 0;
    while (untouched < bytes && stack[untouched] == PAINT)
        untouched++;
    deep->used = bytes - untouched;
    munmap(stack, bytes);
}

static void test_stack(void)
{
    for (size_t i = 0; i < STAGES_N; i++)
        for (size_t demand = 1; demand <= 64; demand *= 64) {
            struct deep deep = {&stages[i], WEIR_DEPTH_MAX, demand, 0};
            measure(&deep);
            if (SLIM && deep.used > STACK_BYTES - SPARE_BYTES)
                fail_msg("%s: %d stages take %zu bytes of stack", stages[i].name, WEIR_DEPTH_MAX,
                         deep.used);
        }
}

void test_depth(void **state)
{
    (void)state;
    test_runs();
    test_one_too_many();
    test_readers();
    test_nested();
    test_stack();
}
