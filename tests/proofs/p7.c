/* The items before an error are the same with a stage and without it: what came before reaches the
 * sink first, be the error fatal or not. */

#include "proofs.h"

/* Three items, the error (7), and where it is not fatal one item more. */
struct source {
    bool fatal;
    int at;
};

static weir_poll fails_after_three(struct source *self, weir_cx *cx)
{
    if (self->at++ != 3)
        return (weir_poll){0, WEIR_END};
    weir_fail(cx, WEIR_E_USER, "the disk broke");
    cx->error.fatal = self->fatal;
    cx->error.number = 7;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll next_number(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct source *self = arg;
    (void)demand;
    if (self->at == 3 || self->at > 4)
        return fails_after_three(self, cx);
    *(int64_t *)out = self->at++;
    return (weir_poll){1, WEIR_READY};
}

static weir_poll next_line(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct source *self = arg;
    (void)demand;
    if (self->at == 3 || self->at > 4)
        return fails_after_three(self, cx);
    *(weir_line *)out = (weir_line){"hello\n", 6 - (size_t)(self->at++ == 2)};
    return (weir_poll){1, WEIR_READY};
}

static struct source source;

static weir_stream *numbers(bool fatal)
{
    source = (struct source){.fatal = fatal};
    return weir_poll_fn(&weir_type_i64, next_number, &source);
}

static weir_stream *lines(bool fatal)
{
    source = (struct source){.fatal = fatal};
    return weir_poll_fn(&weir_type_line, next_line, &source);
}

/* ---- streams ---- */

static int64_t same(int64_t x, void *arg)
{
    (void)arg;
    return x;
}
WEIR_MAP_FN(same_fn, same, int64_t, int64_t)

static void test_chunks(void **state)
{
    (void)state;
    for (size_t demand = 1; demand < 70; demand += 21) {
        assert_string_equal(trace(weir_chunks(numbers(true), 5), demand), "[0 1 2] !!7 $");
        assert_string_equal(trace(weir_chunks(numbers(false), 5), demand), "[0 1 2] !7 [4] $");
        assert_string_equal(trace(weir_chunks(numbers(true), 2), demand), "[0 1] [2] !!7 $");
        assert_string_equal(trace(weir_chunks(numbers(true), 3), demand), "[0 1 2] !!7 $");
        assert_string_equal(trace(weir_chunks(numbers(true), 1), demand), "[0] [1] [2] !!7 $");
        assert_string_equal(trace(weir_chunks(weir_map(numbers(false), &same_fn, NULL), 2), demand),
                            "[0 1] [2] !7 [4] $");
        assert_string_equal(trace(weir_chunks(weir_chunks(numbers(true), 2), 2), demand),
                            "[[0 1] [2]] !!7 $");
    }
}

static void test_others_that_hold(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_ahead(numbers(true), 8), 1), "0 1 2 !!7 $");
    assert_string_equal(trace(weir_ahead(numbers(false), 8), 5), "0 1 2 !7 4 $");
    assert_string_equal(trace(weir_peekable(numbers(true)), 4), "0 1 2 !!7 $");
    assert_string_equal(trace(weir_zip(numbers(true), weir_range(0, 9)), 4),
                        "(0,0) (1,1) (2,2) !!7 $");
    assert_string_equal(trace(weir_select(numbers(false), weir_empty(&weir_type_i64)), 4),
                        "0 1 2 !7 4 $");
    assert_string_equal(trace(weir_own(lines(true)), 4), "'hello\n' 'hello\n' 'hello' !!7 $");
}

static void test_consumers(void **state)
{
    (void)state;
    for (int fatal = 0; fatal < 2; fatal++) {
        weir_error error;
        weir_vec all = {0};
        assert_int_equal(weir_run(weir_collect(numbers(fatal), 99), &all, &error), WEIR_ERROR);
        assert_string_equal(error.message, "the disk broke");
        assert_int_equal(error.number, 7);
    }
}

/* ---- bytes ---- */

/* A reader of the same shape: eleven bytes, then the error, fatal as all of a reader's. */
static void reaches_the_sink(weir_stream *(*join)(weir_writer *writer, bool fatal), bool fatal,
                             const char *wanted)
{
    for (size_t at_most = 0; at_most < 4; at_most++)
        for (int pending = 0; pending < 2; pending++) {
            struct sink sink = {.at_most = at_most, .pending = pending};
            weir_error error;
            uint64_t n;
            assert_int_equal(await(join(sink_writer(&sink), fatal), &n, &error), WEIR_ERROR);
            assert_string_equal(error.message, "the disk broke");
            assert_int_equal(error.byte, strlen(wanted));
            assert_int_equal(sink.n, strlen(wanted));
            assert_memory_equal(sink.data, wanted, strlen(wanted));
            assert_int_equal(sink.flushed_n, sink.n);
            assert_false(sink.closed);
            sink_fini(&sink);
        }
}

static weir_stream *by_forward(weir_writer *writer, bool fatal)
{
    return weir_forward(lines(fatal), writer);
}

static weir_stream *by_forward_owned(weir_writer *writer, bool fatal)
{
    return weir_forward(weir_own(lines(fatal)), writer);
}

static void test_forward(void **state)
{
    (void)state;
    for (int fatal = 0; fatal < 2; fatal++) {
        reaches_the_sink(by_forward, fatal, "hello\nhello\nhello");
        reaches_the_sink(by_forward_owned, fatal, "hello\nhello\nhello");
    }
}

/* The same for the bytes of lines, each with a newline more. */
static void test_to_lines_and_copy(void **state)
{
    (void)state;
    static const char wanted[] = "hello\n\nhello\n\nhello\n";
    for (int fatal = 0; fatal < 2; fatal++) {
        struct sink sink = {0};
        weir_error error;
        uint64_t n;
        weir_stream *copy = weir_copy(weir_to_lines(lines(fatal)), sink_writer(&sink));
        assert_int_equal(await(copy, &n, &error), WEIR_ERROR);
        assert_string_equal(error.message, "the disk broke");
        assert_int_equal(sink.n, sizeof wanted - 1);
        assert_memory_equal(sink.data, wanted, sizeof wanted - 1);
        sink_fini(&sink);
    }
}

int proofs_p7(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chunks), cmocka_unit_test(test_others_that_hold),
        cmocka_unit_test(test_consumers), cmocka_unit_test(test_forward),
        cmocka_unit_test(test_to_lines_and_copy)};
    return cmocka_run_group_tests_name("p7", tests, NULL, NULL);
}
