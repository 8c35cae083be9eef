/* Drivers in a world that refuses: sandboxes, old kernels, rings that break, reads that hang. */

#include "../driver/rig.h"
#include "driver/driver.h"
#include "io/ready.h"
#include "task/executor.h"

#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>

/* ---- a table that counts and refuses ---- */

static struct {
    weir_sys sys;
    unsigned submits, waits, pwait2s, ctls;
    int submit_error, wait_error, pwait2_error, setup_error; /* 0: none */
    bool never_back; /* the ring takes operations, and gives none back */
} world;

static int world_setup(const weir_sys *sys, struct io_uring *ring, unsigned entries, unsigned flags)
{
    if (world.setup_error)
        return world.setup_error;
    return sys->base->ring_setup(sys->base, ring, entries, flags);
}

static int world_submit(const weir_sys *sys, struct io_uring *ring)
{
    world.submits++;
    return world.submit_error ? world.submit_error : sys->base->ring_submit(sys->base, ring);
}

static int world_wait(const weir_sys *sys, struct io_uring *ring, uint64_t timeout_ns)
{
    world.waits++;
    if (world.never_back)
        return -ETIME;
    if (world.wait_error)
        return world.wait_error;
    return sys->base->ring_wait(sys->base, ring, timeout_ns);
}

static int world_pwait2(const weir_sys *sys, int epoll, struct epoll_event *events, int n,
                        uint64_t timeout_ns)
{
    world.pwait2s++;
    if (world.pwait2_error)
        return world.pwait2_error;
    return sys->base->epoll_pwait2(sys->base, epoll, events, n, timeout_ns);
}

static int world_ctl(const weir_sys *sys, int epoll, int op, int fd, struct epoll_event *event)
{
    world.ctls++;
    return sys->base->epoll_ctl(sys->base, epoll, op, fd, event);
}

static void world_begin(void)
{
    memset(&world, 0, sizeof world);
    weir_sys_wrap(&world.sys, NULL);
    world.sys.ring_setup = world_setup;
    world.sys.ring_submit = world_submit;
    world.sys.ring_wait = world_wait;
    world.sys.epoll_pwait2 = world_pwait2;
    world.sys.epoll_ctl = world_ctl;
}

static weir_rt *world_rt(const char *driver, weir_error *error)
{
    return weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &world.sys}, error);
}

static bool has_ring(void)
{
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = "uring"}, NULL);
    weir_rt_drop(rt);
    return rt;
}

#define NEEDS_RING()                                                                               \
    if (!has_ring())                                                                               \
    skip()

static unsigned released;

static void count_release(weir_io *io)
{
    (void)io;
    released++;
}

static void wait_for(weir_driver *driver, const weir_io *io)
{
    for (int i = 0; i < 1000 && weir_io_busy(io); i++)
        assert_int_equal(weir_driver_wait(driver, 1000000), 0);
    assert_int_equal(io->state, WEIR_IO_DONE);
}

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

