/* abortable: somebody else ends it, or many at once. */

#include <pthread.h>

#include "stages.h"

static weir_abort_handle *handle;

static int setup(void **state)
{
    (void)state;
    handle = weir_abort_handle_new();
    return handle == NULL;
}

static int teardown(void **state)
{
    (void)state;
    weir_abort_handle_unref(handle);
    return test_wakers_live != 0 || tracked_live != 0;
}

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_abortable(a, handle);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3"}, "1 2 3 $", {4}, {3}, false},
        {{"1 P 2 P* 3"}, "1 P 2 P 3 $", {6}, {3}, false},
        {{"1 !5 2 !!6"}, "1 !5 2 !!6 $", {4}, {2}, false},
        {{"P~"}, "P STUCK", {1}, {0}, false},
    };
    check_table(rows, build);
    assert_false(weir_is_aborted(handle));
}

/* D2: 1, abort, 2. The source is not asked again. */
static void test_d2_abort_between(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    struct script script = {0};
    test_cx_init(&test);
    weir_stream *stream = weir_abortable(script_stream(&script, "1 2 3"), handle);
    trace_poll(&seen, stream, &test, 1);
    weir_abort(handle);
    trace_poll(&seen, stream, &test, 1);
    trace_poll(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "1 $ $");
    assert_int_equal(script.polls, 1);
    assert_true(weir_is_aborted(handle));
    assert_true(weir_stage_was_cut(&stream->stage)); /* no end of the input */
    weir_drop(stream);
    test_cx_fini(&test);
}

/* For who looks at what streams say alone: a handle for which there was no memory. */
static void test_no_handle(void **state)
{
    (void)state;
    weir_error error;
    weir_abort(NULL);
    weir_abort_with(NULL, weir_error_set(&error, WEIR_E_USER, "nobody hears it"));
    assert_false(weir_is_aborted(NULL));
    assert_string_equal(trace(weir_abortable(source("1"), NULL), 1), "!!MEMORY $");
}

/* One handle ends streams of several chains; one that comes later ends at once. */
static void test_many(void **state)
{
    (void)state;
    struct test_cx test[3];
    struct trace seen[3] = {0};
    struct script scripts[3] = {0};
    weir_stream *streams[3];
    for (int i = 0; i < 3; i++) {
        test_cx_init(&test[i]);
        streams[i] = weir_abortable(script_stream(&scripts[i], "P~"), handle);
        trace_poll(&seen[i], streams[i], &test[i], 1);
    }
    weir_abort(handle);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(test[i].waker->wakes, 1);
        trace_poll(&seen[i], streams[i], &test[i], 1);
        assert_string_equal(seen[i].text, "P $");
        weir_drop(streams[i]);
        test_cx_fini(&test[i]);
    }
    assert_string_equal(trace(weir_abortable(weir_range(0, 3), handle), 1), "$");
}

/* A kill switch's abort: all of them fail, and only the first call counts. */
static void test_error(void **state)
{
    (void)state;
    weir_error error;
    weir_error_set(&error, WEIR_E_USER, "the other half is gone")->number = 9;
    error.fatal = false;
    weir_abort_with(handle, &error);
    weir_abort(handle);
    weir_error_set(&error, WEIR_E_USER, "too late")->number = 10;
    weir_abort_with(handle, &error);
    struct tracked item = tracked_make(1);
    assert_string_equal(trace(weir_abortable(source("1 2"), handle), 1), "!!9 $");
    assert_string_equal(trace(weir_abortable(weir_once(&tracked_type, &item), handle), 1), "!!9 $");
}

/* A future owes an answer. */
static void test_future(void **state)
{
    (void)state;
    weir_error error;
    uint64_t n;
    weir_stream *future = weir_abortable(weir_count(source("P~")), handle);
    weir_abort(handle);
    assert_int_equal(await(future, &n, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_CANCELLED);
    assert_true(error.fatal);
}

/* Where it stands does not matter: what is above it sees an end. */
static void test_within(void **state)
{
    (void)state;
    weir_stream *stream = weir_chain(weir_abortable(source("1 #"), handle), source("2 3"));
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    trace_poll(&seen, stream, &test, 1);
    weir_abort(handle);
    trace_run(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "1 2 3 $");
    weir_drop(stream);
    test_cx_fini(&test);
}

/* Dropped streams leave their seats to others, and no waker behind. */
static void test_seats_are_used_again(void **state)
{
    (void)state;
    weir_stream *kept = weir_abortable(weir_pending(&weir_type_unit), handle);
    size_t bytes = weir_memory_max(kept);
    for (int i = 0; i < 100; i++) {
        weir_stream *stream = weir_abortable(source("P~"), handle);
        struct test_cx test;
        struct trace seen = {0};
        test_cx_init(&test);
        trace_poll(&seen, stream, &test, 1);
        weir_drop(stream);
        test_cx_fini(&test);
        assert_int_equal(test_wakers_live, 0);
    }
    assert_true(weir_memory_max(kept) <= bytes + 64); /* one seat more, not a hundred */
    weir_drop(kept);
}

/* ---- from another thread ---- */

static void *abort_it(void *arg)
{
    weir_abort(arg);
    return NULL;
}

struct flag {
    weir_waker waker;
    bool woken;
};

static void flag_wake(weir_waker *waker)
{
    __atomic_store_n(&((struct flag *)waker)->woken, true, __ATOMIC_RELEASE);
}

static void flag_release(weir_waker *waker)
{
    (void)waker;
}

/* Whenever it comes, before the poll, in it, or behind it: the waker is woken, or it has ended. */
static void test_threads(void **state)
{
    (void)state;
    static const weir_waker_ops ops = {
        .size = sizeof ops, .wake = flag_wake, .release = flag_release};
    for (int i = 0; i < 200; i++) {
        struct flag flag = {0};
        weir_waker_init(&flag.waker, &ops);
        weir_abort_handle *own = weir_abort_handle_new();
        weir_stream *stream = weir_abortable(weir_pending(&weir_type_i64), own);
        weir_cx *cx = weir_cx_new(&flag.waker);
        stream->stage.one = false;
        pthread_t thread;
        int64_t out;
        assert_int_equal(pthread_create(&thread, NULL, abort_it, own), 0);
        weir_poll got = weir_poll_next(stream, cx, &out, 1);
        pthread_join(thread, NULL);
        if (got.state == WEIR_PENDING) {
            assert_true(__atomic_load_n(&flag.woken, __ATOMIC_ACQUIRE));
            got = weir_poll_next(stream, cx, &out, 1);
        }
        assert_int_equal(got.state, WEIR_END);
        weir_drop(stream);
        weir_cx_drop(cx);
        weir_abort_handle_unref(own);
    }
}

int stage_abortable(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_table, setup, teardown),
        cmocka_unit_test_setup_teardown(test_d2_abort_between, setup, teardown),
        cmocka_unit_test(test_no_handle),
        cmocka_unit_test_setup_teardown(test_many, setup, teardown),
        cmocka_unit_test_setup_teardown(test_error, setup, teardown),
        cmocka_unit_test_setup_teardown(test_future, setup, teardown),
        cmocka_unit_test_setup_teardown(test_within, setup, teardown),
        cmocka_unit_test_setup_teardown(test_seats_are_used_again, setup, teardown),
        cmocka_unit_test(test_threads)};
    return cmocka_run_group_tests_name("abortable", tests, NULL, NULL);
}
