/* The home of marks: they are settled on any thread, and their source finds them one by one. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <pthread.h>

#include "doubles.h"
#include "weir/mark.h"

static struct test_cx test;

static weir_mark *give(weir_mark_home *home, uint64_t upto)
{
    assert_int_equal(weir_mark_home_give(home, &test.cx, NULL, upto).state, WEIR_MARK);
    return weir_mark_take(&test.cx);
}

static void expect(weir_mark_home *home, uint64_t wanted, bool wanted_kept)
{
    uint64_t upto;
    bool kept;
    assert_true(weir_mark_home_take(home, &test.cx, &upto, &kept));
    assert_int_equal(upto, wanted);
    assert_int_equal(kept, wanted_kept);
}

static void in_the_order_of_settling(void **state)
{
    uint64_t upto;
    bool kept;
    (void)state;
    test_cx_init(&test);
    memory_begin(0, false);
    weir_mark_home *home = weir_mark_home_new();
    weir_mark *marks[3] = {give(home, 1), give(home, 2), give(home, 3)};
    assert_int_equal(weir_mark_home_open(home), 3);
    test_cx_turn(&test);
    assert_false(weir_mark_home_take(home, &test.cx, &upto, &kept));
    assert_int_equal(test.waker->wakes, 0);
    weir_mark_settle(marks[1], true);
    assert_int_equal(test.waker->wakes, 1);
    weir_mark_settle(marks[0], false);
    expect(home, 2, true);
    expect(home, 1, false);
    assert_int_equal(weir_mark_home_open(home), 1);
    weir_mark_home_leave(home); /* the last one is out */
    weir_mark_settle(marks[2], true);
    home = weir_mark_home_new(); /* one that came, and is not taken */
    weir_mark_settle(give(home, 1), true);
    weir_mark_home_leave(home);
    weir_mark_home_leave(NULL);
    assert_int_equal(memory_end(), 0);
    test_cx_fini(&test);
}

static void without_memory(void **state)
{
    (void)state;
    test_cx_init(&test);
    memory_begin(1, true);
    assert_null(weir_mark_home_new());
    memory_end();
    weir_mark_home *home = weir_mark_home_new();
    memory_begin(1, true);
    assert_int_equal(weir_mark_home_give(home, &test.cx, NULL, 1).state, WEIR_ERROR);
    memory_end();
    assert_int_equal(weir_mark_home_open(home), 0);
    weir_mark_home_leave(home);
    test_cx_fini(&test);
}

/* ---- in the place of others ---- */

static unsigned kept_n, lost_n;

static void note_settled(weir_mark *mark, bool kept)
{
    (void)mark;
    kept_n += kept;
    lost_n += !kept;
}

/* Those are settled where they were sent from, and not before it is looked. */
static void in_the_place_of_others(void **state)
{
    (void)state;
    weir_mark own[4];
    test_cx_init(&test);
    memory_begin(0, false);
    kept_n = lost_n = 0;
    weir_mark_home *home = weir_mark_home_new();
    weir_mark *marks[4];
    for (unsigned i = 0; i < 4; i++) {
        own[i] = (weir_mark){.settle = note_settled, .upto = i, .refs = 1};
        marks[i] = weir_mark_home_send(home, &own[i]);
        assert_int_equal(marks[i]->upto, i);
    }
    assert_true(memory.live_bytes <= weir_mark_home_bytes(4));
    test_cx_turn(&test);
    assert_int_equal(weir_mark_home_settle(home, &test.cx).state, WEIR_PENDING);
    weir_mark_settle(marks[1], true);
    weir_mark_settle(marks[0], false);
    assert_int_equal(test.waker->wakes, 1);
    assert_int_equal(kept_n + lost_n, 0);
    assert_int_equal(weir_mark_home_settle(home, &test.cx).state, WEIR_PENDING);
    assert_int_equal(kept_n, 1);
    assert_int_equal(lost_n, 1);
    weir_mark_settle(marks[2], true); /* it came before the source went */
    weir_mark_home_leave(home);
    assert_int_equal(kept_n, 2);
    assert_int_equal(lost_n, 2);
    weir_mark_settle(marks[3], true);
    assert_int_equal(memory_end(), 0);
    assert_int_equal(kept_n + lost_n, 4);
    test_cx_fini(&test);
}

static void all_came_home(void **state)
{
    (void)state;
    weir_mark own = {.settle = note_settled, .refs = 1};
    test_cx_init(&test);
    kept_n = lost_n = 0;
    weir_mark_home *home = weir_mark_home_new();
    assert_int_equal(weir_mark_home_settle(home, &test.cx).state, WEIR_END);
    memory_begin(1, true);
    assert_null(weir_mark_home_send(home, &own));
    memory_end();
    assert_int_equal(lost_n, 1);
    own = (weir_mark){.settle = note_settled, .refs = 1};
    weir_mark_settle(weir_mark_home_send(home, &own), true);
    assert_int_equal(weir_mark_home_settle(home, &test.cx).state, WEIR_END);
    assert_int_equal(kept_n, 1);
    weir_mark_home_leave(home);
    test_cx_fini(&test);
}

enum { ROUNDS = 2000, MARKS = 8 };

static weir_mark *out[2][MARKS];

static void *settle_all(void *arg)
{
    weir_mark **marks = arg;
    for (unsigned i = 0; i < MARKS; i++)
        weir_mark_settle(marks[i], i % 2);
    return NULL;
}

/* A waker that any thread may wake. */
static unsigned wakes;

static void wake(weir_waker *waker)
{
    (void)waker;
    __atomic_fetch_add(&wakes, 1, __ATOMIC_RELAXED);
}

static void release(weir_waker *waker)
{
    (void)waker;
}

static const weir_waker_ops waker_ops = {sizeof waker_ops, wake, release};

/* Two threads settle while the source looks, or is gone. */
static void from_other_threads(void **state)
{
    (void)state;
    test_cx_init(&test);
    weir_waker waker, *own = test.cx.waker;
    weir_waker_init(&waker, &waker_ops);
    test.cx.waker = &waker;
    for (unsigned round = 0; round < ROUNDS; round++) {
        weir_mark_home *home = weir_mark_home_new();
        pthread_t threads[2];
        uint64_t upto, sum = 0;
        bool kept;
        for (unsigned i = 0; i < 2 * MARKS; i++)
            out[i / MARKS][i % MARKS] = give(home, i);
        for (unsigned i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, settle_all, out[i]), 0);
        unsigned left = round % 2 ? 2 * MARKS : round % (2 * MARKS);
        while (left)
            if (weir_mark_home_take(home, &test.cx, &upto, &kept)) {
                assert_int_equal(kept, upto % 2);
                sum += upto;
                left--;
            }
        if (round % 2)
            assert_int_equal(sum, MARKS * (2 * MARKS - 1));
        weir_mark_home_leave(home);
        for (unsigned i = 0; i < 2; i++)
            pthread_join(threads[i], NULL);
    }
    assert_true(wakes > 0);
    test.cx.waker = own;
    test_cx_fini(&test);
}

int core_mark_home(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_the_order_of_settling),
        cmocka_unit_test(in_the_place_of_others),
        cmocka_unit_test(all_came_home),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(from_other_threads),
    };
    return cmocka_run_group_tests_name("mark_home", tests, NULL, NULL);
}
