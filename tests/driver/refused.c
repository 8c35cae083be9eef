/* Drivers in a world that refuses: sandboxes, old kernels, rings that break. */

#include "world.h"

#include "task/worker.h"

#include <pthread.h>

/* ---- sandboxes ---- */

/* A ring that may be made and not used is no ring: the other driver is taken. */
static void rings_are_tried(void **state)
{
    (void)state;
    static const int errors[] = {-EPERM, -ENOSYS, -EACCES, -EIO};
    NEEDS_RING();
    unsetenv("WEIR_DRIVER");
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        for (int at_setup = 0; at_setup < 2; at_setup++) {
            world_begin();
            *(at_setup ? &world.setup_error : &world.wait_error) = errors[i];
            weir_error error;
            assert_null(world_rt("uring", &error));
            assert_int_equal(error.number, -errors[i]);
            assert_string_equal(error.cure, "the driver 'epoll'");
            assert_non_null(
                strstr(error.message, at_setup ? ": io_uring_setup: " : ": io_uring_enter: "));
            weir_rt *rt = world_rt(NULL, &error);
            assert_string_equal(weir_rt_driver(rt), "epoll");
            uint64_t n = 0;
            assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 9)), &n, &error), WEIR_READY);
            weir_rt_drop(rt);
        }
    world_begin();
    world.never_back = true;
    assert_null(world_rt("uring", NULL));
}

/* What the kernel said when it was asked what it can is told, not taken for a no. */
static int knows_answer;

static int answer_knows(const weir_sys *sys, struct io_uring *ring, const int *operations, size_t n)
{
    (void)sys, (void)ring, (void)operations, (void)n;
    return knows_answer;
}

static void rings_are_asked(void **state)
{
    (void)state;
    static const struct {
        int answer, number;
    } cases[] = {{-EPERM, EPERM}, {-EACCES, EACCES}, {0, ENOSYS}};
    NEEDS_RING();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        world_begin();
        world.sys.ring_knows = answer_knows;
        knows_answer = cases[i].answer;
        weir_error error;
        assert_null(world_rt("uring", &error));
        assert_int_equal(error.number, cases[i].number);
        assert_non_null(strstr(error.message, ": io_uring_register (operations): "));
    }
}

static void epoll_waits_in_its_old_way(void **state)
{
    (void)state;
    static const int errors[] = {-ENOSYS, -EPERM, -EACCES};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        world_begin();
        world.pwait2_error = errors[i];
        weir_rt *rt = world_rt("epoll", NULL);
        weir_driver *driver = weir_rt_io(rt);
        const weir_sys *sys = weir_rt_sys(rt);
        uint64_t until = sys->now_ns(sys) + 4000000; /* a ring that goes interrupts some waits */
        for (int k = 0; k < 50 && sys->now_ns(sys) < until; k++)
            assert_int_equal(weir_driver_wait(driver, 2000000), 0);
        assert_true(sys->now_ns(sys) >= until);
        assert_int_equal(world.pwait2s, 1); /* it is asked for once */
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        weir_io in = {.kind = WEIR_IO_POLL, .fd = ends[0], .events = POLLIN};
        weir_io_submit(driver, &in);
        assert_int_equal(write(ends[1], "x", 1), 1);
        wait_for(driver, &in);
        assert_true(in.result & POLLIN);
        weir_rt_drop(rt);
        close(ends[0]);
        close(ends[1]);
    }
}

static int refuse_create(const weir_sys *sys, int flags)
{
    (void)sys, (void)flags;
    return -EPERM;
}

static int refuse_to_add(const weir_sys *sys, int epoll, int op, int fd, struct epoll_event *event)
{
    (void)sys, (void)epoll, (void)op, (void)fd, (void)event;
    return -EACCES;
}

static int refuse_old_wait(const weir_sys *sys, int epoll, struct epoll_event *events, int n,
                           int timeout_ms)
{
    (void)sys, (void)epoll, (void)events, (void)n, (void)timeout_ms;
    return -EPERM;
}

