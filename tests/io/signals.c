/* Signals on each driver: counted, told to every stream, given back when the last one goes; in a
 * process that forked, under a storm of them, with calls and allocations that fail in turn. */

#include "../driver/rig.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "doubles.h"

static const char *driver;

static unsigned handled; /* by the program's own handler */

static void own_handler(int signo)
{
    (void)signo;
    handled++;
}

static void set_own(int signo)
{
    struct sigaction action = {.sa_handler = own_handler};
    handled = 0;
    sigaction(signo, &action, NULL);
}

static bool is_own(int signo)
{
    struct sigaction now;
    sigaction(signo, NULL, &now);
    return now.sa_handler == own_handler && !(now.sa_flags & SA_RESTART);
}

struct sender {
    int signo;
    unsigned n;
    unsigned fds;      /* that are open before a stream begins, which has one of its own */
    _Atomic bool over; /* it did not begin */
};

static void *send_later(void *arg)
{
    struct sender *sender = arg;
    for (int ms = 0; ms < 10000 && !sender->over && rig_open_fds() <= sender->fds; ms++)
        usleep(1000);
    usleep(20000); /* and it waits */
    for (unsigned i = 0; i < sender->n; i++)
        kill(getpid(), sender->signo);
    return NULL;
}

/* The first item of a stream that is begun by it. */
static weir_signal begin(weir_rt *rt, weir_stream *stream, int signo)
{
    pthread_t thread;
    struct sender sender = {signo, 1, rig_open_fds(), false};
    weir_signal item = {0};
    pthread_create(&thread, NULL, send_later, &sender);
    assert_int_equal(weir_rt_next(rt, stream, &item, NULL), WEIR_READY);
    pthread_join(thread, NULL);
    assert_int_equal(item.signo, signo);
    return item;
}

static void counted(void **state)
{
    (void)state;
    set_own(SIGUSR1);
    unsigned fds = rig_open_fds();
    weir_rt *rt = rig_rt(driver);
    weir_stream *stream = weir_signals(SIGUSR1);
    raise(SIGUSR1); /* not begun: it is the program's */
    assert_int_equal(handled, 1);
    assert_int_equal(begin(rt, stream, SIGUSR1).count, 1);
    struct sigaction now;
    sigaction(SIGUSR1, NULL, &now);
    assert_true(now.sa_flags & SA_RESTART);
    for (int i = 0; i < 3; i++)
        raise(SIGUSR1);
    weir_signal item;
    assert_int_equal(weir_rt_next(rt, stream, &item, NULL), WEIR_READY);
    assert_int_equal(item.count, 3);
    assert_int_equal(handled, 1);
    weir_rt_stop(rt);
    assert_int_equal(weir_rt_next(rt, stream, &item, NULL), WEIR_END);
    assert_true(is_own(SIGUSR1));
    weir_drop(stream);
    weir_rt_drop(rt);
    assert_int_equal(rig_open_fds(), fds);
}

/* Two streams of one signal, on two runtimes, and one of another. */
static void several(void **state)
{
    (void)state;
    set_own(SIGUSR1);
    set_own(SIGUSR2);
    weir_rt *rts[] = {rig_rt(driver), rig_rt("epoll"), rig_rt(driver)};
    weir_stream *streams[] = {weir_signals(SIGUSR1), weir_signals(SIGUSR1), weir_signals(SIGUSR2)};
    weir_signal item;
    begin(rts[0], streams[0], SIGUSR1);
    begin(rts[1], streams[1], SIGUSR1);
    begin(rts[2], streams[2], SIGUSR2);
    assert_int_equal(weir_rt_next(rts[0], streams[0], &item, NULL), WEIR_READY);
    raise(SIGUSR1);
    raise(SIGUSR1);
    raise(SIGUSR2);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(weir_rt_next(rts[i], streams[i], &item, NULL), WEIR_READY);
        assert_int_equal(item.count, i < 2 ? 2 : 1);
    }
    weir_drop(streams[0]);
    assert_false(is_own(SIGUSR1));
    raise(SIGUSR1);
    assert_int_equal(weir_rt_next(rts[1], streams[1], &item, NULL), WEIR_READY);
    weir_rt_drop(rts[1]); /* the runtime goes first */
    weir_drop(streams[1]);
    assert_true(is_own(SIGUSR1));
    assert_false(is_own(SIGUSR2));
    weir_drop(streams[2]);
    assert_true(is_own(SIGUSR2));
    weir_rt_drop(rts[0]);
    weir_rt_drop(rts[2]);
    assert_int_equal(handled, 0);
}

