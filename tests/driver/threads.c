/* The ring belongs to a thread: runtimes that are made on one and run on another, and the
 * descriptor that is lent to somebody else's loop. */

#include "world.h"

#include <pthread.h>
#include <sys/eventfd.h>

#include "driver/op.h"
#include "stream/wakes.h"
#include "task/worker.h"
#include "weir/executor.h"

static weir_state count_file(weir_rt *rt, weir_error *error)
{
    uint64_t n = 0;
    weir_state got =
        weir_rt_run(rt, weir_count(weir_lines(weir_file_reader(rig_path("lines")), 9)), &n, error);
    if (got == WEIR_READY)
        assert_int_equal(n, 3);
    return got;
}

struct elsewhere {
    weir_rt *rt;
    weir_error error;
    weir_state got;
};

static void *run_elsewhere(void *arg)
{
    struct elsewhere *self = arg;
    self->got = count_file(self->rt, &self->error);
    return NULL;
}

static void *drop_elsewhere(void *arg)
{
    weir_rt_drop(arg);
    return NULL;
}

static void on_thread(void *(*run)(void *arg), void *arg)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run, arg), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* Made here, run there, and here again: where nothing is under way it does not matter. */
static void an_idle_runtime_moves(void **state)
{
    (void)state;
    rig_write(rig_path("lines"), "1\n2\n3\n", 6);
    for (size_t i = 0; i < rig_drivers_n; i++) {
        unsigned fds = rig_open_fds();
        struct elsewhere there = {.rt = rig_rt(rig_drivers[i])};
        for (int round = 0; round < 3; round++) {
            there.got = WEIR_ERROR;
            on_thread(run_elsewhere, &there);
            assert_int_equal(there.got, WEIR_READY);
            if (round)
                assert_int_equal(count_file(there.rt, NULL), WEIR_READY);
        }
        on_thread(drop_elsewhere, there.rt);
        assert_int_equal(rig_open_fds(), fds);
    }
}

static void a_busy_one_is_refused(void **state)
{
    (void)state;
    NEEDS_RING();
    int ends[2];
    rig_write(rig_path("lines"), "1\n2\n3\n", 6);
    struct elsewhere there = {.rt = rig_rt("uring")};
    assert_int_equal(pipe(ends), 0);
    weir_io io;
    fly(weir_rt_io(there.rt), &io, ends[0]);
    on_thread(run_elsewhere, &there);
    assert_int_equal(there.got, WEIR_ERROR);
    assert_int_equal(there.error.number, -WEIR_DRIVER_ELSEWHERE);
    assert_int_equal(count_file(there.rt, NULL), WEIR_READY);
    assert_int_equal(write(ends[1], "x", 1), 1);
    wait_for(weir_rt_io(there.rt), &io);
    on_thread(run_elsewhere, &there);
    assert_int_equal(there.got, WEIR_READY);
    on_thread(drop_elsewhere, there.rt);
    close(ends[0]);
    close(ends[1]);
}

/* What names no memory is over; a read is left to the kernel. */
static void dropped_elsewhere(void **state)
{
    (void)state;
    NEEDS_RING();
    int ends[2];
    unsigned fds = rig_open_fds();
    assert_int_equal(pipe(ends), 0);
    weir_rt *rt = rig_rt("uring");
    weir_driver *driver = weir_rt_io(rt);
    static weir_io read_io;
    static char byte;
    weir_io kept, abandoned;
    read_io = (weir_io){
        .kind = WEIR_IO_READ, .fd = ends[0], .out = &byte, .n = 1, .offset = WEIR_IO_HERE};
    fly(driver, &kept, ends[0]);
    fly(driver, &abandoned, ends[0]);
    weir_io_submit(driver, &read_io);
    assert_int_equal(weir_driver_wait(driver, 0), 0);
    released = 0;
    weir_io_abandon(&abandoned, count_release);
    on_thread(drop_elsewhere, rt);
    assert_int_equal(released, 1);
    assert_int_equal(kept.state, WEIR_IO_DONE);
    assert_int_equal(kept.result, -ECANCELED);
    assert_true(weir_io_busy(&read_io) && !read_io.driver);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(rig_open_fds(), fds);
}

/* Kernels that know less. */
static unsigned refused_flags;

static int refuse_flags(const weir_sys *sys, struct io_uring *ring, unsigned entries,
                        unsigned flags)
{
    return flags & refused_flags ? -EINVAL : sys->base->ring_setup(sys->base, ring, entries, flags);
}

static void older_kernels(void **state)
{
    (void)state;
    NEEDS_RING();
    static const unsigned flags[] = {1u << 13, ~0u}; /* IORING_SETUP_DEFER_TASKRUN; all */
    rig_write(rig_path("lines"), "1\n2\n3\n", 6);
    for (size_t i = 0; i < 2; i++) {
        world_begin();
        world.sys.ring_setup = refuse_flags;
        refused_flags = flags[i];
        struct elsewhere there = {.rt = world_rt("uring", NULL)};
        assert_int_equal(count_file(there.rt, NULL), WEIR_READY);
        on_thread(run_elsewhere, &there);
        assert_int_equal(there.got, WEIR_READY);
        weir_rt_drop(there.rt);
    }
}

/* ---- lent ---- */

static bool is_told(weir_worker *worker, int timeout_ms)
{
    struct pollfd ready = {.fd = weir_worker_fd(worker), .events = POLLIN};
    uint64_t ns = weir_worker_timeout_ns(worker);
    return !ns || poll(&ready, 1, timeout_ms) == 1;
}

