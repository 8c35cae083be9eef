/* Loops and waits on a thread without a fiber: it runs its executor on its own stack. */

#include "../driver/rig.h"
#include "doubles.h"
#include "event.h"
#include "loop_rows.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static void every_way_out(void **state)
{
    (void)state;
    assert_true(loop_rows_run("thread"));
}

static void *on_a_thread(void *right)
{
    *(bool *)right = loop_rows_run("another thread");
    return NULL;
}

/* Its runtime goes with it: the sanitizers would see what stays. */
static void on_other_threads(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        bool right = false;
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, on_a_thread, &right), 0);
        pthread_join(thread, NULL);
        assert_true(right);
    }
}

/* ---- in fibers ---- */

static bool rows_in_a_fiber(const char **where, bool *out, weir_error *error)
{
    (void)error;
    *out = loop_rows_run(*where);
    return true;
}
WEIR_FIBER_FN(rows_fn, rows_in_a_fiber, const char *, bool)

static void every_way_out_in_fibers(void **state)
{
    (void)state;
    bool right = false;
    const char *where = "fiber of a thread";
    assert_int_equal(weir_await(weir_fiber(&rows_fn, &where, NULL), &right, NULL), WEIR_READY);
    assert_true(right);
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        weir_rt *rt = rig_rt(rig_drivers[i]);
        where = rig_drivers[i];
        right = false;
        assert_int_equal(weir_rt_run(rt, weir_fiber(&rows_fn, &where, NULL), &right, NULL),
                         WEIR_READY);
        assert_true(right);
        weir_rt_drop(rt);
    }
}

/* Items that are larger than the scratch that a worker has from the beginning: a fiber that is
 * alone gets it, and so does a thread. */
struct large {
    int64_t n;
    char rest[2 * WEIR_SCRATCH_BYTES];
};

static struct large enlarge(int64_t n, void *arg)
{
    (void)arg;
    static struct large made;
    made.n = n;
    return made;
}
WEIR_MAP_FN(enlarge_fn, enlarge, int64_t, struct large)

static int64_t shrink(struct large large, void *arg)
{
    (void)arg;
    return large.n;
}
WEIR_MAP_FN(shrink_fn, shrink, struct large, int64_t)

static weir_stream *over_large_items(void)
{
    return weir_map(weir_map(weir_range(0, 5), &enlarge_fn, NULL), &shrink_fn, NULL);
}

static bool sum_large(char *state, int64_t *out, weir_error *error)
{
    (void)state;
    *out = 0;
    weir_for_try (int64_t, x, over_large_items(), *error)
        *out += x;
    return error->code == WEIR_OK;
}
WEIR_FIBER_FN(sum_large_fn, sum_large, char, int64_t)

static void large_items_find_room(void **state)
{
    (void)state;
    int64_t sum = 0, more = 0;
    weir_rt *rt = rig_rt("epoll");
    assert_int_equal(weir_rt_run(rt, weir_fiber(&sum_large_fn, NULL, NULL), &sum, NULL),
                     WEIR_READY);
    assert_int_equal(sum, 10);
    weir_rt_drop(rt);
    weir_thread_end();
    assert_int_equal(weir_run(weir_fiber(&sum_large_fn, NULL, NULL), &sum, NULL), WEIR_READY);
    assert_int_equal(sum, 10);
    weir_thread_end();
    weir_for_await (int64_t, x, over_large_items())
        more += x;
    assert_int_equal(more, 10);
}

/* A plain loop's error that nobody takes is the fiber's, instead of the item. */
static bool careless(char *state, int64_t *out, weir_error *error)
{
    (void)state, (void)error;
    *out = 0;
    weir_for_await (int, x, counted_stream(5, 2))
        *out += x;
    return true;
}
WEIR_FIBER_FN(careless_fn, careless, char, int64_t)

static void an_error_nobody_took(void **state)
{
    (void)state;
    weir_error error = {0};
    int64_t sum;
    loop_counts = (struct loop_counts){0};
    assert_int_equal(weir_run(weir_fiber(&careless_fn, NULL, NULL), &sum, &error), WEIR_ERROR);
    assert_string_equal(error.message, "item 2 is bad");
    assert_int_equal(loop_counts.made, loop_counts.dropped);
}

/* A thread's stays until it is taken, and weir_run() knows nothing of it. */
static void an_error_of_the_thread(void **state)
{
    (void)state;
    weir_error error = {0};
    weir_for_await (int, x, counted_stream(5, 0))
        fail_msg("%d", x);
    uint64_t n;
    assert_int_equal(weir_run(weir_count(weir_range(0, 3)), &n, &error), WEIR_READY);
    assert_true(weir_take_error(&error));
    assert_string_equal(error.message, "item 0 is bad");
}

