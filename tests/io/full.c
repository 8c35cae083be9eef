/* Writers to what is full: only their own task waits, whatever the descriptor is. And how much goes
 * out in one call. */

#include "ends.h"

#include <limits.h>
#include <pthread.h>
#include <time.h>

static const char *driver;

enum { SIZE = 3 << 20, BEATS = 2000 };

/* ---- a neighbour ---- */

static weir_poll beat(void *arg, weir_cx *cx, void *out, size_t demand)
{
    unsigned *left = arg;
    (void)demand;
    if (--*left)
        return weir_wait_turn(cx);
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

struct drain {
    int fd;
    size_t n;
    bool same;
};

static void *drain_all(void *arg)
{
    struct drain *drain = arg;
    unsigned char bytes[5000];
    drain->same = true;
    for (ssize_t got; drain->n < SIZE && (got = read(drain->fd, bytes, sizeof bytes)) > 0;) {
        for (ssize_t i = 0; i < got; i++)
            drain->same &= bytes[i] == rig_byte(drain->n + (size_t)i);
        drain->n += (size_t)got;
    }
    return NULL;
}

/* While nobody reads, a neighbour has all its turns; then everything arrives. */
static void check_full(enum ends_kind kind, bool old_kernel, const unsigned char *bytes)
{
    int ends[2];
    ends_make(kind, ends);
    weir_rt *rt = ends_rt(driver, old_kernel);
    uint64_t n = 0;
    weir_stream *copy =
        weir_copy(weir_memory_reader(bytes, SIZE), weir_fd_writer(ends[1], "the other side"));
    assert_true(weir_rt_spawn(rt, weir_by_ref(copy)));
    unsigned left = BEATS;
    alarm(20); /* the thread would stand still */
    assert_int_equal(weir_rt_run(rt, weir_future_fn(&weir_type_i64, beat, &left), NULL, NULL),
                     WEIR_READY);
    struct drain drain = {.fd = ends[0]};
    pthread_t thread;
    pthread_create(&thread, NULL, drain_all, &drain);
    assert_int_equal(weir_rt_run(rt, weir_by_ref(copy), &n, NULL), WEIR_READY);
    alarm(0);
    pthread_join(thread, NULL);
    assert_int_equal(n, SIZE);
    assert_int_equal(drain.n, SIZE);
    assert_true(drain.same);
    assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
    weir_rt_drop(rt);
    weir_drop(copy);
    ends_close(ends);
}

static void neighbours_go_on(void **state)
{
    (void)state;
    unsigned char *bytes = rig_bytes(SIZE);
    for (int kind = 0; kind < ENDS_KINDS; kind++)
        for (int old_kernel = 0; old_kernel < 2; old_kernel++)
            check_full((enum ends_kind)kind, old_kernel, bytes);
    free(bytes);
}

/* The writer is dropped while it waits. */
static void dropped_while_full(void **state)
{
    (void)state;
    unsigned char *bytes = rig_bytes(SIZE);
    for (int kind = 0; kind < ENDS_KINDS; kind++)
        for (int after = 0; after < 2; after++) {
            int ends[2];
            ends_make((enum ends_kind)kind, ends);
            weir_rt *rt = ends_rt(driver, false);
            weir_stream *copy =
                weir_copy(weir_memory_reader(bytes, SIZE), weir_fd_writer(ends[1], "full"));
            assert_true(weir_rt_spawn(rt, after ? weir_by_ref(copy) : copy));
            unsigned left = 50;
            assert_int_equal(
                weir_rt_run(rt, weir_future_fn(&weir_type_i64, beat, &left), NULL, NULL),
                WEIR_READY);
            weir_rt_drop(rt);
            if (after)
                weir_drop(copy);
            ends_close(ends);
        }
    free(bytes);
}

/* ---- how much in one call ---- */

static struct {
    weir_sys sys;
    size_t largest;
    unsigned writes;
} sized;

static int64_t note_write(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    sized.writes++;
    sized.largest = n > sized.largest ? n : sized.largest;
    return sys->base->write(sys->base, fd, bytes, n);
}

static void run_sized(weir_writer *writer, const unsigned char *bytes, size_t size)
{
    sized.largest = sized.writes = 0;
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &sized.sys}, NULL);
    uint64_t n = 0;
    assert_int_equal(weir_rt_run(rt, weir_copy(weir_memory_reader(bytes, size), writer), &n, NULL),
                     WEIR_READY);
    assert_int_equal(n, size);
    weir_rt_drop(rt);
}

static int64_t no_room_known(const weir_sys *sys, int fd)
{
    (void)sys, (void)fd;
    return -ENOTTY;
}

static void calls_are_bounded(void **state)
{
    (void)state;
    unsigned char *bytes = rig_bytes(SIZE);
    weir_sys_wrap(&sized.sys, NULL);
    sized.sys.write = note_write;
    sized.sys.write_now = ends_refuse_write;
    run_sized(weir_file_writer(rig_path("file"), NULL), bytes, SIZE);
    assert_int_equal(sized.largest, 1 << 20);
    assert_int_equal(sized.writes, 3);
    static const weir_file_options append = {.append = true};
    run_sized(weir_file_writer(rig_path("file"), &append), bytes, SIZE);
    assert_int_equal(sized.largest, 1 << 20);
    int null = open("/dev/null", O_WRONLY); /* a device that is no terminal */
    run_sized(weir_fd_writer(null, "null"), bytes, SIZE);
    assert_int_equal(sized.largest, 1 << 20);
    close(null);
    int ends[2];
    ends_make(ENDS_PIPE, ends);
    run_sized(weir_fd_writer(ends[1], "pipe"), bytes, 20000); /* it is empty */
    assert_int_equal(sized.largest, 20000);
    run_sized(weir_fd_writer(ends[1], "pipe"), bytes, 20000); /* it is not, and may be full */
    assert_int_equal(sized.largest, PIPE_BUF);
    assert_int_equal(sized.writes, (20000 + PIPE_BUF - 1) / PIPE_BUF);
    ends_close(ends);
    ends_make(ENDS_PIPE, ends);
    sized.sys.pipe_room = no_room_known;
    run_sized(weir_fd_writer(ends[1], "pipe"), bytes, 20000);
    assert_int_equal(sized.largest, PIPE_BUF);
    ends_close(ends);
    free(bytes);
    unlink(rig_path("file"));
}

static int refuse_fstat(const weir_sys *sys, int fd, struct stat *out)
{
    (void)sys, (void)fd, (void)out;
    return -EIO;
}

/* What cannot be looked at is not written to. */
static void unknown_kinds(void **state)
{
    (void)state;
    weir_sys sys;
    weir_sys_wrap(&sys, NULL);
    sys.fstat = refuse_fstat;
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &sys}, NULL);
    weir_error error;
    weir_stream *copy = weir_copy(weir_memory_reader("x", 1), weir_fd_writer(1, "out"));
    assert_int_equal(weir_rt_run(rt, copy, NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "cannot write: input/output error");
    copy = weir_copy(weir_fd_reader(0, "in"), weir_null_writer());
    assert_int_equal(weir_rt_run(rt, copy, NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "cannot read: input/output error");
    weir_rt_drop(rt);
}

int io_full(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_go_on),
        cmocka_unit_test(dropped_while_full),
        cmocka_unit_test(calls_are_bounded),
        cmocka_unit_test(unknown_kinds),
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, tests, rig_setup, rig_teardown);
    }
    return failed;
}
