/* once: one item; it is dropped with the chain when nobody asked. */

#include "stages.h"

static weir_stream *once(int64_t value)
{
    struct tracked item = tracked_make(value);
    return weir_once(&tracked_type, &item);
}

static void test_item(void **state)
{
    (void)state;
    assert_string_equal(trace(once(7), 1), "7 $");
    assert_string_equal(trace(once(7), 64), "7 $");
    assert_int_equal(tracked_live, 0);
}

static void test_unasked(void **state)
{
    (void)state;
    weir_stream *stream = once(7);
    check_hint(stream, 1, 1);
    assert_true(stream->stage.one);
    weir_drop(stream);
    assert_int_equal(tracked_live, 0);
}

static void test_memory(void **state)
{
    (void)state;
    for (unsigned long call = 1; call < 4; call++) {
        memory_begin(call, true);
        weir_drop(once(7));
        assert_int_equal(memory_end(), 0);
        assert_int_equal(tracked_live, 0);
    }
}

int stage_once(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_item), cmocka_unit_test(test_unasked),
                                       cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests_name("once", tests, NULL, NULL);
}