static weir_error dropped_at; /* what the loops said */

static bool endless(int *sum, int64_t *out, weir_error *error)
{
    weir_for_try (int, x, counted_stream(3, -1), dropped_at)
        weir_for_try (int, y, counted_stream(3, -1), dropped_at)
            *sum += x * y;
    *out = *sum;
    *error = dropped_at;
    return error->code == WEIR_OK;
}
WEIR_FIBER_FN(endless_fn, endless, int, int64_t)

/* Dropped at each of its waits: the loops drop their streams, and nothing more is polled. */
static void dropped_at_each_wait(void **state)
{
    (void)state;
    loop_waits = 1;
    unsigned waits = 0;
    for (bool over = false; !over; waits++) {
        struct test_cx test;
        test_cx_init(&test);
        loop_counts = (struct loop_counts){0};
        dropped_at.code = WEIR_OK;
        weir_stream *fiber = weir_fiber(&endless_fn, &(int){0}, NULL);
        int64_t out;
        weir_poll got = {0, WEIR_PENDING};
        for (unsigned i = 0; i < waits && got.state == WEIR_PENDING; i++)
            got = weir_poll_next(fiber, &test.cx, &out, 1);
        over = got.state != WEIR_PENDING;
        int polled = loop_counts.polled;
        weir_drop(fiber);
        assert_int_equal(loop_counts.polled, polled);
        assert_int_equal(loop_counts.made, loop_counts.dropped);
        assert_int_equal(dropped_at.code, over || !waits ? WEIR_OK : WEIR_E_CANCELLED);
        test_cx_fini(&test);
    }
    assert_int_equal(waits, 18); /* 4 + 3 * 4 waits, none, and the end */
    loop_waits = 0;
}

/* ---- inside of a poll nothing waits ---- */

static weir_error seen;

static int64_t waits_in_a_callback(int64_t x, void *arg)
{
    (void)arg;
    weir_for_try (int, y, counted_stream(3, -1), seen)
        x += y;
    return x;
}
WEIR_MAP_FN(waits_fn, waits_in_a_callback, int64_t, int64_t)

static void expect_refused(void)
{
    assert_int_equal(seen.code, WEIR_E_ARGUMENT);
    assert_string_equal(
        seen.message,
        "`waits_in_a_callback` was called inside of a poll (by a stage): nothing can wait there");
    assert_non_null(strstr(seen.place, "loop.c"));
    assert_true(seen.line);
    assert_non_null(seen.cure);
    assert_int_equal(loop_counts.made, loop_counts.dropped);
    seen.code = WEIR_OK;
}

static void a_callback_cannot_wait(void **state)
{
    (void)state;
    uint64_t n;
    assert_int_equal(weir_run(weir_count(weir_map(weir_range(0, 1), &waits_fn, NULL)), &n, NULL),
                     WEIR_READY);
    expect_refused();
    weir_for_await (int64_t, x, weir_map(weir_range(0, 2), &waits_fn, NULL))
        assert_in_range(x, 0, 1);
    expect_refused();
    weir_rt *rt = rig_rt("epoll");
    assert_int_equal(
        weir_rt_run(rt, weir_count(weir_map(weir_range(0, 1), &waits_fn, NULL)), &n, NULL),
        WEIR_READY);
    weir_rt_drop(rt);
    expect_refused();
}

/* A plain loop does not wait, so it may run there. */
static int64_t loops_in_a_callback(int64_t x, void *arg)
{
    (void)arg;
    weir_for (int64_t, y, weir_range(0, 1000))
        x += y;
    return x;
}
WEIR_MAP_FN(loops_fn, loops_in_a_callback, int64_t, int64_t)

static void a_callback_may_iterate(void **state)
{
    (void)state;
    weir_for_await (int64_t, x, weir_map(weir_range(0, 1), &loops_fn, NULL))
        assert_int_equal(x, 999 * 500);
}

static void an_iterator_that_waits_is_told(void **state)
{
    (void)state;
    weir_error error;
    struct event event;
    event_init(&event);
    weir_for (int64_t, x, event_future(&event))
        fail_msg("%d", (int)x);
    assert_true(weir_take_error(&error));
    assert_string_equal(error.message, "an item is not there at once, and nobody can wait");
    assert_string_equal(error.cure, "weir_for_await(), which waits");
    assert_int_equal(event.finis, 1);
}

/* ---- waiting ---- */

static void *set_event_later(void *event)
{
    usleep(5000);
    return set_event(event);
}

static void another_thread_wakes(void **state)
{
    (void)state;
    if (alone_in_the_world())
        skip();
    struct event event;
    weir_error error;
    int64_t got = 0;
    event_init(&event);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, set_event, &event), 0);
    assert_int_equal(weir_await(event_future(&event), &got, &error), WEIR_READY);
    assert_int_equal(got, 42);
    pthread_join(thread, NULL);
}