static void once(void **state)
{
    (void)state;
    set_own(SIGINT);
    weir_rt *rt = rig_rt(driver);
    pthread_t thread;
    struct sender sender = {SIGINT, 1, rig_open_fds(), false};
    weir_signal item = {0};
    pthread_create(&thread, NULL, send_later, &sender);
    assert_int_equal(weir_rt_run(rt, weir_ctrl_c(), &item, NULL), WEIR_READY);
    pthread_join(thread, NULL);
    assert_int_equal(item.signo, SIGINT);
    assert_true(is_own(SIGINT));
    weir_rt_drop(rt);
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        int signo;
        const char *message;
    } rows[] = {{SIGKILL, "signal 9 cannot be caught and taken later"},
                {SIGSTOP, "signal 19 cannot be caught and taken later"},
                {SIGSEGV, "signal 11 cannot be caught and taken later"},
                {0, "signal 0 cannot be caught and taken later"},
                {-1, "signal 0 cannot be caught and taken later"},
                {NSIG, "signal 65 cannot be caught and taken later"},
                {32, "cannot catch: invalid argument"}}; /* the C library's */
    weir_rt *rt = rig_rt(driver);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_error error;
        assert_int_equal(weir_rt_run(rt, weir_count(weir_signals(rows[i].signo)), NULL, &error),
                         WEIR_ERROR);
        assert_string_equal(error.message, rows[i].message);
    }
    weir_rt_drop(rt);
}

/* More streams than there are places. */
static void too_many(void **state)
{
    (void)state;
    set_own(SIGUSR1);
    weir_rt *rt = rig_rt(driver);
    weir_stream *streams[WEIR_SIGNALS_MAX + 1];
    for (int i = 0; i <= WEIR_SIGNALS_MAX; i++) {
        streams[i] = weir_signals(SIGUSR1);
        if (i < WEIR_SIGNALS_MAX)
            begin(rt, streams[i], SIGUSR1);
    }
    weir_signal item;
    weir_error error;
    assert_int_equal(weir_rt_next(rt, streams[WEIR_SIGNALS_MAX], &item, &error), WEIR_ERROR);
    assert_string_equal(error.message, "more than 16 streams of signal 10");
    for (int i = 0; i <= WEIR_SIGNALS_MAX; i++)
        weir_drop(streams[i]);
    assert_true(is_own(SIGUSR1));
    weir_rt_drop(rt);
}

/* None is lost and none counted twice; of those that the kernel joined, one. */
static void storm(void **state)
{
    (void)state;
    set_own(SIGUSR1);
    weir_rt *rt = rig_rt(driver);
    weir_stream *stream = weir_signals(SIGUSR1);
    begin(rt, stream, SIGUSR1);
    uint64_t sum = 0;
    for (int i = 0; i < 2000; i++) {
        raise(SIGUSR1); /* it is handled before raise() returns */
        raise(SIGUSR1);
        weir_signal item;
        assert_int_equal(weir_rt_next(rt, stream, &item, NULL), WEIR_READY);
        sum += item.count;
    }
    assert_int_equal(sum, 4000);
    weir_drop(stream);
    weir_rt_drop(rt);
}

/* One item, that a signal of this thread brings. */
static weir_poll raise_one(void *arg, weir_cx *cx, void *out, size_t demand)
{
    unsigned *turns = arg;
    (void)demand;
    if ((*turns)++ < 2)
        return weir_wait_turn(cx);
    raise(SIGUSR1);
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void *come_and_go(void *arg)
{
    (void)arg;
    for (int i = 0; i < 300; i++) {
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), NULL);
        weir_stream *stream = weir_signals(SIGUSR1);
        weir_signal item;
        unsigned turns = 0;
        if (!weir_rt_spawn(rt, weir_future_fn(&weir_type_i64, raise_one, &turns)) ||
            weir_rt_next(rt, stream, &item, NULL) != WEIR_READY)
            test_abort("no signal came");
        weir_drop(stream);
        weir_rt_drop(rt);
    }
    return NULL;
}

/* Streams that begin and end on threads while handlers run on others: no handler writes to a
 * descriptor that is another file's by then. */
static void comings_and_goings(void **state)
{
    (void)state;
    set_own(SIGUSR1);
    unsigned fds = rig_open_fds();
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, come_and_go, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_true(is_own(SIGUSR1));
    assert_int_equal(rig_open_fds(), fds);
}

