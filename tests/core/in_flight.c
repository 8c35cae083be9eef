/* Sets of work in flight: which of them go on when a turn is over, with whose waker, and what they
 * leave as it was. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/in_flight.h"
#include "doubles.h"

enum { SETS = 4 };
#define PENDING ((weir_poll){0, WEIR_PENDING})

struct set {
    weir_in_flight in_flight;
    unsigned calls;
    weir_waker *waker; /* what the last call saw */
    uint16_t depth;
    struct set *polls;  /* this one, meanwhile */
    bool gives;         /* ... which gives something then */
    struct set *leaves; /* the same */
};

static struct set sets[SETS];
static weir_in_flight_list list, other;
static struct test_cx test;
static char calls[32]; /* names of those that were called, in order */

static void add(char *text, char c)
{
    size_t n = strlen(text);
    text[n] = c;
    text[n + 1] = '\0';
}

/* As rude as a poll may be: it leaves nothing in the cx as it was. */
static void progress(weir_in_flight *in_flight, weir_cx *cx)
{
    struct set *self = WEIR_CONTAINER(in_flight, struct set, in_flight);
    assert_int_equal(cx->polling, 1);
    self->calls++;
    self->waker = cx->waker;
    self->depth = cx->depth;
    add(calls, (char)('a' + (self - sets)));
    if (self->polls)
        weir_in_flight_polled(&self->polls->in_flight, cx,
                              self->gives ? (weir_poll){1, WEIR_READY} : PENDING);
    if (self->leaves)
        weir_in_flight_leave(&self->leaves->in_flight);
    weir_fail(cx, WEIR_E_LIMIT, "not for the consumer");
    weir_wait_never(cx);
    cx->waiting = (const weir_stage *)&calls;
    cx->depth = 99;
    weir_spend_many(cx, 7);
}

static int setup(void **state)
{
    (void)state;
    memset(sets, 0, sizeof sets);
    for (int i = 0; i < SETS; i++)
        sets[i].in_flight.progress = progress;
    list = other = (weir_in_flight_list){0};
    calls[0] = '\0';
    test_cx_init(&test);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (int i = 0; i < SETS; i++)
        weir_in_flight_leave(&sets[i].in_flight);
    test_cx_fini(&test);
    return list.first || other.first || test_wakers_live;
}

/* A turn of a task in which the sets of these names are polled; capitals give something. It ends
 * because the task waits, or because it shall have another turn at once. */
static void turn_that(weir_wait_for ends, weir_in_flight_list *task, const char *polled)
{
    calls[0] = '\0';
    test_cx_turn(&test);
    weir_in_flight_turn(&test.cx, task);
    for (; *polled; polled++) {
        int which = (*polled | 32) - 'a';
        test.cx.depth = (uint16_t)(which + 5);
        weir_in_flight_polled(&sets[which].in_flight, &test.cx,
                              *polled & 32 ? PENDING : (weir_poll){1, WEIR_READY});
    }
    test.cx.wait_for = ends;
    weir_in_flight_progress(&test.cx);
}

static void turn(weir_in_flight_list *task, const char *polled)
{
    turn_that(WEIR_WAIT_IO, task, polled);
}

static void those_not_polled_go_on(void **state)
{
    (void)state;
    turn(&list, "abc");
    assert_string_equal(calls, "");
    turn(&list, "b");
    assert_string_equal(calls, "ac");
    turn(&list, "");
    assert_string_equal(calls, "abc");
    turn(&list, "cba");
    assert_string_equal(calls, "");
    turn(&list, "");
    assert_string_equal(calls, "abc"); /* in one order, whoever is polled */
}

/* One that gave something may have more that is ready, and nobody would wake its task for that. */
static void those_that_gave_something_go_on(void **state)
{
    (void)state;
    turn(&list, "aBc");
    assert_string_equal(calls, "b");
    turn(&list, "ABcB");
    assert_string_equal(calls, "ab");
    turn(&list, "ABCb"); /* its second answer counts */
    assert_string_equal(calls, "ac");
}

/* They will be polled in the next turn, which is at once; others may not be. */
static void those_whose_task_goes_on_wait(void **state)
{
    (void)state;
    turn(&list, "abc");
    turn_that(WEIR_WAIT_TURN, &list, "Ab");
    assert_string_equal(calls, "c");
    turn_that(WEIR_WAIT_TURN, &list, "");
    assert_string_equal(calls, "abc");
}

static void those_that_ended_do_not(void **state)
{
    (void)state;
    turn(&list, "ab");
    struct test_waker *waker = test.waker;
    weir_waker_ref(&waker->waker);
    weir_in_flight_polled(&sets[0].in_flight, &test.cx, (weir_poll){0, WEIR_END});
    weir_in_flight_leave(&sets[1].in_flight);
    assert_int_equal(test_waker_others(waker), 1); /* ours is the other */
    turn(&list, "");
    test_waker_drop(waker);
    assert_string_equal(calls, "");
}