static void fails_to_begin(int number, const char *message)
{
    weir_error error;
    unsigned fds = rig_open_fds();
    assert_null(world_rt("epoll", &error));
    assert_int_equal(error.number, number);
    assert_string_equal(error.message, message);
    assert_null(error.cure);
    assert_int_equal(rig_open_fds(), fds);
}

/* It is tried before it is relied on, as the ring is. */
static void epoll_is_tried(void **state)
{
    (void)state;
    world_begin();
    world.sys.epoll_create = refuse_create;
    fails_to_begin(EPERM,
                   "the driver 'epoll' does not work here: epoll_create1: Operation not permitted");
    world_begin();
    world.sys.epoll_ctl = refuse_to_add;
    fails_to_begin(EACCES, "the driver 'epoll' does not work here: epoll_ctl: Permission denied");
    world_begin();
    world.pwait2_error = -EIO;
    fails_to_begin(EIO, "the driver 'epoll' does not work here: epoll_pwait2: Input/output error");
    world_begin();
    world.pwait2_error = -ENOSYS;
    world.sys.epoll_wait = refuse_old_wait;
    fails_to_begin(EPERM,
                   "the driver 'epoll' does not work here: epoll_wait: Operation not permitted");
}

static int refuse_poll(const weir_sys *sys, struct pollfd *fds, size_t n, int timeout_ms)
{
    (void)sys, (void)fds, (void)n, (void)timeout_ms;
    return -EPERM;
}

/* Whether a read would wait: what epoll says is believed then. */
static void nobody_may_ask(void **state)
{
    (void)state;
    int ends[2];
    char bytes[8];
    assert_int_equal(pipe(ends), 0);
    world_begin();
    world.sys.poll = refuse_poll;
    weir_rt *rt = world_rt("epoll", NULL);
    weir_io io = {
        .kind = WEIR_IO_READ, .fd = ends[0], .out = bytes, .n = 8, .offset = WEIR_IO_HERE};
    weir_io_submit(weir_rt_io(rt), &io);
    assert_true(weir_io_busy(&io));
    assert_int_equal(write(ends[1], "x", 1), 1);
    wait_for(weir_rt_io(rt), &io);
    assert_int_equal(io.result, 1);
    weir_rt_drop(rt);
    close(ends[0]);
    close(ends[1]);
}

static int64_t refuse_read_now(const weir_sys *sys, int fd, void *out, size_t n)
{
    (void)sys, (void)fd, (void)out, (void)n;
    return -EOPNOTSUPP;
}

static int64_t refuse_write_now(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    (void)sys, (void)fd, (void)bytes, (void)n;
    return -EOPNOTSUPP;
}

static int64_t refuse_room(const weir_sys *sys, int fd)
{
    (void)sys, (void)fd;
    return -EPERM;
}

static int64_t refuse_splice(const weir_sys *sys, int from, uint64_t offset, int to, size_t n)
{
    (void)sys, (void)from, (void)offset, (void)to, (void)n;
    return -EPERM;
}

static weir_poll write_later(void *fd, weir_cx *cx, void *out, size_t demand)
{
    static unsigned turns;
    (void)demand;
    if (++turns % 4)
        return weir_wait_turn(cx);
    assert_int_equal(write(*(int *)fd, "line\n", 5), 5);
    close(*(int *)fd);
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

/* Nor call without waiting, as on older kernels: the driver's word is taken, once for each wait. */
static void nobody_may_ask_either(void **state)
{
    (void)state;
    for (int ring = 0; ring < 1 + has_ring(); ring++) { /* sim asks itself */
        int in[2], out[2];
        assert_int_equal(pipe(in), 0);
        assert_int_equal(pipe(out), 0);
        world_begin();
        world.sys.poll = refuse_poll;
        world.sys.read_now = refuse_read_now;
        world.sys.write_now = refuse_write_now;
        world.sys.pipe_room = refuse_room;
        world.sys.splice = refuse_splice;
        weir_rt *rt = world_rt(ring ? "uring" : "epoll", NULL);
        assert_true(weir_rt_spawn(rt, weir_future_fn(&weir_type_i64, write_later, &in[1])));
        weir_stream *copy = weir_copy(weir_fd_reader(in[0], "in"), weir_fd_writer(out[1], "out"));
        uint64_t n = 0;
        assert_int_equal(weir_rt_run(rt, copy, &n, NULL), WEIR_READY);
        assert_int_equal(n, 5);
        weir_rt_drop(rt);
        close(in[0]);
        close(out[0]);
        close(out[1]);
    }
}

/* What does not work has a cure that is something else. */
static void cures_are_others(void **state)
{
    (void)state;
    weir_error error;
    world_begin();
    weir_rt *rt = world_rt("epoll", NULL);
    assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 9)), NULL, NULL), WEIR_READY);
    world.pwait2_error = -EIO;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    weir_stream *count = weir_count(weir_lines(weir_fd_reader(ends[0], "pipe"), 100));
    assert_int_equal(weir_rt_run(rt, count, NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "the driver 'epoll' cannot wait: Input/output error");
    assert_null(error.cure);
    weir_rt_drop(rt);
    close(ends[0]);
    close(ends[1]);
}

