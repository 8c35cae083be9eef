/* running: futures that are added to the front, and those that leave before they are done. That the
 * rest is in order is for buffered, buffer_unordered and the sets of futures to say. */

#include "stages.h"
#include "stream/running.h"

struct fixture {
    struct test_cx test;
    struct weir_running running;
    struct script scripts[4];
};

static struct fixture *begin(weir_stream *stage, bool ordered)
{
    static struct fixture f;
    f = (struct fixture){0};
    test_cx_init(&f.test);
    assert_true(weir_running_init(&f.running, stage, ordered));
    return &f;
}

static void add(struct fixture *f, int i, const char *text, bool front)
{
    f->scripts[i] = (struct script){.type = &tracked_type, .one = true};
    assert_true(weir_running_reserve(&f->running, f->running.ordered));
    weir_stream *future = script_stream(&f->scripts[i], text);
    if (front)
        weir_running_add_front(&f->running, future);
    else
        weir_running_add(&f->running, future, f->running.ordered);
}

/* Up to four results as one number: 12 is 1, then 2. */
static int64_t poll(struct fixture *f, size_t demand)
{
    struct tracked items[4];
    int64_t all = 0;
    test_cx_turn(&f->test);
    weir_poll got = f->running.ordered
                        ? weir_running_in_order(&f->running, &f->test.cx, (char *)items, demand)
                        : weir_running_as_they_come(&f->running, &f->test.cx, items, demand, false);
    for (uint32_t i = 0; i < got.n; i++) {
        all = 10 * all + items[i].value;
        tracked_drop(items[i]);
    }
    return all;
}

static void end(struct fixture *f, weir_stream *stage)
{
    weir_running_fini(&f->running);
    weir_drop(stage);
    test_cx_fini(&f->test);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
}

static void test_front(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 4; demand += 3) {
        weir_stream *stage = weir_empty(&tracked_type);
        struct fixture *f = begin(stage, true);
        add(f, 0, "1", true);
        add(f, 1, "2", false);
        add(f, 2, "3", true);
        add(f, 3, "4", false);
        assert_int_equal(weir_running_held(&f->running, f->running.ordered), 4);
        int64_t all = 0;
        for (size_t left = 4; left; left -= demand)
            all = 10 * all + poll(f, demand);
        assert_int_equal(all, 3124);
        end(f, stage);
    }
}

/* Of one that leaves no result is waited for. */
static void test_forget(void **state)
{
    (void)state;
    for (int ordered = 0; ordered < 2; ordered++) {
        weir_stream *stage = weir_empty(&tracked_type);
        struct fixture *f = begin(stage, ordered);
        add(f, 0, "2", false);
        add(f, 1, "3", false);
        add(f, 2, "P~", false);
        struct weir_stream_child *child = f->running.set.first;
        weir_running_forget(&f->running, child);
        weir_drop(weir_children_take(&f->running.set, child));
        assert_int_equal(poll(f, 4), 23);
        assert_int_equal(poll(f, 4), 0);
        assert_int_equal(weir_running_held(&f->running, f->running.ordered), 0);
        end(f, stage);
    }
}

static void test_clear(void **state)
{
    (void)state;
    for (int ordered = 0; ordered < 2; ordered++) {
        weir_stream *stage = weir_empty(&tracked_type);
        struct fixture *f = begin(stage, ordered);
        add(f, 0, "P~", false);
        add(f, 1, "3", false);
        add(f, 2, "P~", false);
        poll(f, 1);
        weir_running_clear(&f->running);
        assert_int_equal(weir_running_held(&f->running, f->running.ordered), 0);
        assert_int_equal(tracked_live, 0);
        add(f, 3, "5", false);
        assert_int_equal(poll(f, 1), 5);
        end(f, stage);
    }
}

/* Room for a future is made before it is taken; a place, where it is ordered, with it. */
static void test_memory_max(void **state)
{
    (void)state;
    weir_stream *stage = weir_empty(&tracked_type);
    struct fixture *f = begin(stage, true);
    size_t ordered = weir_running_memory_max(&f->running, 3);
    memory_begin(0, false);
    for (int i = 0; i < 3; i++) {
        assert_true(weir_running_reserve(&f->running, f->running.ordered));
        weir_running_add(&f->running, weir_no_memory_stream(), true);
    }
    assert_true(memory.live_bytes <= ordered);
    weir_running_fini(&f->running);
    assert_int_equal(memory_end(), 0);
    assert_int_equal(weir_running_memory_max(&f->running, SIZE_MAX), SIZE_MAX);
    f->running = (struct weir_running){0};
    weir_drop(stage);
    test_cx_fini(&f->test);
}

int stage_running(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_front), cmocka_unit_test(test_forget),
                                       cmocka_unit_test(test_clear),
                                       cmocka_unit_test(test_memory_max)};
    return cmocka_run_group_tests_name("running", tests, NULL, NULL);
}
