/* Where there was no memory even for the chain, it says so once and ends, as often as chains are
 * made, and what borrows a stream that could not be built reports that stream's own words. */

#include "proofs.h"

enum { POLLS_MAX = 1000, MANY = 40 };

/* With no memory from here on. */
static weir_stream *starved(weir_stream *(*make)(void))
{
    memory_begin(1, true);
    weir_stream *stream = make();
    memory_end();
    return stream;
}

static weir_stream *range(void)
{
    return weir_range(0, 10);
}

static weir_stream *twice(void)
{
    return weir_count(weir_chain(weir_range(0, 10), weir_range(0, 10)));
}

static weir_stream *over_a_reader(void)
{
    return weir_lines(weir_chain_reader(weir_memory_reader("a", 1), weir_memory_reader("b", 1)), 9);
}

static weir_stream *copied(void)
{
    return weir_copy(weir_memory_reader("a", 1), weir_null_writer());
}

/* Polls to the end: one error. A consumer that went on after errors would spin. */
static void one_error(weir_stream *stream)
{
    struct test_cx test;
    unsigned errors = 0, polls = 0;
    weir_poll got;
    int64_t out[64];
    test_cx_init(&test);
    do {
        test_cx_turn(&test);
        got = weir_poll_next(stream, &test.cx, out, 1);
        if (got.state == WEIR_ERROR) {
            errors++;
            assert_int_equal(test.cx.error.code, WEIR_E_MEMORY);
            assert_true(test.cx.error.fatal);
        }
    } while (got.state != WEIR_END && ++polls < POLLS_MAX);
    assert_int_equal(errors, 1);
    weir_drop(stream);
    test_cx_fini(&test);
}

static void test_streams(void **state)
{
    (void)state;
    weir_stream *(*const makes[])(void) = {range, twice, over_a_reader, copied};
    for (int i = 0; i < MANY; i++)
        for (size_t k = 0; k < sizeof makes / sizeof *makes; k++)
            one_error(starved(makes[k]));
}

/* Several at once: the last of the pool stands for many and repeats its error, as is said in
 * weir/implement.h; each of the others ends. */
static void test_several_at_once(void **state)
{
    (void)state;
    weir_stream *streams[3];
    for (int i = 0; i < 3; i++)
        streams[i] = starved(range);
    for (int i = 0; i < 3; i++)
        one_error(streams[i]);
}

static void test_readers(void **state)
{
    (void)state;
    struct test_cx test;
    test_cx_init(&test);
    for (int i = 0; i < MANY; i++) {
        memory_begin(1, true);
        weir_reader *reader = weir_memory_reader("a", 1);
        memory_end();
        unsigned errors = 0, polls = 0;
        weir_poll got;
        do {
            got = weir_poll_fill(reader, &test.cx, 1);
            errors += got.state == WEIR_ERROR;
        } while (got.state != WEIR_END && ++polls < POLLS_MAX);
        assert_int_equal(errors, 1);
        weir_drop(reader);
    }
    test_cx_fini(&test);
}

static int64_t square(int64_t x, void *arg)
{
    (void)arg;
    return x * x;
}
WEIR_MAP_FN(square_fn, square, int64_t, int64_t)

static weir_stream *refused(void)
{
    struct tracked item = {1, 1};
    return weir_repeat(&tracked_type, &item);
}

/* Not "map takes int64_t, but by_ref yields unit". */
static void test_borrowers(void **state)
{
    (void)state;
    weir_stream *bad = refused();
    proof_fails(weir_count(weir_map(weir_by_ref(bad), &square_fn, NULL)), WEIR_E_TYPE, "repeat");
    weir_drop(bad);
    bad = refused();
    proof_fails(weir_next(bad), WEIR_E_TYPE, "repeat");
    weir_drop(bad);
    bad = refused();
    weir_error error;
    int64_t item;
    weir_rt *rt = weir_rt_new(NULL, NULL);
    assert_int_equal(weir_rt_next(rt, bad, &item, &error), WEIR_ERROR);
    proof_says(&error, WEIR_E_TYPE, "repeat");
    assert_int_equal(weir_rt_next(rt, bad, &item, &error), WEIR_END);
    weir_rt_drop(rt);
    weir_drop(bad);
    bad = starved(range);
    proof_fails(weir_next(bad), WEIR_E_MEMORY, "no memory");
    weir_drop(bad);
}

int proofs_p4(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams), cmocka_unit_test(test_several_at_once),
        cmocka_unit_test(test_readers), cmocka_unit_test(test_borrowers)};
    return cmocka_run_group_tests_name("p4", tests, NULL, NULL);
}
