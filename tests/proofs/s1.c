/* An ERROR that describes nothing is a broken contract: a checking build ends the program, and in
 * no build is the error before it told a second time. */

#include "proofs.h"

static weir_poll error_then_nothing(void *arg, weir_cx *cx, void *out, size_t demand)
{
    int *calls = arg;
    (void)out;
    (void)demand;
    switch ((*calls)++) {
    case 0:
        weir_fail(cx, WEIR_E_USER, "the first error");
        cx->error.fatal = false;
        return (weir_poll){0, WEIR_ERROR};
    case 1:
        return (weir_poll){0, WEIR_ERROR}; /* describes none */
    default:
        return (weir_poll){0, WEIR_END};
    }
}

static weir_poll fails_unsaid(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)reader;
    (void)cx;
    (void)min;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll takes_unsaid(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)writer;
    (void)cx;
    (void)bytes;
    (void)n;
    return (weir_poll){0, WEIR_ERROR};
}

static const weir_reader_ops reader_ops = {
    .size = sizeof reader_ops, .name = "mute reader", .poll_fill = fails_unsaid};
static const weir_writer_ops writer_ops = {
    .size = sizeof writer_ops, .name = "mute writer", .poll_write = takes_unsaid};

static void stream(void *arg)
{
    int calls = 0;
    (void)arg;
    weir_stream *source = weir_poll_fn(&weir_type_i64, error_then_nothing, &calls);
    weir_run(weir_count(weir_results(source)), NULL, NULL);
}

static void reader(void *arg)
{
    (void)arg;
    weir_reader *mute = weir_reader_new(sizeof *mute, &reader_ops);
    weir_run(weir_copy(mute, weir_null_writer()), NULL, NULL);
}

static void writer(void *arg)
{
    (void)arg;
    weir_writer *mute = weir_writer_new(sizeof *mute, &writer_ops);
    weir_run(weir_copy(weir_memory_reader("x", 1), mute), NULL, NULL);
}

static void test_ended(void **state)
{
    (void)state;
    proof_of_checks();
    assert_true(proof_dies(stream, NULL, "poll_fn answered ERROR and described none"));
    assert_true(proof_dies(reader, NULL, "mute reader answered ERROR and described none"));
    assert_true(proof_dies(writer, NULL, "mute writer answered ERROR and described none"));
}

/* One that is described is told as often as it comes: once each. */
static weir_poll two_errors(void *arg, weir_cx *cx, void *out, size_t demand)
{
    int *calls = arg;
    (void)out;
    (void)demand;
    if (*calls == 2)
        return (weir_poll){0, WEIR_END};
    weir_fail(cx, WEIR_E_USER, "error %d", ++*calls);
    cx->error.fatal = false;
    cx->error.number = *calls;
    return (weir_poll){0, WEIR_ERROR};
}

static void test_told_once(void **state)
{
    (void)state;
    int calls = 0;
    assert_string_equal(trace(weir_results(weir_poll_fn(&weir_type_i64, two_errors, &calls)), 1),
                        "!1 !2 $");
}

int proofs_s1(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ended),
                                       cmocka_unit_test(test_told_once)};
    return cmocka_run_group_tests_name("s1", tests, NULL, NULL);
}
