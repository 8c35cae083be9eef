/* Item by item in a plain loop: weir_rt_next. */

#include "../driver/rig.h"
#include "doubles.h"
#include "event.h"
#include "nap.h"

#include <time.h>

static const char *driver; /* the one under test */

static bool simulated(void)
{
    return strcmp(driver, "sim") == 0;
}

/* ---- what comes, and how it ends ---- */

/* The counter of the RFC: a stream by hand, and a loop that asks it. */
struct counter {
    weir_stream stream;
    int64_t n;
};

static weir_poll counter_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct counter *self = WEIR_SELF(struct counter, stream);
    (void)cx, (void)demand;
    if (self->n == 5)
        return (weir_poll){0, WEIR_END};
    *(int64_t *)out = ++self->n;
    return (weir_poll){1, WEIR_READY};
}

static const weir_stream_ops counter_ops = {
    .size = sizeof counter_ops, .name = "counter", .poll_next = counter_poll_next};

static void five_calls_count_to_five(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_stream *counter = weir_source_new(sizeof(struct counter), &counter_ops, &weir_type_i64);
    weir_error error = {0};
    char said[32] = "";
    for (int64_t n; weir_rt_next(rt, counter, &n, &error) == WEIR_READY;)
        snprintf(said + strlen(said), sizeof said - strlen(said), "%d ", (int)n);
    assert_string_equal(said, "1 2 3 4 5 ");
    assert_int_equal(error.code, WEIR_OK);
    assert_int_equal(weir_rt_next(rt, counter, NULL, &error), WEIR_END); /* and again */
    assert_int_equal(weir_stage_n(&counter->stage), 5);
    weir_drop(counter);
    weir_rt_drop(rt);
}

static void errors_fatal_and_not(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    struct script script = {0};
    weir_stream *stream = weir_take(script_stream(&script, "1 !7 P* 2 . !!8 3"), 9);
    weir_error error = {0};
    int64_t n = 0;
    assert_int_equal(weir_rt_next(rt, stream, &n, &error), WEIR_READY);
    assert_int_equal(weir_rt_next(rt, stream, &n, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_false(error.fatal);
    assert_int_equal(weir_rt_next(rt, stream, &n, &error), WEIR_READY);
    assert_int_equal(n, 2);
    assert_int_equal(error.code, WEIR_OK);
    assert_int_equal(weir_rt_next(rt, stream, &n, NULL), WEIR_ERROR);
    for (int i = 0; i < 3; i++)
        assert_int_equal(weir_rt_next(rt, stream, &n, &error), WEIR_END);
    assert_int_equal(n, 2);
    weir_drop(stream);
    weir_rt_drop(rt);
}

static void a_future_is_a_stream_of_one(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_stream *count = weir_count(weir_range(0, 1000000)); /* more than a turn */
    uint64_t n = 0;
    assert_int_equal(weir_rt_next(rt, count, &n, NULL), WEIR_READY);
    assert_int_equal(n, 1000000);
    assert_int_equal(weir_rt_next(rt, count, &n, NULL), WEIR_END);
    weir_drop(count);
    weir_rt_drop(rt);
}

static void what_never_comes_is_told(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_stream *stream = weir_chain(weir_range(0, 1), weir_pending(&weir_type_i64));
    weir_error error = {0};
    int64_t n;
    assert_int_equal(weir_rt_next(rt, stream, &n, &error), WEIR_READY);
    for (int i = 0; i < 2; i++) { /* it may be asked again */
        assert_int_equal(weir_rt_next(rt, stream, &n, &error), WEIR_ERROR);
        assert_string_equal(error.message,
                            "nothing will ever wake 'pending': it waits for nothing");
    }
    weir_drop(stream);
    weir_rt_drop(rt);
}

/* ---- lent items ---- */

static void write_lines(int fd, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        assert_true(dprintf(fd, "line %u\n", i) > 0);
}

/* Valid until the next call: each is looked at before. */
static void lines_one_by_one(void **state)
{
    (void)state;
    if (simulated())
        skip(); /* it has no pipes */
    weir_rt *rt = rig_rt(driver);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    write_lines(ends[1], 1000);
    close(ends[1]);
    weir_stream *lines = weir_lines(weir_fd_reader(ends[0], "a pipe"), 99);
    weir_line line;
    unsigned n = 0;
    for (; weir_rt_next(rt, lines, &line, NULL) == WEIR_READY; n++) {
        char wanted[16];
        int size = snprintf(wanted, sizeof wanted, "line %u", n);
        assert_int_equal(line.size, size);
        assert_memory_equal(line.data, wanted, line.size);
    }
    assert_int_equal(n, 1000);
    weir_drop(lines);
    close(ends[0]);
    weir_rt_drop(rt);
}

static void two_streams_in_turn(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_stream *a = weir_lines(weir_memory_reader("a\nb\nc\n", 6), 9);
    weir_stream *b = weir_lines(weir_memory_reader("x\ny\nz\n", 6), 9);
    weir_line first, second;
    uint64_t n;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(weir_rt_next(rt, a, &first, NULL), WEIR_READY);
        assert_int_equal(weir_rt_next(rt, b, &second, NULL), WEIR_READY);
        assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, i)), &n, NULL), WEIR_READY);
        assert_int_equal(first.data[0], 'a' + i); /* the other one's call does not count */
        assert_int_equal(second.data[0], 'x' + i);
        assert_int_equal(n, i);
    }
    assert_int_equal(weir_rt_next(rt, b, &second, NULL), WEIR_END);
    assert_int_equal(weir_rt_next(rt, a, &first, NULL), WEIR_END);
    weir_drop(a);
    weir_drop(b);
    weir_rt_drop(rt);
}

