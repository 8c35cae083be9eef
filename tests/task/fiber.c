/* fiber: a function that waits where it stands, as a future; how it ends, what it must not do, and
 * what many of them cost. */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/stage.h"
#include "doubles.h"
#include "task/stack.h"
#include "waits.h"

static weir_stacks_use stacks(void)
{
    weir_stacks_use use = {.size = sizeof use};
    weir_fiber_stats(&use);
    return use;
}

static int freed, states_dropped;

static void free_it(char **held)
{
    free(*held);
    freed++;
}

static void state_drop(void *state)
{
    (void)state;
    states_dropped++;
}

/* ---- what it comes to ---- */

enum how { GIVES, FAILS, FAILS_SILENTLY, LEAVES_AN_ERROR, FAILS_AND_LEAVES };

static bool comes_to(enum how *how, struct tracked *out, weir_error *error)
{
    if (*how == GIVES || *how == LEAVES_AN_ERROR)
        *out = tracked_make(7);
    if (*how >= LEAVES_AN_ERROR)
        leave_error(WEIR_E_CORRUPT, "a loop met it");
    if (*how == FAILS)
        weir_error_set(error, WEIR_E_USER, "no")->number = 3;
    return *how == GIVES || *how == LEAVES_AN_ERROR;
}
WEIR_FIBER_FN(comes_to_fn, comes_to, enum how, struct tracked, .to = &tracked_type,
              .drop = state_drop)

static void it_gives_one_item_or_one_error(void **state)
{
    (void)state;
    static const char *const wanted[] = {"7 $", "!!3 $", "!!USER $", "!!CORRUPT $", "!!CORRUPT $"};
    for (enum how how = GIVES; how <= FAILS_AND_LEAVES; how++) {
        states_dropped = 0;
        assert_string_equal(trace(weir_fiber(&comes_to_fn, &how, NULL), 1), wanted[how]);
        assert_int_equal(states_dropped, 1);
        assert_int_equal(tracked_live, 0);
        assert_int_equal(stacks().live, 0);
    }
}

static void it_is_named_where_it_says_nothing(void **state)
{
    (void)state;
    weir_error error;
    struct tracked item;
    assert_int_equal(
        await(weir_fiber(&comes_to_fn, &(enum how){FAILS_SILENTLY}, NULL), &item, &error),
        WEIR_ERROR);
    assert_string_equal(error.message, "'comes_to' failed and did not say why");
    assert_string_equal(error.trail[0], "comes_to");
}

static bool lends(char *state, weir_line *out, weir_error *error)
{
    (void)error;
    *out = (weir_line){state, 1};
    return true;
}
WEIR_FIBER_FN(lends_fn, lends, char, weir_line)

static void what_it_gives_outlives_it(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_fiber(&lends_fn, NULL, NULL), 1), "!!TYPE $");
}

/* ---- waiting ---- */

static struct script script;

static bool sums(int64_t *sum, int64_t *out, weir_error *error)
{
    char *held __attribute__((cleanup(free_it))) = malloc(10);
    assert_non_null(held);
    weir_stream *source = script_stream(&script, "P* 1 2 P* P* 3 P* $");
    int64_t x;
    weir_state got;
    while ((got = wait_next(source, &x, error)) == WEIR_READY)
        if (*sum += x, !weir_pause())
            break;
    weir_drop(source);
    *out = *sum;
    return got != WEIR_ERROR;
}
WEIR_FIBER_FN(sums_fn, sums, int64_t, int64_t, .drop = state_drop)

static void it_waits_where_it_stands(void **state)
{
    (void)state;
    freed = 0;
    assert_string_equal(trace_items(weir_fiber(&sums_fn, &(int64_t){100}, NULL), 1), "106 $");
    assert_int_equal(freed, 1);
}

static void it_is_dropped_at_any_wait(void **state)
{
    (void)state;
    for (unsigned polls = 0; polls < 20; polls++) {
        static struct test_cx test;
        struct trace trace = {0};
        freed = states_dropped = 0;
        script.finis = 1;
        test_cx_init(&test);
        weir_stream *fiber = weir_fiber(&sums_fn, NULL, NULL);
        weir_poll got = {0, WEIR_READY};
        for (unsigned i = 0; i < polls && got.state != WEIR_END; i++) {
            got = trace_poll(&trace, fiber, &test, 1);
            test_cx_woken(&test);
        }
        weir_drop(fiber);
        test_cx_fini(&test);
        assert_int_equal(freed, polls > 0);
        assert_int_equal(states_dropped, 1);
        assert_int_equal(script.finis, 1);
        assert_int_equal(test_wakers_live, 0);
        assert_int_equal(stacks().live, 0);
    }
}

/* ---- what is refused after a drop ---- */

