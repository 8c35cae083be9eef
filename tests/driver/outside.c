/* What happens behind a driver's back: descriptors that are closed, owners that go away, reads that
 * hang. */

#include "io/ready.h"
#include "task/worker.h"
#include "world.h"

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
    weir_driver *driver = weir_cx_driver(cx);
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
        cmocka_unit_test(numbers_used_again),        cmocka_unit_test(connections_with_one_number),
        cmocka_unit_test(file_reads_go_out_at_once), cmocka_unit_test(cancelled_at_once),
        cmocka_unit_test(cancelled_later),           cmocka_unit_test(given_up_reads_are_bounded),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