/* ---- waiting ---- */

static void add(int64_t x, void *arg)
{
    *(int64_t *)arg += x;
}
WEIR_EACH_FN(add_fn, add, int64_t)

static void others_go_on_while_it_waits(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    int64_t sum = 0, n = 0;
    assert_true(weir_rt_spawn(rt, weir_for_each(weir_range(0, 100000), &add_fn, &sum)));
    weir_stream *naps = weir_chain(nap(2000000), weir_chain(nap(1000000), nap(20000000)));
    for (int i = 0; i < 3; i++)
        assert_int_equal(weir_rt_next(rt, naps, &n, NULL), WEIR_READY);
    assert_int_equal(sum, INT64_C(99999) * 50000);
    assert_int_equal(weir_rt_next(rt, naps, &n, NULL), WEIR_END);
    weir_drop(naps);
    weir_rt_drop(rt);
}

/* And while it does not: as often as if each item were a poll of the budget. */
static void others_go_on_beside_items(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    int64_t sum = 0, n;
    assert_true(weir_rt_spawn(rt, weir_for_each(weir_range(0, 100), &add_fn, &sum)));
    assert_true(weir_rt_spawn(rt, weir_for_each(nap(1000), &add_fn, &sum)));
    weir_stream *range = weir_range(0, 100000);
    for (int i = 0; i < WEIR_BUDGET + 1; i++)
        assert_int_equal(weir_rt_next(rt, range, &n, NULL), WEIR_READY);
    assert_int_equal(sum, 4950);
    weir_drop(range);
    weir_rt_drop(rt);
}

struct teller {
    int fd;
    unsigned n;
};

static void *tell_slowly(void *arg)
{
    struct teller *teller = arg;
    for (unsigned i = 0; i < teller->n; i++) {
        assert_true(dprintf(teller->fd, "line %u\nhal", i) > 0);
        nanosleep(&(struct timespec){.tv_nsec = 300000}, NULL);
        assert_true(dprintf(teller->fd, "f\n") > 0);
    }
    close(teller->fd);
    return NULL;
}

static void pipes_are_waited_for(void **state)
{
    (void)state;
    if (simulated())
        skip();
    weir_rt *rt = rig_rt(driver);
    int ends[2];
    pthread_t thread;
    assert_int_equal(pipe(ends), 0);
    struct teller teller = {ends[1], 30};
    pthread_create(&thread, NULL, tell_slowly, &teller);
    weir_stream *lines = weir_lines(weir_fd_reader(ends[0], "a pipe"), 99);
    weir_line line;
    unsigned n = 0;
    for (; weir_rt_next(rt, lines, &line, NULL) == WEIR_READY; n++)
        assert_int_equal(line.data[0], n % 2 ? 'h' : 'l');
    assert_int_equal(n, 60);
    pthread_join(thread, NULL);
    weir_drop(lines);
    close(ends[0]);
    weir_rt_drop(rt);
}