static void nothing_will_ever_wake_it(void **state)
{
    (void)state;
    if (alone_in_the_world())
        skip();
    weir_error error;
    int64_t got;
    weir_stream *never = weir_pending(&weir_type_i64);
    assert_int_equal(weir_await(weir_next(never), &got, &error), WEIR_ERROR);
    weir_drop(never);
    weir_for_try (int64_t, x, weir_pending(&weir_type_i64), error)
        fail_msg("%d", (int)x);
    assert_string_equal(error.message, "nothing will ever wake 'pending': it waits for nothing");
    struct event event; /* the next wait is one again, and sleeps until it is over */
    pthread_t thread;
    event_init(&event);
    assert_int_equal(pthread_create(&thread, NULL, set_event_later, &event), 0);
    assert_int_equal(weir_await(event_future(&event), &got, &error), WEIR_READY);
    assert_int_equal(event.polls, 2);
    pthread_join(thread, NULL);
}

static weir_poll cut_at_once(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg, (void)out, (void)demand;
    cx->cut = true;
    return (weir_poll){0, WEIR_END};
}

static void await_says_what_was_cut(void **state)
{
    (void)state;
    weir_error error = {0};
    int64_t got;
    uint64_t n;
    weir_stream *stream = weir_poll_fn(&weir_type_i64, cut_at_once, NULL);
    assert_int_equal(weir_await_next(stream, &got, &error), WEIR_END);
    assert_int_equal(error.code, WEIR_E_STOPPED);
    weir_drop(stream);
    stream = weir_poll_fn(&weir_type_i64, cut_at_once, NULL);
    assert_int_equal(weir_await(weir_count(stream), &n, &error), WEIR_READY);
    assert_int_equal(error.code, WEIR_E_STOPPED);
    stream = weir_range(0, 1);
    assert_int_equal(weir_await_next(stream, &got, &error), WEIR_READY);
    assert_int_equal(error.code, WEIR_OK);
    weir_drop(stream);
}

static void await_says_what_it_came_to(void **state)
{
    (void)state;
    struct script script = {0};
    weir_error error;
    int64_t got = 0;
    assert_int_equal(weir_await(weir_once(&weir_type_i64, &(int64_t){7}), &got, &error),
                     WEIR_READY);
    assert_int_equal(got, 7);
    assert_int_equal(weir_await(weir_range(0, 3), &got, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TYPE);
    assert_int_equal(weir_await(weir_once(&weir_type_i64, &(int64_t){7}), (char *)&got, &error),
                     WEIR_ERROR);
    weir_stream *stream = script_stream(&script, "1 !7 P* 2 . !!8 3");
    assert_int_equal(weir_await_next(stream, &got, &error), WEIR_READY);
    assert_int_equal(weir_await_next(stream, &got, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(weir_await_next(stream, &got, &error), WEIR_READY);
    assert_int_equal(got, 2);
    assert_int_equal(weir_await_next(stream, NULL, NULL), WEIR_ERROR);
    assert_int_equal(weir_await_next(stream, &got, &error), WEIR_END);
    weir_drop(stream);
}

/* Who would take the error of a plain loop there has not asked for it: it is told. */
static int64_t loops_plainly(int64_t x, void *arg)
{
    (void)arg;
    weir_for_await (int, y, counted_stream(3, -1))
        x += y;
    return x;
}
WEIR_MAP_FN(plainly_fn, loops_plainly, int64_t, int64_t)

static void counts_it(weir_rt *rt, const weir_error *error, void *arg)
{
    (void)rt;
    ++*(unsigned *)arg;
    assert_int_equal(error->code, WEIR_E_ARGUMENT);
}

static void an_error_inside_of_a_poll_is_told(void **state)
{
    (void)state;
    weir_error error;
    uint64_t n = 0;
    unsigned times = 0;
    weir_rt *rt = weir_rt_new(
        &WEIR_RT_OPTIONS(.driver = "epoll", .on_task_error = counts_it, .arg = &times), NULL);
    weir_stream *future = weir_count(weir_map(weir_range(0, 2), &plainly_fn, NULL));
    assert_int_equal(weir_rt_run(rt, future, &n, &error), WEIR_READY);
    weir_rt_drop(rt);
    assert_int_equal(n, 2);
    assert_int_equal(times, 2);
    assert_false(weir_take_error(&error));
}

static weir_error waits_said[2];
static unsigned told;

static void waits_when_it_is_told(weir_rt *rt, const weir_error *error, void *arg)
{
    (void)rt, (void)error, (void)arg;
    if (told++ < 2)
        (void)weir_await(weir_sleep(1000), NULL, &waits_said[told - 1]);
}

/* While one waits, further up the stack of the thread, another one cannot. */
static void a_thread_waits_for_one_thing(void **state)
{
    (void)state;
    uint64_t n;
    told = 0;
    weir_rt *rt = weir_rt_new(
        &WEIR_RT_OPTIONS(.driver = "epoll", .on_task_error = waits_when_it_is_told), NULL);
    for (int i = 0; i < 2; i++)
        assert_true(weir_rt_spawn(rt, weir_collect(weir_range(0, 3), 2)));
    assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 3)), &n, NULL), WEIR_READY);
    weir_rt_drop(rt);
    assert_int_equal(told, 2);
    assert_int_equal(waits_said[0].code, WEIR_OK);
    assert_string_equal(waits_said[1].message, "the thread waits already, further up its stack");
}

