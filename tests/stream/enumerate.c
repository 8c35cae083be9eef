/* enumerate: the index counts items, not errors. */

#include "stages.h"

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_enumerate(a);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"5 6"}, "0:5 1:6 $", {3}, {2}, false},
        {{"5 P !7 6 8"}, "0:5 P !7 1:6 2:8 $", {6}, {3}, false},
    };
    check_table(rows, build);
}

/* Items of every size end up where the struct has them. */
struct indexed_byte {
    uint64_t index;
    char item;
};

static void test_layout(void **state)
{
    (void)state;
    static const weir_type byte = WEIR_TYPE(char);
    struct indexed_byte out[5];
    struct test_cx test;
    test_cx_init(&test);
    weir_stream *stream = weir_enumerate(weir_iter(&byte, "abcde", 5));
    assert_int_equal(stream->type->size, sizeof *out);
    assert_int_equal(weir_poll_next(stream, &test.cx, out, 5).n, 5);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(out[i].index, i);
        assert_int_equal(out[i].item, "abcde"[i]);
    }
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_enumerate(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_layout)};
    return cmocka_run_group_tests_name("enumerate", tests, NULL, NULL);
}