/* Of two sources one gives its item while the other keeps the waker: a wake that comes between two
 * calls is neither lost nor in the way. */
static void wakes_between_two_calls(void **state)
{
    (void)state;
    for (int set_first = 0; set_first < 2; set_first++) {
        weir_rt *rt = rig_rt(driver);
        struct event early, late;
        int64_t n = 0;
        event_init(&early);
        event_init(&late);
        early.set = true;
        weir_stream *both = set_first ? weir_select(event_future(&early), event_future(&late))
                                      : weir_select(event_future(&late), event_future(&early));
        assert_int_equal(weir_rt_next(rt, both, &n, NULL), WEIR_READY);
        assert_int_equal(n, 42);
        event_wake(&late, true, 3);
        late.set = true; /* where it has not been asked yet */
        assert_int_equal(weir_rt_next(rt, both, &n, NULL), WEIR_READY);
        event_wake(&late, true, 1);
        assert_int_equal(weir_rt_next(rt, both, &n, NULL), WEIR_END);
        weir_drop(both);
        weir_rt_drop(rt);
        weir_waker_slot_clear(&early.slot);
        weir_waker_slot_clear(&late.slot);
    }
}

static void *wake_in_a_moment(void *arg)
{
    nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
    event_wake(arg, true, 2);
    return NULL;
}

static void woken_by_a_thread(void **state)
{
    (void)state;
    if (simulated())
        skip();
    weir_rt *rt = rig_rt(driver);
    for (int i = 0; i < 100; i++) {
        struct event event;
        pthread_t thread;
        int64_t n = 0;
        event_init(&event);
        weir_stream *future = event_future(&event);
        pthread_create(&thread, NULL, wake_in_a_moment, &event);
        weir_state got = weir_rt_next(rt, future, &n, NULL);
        pthread_join(thread, NULL);
        assert_int_equal(got, WEIR_READY);
        assert_int_equal(n, 42);
        weir_drop(future);
        weir_waker_slot_clear(&event.slot);
    }
    weir_rt_drop(rt);
}

/* The waker outlives the stream, and then the runtime. */
static void dropped_while_it_waits(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    struct event event;
    int64_t n;
    event_init(&event);
    event.spurious = 1;
    weir_stream *both = weir_select(event_future(&event), weir_range(0, 2));
    assert_int_equal(weir_rt_next(rt, both, &n, NULL), WEIR_READY);
    weir_drop(both);
    assert_int_equal(event.finis, 1);
    weir_stream *range = weir_range(0, 3);
    event_wake(&event, true, 1);
    assert_int_equal(weir_rt_next(rt, range, &n, NULL), WEIR_READY);
    weir_drop(range);
    weir_rt_drop(rt);
    event_wake(&event, true, 1);
}

/* ---- stopping, ticks, and calls from the wrong place ---- */

static weir_poll until_stopped(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    if (cx->stopping) {
        cx->cut = true;
        return (weir_poll){0, WEIR_END};
    }
    *(int64_t *)out = (*(int64_t *)arg)++;
    return (weir_poll){1, WEIR_READY};
}

static void stops_between_two_calls(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    int64_t given = 0, n;
    weir_error error = {0};
    weir_stream *stream = weir_poll_fn(&weir_type_i64, until_stopped, &given);
    for (int i = 0; i < 5; i++)
        assert_int_equal(weir_rt_next(rt, stream, &n, &error), WEIR_READY);
    assert_int_equal(error.code, WEIR_OK);
    weir_rt_stop(rt);
    assert_int_equal(weir_rt_next(rt, stream, &n, &error), WEIR_END); /* at the next poll */
    assert_int_equal(given, 5);
    assert_int_equal(error.code, WEIR_E_STOPPED);
    assert_true(weir_stage_was_cut(&stream->stage));
    weir_stream *range = weir_range(0, 2); /* what touches nothing outside goes on */
    assert_int_equal(weir_rt_next(rt, range, &n, &error), WEIR_READY);
    assert_int_equal(error.code, WEIR_OK);
    weir_drop(range);
    weir_drop(stream);
    weir_rt_drop(rt);
}

static void on_tick(weir_rt *rt, void *arg)
{
    (void)rt;
    ++*(unsigned *)arg;
}

