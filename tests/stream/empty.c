/* empty: the end at once. */

#include "stages.h"

static void test_end(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_empty(&weir_type_i64), 1), "$");
    weir_stream *stream = weir_empty(&tracked_type);
    assert_ptr_equal(stream->type, &tracked_type);
    check_hint(stream, 0, 0);
    weir_drop(stream);
}

int stage_empty(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_end)};
    return cmocka_run_group_tests_name("empty", tests, NULL, NULL);
}
