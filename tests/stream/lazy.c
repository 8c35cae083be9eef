/* lazy: nothing is made before it is asked for. */

#include "stages.h"

static struct script script;
static unsigned made;

static weir_stream *make(void *arg)
{
    made++;
    script = (struct script){.type = &tracked_type, .hinted = true};
    return script_stream(&script, arg);
}

static weir_stream *lazy(char *text)
{
    made = 0;
    return weir_lazy(&tracked_type, make, text);
}

static void test_items(void **state)
{
    (void)state;
    static char text[] = "1 P* !7 2 $", fatal[] = "1 !!7 #";
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        assert_string_equal(trace(lazy(text), demand), "1 P !7 2 $");
        assert_int_equal(made, 1);
        assert_int_equal(script.finis, 1);
        assert_string_equal(trace(lazy(fatal), demand), "1 !!7 $");
    }
    assert_int_equal(tracked_live, 0);
}

static void test_not_asked(void **state)
{
    (void)state;
    static char text[] = "1 2";
    assert_string_equal(trace(weir_take(lazy(text), 0), 1), "$");
    weir_stream *stream = lazy(text);
    check_hint(stream, 0, WEIR_HINT_UNKNOWN);
    weir_drop(stream);
    assert_int_equal(made, 0);
}

static void test_half_way(void **state)
{
    (void)state;
    static char text[] = "1 2 3";
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = lazy(text);
    trace_poll(&seen, stream, &test, 1);
    check_hint(stream, 2, 2);
    weir_drop(stream);
    test_cx_fini(&test);
    assert_int_equal(script.finis, 1);
}

/* What cannot be made says so, once. */
static weir_stream *make_failed(void *arg)
{
    (void)arg;
    return weir_stream_refused(WEIR_E_USER, "try this", "not today", NULL, NULL, 0);
}

static void test_refused(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_lazy(&tracked_type, make_failed, NULL), 1), "!!USER $");
}

/* Each makes the next when it is asked: that comes to an end too. */
static weir_stream *make_lazy(void *arg)
{
    unsigned *left = arg;
    return --*left ? weir_lazy(&weir_type_i64, make_lazy, left) : weir_range(0, 2);
}

static void test_nested(void **state)
{
    (void)state;
    unsigned left = 500;
    assert_string_equal(trace(weir_lazy(&weir_type_i64, make_lazy, &left), 1), "0 1 $");
    left = 2000;
    assert_string_equal(trace(weir_lazy(&weir_type_i64, make_lazy, &left), 1), "!!LIMIT $");
}

int stage_lazy(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items), cmocka_unit_test(test_not_asked),
        cmocka_unit_test(test_half_way), cmocka_unit_test(test_nested),
        cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests_name("lazy", tests, NULL, NULL);
}