static int refused;

static bool tries_again(char *state, int64_t *out, weir_error *error)
{
    (void)state, (void)out;
    weir_stream *never = weir_pending(&weir_type_i64);
    int64_t x;
    refused += wait_next(never, &x, error) == WEIR_ERROR && error->code == WEIR_E_STOPPED;
    refused += wait_next(never, &x, error) == WEIR_ERROR; /* sticky */
    refused += !weir_pause();
    refused += !weir_waiter_here()->reserve(weir_waiter_here(), SIZE_MAX);
    weir_drop(never);
    return false;
}
WEIR_FIBER_FN(tries_again_fn, tries_again, char, int64_t, .drop = state_drop)

static void a_runtime_is_dropped_under_many(void **state)
{
    (void)state;
    refused = states_dropped = 0;
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), &error);
    assert_non_null(rt);
    for (int i = 0; i < 100; i++)
        assert_true(weir_rt_spawn(rt, weir_fiber(&tries_again_fn, NULL, NULL)));
    uint64_t n;
    assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 100000)), &n, NULL), WEIR_READY);
    assert_int_equal(stacks().live, 100);
    weir_rt_drop(rt);
    assert_int_equal(refused, 400);
    assert_int_equal(states_dropped, 100);
    assert_int_equal(stacks().live, 0);
}

/* ---- what the rules of waiting say ---- */

static bool looks(char *state, int64_t *out, weir_error *error)
{
    (void)state, (void)error;
    weir_waiter *waiter = weir_waiter_here();
    *out = waiter->cx->polling * 10000 + waiter->depth;
    waiter->cx->depth = 999;
    return true;
}
WEIR_FIBER_FN(looks_fn, looks, char, int64_t)

static void polls_begin_anew_on_its_stack(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 128 << 10, 512 << 10, 1 << 20};
    static const int depths[] = {512, 768, 0, 0};
    for (int i = 0; i < 4; i++) {
        struct test_cx test;
        int64_t seen;
        test_cx_init(&test);
        test.cx.polling = 3;
        test.cx.depth = 5;
        weir_stream *fiber =
            weir_fiber(&looks_fn, NULL, &WEIR_FIBER_OPTIONS(.stack_bytes = sizes[i]));
        assert_int_equal(weir_poll_next(fiber, &test.cx, &seen, 1).state, WEIR_END);
        assert_int_equal(seen, depths[i]);
        assert_int_equal(test.cx.polling, 3);
        assert_int_equal(test.cx.depth, 5);
        weir_drop(fiber);
        test_cx_fini(&test);
    }
}

static bool wants_room(size_t *bytes, int64_t *out, weir_error *error)
{
    weir_waiter *waiter = weir_waiter_here();
    *out = (int64_t)*bytes;
    weir_error_set(error, WEIR_E_LIMIT, "no room");
    return waiter->reserve(waiter, 16) && waiter->reserve(waiter, *bytes) &&
           waiter->cx->scratch_size >= *bytes;
}
WEIR_FIBER_FN(wants_room_fn, wants_room, size_t, int64_t)

static bool pauses_for_ever(char *state, int64_t *out, weir_error *error)
{
    (void)state, (void)error;
    while (weir_pause())
        ;
    *out = 0;
    return true;
}
WEIR_FIBER_FN(pauses_for_ever_fn, pauses_for_ever, char, int64_t)