static void epoll_waits_in_its_old_way(void **state)
{
    (void)state;
    static const int errors[] = {-ENOSYS, -EPERM};
    for (size_t i = 0; i < 2; i++) {
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

/* What does not work has a cure that is something else. */
static int refuse_create(const weir_sys *sys, int flags)
{
    (void)sys, (void)flags;
    return -EPERM;
}

static int refuse_to_wait(const weir_sys *sys, int epoll, struct epoll_event *events, int n,
                          uint64_t timeout_ns)
{
    (void)sys, (void)epoll, (void)events, (void)n, (void)timeout_ns;
    return -EIO;
}

static void cures_are_others(void **state)
{
    (void)state;
    weir_error error;
    world_begin();
    world.sys.epoll_create = refuse_create;
    assert_null(world_rt("epoll", &error));
    assert_int_equal(error.number, EPERM);
    assert_null(error.cure);
    world_begin();
    world.sys.epoll_pwait2 = refuse_to_wait;
    weir_rt *rt = world_rt("epoll", NULL);
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
    world.sys.epoll_pwait2 = wake_and_refuse;
    weir_rt *rt = world_rt("epoll", NULL);
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

/* ---- numbers that are used again ---- */

/* The number was closed behind our back, which took the registration along. */
static void numbers_used_again(void **state)
{
    (void)state;
    world_begin();
    weir_rt *rt = world_rt("epoll", NULL);
    weir_driver *driver = weir_rt_io(rt);
    int number = -1;
    for (int round = 0; round < 3; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        assert_true(round == 0 || ends[0] == number);
        number = ends[0];
        weir_io in = {.kind = WEIR_IO_POLL, .fd = ends[0], .events = POLLIN};
        world.ctls = 0;
        weir_io_submit(driver, &in);
        assert_int_equal(world.ctls, round ? 2 : 1); /* MOD of what is gone, then ADD */
        assert_true(weir_io_busy(&in));
        assert_int_equal(write(ends[1], "x", 1), 1);
        wait_for(driver, &in);
        assert_true(in.result & POLLIN);
        close(ends[0]);
        close(ends[1]);
    }
    weir_rt_drop(rt);
}

/* ... and the whole of it: a connection after another one with its number. */
static void connections_with_one_number(void **state)
{
    (void)state;
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = "epoll"}, NULL);
    for (int round = 0; round < 3; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        weir_stream *lines = weir_count(weir_lines(weir_fd_reader(ends[0], "connection"), 100));
        assert_true(weir_rt_spawn(rt, weir_by_ref(lines)));
        assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 9)), NULL, NULL), WEIR_READY);
        assert_int_equal(write(ends[1], "a\n", 2), 2);
        close(ends[1]);
        uint64_t n = 0;
        weir_error error;
        assert_int_equal(weir_rt_run(rt, weir_by_ref(lines), &n, &error), WEIR_READY);
        assert_int_equal(n, 1);
        weir_drop(lines);
        close(ends[0]);
    }
    weir_rt_drop(rt);
}

/* ---- cancelling on the ring ---- */

static void fly(weir_driver *driver, weir_io *io, int fd)
{
    *io = (weir_io){.kind = WEIR_IO_POLL, .fd = fd, .events = POLLIN};
    weir_io_submit(driver, io);
    assert_int_equal(weir_driver_wait(driver, 0), 0);
    assert_int_equal(io->state, WEIR_IO_FLYING);
}

/* A read of a file goes to the kernel when it is submitted, so that it is done while somebody
 * computes; what waits for others goes with the next wait. */
static void file_reads_go_out_at_once(void **state)
{
    (void)state;
    NEEDS_RING();
    world_begin();
    weir_rt *rt = world_rt("uring", NULL);
    weir_driver *driver = weir_rt_io(rt);
    rig_make(rig_path("a"), 1000);
    int fd = open(rig_path("a"), O_RDONLY), ends[2];
    assert_int_equal(pipe(ends), 0);
    unsigned char bytes[1000];
    weir_io in = {.kind = WEIR_IO_POLL, .fd = ends[0], .events = POLLIN};
    weir_io read = {.kind = WEIR_IO_READ, .fd = fd, .out = bytes, .n = sizeof bytes};
    unsigned before = world.submits;
    weir_io_submit(driver, &in);
    assert_int_equal(world.submits, before);
    weir_io_submit(driver, &read);
    assert_int_equal(world.submits, before + 1);
    assert_int_equal(read.state, WEIR_IO_FLYING);
    wait_for(driver, &read);
    assert_int_equal(read.result, 1000);
    weir_rt_drop(rt);
    assert_int_equal(in.result, -ECANCELED);
    close(fd);
    close(ends[0]);
    close(ends[1]);
}

/* The kernel is told before weir_io_abandon() returns: the descriptor may be closed next. */
static void cancelled_at_once(void **state)
{
    (void)state;
    NEEDS_RING();
    world_begin();
    weir_rt *rt = world_rt("uring", NULL);
    weir_driver *driver = weir_rt_io(rt);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    weir_io io;
    fly(driver, &io, ends[0]);
    unsigned before = world.submits;
    released = 0;
    weir_io_abandon(&io, count_release);
    assert_int_equal(world.submits, before + 1);
    world.submit_error = -EIO; /* nobody need ask again */
    for (int i = 0; i < 100 && !released; i++)
        weir_driver_wait(driver, 1000000);
    assert_int_equal(released, 1);
    world.submit_error = 0;
    weir_rt_drop(rt);
    close(ends[0]);
    close(ends[1]);
}

