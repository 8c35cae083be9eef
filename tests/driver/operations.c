/* Operations on each driver: timers in order, reads, polls, cancelling, results that are changed on
 * the way. */

#include "../driver/rig.h"
#include "driver/driver.h"
#include "task/worker.h"

#include <poll.h>

static const char *driver_name;

static void wait_for(weir_driver *driver, const weir_io *io)
{
    for (int i = 0; i < 10000 && weir_io_busy(io); i++)
        assert_int_equal(weir_driver_wait(driver, 1000000), 0);
    assert_int_equal(io->state, WEIR_IO_DONE);
}

enum { TIMERS = 10000 };

static void timers_fire_in_order(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver_name);
    weir_driver *driver = weir_rt_io(rt);
    uint64_t now = rt->worker.sys->now_ns(rt->worker.sys);
    weir_io *timers = calloc(TIMERS, sizeof *timers);
    for (unsigned i = 0; i < TIMERS; i++) {
        timers[i].kind = WEIR_IO_TIMER;
        timers[i].deadline_ns = now + (uint64_t)rig_byte(i) * 20000;
        weir_io_submit(driver, &timers[i]);
    }
    assert_int_equal(driver->outstanding, TIMERS);
    uint64_t last_due = 0, last_order = 0;
    for (weir_io *first; (first = driver->timers);) { /* the heap itself, without the clock */
        assert_true(first->due_ns > last_due ||
                    (first->due_ns == last_due && first->order > last_order));
        last_due = first->due_ns;
        last_order = first->order;
        weir_io_heap_remove(&driver->timers, first);
        weir_io_finish(first, 0);
    }
    assert_int_equal(driver->outstanding, 0);
    for (unsigned i = 0; i < TIMERS; i++)
        weir_io_submit(driver, &timers[i]);
    while (weir_driver_expects(driver))
        assert_int_equal(weir_driver_wait(driver, WEIR_FOREVER), 0);
    for (unsigned i = 0; i < TIMERS; i++)
        assert_int_equal(timers[i].result, 0);
    free(timers);
    weir_rt_drop(rt);
}

static unsigned released;

static void count_release(weir_io *io)
{
    released++;
    free(io);
}

static void timers_are_taken_out(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver_name);
    weir_driver *driver = weir_rt_io(rt);
    weir_io *timers[500];
    for (unsigned i = 0; i < 500; i++) {
        timers[i] = calloc(1, sizeof **timers);
        timers[i]->kind = WEIR_IO_TIMER;
        timers[i]->deadline_ns = (uint64_t)rig_byte(i) * 1000;
        weir_io_submit(driver, timers[i]);
    }
    released = 0;
    for (unsigned i = 0; i < 500; i += 2)
        weir_io_abandon(timers[(i * 7) % 500], count_release);
    assert_int_equal(released, 250);
    assert_int_equal(driver->outstanding, 250);
    weir_driver_wait(driver, 0);
    assert_int_equal(driver->outstanding, 0);
    for (unsigned i = 1; i < 500; i += 2)
        weir_io_abandon(timers[(i * 7) % 500], count_release);
    assert_int_equal(released, 500);
    weir_rt_drop(rt);
}

struct block {
    weir_io io;
    unsigned char bytes[4096];
};

static struct block *read_of(int fd, uint64_t offset)
{
    struct block *block = calloc(1, sizeof *block);
    block->io =
        (weir_io){.kind = WEIR_IO_READ, .fd = fd, .out = block->bytes, .n = 4096, .offset = offset};
    return block;
}

static void reads_and_polls(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver_name);
    weir_driver *driver = weir_rt_io(rt);
    rig_make(rig_path("a"), 10000);
    int fd = open(rig_path("a"), O_RDONLY);
    struct block *block = read_of(fd, 5000);
    weir_io_submit(driver, &block->io);
    wait_for(driver, &block->io);
    assert_int_equal(block->io.result, 4096);
    for (size_t i = 0; i < 4096; i++)
        assert_int_equal(block->bytes[i], rig_byte(5000 + i));
    block->io.offset = WEIR_IO_HERE;
    weir_io_submit(driver, &block->io);
    wait_for(driver, &block->io);
    assert_int_equal(block->bytes[9], rig_byte(9));
    block->io.fd = -1;
    weir_io_submit(driver, &block->io);
    wait_for(driver, &block->io);
    assert_int_equal(block->io.result, -EBADF);
    close(fd);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    weir_io out = {.kind = WEIR_IO_POLL, .fd = ends[1], .events = POLLOUT};
    weir_io_submit(driver, &out);
    wait_for(driver, &out);
    assert_true(out.result & POLLOUT);
    weir_io in = {.kind = WEIR_IO_POLL, .fd = ends[0], .events = POLLIN};
    weir_io_submit(driver, &in);
    weir_driver_wait(driver, 0);
    weir_driver_wait(driver, 2000000);
    assert_true(weir_io_busy(&in));
    assert_int_equal(write(ends[1], "x", 1), 1);
    wait_for(driver, &in);
    assert_true(in.result & POLLIN);
    close(ends[0]);
    close(ends[1]);
    free(block);
    weir_rt_drop(rt);
}

