/* Copies that the kernel makes: through files and pipes, in a world that refuses, falls short and
 * fails at any call; waiting, broken pipes and stops. */

#include "kernel.h"

#include <signal.h>
#include <sys/ioctl.h>

/* ---- a copy that ends an end ---- */

struct closing {
    weir_stream *copy;
    int fd; /* closed when the copy is over: the other side sees the end */
};

static weir_poll close_after(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct closing *self = arg;
    (void)demand;
    weir_poll got = weir_poll_next(self->copy, cx, out, 1);
    if (got.state == WEIR_PENDING)
        return got;
    close(self->fd);
    return got;
}

static weir_stream *closing(struct closing *self, weir_reader *reader, int fd)
{
    *self = (struct closing){weir_copy(reader, weir_fd_writer(fd, "end")), fd};
    return weir_future_fn(&weir_type_u64, close_after, self);
}

/* ---- through everything ---- */

/* What a file's bytes pass: into a file directly, or through so many pipes. */
struct route {
    const char *name;
    unsigned pipes;
    bool fd_in;  /* from a descriptor, that stands at 100 */
    bool fd_out; /* to one, that stands at 10 */
};

static const struct route routes[] = {
    {"file, file", 0, false, false},      {"descriptor, file", 0, true, false},
    {"file, descriptor", 0, false, true}, {"both descriptors", 0, true, true},
    {"a pipe between", 1, false, false},  {"a pipe between descriptors", 1, true, true},
    {"two pipes", 2, false, false},
};

enum { ROUTES = sizeof routes / sizeof *routes, SKIP_IN = 100, SKIP_OUT = 10 };

struct trip {
    int in, out;
    int pipes[2][2];
    struct closing closing[2];
};

static weir_writer *far_end(const struct route *route, struct trip *trip)
{
    if (!route->fd_out)
        return weir_file_writer(rig_path("b"), NULL);
    trip->out = open(rig_path("b"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(trip->out, "0123456789", SKIP_OUT), SKIP_OUT);
    return weir_fd_writer(trip->out, "out");
}

static weir_reader *near_end(const struct route *route, struct trip *trip)
{
    if (!route->fd_in)
        return weir_file_reader(rig_path("a"));
    trip->in = open(rig_path("a"), O_RDONLY);
    assert_int_equal(lseek(trip->in, SKIP_IN, SEEK_SET), SKIP_IN);
    return weir_fd_reader(trip->in, "in");
}

/* The last copy; those before it are spawned. */
static weir_stream *way(weir_rt *rt, const struct route *route, struct trip *trip)
{
    weir_reader *reader = near_end(route, trip);
    for (unsigned i = 0; i < route->pipes; i++) {
        ends_make(ENDS_PIPE, trip->pipes[i]);
        assert_true(weir_rt_spawn(rt, closing(&trip->closing[i], reader, trip->pipes[i][1])));
        reader = weir_fd_reader(trip->pipes[i][0], "pipe");
    }
    return weir_copy(reader, far_end(route, trip));
}

static void trip_ends(const struct route *route, struct trip *trip)
{
    for (unsigned i = 0; i < route->pipes; i++) {
        weir_drop(trip->closing[i].copy);
        close(trip->pipes[i][0]);
    }
    if (route->fd_in)
        close(trip->in);
    if (route->fd_out)
        close(trip->out);
}

static void expect_arrived(const struct route *route, const struct trip *trip, uint64_t n,
                           size_t size)
{
    size_t skip = route->fd_in ? (size < SKIP_IN ? size : SKIP_IN) : 0;
    size_t front = route->fd_out ? SKIP_OUT : 0;
    unsigned char *wanted = rig_bytes(size), *got = NULL;
    assert_int_equal(n, size - skip);
    assert_int_equal(rig_read(rig_path("b"), &got), size - skip + front);
    assert_memory_equal(got + front, wanted + skip, size - skip);
    free(wanted);
    free(got);
    if (route->fd_in)
        assert_int_equal(lseek(trip->in, 0, SEEK_CUR), size < SKIP_IN ? SKIP_IN : size);
    if (route->fd_out)
        assert_int_equal(lseek(trip->out, 0, SEEK_CUR), size - skip + front);
}

static weir_state travel(const struct route *route, size_t size)
{
    struct trip trip = {.in = -1, .out = -1};
    uint64_t n = 77;
    weir_error error = {0};
    unlink(rig_path("b"));
    weir_rt *rt = kernel_rt();
    weir_state ran = weir_rt_run(rt, way(rt, route, &trip), &n, &error);
    if (ran == WEIR_READY)
        expect_arrived(route, &trip, n, size);
    else
        print_message("%s: %s\n", route->name, error.message);
    weir_rt_drop(rt);
    trip_ends(route, &trip);
    return ran;
}

static const size_t sizes[] = {0, 1, 4096, 70000, (1 << 20) - 1, (3 << 20) + 17};

/* The kernel moves all of it, but out of a pipe into a file: else no byte is written by us. */
static void all_routes(void **state)
{
    (void)state;
    unsigned fds = rig_open_fds();
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        rig_make(rig_path("a"), sizes[s]);
        for (size_t r = 0; r < ROUTES; r++) {
            kernel_begin();
            assert_int_equal(travel(&routes[r], sizes[s]), WEIR_READY);
            assert_int_equal(kernel.blocks, 0);
            assert_true(routes[r].pipes || !kernel.file_blocks);
            assert_true(kernel.moves);
        }
    }
    assert_int_equal(rig_open_fds(), fds);
}

