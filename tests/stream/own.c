/* own: copies what was lent; one copy that fails is one error. */

#include "stages.h"

static const weir_line lines[] = {{"ab", 2}, {"", 0}, {"cde", 3}};

static weir_stream *lent(void)
{
    return weir_iter(&weir_type_line, lines, 3);
}

static void test_copies(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        memory_begin(0, false);
        assert_string_equal(trace(weir_own(lent()), demand), "'ab' '' 'cde' $");
        assert_int_equal(memory_end(), 0);
    }
    weir_stream *stream = weir_own(lent());
    assert_ptr_equal(stream->type, &weir_type_owned_line);
    weir_drop(stream);
}

static void test_nothing_lent(void **state)
{
    (void)state;
    weir_stream *stream = weir_range(0, 3);
    assert_ptr_equal(weir_own(stream), stream);
    weir_drop(stream);
}

/* The arena is one block; the copies come behind it. */
static void test_no_memory(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        memory_begin(3, false);
        weir_stream *stream = weir_own(lent());
        unsigned long made = memory.calls;
        memory.fail_at = made + 2;
        /* A copy that failed behind others is tried again; one that fails first is given up. */
        assert_string_equal(trace(stream, demand),
                            demand == 1 ? "'ab' !MEMORY 'cde' $" : "'ab' '' 'cde' $");
        assert_int_equal(memory_end(), 0);
    }
}

static void test_count(void **state)
{
    (void)state;
    uint64_t n = 0;
    memory_begin(0, false);
    weir_stream *stream = weir_count(weir_own(lent()));
    unsigned long made = memory.calls;
    assert_int_equal(await(stream, &n, NULL), WEIR_READY);
    assert_int_equal(n, 3);
    assert_int_equal(memory.calls, made); /* no copies to be counted */
    assert_int_equal(memory_end(), 0);
}

int stage_own(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies), cmocka_unit_test(test_nothing_lent),
        cmocka_unit_test(test_no_memory), cmocka_unit_test(test_count)};
    return cmocka_run_group_tests_name("own", tests, NULL, NULL);
}