/* Two operations on one descriptor; a number that is closed and used again. */
static void shared_descriptors(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver_name);
    weir_driver *driver = weir_rt_io(rt);
    for (int round = 0; round < 3; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        weir_io polls[2] = {{.kind = WEIR_IO_POLL, .fd = ends[0], .events = POLLIN},
                            {.kind = WEIR_IO_POLL, .fd = ends[0], .events = POLLIN}};
        struct block *block = read_of(ends[0], WEIR_IO_HERE);
        weir_io_submit(driver, &polls[0]);
        weir_io_submit(driver, &polls[1]);
        weir_driver_wait(driver, 0);
        assert_int_equal(write(ends[1], "hello", 5), 5);
        wait_for(driver, &polls[0]);
        wait_for(driver, &polls[1]);
        weir_io_submit(driver, &block->io);
        wait_for(driver, &block->io);
        assert_int_equal(block->io.result, 5);
        weir_io_submit(driver, &block->io);
        weir_driver_wait(driver, 0);
        close(ends[1]); /* the end of the pipe */
        wait_for(driver, &block->io);
        assert_int_equal(block->io.result, 0);
        close(ends[0]);
        free(block);
    }
    weir_rt_drop(rt);
}

/* What one read takes is not there for the other, which must not stop the thread. */
static void two_reads_of_one_pipe(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver_name);
    weir_driver *driver = weir_rt_io(rt);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct block *first = read_of(ends[0], WEIR_IO_HERE), *second = read_of(ends[0], WEIR_IO_HERE);
    weir_io_submit(driver, &first->io);
    weir_io_submit(driver, &second->io);
    weir_driver_wait(driver, 0);
    assert_int_equal(write(ends[1], "hello", 5), 5);
    alarm(10);
    for (int i = 0; i < 10000 && weir_io_busy(&first->io) && weir_io_busy(&second->io); i++)
        weir_driver_wait(driver, 1000000);
    alarm(0);
    assert_int_equal(weir_io_busy(&first->io) + weir_io_busy(&second->io), 1);
    close(ends[1]);
    wait_for(driver, &first->io);
    wait_for(driver, &second->io);
    assert_int_equal(first->io.result + second->io.result, 5);
    close(ends[0]);
    free(first);
    free(second);
    weir_rt_drop(rt);
}

/* The owner goes while the kernel has its buffer: at once, after the kernel saw it, with the
 * descriptor closed right behind, with data coming late. */
static void owners_go_away(void **state)
{
    (void)state;
    for (int seen = 0; seen < 2; seen++)
        for (int late = 0; late < 2; late++) {
            weir_rt *rt = rig_rt(driver_name);
            weir_driver *driver = weir_rt_io(rt);
            int ends[2], other[2];
            assert_int_equal(pipe(ends), 0);
            struct block *block = read_of(ends[0], WEIR_IO_HERE);
            released = 0;
            weir_io_submit(driver, &block->io);
            if (seen)
                weir_driver_wait(driver, 1000000);
            assert_true(weir_driver_expects(driver));
            weir_io_abandon(&block->io, count_release);
            assert_false(weir_driver_expects(driver));
            close(ends[0]);
            assert_int_equal(pipe(other), 0); /* its number is another pipe now */
            assert_int_equal(write(other[1], "stay", 4), 4);
            if (late)
                for (int i = 0; i < 100 && driver->outstanding; i++)
                    weir_driver_wait(driver, 1000000);
            assert_true(!late || released == 1);
            weir_rt_drop(rt);
            assert_int_equal(released, 1);
            char bytes[8];
            assert_int_equal(read(other[0], bytes, 8), 4); /* nobody read from it */
            close(ends[1]);
            close(other[0]);
            close(other[1]);
        }
}

