/* on_done: told once, of the end, the error or the drop. */

#include "stages.h"

struct told {
    unsigned n;
    weir_done how;
    int64_t number;
};

static void tell(weir_done how, const weir_error *error, void *arg)
{
    struct told *told = arg;
    told->n++;
    told->how = how;
    told->number = error ? error->number : 0;
}

static struct told told;

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    told = (struct told){0};
    return weir_on_done(a, tell, &told);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 P 2 !7 3"}, "1 P 2 !7 3 $", {6}, {3}, false},
        {{"1 !!7 #"}, "1 !!7 $", {2}, {1}, false},
    };
    check_table(rows, build);
}

static void expect(weir_stream *stream, size_t demand, const char *text, weir_done how,
                   int64_t number)
{
    assert_string_equal(trace_items(stream, demand), text);
    assert_int_equal(told.n, 1);
    assert_int_equal(told.how, how);
    assert_int_equal(told.number, number);
}

static void test_told_once(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        expect(build(source("1 !7 2"), NULL), demand, "1 !7 2 $", WEIR_DONE_END, 0);
        expect(build(source("1 !7 2 !!8"), NULL), demand, "1 !7 2 !!8 $", WEIR_DONE_ERROR, 8);
        expect(weir_take(build(source("1 2 3"), NULL), 2), demand, "1 2 $", WEIR_DONE_DROPPED, 0);
    }
    expect(weir_step_by(build(source("1"), NULL), 0), 1, "!!ARGUMENT $", WEIR_DONE_DROPPED, 0);
    weir_drop(build(source("1"), NULL)); /* nobody asked for anything */
    assert_int_equal(told.n, 1);
    assert_int_equal(told.how, WEIR_DONE_DROPPED);
}

/* It was told to stop: that was not all. */
static weir_poll cut_off(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg, (void)out, (void)demand;
    cx->cut = true;
    return (weir_poll){0, WEIR_END};
}

static void test_cut(void **state)
{
    (void)state;
    weir_stream *first = source("1 2"), *last = weir_poll_fn(&tracked_type, cut_off, NULL);
    expect(build(weir_chain(first, last), NULL), 1, "1 2 $", WEIR_DONE_CUT, 0);
}

/* Before the drop, not after it. */
static void test_when(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    struct script script = {.type = &tracked_type, .early_end = true};
    test_cx_init(&test);
    weir_stream *stream = build(script_stream(&script, "1 2"), NULL);
    trace_poll(&seen, stream, &test, 64); /* END comes with the last items */
    assert_int_equal(told.n, 1);
    assert_int_equal(told.how, WEIR_DONE_END);
    weir_drop(stream);
    assert_int_equal(told.n, 1);
    test_cx_fini(&test);
}

int stage_on_done(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_told_once), cmocka_unit_test(test_cut),
                                       cmocka_unit_test(test_when)};
    return cmocka_run_group_tests_name("on_done", tests, NULL, NULL);
}