/* ---- turns ---- */

static bool counts_turns(unsigned **turns, bool *out, weir_error *error)
{
    (void)error;
    while (weir_pause())
        ++**turns;
    return *out = true;
}
WEIR_FIBER_FN(counts_turns_fn, counts_turns, unsigned *, bool)

enum { ITEMS = 10000 };

/* Each over what never waits; while they run, others must have their turns. */
static void with_a_loop(weir_stream *items)
{
    int64_t n = 0;
    weir_for_await (int64_t, x, weir_by_ref(items))
        n += x >= 0;
    assert_int_equal(n, ITEMS);
}

static void with_await_next(weir_stream *items)
{
    int64_t x;
    weir_error error;
    for (int n = 0; n < ITEMS; n++)
        assert_int_equal(weir_await_next(items, &x, &error), WEIR_READY);
}

static void with_await(weir_stream *items)
{
    uint64_t n;
    assert_int_equal(weir_await(weir_count(weir_by_ref(items)), &n, NULL), WEIR_READY);
    assert_int_equal(n, ITEMS);
}

static void with_await_read(weir_stream *items)
{
    static char bytes[ITEMS];
    weir_reader *reader = weir_memory_reader(bytes, ITEMS);
    char byte;
    size_t n = 1;
    while (n && weir_await_read(reader, &byte, 1, &n, NULL) == WEIR_READY)
        ;
    weir_drop(reader);
    (void)items;
}

static void the_others_have_turns(void **state)
{
    static void (*const ways[])(weir_stream *) = {with_a_loop, with_await_next, with_await,
                                                  with_await_read};
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        unsigned turns = 0, *counted = &turns;
        weir_stream *items = weir_range(0, ITEMS);
        weir_stream *other = weir_abort_on_drop(weir_go(&counts_turns_fn, &counted, NULL));
        ways[i](items);
        assert_in_range(turns, 5, ITEMS);
        weir_drop(other);
        weir_drop(items);
    }
}

/* ---- memory, forks ---- */

static void without_memory(void **state)
{
    (void)state;
    weir_thread_end();
    bool over = false;
    for (unsigned long k = 1; !over; k++) {
        weir_error error;
        int n = 0;
        memory_begin(k, true);
        weir_for_try (int, x, counted_stream(3, -1), error)
            n += x;
        over = !memory.failed;
        weir_thread_end();
        assert_int_equal(memory_end(), 0);
        assert_true(over ? error.code == WEIR_OK && n == 3 : error.code != WEIR_OK);
    }
    weir_error taken;
    while (weir_take_error(&taken))
        ;
}

static void a_child_waits_on_its_own(void **state)
{
    (void)state;
    assert_true(loop_rows_run("before the fork"));
    pid_t child = fork();
    if (!child)
        _exit(loop_rows_run("a child") ? 0 : 1);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int task_loop(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_out),
        cmocka_unit_test(on_other_threads),
        cmocka_unit_test(every_way_out_in_fibers),
        cmocka_unit_test(large_items_find_room),
        cmocka_unit_test(an_error_nobody_took),
        cmocka_unit_test(an_error_of_the_thread),
        cmocka_unit_test(dropped_at_each_wait),
        cmocka_unit_test(a_callback_cannot_wait),
        cmocka_unit_test(a_callback_may_iterate),
        cmocka_unit_test(an_iterator_that_waits_is_told),
        cmocka_unit_test(another_thread_wakes),
        cmocka_unit_test(nothing_will_ever_wake_it),
        cmocka_unit_test(await_says_what_it_came_to),
        cmocka_unit_test(await_says_what_was_cut),
        cmocka_unit_test(an_error_inside_of_a_poll_is_told),
        cmocka_unit_test(a_thread_waits_for_one_thing),
        cmocka_unit_test(the_others_have_turns),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(a_child_waits_on_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
