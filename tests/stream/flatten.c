/* flatten: one inner stream after the other, asked for one at a time. */

#include "stages.h"

static struct script inner[4];

static void make(void *out, int64_t value, void *arg)
{
    static const char *const texts[] = {"1 2", "", "3 P 4 !5 6", "7 !!8 9"};
    (void)arg;
    inner[value] = (struct script){.type = &tracked_type};
    weir_stream *stream = value < 4 ? script_stream(&inner[value], texts[value]) : weir_range(0, 1);
    memcpy(out, &stream, sizeof stream);
}

static const char *run(const char *text, size_t demand, struct script *outer)
{
    *outer = (struct script){.type = &weir_type_stream, .make = make};
    weir_stream *stream = weir_flatten(script_stream(outer, text), &tracked_type);
    const char *got = trace(stream, demand);
    assert_int_equal(tracked_live, 0);
    return got;
}

static void test_items(void **state)
{
    (void)state;
    struct script outer;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        assert_string_equal(run("0 1 2", demand, &outer), "1 2 3 P 4 !5 6 $");
        assert_int_equal(outer.polls, 4);
        assert_int_equal(outer.demand_max, 1);
        assert_string_equal(run("1 1 P 1", demand, &outer), "P $");
        /* What is fatal to one inner stream ends that one. */
        assert_string_equal(run("3 !6 0", demand, &outer), "7 !8 !6 1 2 $");
    }
}

static void test_type(void **state)
{
    (void)state;
    struct script outer = {.type = &weir_type_stream, .make = make};
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    inner[0].at_most = 0;
    weir_stream *stream = weir_flatten(script_stream(&outer, "0"), &weir_type_u64);
    trace_run(&seen, stream, &test, 1);
    weir_drop(stream);
    test_cx_fini(&test);
    assert_string_equal(seen.text, "!!TYPE $");
    assert_non_null(strstr(seen.error.message, "'uint64_t', but 'script' yields 'tracked'"));
}

static void test_half_way(void **state)
{
    (void)state;
    struct script outer = {.type = &weir_type_stream, .make = make};
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = weir_flatten(script_stream(&outer, "0 2"), &tracked_type);
    trace_poll(&seen, stream, &test, 1);
    weir_drop(stream);
    test_cx_fini(&test);
    assert_string_equal(seen.text, "1");
    assert_int_equal(inner[0].finis, 1);
}

/* However an inner stream answers, the next poll is as deep as this one was. */
static void test_depth_is_given_back(void **state)
{
    (void)state;
    struct script outer = {.type = &weir_type_stream, .make = make};
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = weir_flatten(script_stream(&outer, "0 1 2 3"), &tracked_type);
    uint16_t depth = test.cx.depth;
    while (trace_poll(&seen, stream, &test, 1).state != WEIR_END) {
        assert_int_equal(test.cx.depth, depth);
        doubles_wake_one();
    }
    weir_drop(stream);
    test_cx_fini(&test);
    assert_string_equal(seen.text, "1 2 3 P 4 !5 6 7 !8 $");
}

int stage_flatten(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_items), cmocka_unit_test(test_type),
                                       cmocka_unit_test(test_half_way),
                                       cmocka_unit_test(test_depth_is_given_back)};
    return cmocka_run_group_tests_name("flatten", tests, NULL, NULL);
}