/* Waits for the pipe, and for its next turn. */
static weir_poll wait_for_both(void *reader, weir_cx *cx, void *out, size_t demand)
{
    (void)out, (void)demand;
    assert_int_equal(weir_poll_fill(reader, cx, 1).state, WEIR_PENDING);
    return weir_wait_turn(cx);
}

/* A run that cannot go on ends while its task stands in the queue: the next run knows nothing of
 * it. */
static void broken_while_ready(const char *driver, bool pulls)
{
    world_begin();
    weir_rt *rt = world_rt(driver, NULL);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    weir_reader *reader = weir_fd_reader(ends[0], "pipe");
    weir_stream *future = weir_future_fn(&weir_type_i64, wait_for_both, reader);
    world.submit_error = world.wait_error = world.pwait2_error = -EIO;
    weir_error error;
    int64_t item;
    weir_state got =
        pulls ? weir_rt_next(rt, future, &item, &error) : weir_rt_run(rt, future, &item, &error);
    assert_int_equal(got, WEIR_ERROR);
    assert_int_equal(error.number, EIO);
    assert_int_equal(rt->worker.ready.n, 0);
    world.submit_error = world.wait_error = world.pwait2_error = 0;
    uint64_t n = 0;
    assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 9)), &n, NULL), WEIR_READY);
    assert_int_equal(n, 9);
    if (pulls)
        weir_drop(future);
    weir_drop(reader);
    weir_rt_drop(rt);
    close(ends[0]);
    close(ends[1]);
}

static void broken_while_a_task_is_ready(void **state)
{
    (void)state;
    for (int pulls = 0; pulls < 2; pulls++) {
        broken_while_ready("epoll", pulls);
        if (has_ring())
            broken_while_ready("uring", pulls);
    }
}

static weir_waker *waiting;

static void *wake_waiting(void *unused)
{
    weir_waker_wake_unref(waiting);
    return unused;
}

/* Another thread wakes the task, and then the wait breaks: it stands in the inbox. */
static int wake_and_refuse(const weir_sys *sys, int epoll, struct epoll_event *events, int n,
                           uint64_t timeout_ns)
{
    (void)sys, (void)epoll, (void)events, (void)n, (void)timeout_ns;
    pthread_t thread;
    pthread_create(&thread, NULL, wake_waiting, NULL);
    pthread_join(thread, NULL);
    world.sys.epoll_pwait2 = world_pwait2;
    return -EIO;
}

static weir_poll wait_for_a_thread(void *slot, weir_cx *cx, void *out, size_t demand)
{
    (void)out, (void)demand;
    weir_waker_ref(cx->waker);
    waiting = cx->waker;
    return weir_wait(cx, slot, WEIR_WAIT_PEER);
}

/* What weir_rt_next() waited with is no task of the runs that come after it. */
static void broken_while_a_wake_is_under_way(void **state)
{
    (void)state;
    world_begin();
    weir_rt *rt = world_rt("epoll", NULL);
    world.sys.epoll_pwait2 = wake_and_refuse;
    weir_waker_slot slot = {0};
    weir_stream *stream = weir_poll_fn(&weir_type_i64, wait_for_a_thread, &slot);
    weir_error error;
    int64_t item;
    assert_int_equal(weir_rt_next(rt, stream, &item, &error), WEIR_ERROR);
    assert_int_equal(error.number, EIO);
    for (int i = 0; i < 2; i++) {
        uint64_t n = 0;
        assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 9)), &n, NULL), WEIR_READY);
        assert_int_equal(n, 9);
    }
    weir_waker_slot_clear(&slot);
    weir_drop(stream);
    weir_rt_drop(rt);
}