static void ticks_come_beside_items(void **state)
{
    (void)state;
    unsigned ticks = 0;
    if (simulated())
        skip(); /* its clock moves when it waits */
    weir_rt *rt = weir_rt_new(
        &WEIR_RT_OPTIONS(.driver = driver, .tick_ns = 1000, .on_tick = on_tick, .arg = &ticks),
        NULL);
    weir_stream *range = weir_range(0, 10000);
    while (weir_rt_next(rt, range, NULL, NULL) == WEIR_READY)
        ;
    assert_in_range(ticks, 10, 10000 / WEIR_BUDGET);
    weir_drop(range);
    weir_rt_drop(rt);
}

static weir_poll next_inside(void *arg, weir_cx *cx, void *out, size_t demand)
{
    weir_error error;
    (void)demand;
    assert_int_equal(weir_rt_next(cx->rt, arg, out, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_string_equal(error.message, "the runtime was run inside of one of its tasks");
    assert_int_equal(weir_rt_next(cx->rt, arg, out, NULL), WEIR_ERROR);
    *(int64_t *)out = 3;
    return (weir_poll){1, WEIR_END};
}

static void refused_inside_of_a_task(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_stream *range = weir_range(5, 9);
    weir_stream *inside = weir_future_fn(&weir_type_i64, next_inside, range);
    int64_t n = 0;
    assert_int_equal(weir_rt_next(rt, inside, &n, NULL), WEIR_READY);
    assert_int_equal(n, 3);
    weir_drop(inside);
    inside = weir_future_fn(&weir_type_i64, next_inside, range);
    assert_int_equal(weir_rt_run(rt, inside, &n, NULL), WEIR_READY);
    assert_int_equal(weir_rt_next(rt, range, &n, NULL), WEIR_READY); /* it is as it was */
    assert_int_equal(n, 5);
    weir_drop(range);
    weir_rt_drop(rt);
}

/* ---- what it costs ---- */

static char text[20000];

static void fill_text(void)
{
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 10 == 9 ? '\n' : 'x';
}

static void no_allocation_an_item(void **state)
{
    (void)state;
    fill_text();
    memory_begin(0, false);
    weir_rt *rt = rig_rt(driver);
    weir_stream *lines = weir_lines(weir_memory_reader(text, sizeof text), 99);
    weir_line line;
    assert_int_equal(weir_rt_next(rt, lines, &line, NULL), WEIR_READY);
    unsigned long calls = memory.calls;
    unsigned n = 1;
    while (weir_rt_next(rt, lines, &line, NULL) == WEIR_READY)
        n++;
    assert_int_equal(n, sizeof text / 10);
    assert_int_equal(memory.calls, calls);
    weir_drop(lines);
    weir_rt_drop(rt);
    assert_int_equal(memory_end(), 0);
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    bool failed = true;
    for (unsigned long k = 1; failed; k++) {
        memory_begin(0, false);
        weir_rt *rt = rig_rt(driver);
        weir_stream *lines = weir_lines(weir_memory_reader("a\nb\n", 4), 99);
        weir_error error = {0};
        weir_line line;
        unsigned n = 0;
        memory.fail_at = memory.calls + k;
        for (weir_state got; (got = weir_rt_next(rt, lines, &line, &error)) != WEIR_END;) {
            assert_true(got == WEIR_READY || error.code == WEIR_E_MEMORY);
            n += got == WEIR_READY;
        }
        failed = memory.failed;
        assert_int_equal(n, 2); /* the call that failed took nothing */
        weir_drop(lines);
        weir_rt_drop(rt);
        assert_int_equal(memory_end(), 0);
    }
}

/* Whatever goes through the table, but for the clock. */
static struct {
    weir_sys sys;
    unsigned calls;
    unsigned clocks;
} counting;

#define COUNT(answer, name, given, ...)                                                            \
    static answer count_##name(const weir_sys *sys, __VA_ARGS__)                                   \
    {                                                                                              \
        counting.calls++;                                                                          \
        sys = sys->base;                                                                           \
        return sys->name given;                                                                    \
    }
#define CALLS(X)                                                                                   \
    X(int64_t, read, (sys, fd, out, n), int fd, void *out, size_t n)                               \
    X(int64_t, pread, (sys, fd, out, n, at), int fd, void *out, size_t n, uint64_t at)             \
    X(int64_t, read_now, (sys, fd, out, n), int fd, void *out, size_t n)                           \
    X(int, fstat, (sys, fd, out), int fd, struct stat *out)                                        \
    X(int, poll, (sys, fds, n, ms), struct pollfd *fds, size_t n, int ms)                          \
    X(int, epoll_ctl, (sys, epoll, op, fd, event), int epoll, int op, int fd,                      \
      struct epoll_event *event)                                                                   \
    X(int, epoll_pwait2, (sys, epoll, events, n, ns), int epoll, struct epoll_event *events,       \
      int n, uint64_t ns)                                                                          \
    X(int, epoll_wait, (sys, epoll, events, n, ms), int epoll, struct epoll_event *events, int n,  \
      int ms)                                                                                      \
    X(int, ring_submit, (sys, ring), struct io_uring *ring)                                        \
    X(int, ring_look, (sys, ring), struct io_uring *ring)                                          \
    X(int, ring_wait, (sys, ring, ns), struct io_uring *ring, uint64_t ns)                         \
    X(int, signal_mask, (sys, how, set, old), int how, const sigset_t *set, sigset_t *old)         \
    X(int, signals_pending, (sys, set), sigset_t *set)                                             \
    X(int, signal_take, (sys, set), const sigset_t *set)
CALLS(COUNT)

static uint64_t count_now_ns(const weir_sys *sys)
{
    counting.clocks++;
    return sys->base->now_ns(sys->base);
}

static void counting_begin(void)
{
    counting.calls = counting.clocks = 0;
    weir_sys_wrap(&counting.sys, NULL);
#define SET(answer, name, ...) counting.sys.name = count_##name;
    CALLS(SET)
    counting.sys.now_ns = count_now_ns;
}

static void no_system_call_an_item(void **state)
{
    (void)state;
    fill_text();
    counting_begin();
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .sys = &counting.sys), NULL);
    weir_stream *lines = weir_lines(weir_memory_reader(text, sizeof text), 99);
    weir_line line;
    assert_int_equal(weir_rt_next(rt, lines, &line, NULL), WEIR_READY);
    counting.calls = counting.clocks = 0;
    unsigned n = 0;
    while (weir_rt_next(rt, lines, &line, NULL) == WEIR_READY)
        n++;
    assert_int_equal(n, sizeof text / 10 - 1);
    assert_int_equal(counting.calls, 0);
    assert_true(counting.clocks <= 2 * n / WEIR_BUDGET);
    weir_drop(lines);
    weir_rt_drop(rt);
}

