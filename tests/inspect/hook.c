/* Who is told of each runtime: of those that are there, of new ones, and before each ends. */

#include <sys/wait.h>

#include "../driver/rig.h"
#include "task/runtimes.h"

static _Atomic unsigned opened_n, closed_n;
static weir_rt *last_opened, *last_closed;

static void opened(weir_rt *rt)
{
    weir_error error;
    atomic_fetch_add(&opened_n, 1);
    last_opened = rt;
    assert_true(weir_inspect_start(rt, &error));
}

/* Its workers are there: its rows can be read. */
static void closing(weir_rt *rt)
{
    static weir_inspect_row rows[WEIR_INSPECT_ROWS_MAX];
    atomic_fetch_add(&closed_n, 1);
    last_closed = rt;
    weir_inspect_snapshot(rt, rows, WEIR_INSPECT_ROWS_MAX);
}

static weir_rt *new_rt(void)
{
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .workers = 1), NULL);
    assert_non_null(rt);
    return rt;
}

static void each_is_told_of_once(void **state)
{
    (void)state;
    opened_n = closed_n = 0;
    weir_rt *before = new_rt();
    weir_rt_on_open(opened, closing);
    assert_int_equal(opened_n, 1);
    assert_ptr_equal(last_opened, before);
    weir_rt *after = new_rt();
    assert_int_equal(opened_n, 2);
    assert_ptr_equal(last_opened, after);
    assert_int_equal(closed_n, 0);
    weir_rt_drop(before);
    assert_ptr_equal(last_closed, before);
    weir_rt_drop(after);
    assert_ptr_equal(last_closed, after);
    assert_int_equal(closed_n, 2);
    weir_rt_on_open(NULL, NULL);
}

/* What opened before somebody was there for it is not closed to him, nor what he left. */
static void nobody_is_told(void **state)
{
    (void)state;
    opened_n = closed_n = 0;
    weir_rt_on_open(opened, closing);
    weir_rt *rt = new_rt();
    weir_rt_on_open(NULL, NULL);
    weir_rt_drop(rt);
    rt = new_rt();
    weir_rt_drop(rt);
    assert_int_equal(opened_n, 1);
    assert_int_equal(closed_n, 0);
}

static void *makes_many(void *arg)
{
    for (int i = 0; i < 50; i++)
        weir_rt_drop(new_rt());
    return arg;
}

static void from_any_thread(void **state)
{
    (void)state;
    pthread_t threads[3];
    opened_n = closed_n = 0;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, makes_many, NULL), 0);
    weir_rt_on_open(opened, closing);
    for (size_t i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(opened_n, closed_n);
    weir_rt_on_open(NULL, NULL);
}

/* Who was told has threads and locks that are not there. */
static void not_in_a_process_that_was_forked_off(void **state)
{
    (void)state;
    int status;
    opened_n = closed_n = 0;
    weir_rt *rt = new_rt();
    weir_rt_on_open(opened, closing);
    pid_t child = fork();
    if (!child) {
        weir_rt_drop(new_rt());
        _exit(opened_n == 1 && !closed_n ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    weir_rt_drop(rt);
    assert_int_equal(closed_n, 1);
    weir_rt_on_open(NULL, NULL);
}

int inspect_hook(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_told_of_once),
        cmocka_unit_test(nobody_is_told),
        cmocka_unit_test(from_any_thread),
        cmocka_unit_test(not_in_a_process_that_was_forked_off),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