/* The kernel does not raise an eventfd because of another one, at least not again. */
static void eventfds_wake_a_loop(void **state)
{
    (void)state;
    for (size_t i = 0; i < rig_drivers_n; i++) {
        if (strcmp(rig_drivers[i], "sim") == 0)
            continue;
        for (int lent_late = 0; lent_late < 2; lent_late++) {
            weir_rt *rt = rig_rt(rig_drivers[i]);
            weir_worker *worker = weir_rt_worker(rt);
            weir_driver *driver = weir_rt_io(rt);
            int fd = eventfd(0, EFD_NONBLOCK), lent = lent_late ? -1 : weir_worker_fd(worker);
            for (int round = 0; round < 5; round++) {
                weir_io io = {.kind = WEIR_IO_POLL, .fd = fd, .events = POLLIN};
                eventfd_t count;
                while (is_told(worker, 20))
                    assert_true(weir_worker_turn(worker, 0));
                weir_io_submit(driver, &io);
                assert_false(is_told(worker, 0));
                assert_true(weir_io_busy(&io));
                assert_int_equal(eventfd_write(fd, 1), 0);
                for (int turns = 0; io.state != WEIR_IO_DONE; turns++) {
                    assert_true(turns < 4 && is_told(worker, 10000));
                    assert_true(weir_worker_turn(worker, 0));
                }
                assert_int_equal(eventfd_read(fd, &count), 0);
                lent = lent >= 0 ? lent : weir_worker_fd(worker);
                assert_int_equal(weir_worker_fd(worker), lent);
            }
            weir_rt_drop(rt);
            close(fd);
        }
    }
}

/* A lent runtime moves too. */
static void *lend_and_wait(void *arg)
{
    weir_worker *worker = weir_rt_worker(arg);
    int ends[2], lent = weir_worker_fd(worker);
    weir_io io;
    assert_int_equal(pipe(ends), 0);
    fly(weir_rt_io(arg), &io, ends[0]);
    while (is_told(worker, 20))
        assert_true(weir_worker_turn(worker, 0));
    assert_int_equal(write(ends[1], "x", 1), 1);
    while (io.state != WEIR_IO_DONE) {
        assert_true(is_told(worker, 10000));
        assert_true(weir_worker_turn(worker, 0));
    }
    assert_int_equal(weir_worker_fd(worker), lent);
    close(ends[0]);
    close(ends[1]);
    return NULL;
}

static void lent_elsewhere(void **state)
{
    (void)state;
    NEEDS_RING();
    weir_rt *rt = rig_rt("uring");
    lend_and_wait(rt);
    on_thread(lend_and_wait, rt);
    lend_and_wait(rt);
    weir_rt_drop(rt);
}

static int refuse_eventfd(const weir_sys *sys, struct io_uring *ring, int fd)
{
    (void)sys, (void)ring, (void)fd;
    return -EPERM;
}

static void lending_is_refused(void **state)
{
    (void)state;
    NEEDS_RING();
    world_begin();
    weir_rt *rt = world_rt("uring", NULL);
    unsigned fds = rig_open_fds();
    world.sys.ring_eventfd = refuse_eventfd;
    assert_int_equal(weir_worker_fd(weir_rt_worker(rt)), -EPERM);
    assert_int_equal(rig_open_fds(), fds);
    world.sys.ring_eventfd = weir_sys_posix.ring_eventfd;
    assert_true(weir_worker_fd(weir_rt_worker(rt)) >= 0);
    weir_rt_drop(rt);
}

/* ---- the next thread may have the addresses of one that ended, and is another one ---- */

struct heir {
    weir_rt *rt;
    struct weir_block_pool *pool;
    weir_block *block;
    const void *address;
};

static void *take_and_end(void *arg)
{
    struct heir *self = arg;
    self->address = weir_this_thread();
    weir_rt_run(self->rt, weir_count(weir_range(0, 3)), NULL, NULL);
    self->block = weir_block_pool_take(self->pool);
    return NULL;
}

static void *act_as_heir(void *arg)
{
    struct heir *self = arg;
    if (self->address != weir_this_thread())
        return NULL; /* it got others this time */
    weir_block_unref(self->block);
    self->block = NULL;
    assert_true(weir_rt_spawn(self->rt, weir_count(weir_range(0, 3))));
    return NULL;
}

static void a_thread_is_not_the_one_before(void **state)
{
    (void)state;
    struct heir heir = {.rt = rig_rt("epoll"), .pool = weir_block_pool_new()};
    on_thread(take_and_end, &heir);
    for (int i = 0; i < 50 && heir.block; i++)
        on_thread(act_as_heir, &heir);
    if (heir.block)
        weir_block_unref(heir.block);
    else
        assert_null(heir.rt->worker.tasks); /* it went into the line, as from any other thread */
    assert_int_equal(heir.pool->free_n, 0);
    weir_block_pool_drop(heir.pool);
    weir_rt_drop(heir.rt);
}

int driver_threads(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_runtime_moves), cmocka_unit_test(a_busy_one_is_refused),
        cmocka_unit_test(dropped_elsewhere),     cmocka_unit_test(older_kernels),
        cmocka_unit_test(eventfds_wake_a_loop),  cmocka_unit_test(lent_elsewhere),
        cmocka_unit_test(lending_is_refused),    cmocka_unit_test(a_thread_is_not_the_one_before),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