static void short_moves(void **state)
{
    (void)state;
    rig_make(rig_path("a"), 70000);
    for (size_t r = 0; r < ROUTES; r++) {
        kernel_begin();
        kernel.at_most = 777;
        assert_int_equal(travel(&routes[r], 70000), WEIR_READY);
        assert_int_equal(kernel.blocks, 0);
    }
}

/* Each error at each call, once and for ever: blocks do the rest. What passes by itself (EINTR,
 * EAGAIN) is no reason for them where it came once. */
static void refusals(void **state)
{
    (void)state;
    static const int errors[] = {EINVAL, ENOSYS, EXDEV, EPERM,  EOPNOTSUPP, EBADF,
                                 EIO,    ENOSPC, EPIPE, EACCES, EINTR,      EAGAIN};
    unsigned fds = rig_open_fds();
    rig_make(rig_path("a"), 300000);
    for (size_t r = 0; r < ROUTES; r++)
        for (size_t e = 0; e < sizeof errors / sizeof *errors; e++)
            for (unsigned at = 1; at <= 3; at += 2)
                for (int ever = 0; ever < 2; ever++) {
                    bool passes = errors[e] == EINTR || errors[e] == EAGAIN;
                    if (passes && ever)
                        continue;
                    kernel_begin();
                    kernel.at_most = 100000;
                    kernel.error = errors[e];
                    kernel.fail_from = at;
                    kernel.fail_to = ever ? UINT32_MAX : at + 1;
                    assert_int_equal(travel(&routes[r], 300000), WEIR_READY);
                    assert_true(!ever || kernel.blocks || kernel.file_blocks);
                    assert_true(errors[e] != EINTR || !kernel.blocks);
                }
    assert_int_equal(rig_open_fds(), fds);
}

/* ---- waiting ---- */