static void with_the_waker_of_their_poll(void **state)
{
    (void)state;
    turn(&list, "ab");
    struct test_waker *first = test.waker;
    weir_waker_ref(&first->waker);
    turn(&list, "b");
    assert_ptr_equal(sets[0].waker, &first->waker);
    assert_int_equal(sets[0].depth, 5);
    assert_int_equal(test_waker_others(first), 1); /* the set's */
    turn(&list, "");
    assert_ptr_equal(sets[0].waker, &first->waker);
    assert_int_equal(sets[1].depth, 6);
    turn(&list, "a");
    assert_int_equal(test_waker_others(first), 0);
    test_waker_drop(first);
}

static void the_cx_stays_as_it_was(void **state)
{
    (void)state;
    turn(&list, "a");
    test_cx_turn(&test);
    weir_in_flight_turn(&test.cx, &list);
    weir_fail(&test.cx, WEIR_E_USER, "the consumer's");
    weir_waker_slot slot = {0};
    weir_wait(&test.cx, &slot, WEIR_WAIT_IO);
    const weir_stage *waiting = (const weir_stage *)&slot;
    test.cx.waiting = waiting;
    test.cx.depth = 3;
    weir_in_flight_progress(&test.cx);
    assert_int_equal(sets[0].calls, 1);
    assert_string_equal(test.cx.error.message, "the consumer's");
    assert_int_equal(test.cx.wait_for, WEIR_WAIT_IO);
    assert_ptr_equal(test.cx.waiting, waiting);
    assert_ptr_equal(test.cx.waker, &test.waker->waker);
    assert_int_equal(test.cx.depth, 3);
    assert_int_equal(test.cx.polling, 0);
    assert_int_equal(test.cx.budget, WEIR_BUDGET - 7); /* that is spent */
    weir_waker_slot_clear(&slot);
}

static void one_that_is_polled_meanwhile(void **state)
{
    (void)state;
    turn(&list, "abc");
    sets[0].polls = &sets[2];
    turn(&list, "");
    assert_string_equal(calls, "ab"); /* its consumer, a child of a, has polled c */
    sets[0].polls = NULL;
    sets[1].polls = &sets[3];
    turn(&list, "");
    assert_int_equal(sets[3].calls, 0); /* new */
    sets[1].polls = NULL;
    turn(&list, "");
    assert_int_equal(strlen(calls), 4);
}

/* More of it may be ready: it is called when those are through whose turn it was. */
static void one_that_gives_something_meanwhile(void **state)
{
    (void)state;
    turn(&list, "abc");
    sets[0].polls = &sets[1];
    sets[1].polls = &sets[2];
    sets[0].gives = sets[1].gives = true;
    turn(&list, "");
    assert_string_equal(calls, "acbc");
}

static void some_leave_meanwhile(void **state)
{
    (void)state;
    for (int who = 0; who < 3; who++)
        for (int leaves = 0; leaves < 3; leaves++) {
            char expected[4] = "";
            turn(&list, "abc");
            sets[who].leaves = &sets[leaves];
            turn(&list, "");
            for (int i = 0; i < 3; i++)
                if (i != leaves || i <= who) /* a, b, c in this order */
                    add(expected, (char)('a' + i));
            assert_string_equal(calls, expected);
            sets[who].leaves = NULL;
            turn(&list, "");
            assert_int_equal(strlen(calls), 2);
            for (int i = 0; i < SETS; i++)
                weir_in_flight_leave(&sets[i].in_flight);
        }
}

static void from_task_to_task(void **state)
{
    (void)state;
    turn(&list, "ab");
    turn(&other, "b");
    turn(&list, "");
    assert_string_equal(calls, "a");
    turn(&other, "");
    assert_string_equal(calls, "b");
    turn(NULL, "b"); /* a cx whose owner calls nobody */
    assert_null(other.first);
    assert_null(sets[1].in_flight.waker.waker);
    turn(NULL, "");
    turn(&other, "");
    assert_string_equal(calls, "");
}

static void a_task_that_ends(void **state)
{
    (void)state;
    turn(&list, "abc");
    struct test_waker *waker = test.waker;
    weir_in_flight_end(&list);
    assert_null(list.first);
    assert_int_equal(test_waker_others(waker), 0);
    turn(&list, "b");
    turn(&list, "");
    assert_string_equal(calls, "b");
}

int core_in_flight(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(those_not_polled_go_on, setup, teardown),
        cmocka_unit_test_setup_teardown(those_that_gave_something_go_on, setup, teardown),
        cmocka_unit_test_setup_teardown(those_whose_task_goes_on_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(those_that_ended_do_not, setup, teardown),
        cmocka_unit_test_setup_teardown(with_the_waker_of_their_poll, setup, teardown),
        cmocka_unit_test_setup_teardown(the_cx_stays_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_is_polled_meanwhile, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_gives_something_meanwhile, setup, teardown),
        cmocka_unit_test_setup_teardown(some_leave_meanwhile, setup, teardown),
        cmocka_unit_test_setup_teardown(from_task_to_task, setup, teardown),
        cmocka_unit_test_setup_teardown(a_task_that_ends, setup, teardown),
    };
    return cmocka_run_group_tests_name("in_flight", tests, NULL, NULL);
}