/* Of a pipe: for each block, not for each line. */
static void calls_are_for_blocks(void **state)
{
    (void)state;
    if (simulated())
        skip();
    counting_begin();
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .sys = &counting.sys), NULL);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    write_lines(ends[1], 2000);
    close(ends[1]);
    weir_stream *lines = weir_lines(weir_fd_reader(ends[0], "a pipe"), 99);
    weir_line line;
    unsigned n = 0;
    counting.calls = 0;
    while (weir_rt_next(rt, lines, &line, NULL) == WEIR_READY)
        n++;
    assert_int_equal(n, 2000);
    assert_true(counting.calls < 40);
    weir_drop(lines);
    close(ends[0]);
    weir_rt_drop(rt);
}

int task_next(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_calls_count_to_five),
        cmocka_unit_test(errors_fatal_and_not),
        cmocka_unit_test(a_future_is_a_stream_of_one),
        cmocka_unit_test(what_never_comes_is_told),
        cmocka_unit_test(lines_one_by_one),
        cmocka_unit_test(two_streams_in_turn),
        cmocka_unit_test(others_go_on_while_it_waits),
        cmocka_unit_test(others_go_on_beside_items),
        cmocka_unit_test(pipes_are_waited_for),
        cmocka_unit_test(wakes_between_two_calls),
        cmocka_unit_test(woken_by_a_thread),
        cmocka_unit_test(dropped_while_it_waits),
        cmocka_unit_test(stops_between_two_calls),
        cmocka_unit_test(ticks_come_beside_items),
        cmocka_unit_test(refused_inside_of_a_task),
        cmocka_unit_test(no_allocation_an_item),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(no_system_call_an_item),
        cmocka_unit_test(calls_are_for_blocks),
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, tests, NULL, NULL);
    }
    return failed;
}