static weir_poll count_turns(void *arg, weir_cx *cx, void *out, size_t demand)
{
    unsigned *left = arg;
    (void)demand;
    if ((*left)--)
        return weir_wait_turn(cx);
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void some_turns(weir_rt *rt)
{
    unsigned turns = 20;
    assert_int_equal(
        weir_rt_run(rt, weir_future_fn(&weir_type_i64, count_turns, &turns), NULL, NULL),
        WEIR_READY);
}

/* A pipe that is full, or empty, stops its own task: others have their turns; and who is dropped
 * while it waits has taken nothing. */
static void waits_stop_nobody(void **state)
{
    (void)state;
    unsigned fds = rig_open_fds();
    rig_make(rig_path("a"), 4 << 20);
    for (int full = 0; full < 2; full++) {
        int in[2], out[2];
        ends_make(ENDS_PIPE, in);
        ends_make(ENDS_PIPE, out);
        kernel_begin();
        weir_rt *rt = kernel_rt();
        weir_reader *reader = full ? weir_file_reader(rig_path("a")) : weir_fd_reader(in[0], "in");
        assert_true(weir_rt_spawn(rt, weir_copy(reader, weir_fd_writer(out[1], "out"))));
        some_turns(rt);
        if (!full)
            assert_int_equal(write(in[1], "bytes", 5), 5);
        weir_rt_drop(rt);
        int left = 0;
        assert_int_equal(ioctl(in[0], FIONREAD, &left), 0);
        assert_int_equal(left, full ? 0 : 5);
        assert_int_equal(ioctl(out[0], FIONREAD, &left), 0);
        assert_int_equal(left > 0, full);
        assert_int_equal(kernel.blocks, 0);
        ends_close(in);
        ends_close(out);
    }
    assert_int_equal(rig_open_fds(), fds);
}

/* Both pipes hold 1 MiB afterwards, if much went through at once; else they stay as they were. */
static void full_pipes_grow(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        bool blocks; /* read, and written, by us */
        int wanted;
    } rows[] = {{1000, false, 64 << 10},
                {60000, true, 64 << 10},
                {(64 << 10) + 1, false, 1 << 20},
                {(64 << 10) + 1, true, 1 << 20}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int in[2], out[2];
        unsigned char *bytes = rig_bytes(rows[i].size);
        size_t first = rows[i].size < 64 << 10 ? rows[i].size : 64 << 10;
        ends_make(ENDS_PIPE, in);
        ends_make(ENDS_PIPE, out);
        assert_int_equal(fcntl(in[0], F_SETPIPE_SZ, 64 << 10), 64 << 10);
        assert_int_equal(write(in[1], bytes, first), first);
        kernel_begin();
        kernel.error = EINVAL;
        kernel.fail_from = rows[i].blocks ? 1 : UINT32_MAX;
        kernel.fail_to = UINT32_MAX;
        weir_rt *rt = kernel_rt();
        weir_stream *copy = weir_copy(weir_fd_reader(in[0], "in"), weir_fd_writer(out[1], "out"));
        assert_true(weir_rt_spawn(rt, copy));
        some_turns(rt);
        assert_int_equal(fcntl(in[0], F_GETPIPE_SZ), rows[i].wanted);
        assert_int_equal(fcntl(out[0], F_GETPIPE_SZ), rows[i].wanted);
        weir_rt_drop(rt);
        free(bytes);
        ends_close(in);
        ends_close(out);
    }
}

/* One that is larger already stays so. Only root may make it. */
static void larger_pipes_stay(void **state)
{
    (void)state;
    int ends[2];
    ends_make(ENDS_PIPE, ends);
    if (fcntl(ends[1], F_SETPIPE_SZ, 2 << 20) == 2 << 20) {
        rig_make(rig_path("a"), 100000);
        kernel_begin();
        assert_int_equal(copy_file(weir_fd_writer(ends[1], "pipe"), NULL, NULL), WEIR_READY);
        assert_int_equal(fcntl(ends[1], F_GETPIPE_SZ), 2 << 20);
    }
    ends_close(ends);
}

