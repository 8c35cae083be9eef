/* pending: waits for ever, keeps no waker, and says that nothing will come. */

#include "stages.h"

static void test_never(void **state)
{
    (void)state;
    struct test_cx test;
    test_cx_init(&test);
    weir_stream *stream = weir_pending(&weir_type_i64);
    int64_t item;
    for (int i = 0; i < 3; i++) {
        weir_poll got = weir_poll_next(stream, &test.cx, &item, 1);
        assert_int_equal(got.state, WEIR_PENDING);
        assert_int_equal(test.cx.wait_for, WEIR_WAIT_NEVER);
        assert_int_equal(test_waker_others(test.waker), 0);
    }
    assert_int_equal(weir_stage_waits(&stream->stage), 3);
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_pending(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_never)};
    return cmocka_run_group_tests_name("pending", tests, NULL, NULL);
}