/* The driver goes before the owner: everything is given back as cancelled. */
static void drivers_go_away(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver_name);
    weir_driver *driver = weir_rt_io(rt);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct block *blocks[3];
    for (int i = 0; i < 3; i++) {
        blocks[i] = read_of(ends[0], WEIR_IO_HERE);
        weir_io_submit(driver, &blocks[i]->io);
        if (i == 1)
            weir_driver_wait(driver, 0);
    }
    weir_io timer = {.kind = WEIR_IO_TIMER, .deadline_ns = UINT64_MAX};
    weir_io_submit(driver, &timer);
    weir_rt_drop(rt);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(blocks[i]->io.state, WEIR_IO_DONE);
        assert_int_equal(blocks[i]->io.result, -ECANCELED);
        free(blocks[i]);
    }
    assert_int_equal(timer.result, -ECANCELED);
    close(ends[0]);
    close(ends[1]);
}

/* More operations than a ring has entries. */
static void many_operations(void **state)
{
    (void)state;
    enum { MANY = 1500 };
    weir_rt *rt = rig_rt(driver_name);
    weir_driver *driver = weir_rt_io(rt);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    weir_io *polls = calloc(MANY, sizeof *polls);
    for (int i = 0; i < MANY; i++) {
        polls[i] = (weir_io){.kind = WEIR_IO_POLL, .fd = ends[0], .events = POLLIN};
        weir_io_submit(driver, &polls[i]);
    }
    weir_driver_wait(driver, 0);
    assert_int_equal(driver->outstanding, MANY);
    assert_int_equal(write(ends[1], "x", 1), 1);
    for (int i = 0; i < 10000 && driver->outstanding; i++)
        weir_driver_wait(driver, 1000000);
    assert_int_equal(driver->outstanding, 0);
    for (int i = 0; i < MANY; i++)
        weir_io_submit(driver, &polls[i]);
    close(ends[0]);
    close(ends[1]);
    weir_rt_drop(rt);
    free(polls);
}

static void waits_are_interrupted(void **state)
{
    (void)state;
    if (strcmp(driver_name, "sim") == 0)
        skip();
    weir_rt *rt = rig_rt(driver_name);
    weir_driver *driver = weir_rt_io(rt);
    for (int i = 0; i < 3; i++) {
        weir_interrupt_raise(driver->interrupt_fd);
        weir_interrupt_raise(driver->interrupt_fd);
        assert_int_equal(weir_driver_wait(driver, WEIR_FOREVER), 0);
    }
    assert_int_equal(weir_driver_wait(driver, 3000000), 0); /* not raised: the time passes */
    weir_rt_drop(rt);
}

/* ---- results changed on the way ---- */

struct change {
    int64_t to;
    unsigned at, seen;
};

static int64_t change_one(void *arg, const weir_io *io, int64_t result)
{
    struct change *change = arg;
    if (io->kind != WEIR_IO_READ || ++change->seen != change->at)
        return result;
    return change->to > 0 && change->to > result ? result : change->to;
}

static void results_are_changed(void **state)
{
    (void)state;
    static const int64_t results[] = {-EINTR, -EAGAIN, -ECANCELED, 1, 4095, -EIO, -ENOMEM};
    size_t size = 3 * WEIR_BLOCK_BYTES + 5;
    rig_make(rig_path("a"), size);
    unsigned char *bytes = rig_bytes(size);
    for (unsigned at = 1; at <= 6; at++)
        for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
            struct change change = {.to = results[i], .at = at};
            weir_rt *rt = rig_rt(driver_name);
            weir_rt_io(rt)->overwrite = change_one;
            weir_rt_io(rt)->overwrite_arg = &change;
            unlink(rig_path("b"));
            weir_error error = {0};
            weir_state ran = weir_rt_run(
                rt,
                weir_copy(weir_file_reader(rig_path("a")), weir_file_writer(rig_path("b"), NULL)),
                NULL, &error);
            bool fails = (results[i] == -EIO || results[i] == -ENOMEM) && change.seen >= at;
            assert_int_equal(ran, fails ? WEIR_ERROR : WEIR_READY);
            assert_int_equal(error.number, fails ? -results[i] : 0);
            if (fails)
                assert_int_equal(access(rig_path("b"), F_OK), -1);
            else
                assert_true(rig_is(rig_path("b"), bytes, size));
            weir_rt_drop(rt);
            assert_int_equal(rig_entries("weir"), 0);
        }
    free(bytes);
}

int driver_operations(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_fire_in_order),  cmocka_unit_test(timers_are_taken_out),
        cmocka_unit_test(reads_and_polls),       cmocka_unit_test(shared_descriptors),
        cmocka_unit_test(two_reads_of_one_pipe), cmocka_unit_test(owners_go_away),
        cmocka_unit_test(drivers_go_away),       cmocka_unit_test(many_operations),
        cmocka_unit_test(waits_are_interrupted), cmocka_unit_test(results_are_changed),
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver_name = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver_name, tests, rig_setup, rig_teardown);
    }
    return failed;
}