/* A process that was forked off does not tell its parent of its own signals, and may catch them. */
static void forked_off(void **state)
{
    (void)state;
    set_own(SIGUSR1);
    weir_rt *rt = rig_rt(driver);
    weir_stream *stream = weir_signals(SIGUSR1);
    begin(rt, stream, SIGUSR1);
    pid_t child = fork();
    if (!child) {
        raise(SIGUSR1);
        weir_drop(stream);
        weir_rt_drop(rt);
        rt = rig_rt(driver);
        stream = weir_signals(SIGUSR1);
        begin(rt, stream, SIGUSR1);
        weir_drop(stream);
        weir_rt_drop(rt);
        _exit(is_own(SIGUSR1) ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    raise(SIGUSR1);
    weir_signal item;
    assert_int_equal(weir_rt_next(rt, stream, &item, NULL), WEIR_READY);
    assert_int_equal(item.count, 1);
    weir_drop(stream);
    weir_rt_drop(rt);
}

/* Somebody put a handler there meanwhile: it stays. */
static void replaced(void **state)
{
    (void)state;
    signal(SIGUSR1, SIG_DFL);
    weir_rt *rt = rig_rt(driver);
    weir_stream *stream = weir_signals(SIGUSR1);
    begin(rt, stream, SIGUSR1);
    set_own(SIGUSR1);
    weir_drop(stream);
    assert_true(is_own(SIGUSR1));
    weir_rt_drop(rt);
}

/* Dropped while it waits; and polled on by another runtime. */
static void dropped(void **state)
{
    (void)state;
    set_own(SIGUSR1);
    unsigned fds = rig_open_fds();
    for (int how = 0; how < 2; how++) {
        weir_stream *stream = weir_signals(SIGUSR1);
        weir_rt *rt = rig_rt(driver);
        assert_true(weir_rt_spawn(rt, weir_count(how ? weir_by_ref(stream) : stream)));
        for (int turns = 0; turns < 5; turns++)
            assert_int_equal(weir_rt_run(rt, weir_sleep(1000000), NULL, NULL), WEIR_READY);
        weir_rt_drop(rt);
        if (!how)
            continue;
        rt = rig_rt(driver);
        weir_signal item;
        raise(SIGUSR1);
        assert_int_equal(weir_rt_next(rt, stream, &item, NULL), WEIR_READY);
        weir_drop(stream);
        weir_rt_drop(rt);
    }
    assert_int_equal(rig_open_fds(), fds);
}

/* ---- each call in turn ---- */

static struct {
    weir_sys sys;
    unsigned calls, fail_at;
    int error;
} turn;

static bool fails(void)
{
    return ++turn.calls == turn.fail_at;
}

static int turn_eventfd(const weir_sys *sys, int flags)
{
    return fails() ? -turn.error : sys->base->eventfd(sys->base, flags);
}

static int turn_signal_action(const weir_sys *sys, int signo, const struct sigaction *action,
                              struct sigaction *old)
{
    return fails() ? -turn.error : sys->base->signal_action(sys->base, signo, action, old);
}

static int64_t turn_read(const weir_sys *sys, int fd, void *out, size_t n)
{
    return fails() ? -turn.error : sys->base->read(sys->base, fd, out, n);
}

static weir_rt *turn_rt(unsigned fail_at, int error)
{
    memset(&turn, 0, sizeof turn);
    turn.fail_at = fail_at;
    turn.error = error;
    weir_sys_wrap(&turn.sys, NULL);
    turn.sys.eventfd = turn_eventfd;
    turn.sys.signal_action = turn_signal_action;
    turn.sys.read = turn_read;
    return weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .sys = &turn.sys, .seed = 1), NULL);
}

static void each_call_fails(void **state)
{
    (void)state;
    static const int errors[] = {EIO, EINTR, EMFILE, EINVAL};
    unsigned fds = rig_open_fds(), told = 0;
    for (size_t e = 0; e < 4; e++)
        for (unsigned k = 1; k <= 6; k++) {
            set_own(SIGUSR1);
            weir_rt *rt = turn_rt(k, errors[e]);
            if (!rt)
                continue;
            pthread_t thread;
            struct sender sender = {SIGUSR1, 1, rig_open_fds(), false};
            pthread_create(&thread, NULL, send_later, &sender);
            weir_signal item;
            weir_error error;
            weir_stream *stream = weir_signals(SIGUSR1);
            weir_state got = weir_rt_next(rt, stream, &item, &error);
            sender.over = true;
            told += got == WEIR_ERROR;
            assert_true(got == WEIR_ERROR ? error.number == errors[e] : item.count == 1);
            pthread_join(thread, NULL);
            weir_drop(stream);
            weir_rt_drop(rt);
        }
    assert_true(told >= 8);
    assert_int_equal(rig_open_fds(), fds);
}

static void each_allocation_fails(void **state)
{
    (void)state;
    unsigned fds = rig_open_fds(), well = 0;
    for (unsigned k = 1; k <= 25; k++) {
        set_own(SIGUSR1);
        pthread_t thread;
        memory_begin(k, false);
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .seed = 1), NULL);
        struct sender sender = {SIGUSR1, 1, rig_open_fds(), !rt};
        pthread_create(&thread, NULL, send_later, &sender);
        if (rt) {
            weir_signal item;
            weir_stream *stream = weir_signals(SIGUSR1);
            well += weir_rt_next(rt, stream, &item, NULL) == WEIR_READY;
            sender.over = true;
            pthread_join(thread, NULL);
            weir_drop(stream);
        } else {
            pthread_join(thread, NULL);
        }
        weir_rt_drop(rt);
        assert_int_equal(memory_end(), 0);
        assert_true(is_own(SIGUSR1));
    }
    assert_true(well > 2);
    assert_int_equal(rig_open_fds(), fds);
}

int io_signals(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counted),
        cmocka_unit_test(several),
        cmocka_unit_test(once),
        cmocka_unit_test(refusals),
        cmocka_unit_test(too_many),
        cmocka_unit_test(storm),
        cmocka_unit_test(comings_and_goings),
        cmocka_unit_test(forked_off),
        cmocka_unit_test(replaced),
        cmocka_unit_test(each_call_fails),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(dropped),
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, tests, rig_setup, rig_teardown);
    }
    return failed;
}
