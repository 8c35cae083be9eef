/* wakes: the queue of a set's members that were woken, from here and from other threads. */

#include <pthread.h>

#include "stages.h"
#include "stream/wakes.h"

struct member {
    struct weir_member_waker member;
    int number;
};

static struct member *make(struct weir_wakes *wakes, int number)
{
    struct member *member = (struct member *)weir_member_new(wakes, sizeof *member);
    assert_non_null(member);
    member->number = number;
    return member;
}

static int pop(struct weir_wakes *wakes)
{
    weir_wakes_look(wakes);
    struct member *member = (struct member *)weir_wakes_pop(wakes);
    return member ? member->number : -1;
}

/* It leaves, and is nobody's any more. */
static void leave(struct member *member)
{
    if (weir_member_leave(&member->member))
        weir_waker_unref(&member->member.waker);
}

static void test_first_in_first_out(void **state)
{
    (void)state;
    memory_begin(0, false);
    struct weir_wakes *wakes = weir_wakes_new();
    struct member *a = make(wakes, 1), *b = make(wakes, 2);
    struct test_waker *task = test_waker_new(NULL);
    weir_wakes_task(wakes, &task->waker);
    weir_waker_wake(&b->member.waker);
    weir_waker_wake(&a->member.waker);
    weir_waker_wake(&b->member.waker); /* it stands there once */
    assert_int_equal(task->wakes, 1);  /* the task is woken once for all of them */
    assert_int_equal(wakes->n, 2);
    assert_int_equal(pop(wakes), 2);
    assert_int_equal(pop(wakes), 1);
    assert_int_equal(pop(wakes), -1);
    leave(a);
    leave(b);
    weir_wakes_close(wakes);
    test_waker_drop(task);
    assert_int_equal(memory_end(), 0);
}

static void *wake(void *waker)
{
    weir_waker_wake(waker);
    return NULL;
}

static void wake_elsewhere(weir_waker *waker)
{
    pthread_t thread;
    pthread_create(&thread, NULL, wake, waker);
    pthread_join(thread, NULL);
}

static void test_from_another_thread(void **state)
{
    (void)state;
    memory_begin(0, false);
    struct weir_wakes *wakes = weir_wakes_new();
    struct member *a = make(wakes, 1), *b = make(wakes, 2);
    struct test_waker *task = test_waker_new(NULL);
    weir_wakes_task(wakes, &task->waker);
    wake_elsewhere(&a->member.waker);
    wake_elsewhere(&a->member.waker);
    wake_elsewhere(&b->member.waker);
    assert_int_equal(wakes->n, 0); /* not before somebody looks */
    assert_int_equal(task->wakes, 1);
    assert_int_equal(pop(wakes), 1);
    assert_int_equal(pop(wakes), 2);
    assert_int_equal(pop(wakes), -1);
    leave(a);
    wake_elsewhere(&b->member.waker); /* it stands elsewhere when the set goes */
    leave(b);
    weir_wakes_close(wakes);
    test_waker_drop(task);
    assert_int_equal(memory_end(), 0);
}

/* A waker that is left over wakes nobody, and the last one lets the memory go. */
static void test_after_the_set(void **state)
{
    (void)state;
    memory_begin(0, false);
    struct weir_wakes *wakes = weir_wakes_new();
    struct member *a = make(wakes, 1);
    weir_waker *late = &a->member.waker;
    weir_waker_ref(late);
    assert_false(weir_member_leave(&a->member));
    weir_wakes_close(wakes);
    weir_waker_wake(late);
    wake_elsewhere(late);
    weir_waker_unref(late);
    assert_int_equal(memory_end(), 0);
}

int stage_wakes(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_first_in_first_out),
                                       cmocka_unit_test(test_from_another_thread),
                                       cmocka_unit_test(test_after_the_set)};
    return cmocka_run_group_tests_name("wakes", tests, NULL, NULL);
}