/* The queue is full and not taken when the owner goes: it is asked for again as soon as it is. */
static void cancelled_later(void **state)
{
    (void)state;
    enum { MANY = 600 };
    NEEDS_RING();
    world_begin();
    weir_rt *rt = world_rt("uring", NULL);
    weir_driver *driver = weir_rt_io(rt);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    weir_io first, *others = calloc(MANY, sizeof *others);
    fly(driver, &first, ends[0]);
    world.submit_error = world.wait_error = -EBUSY;
    for (int i = 0; i < MANY; i++) {
        others[i] = (weir_io){.kind = WEIR_IO_POLL, .fd = ends[0], .events = POLLIN};
        weir_io_submit(driver, &others[i]);
    }
    assert_int_equal(weir_driver_wait(driver, 0), 0);
    released = 0;
    weir_io_abandon(&first, count_release);
    assert_int_equal(weir_driver_wait(driver, 1000000), 0);
    assert_int_equal(released, 0);
    world.submit_error = world.wait_error = 0;
    for (int i = 0; i < 100 && !released; i++)
        assert_int_equal(weir_driver_wait(driver, 1000000), 0);
    assert_int_equal(released, 1);
    weir_rt_drop(rt);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(others[i].result, -ECANCELED);
    free(others);
    close(ends[0]);
    close(ends[1]);
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

/* ---- reads that were given up ---- */

struct block {
    weir_io io;
    unsigned char bytes[WEIR_BLOCK_BYTES];
};

static void free_block(weir_io *io)
{
    free(WEIR_CONTAINER(io, struct block, io));
}

static weir_poll give_up_many(void *arg, weir_cx *cx, void *out, size_t demand)
{
    weir_driver *driver = weir_rt_io(cx->rt);
    (void)demand;
    unsigned n = 0;
    for (; weir_driver_may_read(driver) && n < 1000; n++) {
        struct block *block = malloc(sizeof *block);
        block->io = (weir_io){
            .kind = WEIR_IO_READ, .fd = *(int *)arg, .out = block->bytes, .n = sizeof block->bytes};
        weir_io_submit(driver, &block->io);
        weir_io_abandon(&block->io, free_block);
    }
    weir_reader *reader = weir_file_reader(rig_path("a"));
    bool kept = driver->ops->overlaps;
    size_t outstanding = driver->outstanding;
    assert_int_equal(weir_poll_fill(reader, cx, 1).state, kept ? WEIR_PENDING : WEIR_READY);
    assert_int_equal(driver->timers != NULL, kept); /* it looks again in a while */
    assert_int_equal(driver->outstanding - outstanding, kept);
    weir_drop(reader);
    *(int64_t *)out = n;
    return (weir_poll){1, WEIR_END};
}

/* The blocks that the kernel still holds are bounded: a reader waits until some came back. */
static void given_up_reads_are_bounded(void **state)
{
    (void)state;
    rig_make(rig_path("a"), 100000);
    int fd = open(rig_path("a"), O_RDONLY);
    for (size_t d = 0; d < rig_drivers_n; d++) {
        weir_rt *rt = rig_rt(rig_drivers[d]);
        weir_driver *driver = weir_rt_io(rt);
        int64_t n = 0;
        weir_stream *giving = weir_future_fn(&weir_type_i64, give_up_many, &fd);
        assert_int_equal(weir_rt_run(rt, giving, &n, NULL), WEIR_READY);
        bool kept = driver->ops->overlaps;
        assert_int_equal(n, kept ? WEIR_ABANDONED_BYTES_MAX / WEIR_BLOCK_BYTES : 1000);
        assert_int_equal(weir_driver_may_read(driver), !kept);
        uint64_t bytes = 0;
        weir_stream *copy = weir_copy(weir_file_reader(rig_path("a")), weir_null_writer());
        assert_int_equal(weir_rt_run(rt, copy, &bytes, NULL), WEIR_READY);
        assert_int_equal(bytes, 100000);
        assert_true(weir_driver_may_read(driver));
        weir_rt_drop(rt);
    }
    close(fd);
}

int driver_outside(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rings_are_tried),
        cmocka_unit_test(epoll_waits_in_its_old_way),
        cmocka_unit_test(cures_are_others),
        cmocka_unit_test(broken_while_a_task_is_ready),
        cmocka_unit_test(broken_while_a_wake_is_under_way),
        cmocka_unit_test(numbers_used_again),
        cmocka_unit_test(connections_with_one_number),
        cmocka_unit_test(file_reads_go_out_at_once),
        cmocka_unit_test(cancelled_at_once),
        cmocka_unit_test(cancelled_later),
        cmocka_unit_test(rings_that_break),
        cmocka_unit_test(rings_that_stutter),
        cmocka_unit_test(given_up_reads_are_bounded),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