static void room_is_made_between_turns(void **state)
{
    (void)state;
    int64_t out;
    weir_error error;
    weir_rt *rt = weir_rt_new(NULL, &error);
    assert_true(weir_rt_spawn(rt, weir_fiber(&pauses_for_ever_fn, NULL, NULL)));
    weir_stream *fiber = weir_fiber(&wants_room_fn, &(size_t){10 << 20}, NULL);
    assert_int_equal(weir_rt_run(rt, fiber, &out, &error), WEIR_READY);
    assert_int_equal(out, 10 << 20);
    fiber = weir_fiber(&wants_room_fn, &(size_t){SIZE_MAX}, NULL);
    assert_int_equal(weir_rt_run(rt, fiber, &out, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    weir_rt_drop(rt);
}

/* ---- a chain as deep as its stack is said to be for ---- */

static bool counts_deep(weir_stream **chain, int64_t *out, weir_error *error)
{
    weir_waiter *waiter = weir_waiter_here();
    weir_stream *deep = *chain;
    while (waiter->depth + deep->stage.depth < WEIR_DEPTH_MAX)
        deep = weir_take(deep, 5000);
    weir_state got;
    for (*out = 0; (got = wait_next(deep, chain, error)) == WEIR_READY;)
        ++*out;
    weir_drop(deep);
    return got == WEIR_END;
}
WEIR_FIBER_FN(counts_deep_fn, counts_deep, weir_stream *, int64_t)

static void chains_are_as_deep_as_is_said(void **state)
{
    (void)state;
    static const size_t sizes[] = {64 << 10, 256 << 10, 1 << 20};
    for (int i = 0; i < 3; i++) {
        weir_fiber_options options = WEIR_FIBER_OPTIONS(.stack_bytes = sizes[i]);
        weir_stream *chain = weir_range(0, 200);
        int64_t left;
        weir_error error;
        weir_stream *fiber = weir_fiber(&counts_deep_fn, &chain, &options);
        assert_int_equal(weir_run(fiber, &left, &error), WEIR_READY);
        assert_int_equal(left, 200);
    }
}

/* ---- what only a parked one's stack points to ---- */

#if WEIR_ASAN
static bool holds(char *state, int64_t *out, weir_error *error)
{
    (void)state, (void)error;
    char *volatile held = malloc(1000);
    *out = held && weir_pause();
    free(held);
    return true;
}
WEIR_FIBER_FN(holds_fn, holds, char, int64_t)
#endif

static void what_a_parked_one_holds_is_no_leak(void **state)
{
    (void)state;
#if WEIR_ASAN
    struct test_cx test;
    int64_t out;
    test_cx_init(&test);
    weir_stream *fiber = weir_fiber(&holds_fn, NULL, NULL);
    assert_int_equal(weir_poll_next(fiber, &test.cx, &out, 1).state, WEIR_PENDING);
    assert_int_equal(__lsan_do_recoverable_leak_check(), 0);
    weir_drop(fiber);
    test_cx_fini(&test);
#else
    skip(); /* nobody looks for leaks */
#endif
}

/* ---- states and items of any size ---- */

struct wide {
    _Alignas(64) char bytes[3000];
};

static bool copies(struct wide *state, struct wide *out, weir_error *error)
{
    (void)error;
    assert_int_equal((uintptr_t)state % 64, 0);
    assert_int_equal((uintptr_t)out % 64, 0);
    *out = *state;
    return true;
}
WEIR_FIBER_FN(copies_fn, copies, struct wide, struct wide, .drop = state_drop)

static void large_ones_are_aligned_and_copied(void **state)
{
    (void)state;
    struct wide in = {"abc"}, out;
    weir_error error;
    in.bytes[2999] = 'z';
    assert_int_equal(await(weir_fiber(&copies_fn, &in, NULL), &out, &error), WEIR_READY);
    assert_memory_equal(&in, &out, sizeof in);
}

/* There is one: for a state and an item that do not fit beside the stage. */
static void each_allocation_may_fail(void **state)
{
    (void)state;
    struct wide in = {"abc"}, out;
    weir_error error;
    memory_begin(1, true);
    states_dropped = 0;
    assert_int_equal(await(weir_fiber(&copies_fn, &in, NULL), &out, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_MEMORY);
    assert_int_equal(states_dropped, 1);
    assert_int_equal(memory.failed, 1);
    enum how how = GIVES;
    assert_string_equal(trace(weir_fiber(&comes_to_fn, &how, NULL), 1), "7 $"); /* needs none */
    assert_int_equal(memory_end(), 0);
    assert_int_equal(stacks().live, 0);
}

static void no_address_space_is_an_error(void **state)
{
    (void)state;
    struct wide in = {"abc"}, out;
    weir_error error;
    states_dropped = 0;
    weir_stream *fiber = weir_fiber(&copies_fn, &in, &WEIR_FIBER_OPTIONS(.stack_bytes = SIZE_MAX));
    assert_int_equal(await(fiber, &out, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_MEMORY);
    assert_non_null(strstr(error.message, "'copies'"));
    assert_int_equal(states_dropped, 1);
}

/* ---- misuse ---- */

static struct test_cx test;
static int64_t item;

static void poll_once(weir_stream *stream)
{
    test_cx_init(&test);
    weir_ignore(weir_poll_next(stream, &test.cx, &item, 1));
}

static bool careless(char *state, int64_t *out, weir_error *error)
{
    (void)state, (void)error;
    for (*out = 0;;)
        *out += weir_pause();
    return true;
}
WEIR_FIBER_FN(careless_fn, careless, char, int64_t)

static void goes_on_for_ever(void)
{
    weir_stream *fiber = weir_fiber(&careless_fn, NULL, NULL);
    poll_once(fiber);
    weir_drop(fiber);
}

static void *polls_it(void *fiber)
{
    poll_once(fiber);
    return NULL;
}

static void goes_to_another_thread(void)
{
    pthread_t thread;
    weir_stream *fiber = weir_fiber(&careless_fn, NULL, NULL);
    poll_once(fiber);
    if (!pthread_create(&thread, NULL, polls_it, fiber))
        pthread_join(thread, NULL);
}

static int64_t waits(int64_t x, void *arg)
{
    (void)arg;
    return weir_pause() ? x : -1;
}
WEIR_MAP_FN(waits_fn, waits, int64_t, int64_t)

static bool inside(char *state, int64_t *out, weir_error *error)
{
    (void)state;
    weir_stream *source = weir_map(weir_range(5, 6), &waits_fn, NULL);
    weir_state got = wait_next(source, out, error);
    weir_drop(source);
    return got == WEIR_READY;
}
WEIR_FIBER_FN(inside_fn, inside, char, int64_t)

static void what_it_must_not_do_is_named(void **state)
{
    (void)state;
    assert_true(dies_saying(goes_on_for_ever, "careless goes on at "));
    assert_true(dies_saying(goes_on_for_ever, "fiber.c:"));
    assert_true(dies_saying(goes_on_for_ever, " though it was dropped: look at what weir_yield and "
                                              "weir_await answer"));
    if (WEIR_CHECKS)
        assert_true(dies_saying(goes_to_another_thread, "careless is polled on another thread"));
    weir_error error;
    assert_int_equal(await(weir_fiber(&inside_fn, NULL, NULL), &item, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_string_equal(error.message, "waits calls weir_pause() inside of a poll: only fibers and "
                                       "threads can wait");
    assert_non_null(strstr(error.place, "fiber.c"));
    assert_true(error.line > 0);
}

/* ---- many ---- */

static bool parks(char *state, int64_t *out, weir_error *error)
{
    (void)state, (void)error;
    *out = weir_pause();
    return true;
}
WEIR_FIBER_FN(parks_fn, parks, char, int64_t)

static size_t resident_bytes(void)
{
    unsigned long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", &all, &resident), 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static size_t mappings(void)
{
    size_t n = 0;
    FILE *file = fopen("/proc/self/maps", "r");
    assert_non_null(file);
    for (int c; (c = getc(file)) != EOF;)
        n += c == '\n';
    fclose(file);
    return n;
}

enum { MANY = 100000, FEW = 10000 };
static weir_stream *parked[MANY];

static void many_wait_for_little(void **state)
{
    (void)state;
    if (WEIR_ASAN || WEIR_TSAN || sysconf(_SC_PAGESIZE) != 4096 || getenv("EMULATED"))
        skip();
    struct test_cx cx;
    test_cx_init(&cx);
    memset(parked, 1, sizeof parked); /* it is resident */
    size_t before = resident_bytes(), mappings_before = mappings();
    for (int i = 0; i < FEW; i++)
        parked[i] = weir_fiber(&parks_fn, NULL, NULL);
    bool split = mappings() > mappings_before + FEW; /* guards of an older kernel */
    int n = split ? FEW : MANY;
    for (int i = FEW; i < n; i++)
        parked[i] = weir_fiber(&parks_fn, NULL, NULL);
    for (int i = 0; i < n; i++)
        assert_int_equal(weir_poll_next(parked[i], &cx.cx, &item, 1).state, WEIR_PENDING);
    size_t each = (resident_bytes() - before) / (size_t)n;
    printf("%d parked fibers: %zu bytes each, %zu mappings\n", n, each,
           mappings() - mappings_before);
    size_t most = WEIR_SWITCHES_INLINE_ ? 4403 : 8499; /* 4.3 KiB; a ucontext_t takes one more */
    assert_in_range(each, 4000, most);
    if (!split)
        assert_true(mappings() < mappings_before + 10);
    for (int i = 0; i < n; i++)
        weir_drop(parked[i]);
    assert_int_equal(stacks().live, 0);
    assert_int_equal(stacks().pooled, WEIR_STACKS_MAX);
    test_cx_fini(&cx);
}

int task_fiber(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_gives_one_item_or_one_error),
        cmocka_unit_test(it_is_named_where_it_says_nothing),
        cmocka_unit_test(what_it_gives_outlives_it),
        cmocka_unit_test(it_waits_where_it_stands),
        cmocka_unit_test(it_is_dropped_at_any_wait),
        cmocka_unit_test(a_runtime_is_dropped_under_many),
        cmocka_unit_test(polls_begin_anew_on_its_stack),
        cmocka_unit_test(room_is_made_between_turns),
        cmocka_unit_test(chains_are_as_deep_as_is_said),
        cmocka_unit_test(what_a_parked_one_holds_is_no_leak),
        cmocka_unit_test(large_ones_are_aligned_and_copied),
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(no_address_space_is_an_error),
        cmocka_unit_test(what_it_must_not_do_is_named),
        cmocka_unit_test(many_wait_for_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
