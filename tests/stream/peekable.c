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

static bool same_value(const weir_type *type, const void *a, const void *b)
{
    (void)type;
    return ((const struct tracked *)a)->value == ((const struct tracked *)b)->value;
}

/* next_if_eq(A) over H o: none, and H is there still; then H is taken; at the end it stays the end.
 */
static void test_next_if_eq(void **state)
{
    (void)state;
    static const char items[] = "Ho";
    static struct test_cx test;
    char out = 0;
    void *seen;
    test_cx_init(&test);
    weir_stream *stream = weir_peekable(weir_iter(&(const weir_type)WEIR_TYPE(char), items, 2));
    weir_poll got = weir_poll_next_if_eq(stream, &test.cx, "A", &out);
    assert_true(got.n == 0 && got.state == WEIR_READY);
    got = weir_poll_next_if_eq(stream, &test.cx, "H", &out);
    assert_true(got.n == 1 && out == 'H');
    assert_int_equal(weir_poll_peek(stream, &test.cx, &seen).n, 1);
    got = weir_poll_next_if_eq(stream, &test.cx, "o", &out); /* on the one that was looked at */
    assert_true(got.n == 1 && out == 'o');
    for (int i = 0; i < 2; i++)
        assert_int_equal(weir_poll_next_if_eq(stream, &test.cx, "o", &out).state, WEIR_END);
    weir_drop(stream);
    test_cx_fini(&test);
}

static void test_next_if_eq_of_types(void **state)
{
    (void)state;
    static struct test_cx test;
    struct tracked two = {2, 0}, out;
    static weir_type alike;
    alike = tracked_type;
    alike.same = same_value;
    struct script script = {.type = &tracked_type};
    test_cx_init(&test);
    weir_stream *stream = weir_peekable(script_stream(&script, "2 3"));
    assert_int_equal(weir_poll_next_if_eq(stream, &test.cx, &two, &out).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.code, WEIR_E_TYPE);
    stream->type = &alike; /* one that knows */
    assert_int_equal(weir_poll_next_if_eq(stream, &test.cx, &two, &out).n, 1);
    tracked_drop(out);
    assert_int_equal(weir_poll_next_if_eq(stream, &test.cx, &two, &out).n, 0);
    weir_drop(stream);
    test_cx_fini(&test);
    assert_int_equal(tracked_live, 0);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_peek),
                                       cmocka_unit_test(test_error),
                                       cmocka_unit_test(test_next_if),
                                       cmocka_unit_test(test_next_if_eq),
                                       cmocka_unit_test(test_next_if_eq_of_types),
                                       cmocka_unit_test(test_no_peekable)};
    return cmocka_run_group_tests_name("peekable", tests, NULL, NULL);
}
