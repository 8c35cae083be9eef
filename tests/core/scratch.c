/* Scratch: a cx of one's own, what a chain needs of it, and chains that need more than a worker
 * has from the beginning. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/stage.h"
#include "doubles.h"

/* ---- a cx of one's own ---- */

static struct test_waker *waker;

static int setup(void **state)
{
    (void)state;
    waker = test_waker_new(NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_waker_drop(waker);
    return test_wakers_live != 0;
}

static void a_cx_polls(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_cx *cx = weir_cx_new(&waker->waker);
    assert_int_equal(cx->budget, WEIR_BUDGET);
    assert_int_equal(cx->demand_max, WEIR_DEMAND_MAX);
    assert_int_equal(cx->scratch_size, WEIR_SCRATCH_BYTES);
    assert_int_equal((uintptr_t)cx->scratch % 64, 0);
    assert_int_equal(test_waker_others(waker), 0); /* it borrows the waker */
    assert_true(!cx->rt && !cx->worker && !cx->stopping);
    uint64_t n = 0;
    weir_stream *count = weir_count(weir_range(0, 100));
    assert_int_equal(weir_poll_next(count, cx, &n, 1).n, 1);
    assert_int_equal(n, 100);
    weir_drop(count);
    weir_cx_drop(cx);
    weir_cx_drop(NULL);
    assert_int_equal(memory_end(), 0);
}

static void a_cx_needs_memory(void **state)
{
    (void)state;
    for (unsigned long at = 1; at <= 2; at++) {
        memory_begin(at, false);
        assert_null(weir_cx_new(&waker->waker));
        assert_int_equal(memory_end(), 0);
    }
}

static void reserving_grows_once(void **state)
{
    (void)state;
    enum { NEED = 3 * WEIR_SCRATCH_BYTES };
    memory_begin(0, false);
    weir_cx *cx = weir_cx_new(&waker->waker);
    unsigned long calls = memory.calls;
    assert_true(weir_cx_reserve(cx, 0));
    assert_true(weir_cx_reserve(cx, WEIR_SCRATCH_BYTES)); /* it is there */
    assert_int_equal(memory.calls, calls);
    assert_true(weir_cx_reserve(cx, NEED));
    assert_int_equal(memory.calls, calls + 1);
    assert_in_range(cx->scratch_size, NEED, 2 * NEED);
    assert_int_equal((uintptr_t)cx->scratch % 64, 0);
    assert_true(weir_cx_reserve(cx, NEED));
    assert_true(weir_cx_reserve(cx, WEIR_SCRATCH_BYTES)); /* it does not shrink */
    assert_int_equal(memory.calls, calls + 1);
    memset(cx->scratch, 1, cx->scratch_size);
    weir_cx_drop(cx);
    assert_int_equal(memory_end(), 0);
}

static void reserving_fails_and_leaves_what_was(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_cx *cx = weir_cx_new(&waker->waker);
    unsigned char *scratch = cx->scratch;
    memory.fail_at = memory.calls + 1;
    assert_false(weir_cx_reserve(cx, 2 * WEIR_SCRATCH_BYTES));
    assert_false(weir_cx_reserve(cx, SIZE_MAX));
    assert_true(weir_scratch_take(cx, 8, 8) != NULL);
    assert_false(weir_cx_reserve(cx, 2 * WEIR_SCRATCH_BYTES)); /* it is in use */
    assert_ptr_equal(cx->scratch, scratch);
    assert_int_equal(cx->scratch_size, WEIR_SCRATCH_BYTES);
    weir_cx_drop(cx);
    assert_int_equal(memory_end(), 0);
}

/* ---- what a source needs is left to it ---- */

static void items_leave_what_the_source_needs(void **state)
{
    (void)state;
    static const weir_type kilo = {.name = "kilo", .size = 1024, .align = 8};
    weir_cx *cx = weir_cx_new(&waker->waker);
    weir_stream *source = weir_range(0, 3);
    source->stage.scratch_need = 59 << 10;
    size_t demand = 64;
    assert_non_null(weir_scratch_items(cx, source, &kilo, &demand));
    assert_int_equal(demand, 2); /* half of the 5 KiB that are left */
    assert_true(cx->scratch_size - cx->scratch_used >= source->stage.scratch_need);
    weir_scratch_give(cx, 0);
    source->stage.scratch_need = WEIR_SCRATCH_BYTES - 1024;
    demand = 64;
    assert_non_null(weir_scratch_items(cx, source, &kilo, &demand));
    assert_int_equal(demand, 1);
    assert_true(cx->scratch_size - cx->scratch_used >= source->stage.scratch_need);
    weir_scratch_give(cx, 0);
    source->stage.scratch_need++; /* rather none than what the source needs */
    demand = 64;
    assert_null(weir_scratch_items(cx, source, &kilo, &demand));
    assert_int_equal(cx->scratch_used, 0);
    assert_non_null(weir_scratch_items(cx, NULL, &kilo, &demand));
    assert_int_equal(demand, 1);
    weir_scratch_give(cx, 0);
    demand = 64;
    assert_non_null(weir_scratch_items(cx, NULL, &kilo, &demand));
    assert_int_equal(demand, 31); /* half, less what aligning may take */
    weir_drop(source);
    weir_cx_drop(cx);
}

static void what_does_not_fit_is_said(void **state)
{
    (void)state;
    static const weir_type huge = {.name = "huge", .size = WEIR_SCRATCH_BYTES + 1, .align = 8};
    weir_cx *cx = weir_cx_new(&waker->waker);
    (void)!weir_scratch_take(cx, 536, 8);
    size_t demand = 3;
    assert_null(weir_scratch_items(cx, NULL, &huge, &demand));
    weir_poll got = weir_scratch_fail(cx, &huge);
    assert_true(got.state == WEIR_ERROR && got.n == 0);
    assert_int_equal(cx->error.code, WEIR_E_LIMIT);
    assert_true(cx->error.fatal);
    assert_string_equal(cx->error.message, "no scratch for an item of 65537 bytes, 65000 are left");
    assert_non_null(strstr(cx->error.cure, "weir_cx_reserve() before the first poll"));
    weir_cx_drop(cx);
}

/* ---- chains that need much ---- */

/* Items of three sizes, each with its number at both ends. */
struct one_kib {
    int64_t head;
    unsigned char rest[1008];
    int64_t tail;
};
struct four_kib {
    int64_t head;
    unsigned char rest[4080];
    int64_t tail;
};
struct twenty_kb {
    int64_t head;
    unsigned char rest[19984];
    int64_t tail;
};

#define RECORDS(T)                                                                                 \
    static struct T make_##T(int64_t x, void *arg) {                                               \
        (void)arg;                                                                                 \
        return (struct T){.head = x, .tail = x};                                                   \
    } WEIR_MAP_FN(make_##T##_fn, make_##T, int64_t,                                                \
                  struct T) static bool pass_##T(struct T item, struct T *out, void *arg)          \
    {                                                                                              \
        (void)arg;                                                                                 \
        *out = item;                                                                               \
        out->tail++;                                                                               \
        return item.head % 5 != 4;                                                                 \
    }                                                                                              \
    WEIR_FILTER_MAP_FN(pass_##T##_fn, pass_##T, struct T, struct T)                                \
    static int64_t passes_of_##T(struct T item, void *arg)                                         \
    {                                                                                              \
        (void)arg;                                                                                 \
        return item.tail - item.head;                                                              \
    }                                                                                              \
    WEIR_MAP_FN(passes_of_##T##_fn, passes_of_##T, struct T, int64_t)                              \
    static weir_stream *chain_of_##T(unsigned stages)                                              \
    {                                                                                              \
        weir_stream *stream = weir_map(weir_range(0, 100), &make_##T##_fn, NULL);                  \
        for (unsigned i = 0; i < stages; i++)                                                      \
            stream = weir_filter_map(stream, &pass_##T##_fn, NULL);                                \
        return weir_map(stream, &passes_of_##T##_fn, NULL);                                        \
    }

RECORDS(one_kib)
RECORDS(four_kib)
RECORDS(twenty_kb)

static void sum_up(int64_t *sum, int64_t x, void *arg)
{
    (void)arg;
    *sum += x;
}
WEIR_FOLD_FN(sum_fn, sum_up, int64_t, int64_t)

static const struct {
    const char *name;
    weir_stream *(*chain)(unsigned stages);
    unsigned stages;
} chains[] = {{"7 over 1 KiB", chain_of_one_kib, 7},
              {"5 over 4 KiB", chain_of_four_kib, 5},
              {"3 over 20 kB", chain_of_twenty_kb, 3},
              {"60 over 20 kB", chain_of_twenty_kb, 60}};
enum { CHAINS = sizeof chains / sizeof *chains, PASS = 80 };

static void chains_of_large_items_run(void **state)
{
    (void)state;
    for (size_t i = 0; i < CHAINS; i++) {
        const int64_t zero = 0;
        int64_t sum = 0;
        weir_error error = {0};
        weir_stream *chain = chains[i].chain(chains[i].stages);
        weir_state got = weir_run(weir_fold(chain, &sum_fn, &zero, NULL), &sum, &error);
        if (got != WEIR_READY)
            fail_msg("%s: %s", chains[i].name, WEIR_ERROR_TEXT(&error));
        assert_int_equal(sum, (int64_t)PASS * chains[i].stages);
    }
}

static void and_item_by_item(void **state)
{
    (void)state;
    weir_rt *rt = weir_rt_new(NULL, NULL);
    for (size_t i = CHAINS; i--;) { /* the largest first: it is there for the others */
        weir_stream *chain = chains[i].chain(chains[i].stages);
        weir_error error = {0};
        int64_t passes;
        unsigned n = 0;
        weir_state got;
        while ((got = weir_rt_next(rt, chain, &passes, &error)) == WEIR_READY) {
            assert_int_equal(passes, chains[i].stages);
            n++;
        }
        if (got != WEIR_END)
            fail_msg("%s: %s", chains[i].name, WEIR_ERROR_TEXT(&error));
        assert_int_equal(n, PASS);
        weir_drop(chain);
    }
    weir_rt_drop(rt);
}

/* Where the cx is one's own, the need is what weir_cx_reserve() wants. */
static void the_need_is_what_to_reserve(void **state)
{
    (void)state;
    weir_cx *cx = weir_cx_new(&waker->waker);
    weir_stream *chain = chain_of_twenty_kb(10);
    int64_t out[64];
    assert_true(chain->stage.scratch_need > 10 * sizeof(struct twenty_kb));
    assert_true(weir_cx_reserve(cx, chain->stage.scratch_need));
    unsigned n = 0;
    weir_poll got;
    do {
        cx->budget = WEIR_BUDGET;
        got = weir_poll_next(chain, cx, out, 64);
        assert_true(got.state == WEIR_READY || got.state == WEIR_END);
        assert_int_equal(cx->scratch_used, 0);
        n += got.n;
    } while (got.state == WEIR_READY);
    assert_int_equal(n, PASS);
    weir_drop(chain);
    weir_cx_drop(cx);
}

/* A stage of two inputs needs what either of them needs. */
static void the_need_counts_each_input(void **state)
{
    (void)state;
    weir_stream *chain = chain_of_twenty_kb(2);
    uint32_t need = chain->stage.scratch_need;
    assert_true(need > sizeof(struct twenty_kb));
    weir_stream *both = weir_select(weir_range(0, 9), chain);
    assert_true(both->stage.scratch_need >= need);
    weir_drop(both);
}

/* To the byte, wherever the scratch begins. */
static void the_need_is_enough(void **state)
{
    (void)state;
    static _Alignas(64) unsigned char scratch[64 << 10];
    for (size_t off = 0; off < 64; off += 16) {
        weir_stream *chain = chain_of_one_kib(20);
        weir_cx cx;
        int64_t out;
        weir_cx_init(&cx, &waker->waker, scratch + off, chain->stage.scratch_need);
        assert_int_equal(weir_poll_next(chain, &cx, &out, 1).n, 1);
        assert_int_equal(out, 20);
        weir_drop(chain);
    }
}

static void no_memory_for_scratch_is_said(void **state)
{
    (void)state;
    const int64_t zero = 0;
    memory_begin(0, false);
    weir_rt *rt = weir_rt_new(NULL, NULL);
    weir_error error = {0};
    int64_t sum;
    weir_stream *fold = weir_fold(chain_of_twenty_kb(60), &sum_fn, &zero, NULL);
    memory.fail_at = memory.calls + 1; /* the task needs none */
    assert_int_equal(weir_rt_run(rt, fold, &sum, &error), WEIR_ERROR);
    assert_int_equal(memory.failed, 1);
    assert_int_equal(error.code, WEIR_E_MEMORY);
    assert_non_null(strstr(error.message, "bytes of scratch"));
    fold = weir_fold(chain_of_twenty_kb(60), &sum_fn, &zero, NULL);
    assert_int_equal(weir_rt_run(rt, fold, &sum, &error), WEIR_READY);
    weir_rt_drop(rt);
    assert_int_equal(memory_end(), 0);
}

/* ---- absurd needs are refused when the chain is built ---- */

static bool same_made(void *out, const void *in, void *arg)
{
    (void)out, (void)in, (void)arg;
    return true;
}

static void absurd_needs_are_refused(void **state)
{
    (void)state;
    static const weir_type half = {
        .name = "half", .size = WEIR_SCRATCH_MAX_BYTES / 2 - 4096, .align = 8};
    static const weir_type whole = {.name = "whole", .size = WEIR_SCRATCH_MAX_BYTES, .align = 8};
    static const weir_filter_map_fn of_half = {
        .size = sizeof of_half, .name = "of_half", .from = &half, .to = &half, .one = same_made};
    weir_stream *two = weir_filter_map(weir_empty(&half), &of_half, NULL);
    two = weir_filter_map(two, &of_half, NULL);
    assert_false(weir_stage_failed(&two->stage));
    assert_in_range(two->stage.scratch_need, 2 * half.size, WEIR_SCRATCH_MAX_BYTES);
    weir_stream *three = weir_filter_map(two, &of_half, NULL);
    assert_true(weir_stage_failed(&three->stage));
    weir_error error = {0};
    assert_int_equal(weir_run(three, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_string_equal(error.message,
                        "filter_map: an item of 'half' needs more scratch than 67108864 bytes");
    assert_string_equal(error.cure, "smaller items, or fewer stages");
    assert_int_equal(weir_run(weir_count(weir_empty(&whole)), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message,
                        "count: an item of 'whole' needs more scratch than 67108864 bytes");
}

int core_scratch(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_cx_polls),
        TEST(a_cx_needs_memory),
        TEST(reserving_grows_once),
        TEST(reserving_fails_and_leaves_what_was),
        TEST(items_leave_what_the_source_needs),
        TEST(what_does_not_fit_is_said),
        TEST(chains_of_large_items_run),
        TEST(and_item_by_item),
        TEST(the_need_is_what_to_reserve),
        TEST(the_need_counts_each_input),
        TEST(the_need_is_enough),
        TEST(no_memory_for_scratch_is_said),
        TEST(absurd_needs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
