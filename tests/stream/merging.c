/* merging: what waits in places when its stream leaves, and a set that is emptied. That the rest is
 * in order is for merge, select_all, stream_map and flatten_unordered to say. */

#include "core/in_flight.h"
#include "stages.h"
#include "stream/merging.h"

struct fixture {
    struct test_cx test;
    struct weir_merging merging;
    struct script scripts[3];
    weir_in_flight_list list;
};

static struct fixture *begin(weir_stream *stage)
{
    static struct fixture f;
    f = (struct fixture){0};
    test_cx_init(&f.test);
    assert_true(weir_merging_init(&f.merging, stage));
    return &f;
}

static void add(struct fixture *f, int i, const char *text)
{
    f->scripts[i] = (struct script){.type = &tracked_type};
    assert_true(weir_children_reserve(&f->merging.set));
    weir_merging_add(&f->merging, script_stream(&f->scripts[i], text));
}

/* One poll, as its stage would; the value, 0 for none. */
static int64_t poll(struct fixture *f)
{
    struct tracked item;
    test_cx_turn(&f->test);
    weir_in_flight_turn(&f->test.cx, &f->list);
    weir_poll got = weir_merging_poll(&f->merging, &f->test.cx, &item, 1);
    weir_merging_polled(&f->merging, &f->test.cx, got);
    if (got.n)
        tracked_drop(item);
    return got.n ? item.value : 0;
}

/* A turn in which nobody asks. */
static void be_busy(struct fixture *f)
{
    doubles_wake_all();
    test_cx_turn(&f->test);
    weir_in_flight_turn(&f->test.cx, &f->list);
    weir_in_flight_progress(&f->test.cx);
}

static void end(struct fixture *f, weir_stream *stage)
{
    weir_merging_fini(&f->merging);
    weir_drop(stage);
    test_cx_fini(&f->test);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
}

static void test_forget(void **state)
{
    (void)state;
    weir_stream *stage = weir_empty(&tracked_type);
    struct fixture *f = begin(stage);
    add(f, 0, "P 5 6");
    while (poll(f) || f->test.waker->wakes)
        ;
    be_busy(f);
    assert_int_equal(f->merging.places.n, 1);
    struct weir_stream_child *child = f->merging.set.first;
    weir_merging_forget(&f->merging, child);
    weir_drop(weir_children_take(&f->merging.set, child));
    assert_int_equal(poll(f), 5); /* it was given before */
    assert_int_equal(poll(f), 0);
    end(f, stage);
}

static void test_clear(void **state)
{
    (void)state;
    weir_stream *stage = weir_empty(&tracked_type);
    struct fixture *f = begin(stage);
    add(f, 0, "P 5 6");
    add(f, 1, "P !7 8");
    while (poll(f) || f->test.waker->wakes)
        ;
    be_busy(f);
    assert_int_equal(f->merging.places.n, 2);
    weir_merging_clear(&f->merging);
    assert_int_equal(f->merging.places.n + f->merging.set.n, 0);
    assert_int_equal(tracked_live, 0);
    add(f, 2, "9");
    assert_int_equal(poll(f), 9);
    end(f, stage);
}

/* The end of a stream is an answer of its own where that is asked for. */
static void test_pauses(void **state)
{
    (void)state;
    weir_stream *stage = weir_empty(&tracked_type);
    struct fixture *f = begin(stage);
    f->merging.pauses = true;
    add(f, 0, "$");
    add(f, 1, "1");
    struct tracked item;
    weir_poll got = weir_merging_poll(&f->merging, &f->test.cx, &item, 1);
    assert_true(got.n == 0 && got.state == WEIR_READY);
    assert_int_equal(f->scripts[1].polls, 0);
    assert_int_equal(poll(f), 1);
    end(f, stage);
}

/* A batch leaves the streams the scratch that they need. */
static void test_scratch(void **state)
{
    (void)state;
    weir_stream *stage = weir_empty(&tracked_type), *needy = weir_empty(&tracked_type);
    struct fixture *f = begin(stage);
    needy->stage.scratch_need = 4711;
    assert_true(weir_children_reserve(&f->merging.set));
    weir_merging_add(&f->merging, needy);
    assert_int_equal(stage->stage.scratch_need, 4711);
    add(f, 0, "1");
    assert_int_equal(stage->stage.scratch_need, 4711);
    end(f, stage);
}

int stage_merging(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_forget), cmocka_unit_test(test_clear),
                                       cmocka_unit_test(test_pauses),
                                       cmocka_unit_test(test_scratch)};
    return cmocka_run_group_tests_name("merging", tests, NULL, NULL);
}