/* Somebody else is faster: the pipe that had something has nothing. */
static void stolen_bytes(void **state)
{
    (void)state;
    int in[2], out[2];
    uint64_t n = 0;
    ends_make(ENDS_PIPE, in);
    ends_make(ENDS_PIPE, out);
    kernel_begin();
    kernel.error = EAGAIN;
    kernel.fail_from = 1;
    kernel.fail_to = 3;
    weir_rt *rt = kernel_rt();
    assert_int_equal(write(in[1], "bytes", 5), 5);
    close(in[1]);
    weir_stream *copy = weir_copy(weir_fd_reader(in[0], "in"), weir_fd_writer(out[1], "out"));
    assert_int_equal(weir_rt_run(rt, copy, &n, NULL), WEIR_READY);
    assert_int_equal(n, 5);
    assert_int_equal(kernel.moves, 4); /* the last finds the end */
    assert_int_equal(kernel.blocks, 0);
    weir_rt_drop(rt);
    close(in[0]);
    ends_close(out);
}

static void nobody_reads(void **state)
{
    (void)state;
    rig_make(rig_path("a"), 100000);
    for (int piped = 0; piped < 2; piped++) {
        int in[2], out[2];
        weir_error error = {0};
        ends_make(ENDS_PIPE, in);
        ends_make(ENDS_PIPE, out);
        assert_int_equal(write(in[1], "bytes", 5), 5);
        close(out[0]);
        kernel_begin();
        weir_rt *rt = kernel_rt();
        weir_reader *reader = piped ? weir_fd_reader(in[0], "in") : weir_file_reader(rig_path("a"));
        weir_stream *copy = weir_copy(reader, weir_fd_writer(out[1], "out"));
        assert_int_equal(weir_rt_run(rt, copy, NULL, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_CLOSED);
        assert_int_equal(error.number, EPIPE);
        assert_string_equal(error.place, "out");
        sigset_t pending;
        assert_int_equal(sigpending(&pending), 0);
        assert_int_equal(sigismember(&pending, SIGPIPE), 0);
        weir_rt_drop(rt);
        ends_close(in);
        close(out[1]);
    }
}

/* ---- stopped ---- */

static weir_rt *stopping;

static void stop_at_third(void)
{
    if (kernel.moves == 3)
        weir_rt_stop(stopping);
}

/* Told to stop in the middle: what is not whole does not get the name, as with blocks. */
static void a_stop_is_a_cut(void **state)
{
    (void)state;
    rig_make(rig_path("a"), 1 << 20);
    for (int in_place = 0; in_place < 2; in_place++) {
        weir_file_options options = {.size = sizeof options};
        int out[2];
        weir_error error = {0};
        uint64_t n = 0;
        ends_make(ENDS_PIPE, out);
        rig_write(rig_path("b"), "old", 3);
        kernel_begin();
        kernel.at_most = 1000;
        kernel.before = stop_at_third;
        stopping = kernel_rt();
        weir_writer *writer =
            in_place ? weir_fd_writer(out[1], "out") : weir_file_writer(rig_path("b"), &options);
        weir_state ran =
            weir_rt_run(stopping, weir_copy(weir_file_reader(rig_path("a")), writer), &n, &error);
        assert_int_equal(error.code, WEIR_E_STOPPED);
        assert_int_equal(ran, in_place ? WEIR_READY : WEIR_ERROR);
        if (in_place)
            assert_int_equal(n, 3000);
        else
            assert_int_equal(error.byte, 3000);
        assert_true(rig_is(rig_path("b"), "old", 3));
        assert_int_equal(rig_entries("weir"), 0);
        weir_rt_drop(stopping);
        ends_close(out);
    }
}

int io_move(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_routes),      cmocka_unit_test(short_moves),
        cmocka_unit_test(refusals),        cmocka_unit_test(waits_stop_nobody),
        cmocka_unit_test(full_pipes_grow), cmocka_unit_test(larger_pipes_stay),
        cmocka_unit_test(stolen_bytes),    cmocka_unit_test(nobody_reads),
        cmocka_unit_test(a_stop_is_a_cut),
    };
    return ON_EACH_DRIVER(tests);
}
