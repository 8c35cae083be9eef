/* peekable: looking takes nothing, and what was seen comes next. */

#include "stages.h"

static bool is_two(struct tracked item, void *arg)
{
    (void)arg;
    return item.value == 2;
}
WEIR_FILTER_FN(is_two_fn, is_two, struct tracked, OF_TRACKED)

struct fixture {
    struct test_cx test;
    struct script script;
    weir_stream *stream;
};

static struct fixture *begin(const char *text)
{
    static struct fixture f;
    f = (struct fixture){.script = {.type = &tracked_type}};
    test_cx_init(&f.test);
    f.stream = weir_peekable(script_stream(&f.script, text));
    return &f;
}

static void end(struct fixture *f)
{
    weir_drop(f->stream);
    test_cx_fini(&f->test);
    assert_int_equal(tracked_live, 0);
}

static void expect_peek(struct fixture *f, weir_state state, int64_t value)
{
    void *item;
    weir_poll got = weir_poll_peek(f->stream, &f->test.cx, &item);
    assert_int_equal(got.state, state);
    assert_int_equal(got.n, state == WEIR_READY);
    assert_true(!item == !got.n);
    if (item)
        assert_int_equal(((struct tracked *)item)->value, value);
}

static void expect_next(struct fixture *f, weir_state state, int64_t value)
{
    struct tracked item;
    weir_poll got = weir_poll_next(f->stream, &f->test.cx, &item, 64);
    assert_int_equal(got.state, state);
    if (got.n) {
        assert_int_equal(got.n, 1);
        assert_int_equal(item.value, value);
        tracked_drop(item);
    }
}

static void test_peek(void **state)
{
    (void)state;
    struct fixture *f = begin("1 P* 2");
    expect_peek(f, WEIR_READY, 1);
    expect_peek(f, WEIR_READY, 1);
    expect_next(f, WEIR_READY, 1);
    expect_peek(f, WEIR_PENDING, 0);
    expect_peek(f, WEIR_READY, 2);
    assert_int_equal(f->script.polls, 3);
    expect_next(f, WEIR_READY, 2);
    expect_peek(f, WEIR_END, 0);
    expect_peek(f, WEIR_END, 0);
    expect_next(f, WEIR_END, 0);
    assert_int_equal(f->script.polls, 4);
    end(f);
}

/* An error that was seen is given once more, to whoever takes it; then the stream goes on. */
static void test_error(void **state)
{
    (void)state;
    struct fixture *f = begin("!7 2");
    expect_peek(f, WEIR_ERROR, 0);
    expect_peek(f, WEIR_ERROR, 0);
    expect_next(f, WEIR_ERROR, 0);
    assert_int_equal(f->test.cx.error.number, 7);
    expect_peek(f, WEIR_READY, 2);
    end(f); /* drops what was seen */
}

static void test_next_if(void **state)
{
    (void)state;
    struct fixture *f = begin("1 2");
    struct tracked item;
    weir_poll got = weir_poll_next_if(f->stream, &f->test.cx, &is_two_fn, NULL, &item);
    assert_int_equal(got.state, WEIR_READY);
    assert_int_equal(got.n, 0);
    expect_next(f, WEIR_READY, 1);
    got = weir_poll_next_if(f->stream, &f->test.cx, &is_two_fn, NULL, &item);
    assert_int_equal(got.n, 1);
    assert_int_equal(item.value, 2);
    tracked_drop(item);
    got = weir_poll_next_if(f->stream, &f->test.cx, &is_two_fn, NULL, &item);
    assert_int_equal(got.state, WEIR_END);
    end(f);
}

static void test_no_peekable(void **state)
{
    (void)state;
    struct test_cx test;
    void *item;
    test_cx_init(&test);
    weir_stream *stream = weir_range(0, 3);
    assert_int_equal(weir_poll_peek(stream, &test.cx, &item).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.code, WEIR_E_ARGUMENT);
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_peekable(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_peek), cmocka_unit_test(test_error),
                                       cmocka_unit_test(test_next_if),
                                       cmocka_unit_test(test_no_peekable)};
    return cmocka_run_group_tests_name("peekable", tests, NULL, NULL);
}