/* ---- rings that break ---- */

/* What the kernel may still write to is lost, owned or abandoned; nothing hangs. */
static void rings_that_break(void **state)
{
    (void)state;
    static weir_io owned, abandoned;
    NEEDS_RING();
    for (int silent = 0; silent < 2; silent++) {
        world_begin();
        weir_rt *rt = world_rt("uring", NULL);
        weir_driver *driver = weir_rt_io(rt);
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        fly(driver, &owned, ends[0]);
        fly(driver, &abandoned, ends[0]);
        world.submit_error = world.wait_error = -EPERM;
        world.never_back = silent;
        released = 0;
        weir_io_abandon(&abandoned, count_release);
        unsigned before = world.waits;
        weir_rt_drop(rt);
        assert_in_range(world.waits - before, 3, 10);
        assert_int_equal(released, 0);
        assert_true(weir_io_busy(&owned) && !owned.driver);
        weir_io_abandon(&owned, count_release); /* its owner goes later */
        assert_int_equal(released, 0);
        close(ends[0]);
        close(ends[1]);
    }
}

/* One refusal is no reason to lose anything. */
static int refuse_twice(const weir_sys *sys, struct io_uring *ring, uint64_t timeout_ns)
{
    if (world.wait_error && ++world.waits <= 2)
        return world.wait_error;
    return sys->base->ring_wait(sys->base, ring, timeout_ns);
}

static void rings_that_stutter(void **state)
{
    (void)state;
    NEEDS_RING();
    world_begin();
    world.sys.ring_wait = refuse_twice;
    weir_rt *rt = world_rt("uring", NULL);
    weir_driver *driver = weir_rt_io(rt);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    weir_io io;
    fly(driver, &io, ends[0]);
    world.waits = 0;
    world.wait_error = -EIO;
    weir_rt_drop(rt);
    assert_int_equal(io.result, -ECANCELED);
    close(ends[0]);
    close(ends[1]);
}

static unsigned pauses;

static int count_pause(const weir_sys *sys, struct pollfd *fds, size_t n, int timeout_ms)
{
    if (fds)
        return sys->base->poll(sys->base, fds, n, timeout_ms);
    pauses++;
    return 0;
}

/* No memory for now, again and again: it is waited for, and then told. */
static void rings_that_put_off(void **state)
{
    (void)state;
    static const int errors[] = {-EAGAIN, -EBUSY};
    NEEDS_RING();
    for (size_t i = 0; i < 2; i++) {
        world_begin();
        world.sys.poll = count_pause;
        weir_rt *rt = world_rt("uring", NULL);
        weir_driver *driver = weir_rt_io(rt);
        for (int round = 0; round < 2; round++) { /* in between it goes well once */
            pauses = 0;
            world.wait_error = errors[i];
            int got = 0;
            while (!got && pauses < 20000)
                got = weir_driver_wait(driver, 1000000);
            assert_int_equal(got, errors[i]);
            assert_in_range(pauses, 1000, 10000);
            world.wait_error = 0;
            assert_int_equal(weir_driver_wait(driver, 1000), 0);
        }
        weir_rt_drop(rt);
    }
}

int driver_refused(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rings_are_tried),
        cmocka_unit_test(rings_are_asked),
        cmocka_unit_test(epoll_waits_in_its_old_way),
        cmocka_unit_test(epoll_is_tried),
        cmocka_unit_test(nobody_may_ask),
        cmocka_unit_test(nobody_may_ask_either),
        cmocka_unit_test(cures_are_others),
        cmocka_unit_test(broken_while_a_task_is_ready),
        cmocka_unit_test(broken_while_a_wake_is_under_way),
        cmocka_unit_test(rings_that_break),
        cmocka_unit_test(rings_that_stutter),
        cmocka_unit_test(rings_that_put_off),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
