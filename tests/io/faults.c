/* A copy in a world that fails: drawn faults from 200 seeds, then each system call failing and
 * falling short in turn. The result is the whole file or an error, and never anything between. */

#include "../driver/rig.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { SIZE = 1 << 20, SMALL = 3 * 4096 + 11 };

/* Where a file beside the old one was refused, the old one is written in place, and said so. */
static bool in_place;

static void on_in_place(void *arg, const char *path, const char *why)
{
    (void)arg;
    (void)path;
    in_place = why[0];
}

static weir_state copy_on(weir_rt *rt, uint64_t *n, weir_error *error)
{
    weir_file_options options = WEIR_FILE_OPTIONS(.on_in_place = on_in_place);
    in_place = false;
    return weir_rt_run(
        rt, weir_copy(weir_file_reader(rig_path("a")), weir_file_writer(rig_path("b"), &options)),
        n, error);
}

/* Part of it, from the beginning: all that is promised in place. */
static bool is_part(const char *path, const unsigned char *bytes, size_t size)
{
    unsigned char *got = NULL;
    long n = rig_read(path, &got);
    bool part = n >= 0 && (size_t)n <= size && memcmp(got, bytes, (size_t)n) == 0;
    free(got);
    return part;
}

struct verdict {
    weir_state state;
    uint64_t n;
    weir_error error;
};

/* whole, old or absent, and no other name in the directory */
static void check_outcome(const struct verdict *verdict, size_t size, bool old)
{
    unsigned char *bytes = rig_bytes(size);
    bool whole = rig_is(rig_path("b"), bytes, size);
    bool part = old && in_place && is_part(rig_path("b"), bytes, size);
    free(bytes);
    if (verdict->state == WEIR_READY) {
        assert_int_equal(verdict->n, size);
        assert_true(whole);
    } else {
        assert_int_equal(verdict->state, WEIR_ERROR);
        assert_int_not_equal(verdict->error.code, WEIR_OK);
        assert_true(verdict->error.number > 0);
        assert_true(verdict->error.message[0]);
        assert_true(whole || part ||
                    (old ? rig_is(rig_path("b"), "old", 3) : access(rig_path("b"), F_OK) == -1));
    }
    assert_int_equal(rig_entries("weir"), 0);
}

static struct verdict run_seed(uint64_t seed, uint32_t faults, bool old)
{
    unlink(rig_path("b"));
    if (old)
        rig_write(rig_path("b"), "old", 3);
    struct verdict verdict = {0};
    weir_rt *rt = weir_rt_new(
        &(weir_rt_options){.driver = "sim", .seed = seed, .faults_per_million = faults}, NULL);
    verdict.state = copy_on(rt, &verdict.n, &verdict.error);
    weir_rt_drop(rt);
    check_outcome(&verdict, SIZE, old);
    return verdict;
}

static void two_hundred_seeds(void **state)
{
    (void)state;
    rig_make(rig_path("a"), SIZE);
    unsigned fds = rig_open_fds(), ready = 0, failed = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct verdict first = run_seed(seed, seed % 2 ? 30000 : 200000, seed % 3 == 0);
        ready += first.state == WEIR_READY;
        failed += first.state == WEIR_ERROR;
        struct verdict again = run_seed(seed, seed % 2 ? 30000 : 200000, seed % 3 == 0);
        assert_int_equal(again.state, first.state); /* any run is replayed from its seed */
        assert_int_equal(again.n, first.n);
        assert_string_equal(again.error.message, first.error.message);
        assert_int_equal(again.error.byte, first.error.byte);
    }
    assert_true(ready > 20 && failed > 20);
    print_message("%u copies came through, %u failed\n", ready, failed);
    assert_int_equal(rig_open_fds(), fds);
}

static void no_faults_no_errors(void **state)
{
    (void)state;
    rig_make(rig_path("a"), SIZE);
    for (uint64_t seed = 0; seed < 20; seed++)
        assert_int_equal(run_seed(seed, 0, seed % 2).state, WEIR_READY);
}

/* ---- each call in turn ---- */

static struct turn {
    weir_sys sys;
    unsigned calls;   /* that could fail */
    unsigned fail_at; /* from 1; 0: none */
    int error;
    unsigned short_calls;
    unsigned short_at;
    bool all_but_one; /* falls short by one byte instead of giving one */
} turn;

static bool unmoved; /* the kernel moves nothing by itself: all goes by blocks */

static bool fails(void)
{
    return ++turn.calls == turn.fail_at;
}

static size_t shorter(size_t n)
{
    if (n < 2 || ++turn.short_calls != turn.short_at)
        return n;
    return turn.all_but_one ? n - 1 : 1;
}

#define POSIX &weir_sys_posix

static int turn_open(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.open(POSIX, dir, path, flags, mode);
}

static int turn_close(const weir_sys *sys, int fd)
{
    (void)sys;
    int closed = weir_sys_posix.close(POSIX, fd);
    return fails() ? -turn.error : closed;
}

static int64_t turn_read(const weir_sys *sys, int fd, void *out, size_t n)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.read(POSIX, fd, out, shorter(n));
}

static int64_t turn_pread(const weir_sys *sys, int fd, void *out, size_t n, uint64_t offset)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.pread(POSIX, fd, out, shorter(n), offset);
}

static int64_t turn_write(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.write(POSIX, fd, bytes, shorter(n));
}

static int turn_fstat(const weir_sys *sys, int fd, struct stat *out)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.fstat(POSIX, fd, out);
}

static int turn_stat(const weir_sys *sys, const char *path, struct stat *out)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.stat(POSIX, path, out);
}

static int64_t turn_readlink(const weir_sys *sys, const char *path, char *out, size_t n)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.readlink(POSIX, path, out, n);
}

static int turn_sync(const weir_sys *sys, int fd)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.sync(POSIX, fd);
}

static int turn_sync_data(const weir_sys *sys, int fd)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.sync_data(POSIX, fd);
}

static int turn_link(const weir_sys *sys, int fd, int dir, const char *name)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.link(POSIX, fd, dir, name);
}

static int turn_rename(const weir_sys *sys, int dir, const char *from, const char *to)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.rename(POSIX, dir, from, to);
}

static int turn_chmod(const weir_sys *sys, int fd, unsigned mode)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.chmod(POSIX, fd, mode);
}

static int turn_grow_pipe(const weir_sys *sys, int fd, size_t bytes)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.grow_pipe(POSIX, fd, bytes);
}

static int turn_chown(const weir_sys *sys, int fd, uid_t owner, gid_t group)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.chown(POSIX, fd, owner, group);
}

static int64_t turn_read_now(const weir_sys *sys, int fd, void *out, size_t n)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.read_now(POSIX, fd, out, shorter(n));
}

static int64_t turn_write_now(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.write_now(POSIX, fd, bytes, shorter(n));
}

static int64_t turn_send(const weir_sys *sys, int fd, const void *bytes, size_t n, int flags)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.send(POSIX, fd, bytes, shorter(n), flags);
}

static int64_t turn_pipe_room(const weir_sys *sys, int fd)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.pipe_room(POSIX, fd);
}

static int turn_poll(const weir_sys *sys, struct pollfd *fds, size_t n, int timeout_ms)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.poll(POSIX, fds, n, timeout_ms);
}

static int turn_eventfd(const weir_sys *sys, int flags)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.eventfd(POSIX, flags);
}

static int turn_epoll_create(const weir_sys *sys, int flags)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.epoll_create(POSIX, flags);
}

static int turn_epoll_ctl(const weir_sys *sys, int epoll, int op, int fd, struct epoll_event *event)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.epoll_ctl(POSIX, epoll, op, fd, event);
}

static int turn_epoll_pwait2(const weir_sys *sys, int epoll, struct epoll_event *events, int n,
                             uint64_t timeout_ns)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.epoll_pwait2(POSIX, epoll, events, n, timeout_ns);
}

static int turn_ring_setup(const weir_sys *sys, struct io_uring *ring, unsigned entries,
                           unsigned flags)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.ring_setup(POSIX, ring, entries, flags);
}

static int turn_ring_knows(const weir_sys *sys, struct io_uring *ring, const int *operations,
                           size_t n)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.ring_knows(POSIX, ring, operations, n);
}

static int turn_ring_submit(const weir_sys *sys, struct io_uring *ring)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.ring_submit(POSIX, ring);
}

static int turn_ring_look(const weir_sys *sys, struct io_uring *ring)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.ring_look(POSIX, ring);
}

static int turn_ring_wait(const weir_sys *sys, struct io_uring *ring, uint64_t timeout_ns)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.ring_wait(POSIX, ring, timeout_ns);
}

static int turn_signal_mask(const weir_sys *sys, int how, const sigset_t *set, sigset_t *old)
{
    (void)sys;
    return fails() ? -turn.error : weir_sys_posix.signal_mask(POSIX, how, set, old);
}

static int64_t turn_copy_range(const weir_sys *sys, int from, uint64_t offset, int to, size_t n)
{
    (void)sys;
    if (unmoved)
        return -EXDEV;
    return fails() ? -turn.error : weir_sys_posix.copy_range(POSIX, from, offset, to, shorter(n));
}

static int64_t turn_splice(const weir_sys *sys, int from, uint64_t offset, int to, size_t n)
{
    (void)sys;
    if (unmoved)
        return -EINVAL;
    return fails() ? -turn.error : weir_sys_posix.splice(POSIX, from, offset, to, shorter(n));
}

static void fill_files(weir_sys *sys)
{
    sys->copy_range = turn_copy_range;
    sys->splice = turn_splice;
    sys->open = turn_open;
    sys->close = turn_close;
    sys->read = turn_read;
    sys->pread = turn_pread;
    sys->write = turn_write;
    sys->fstat = turn_fstat;
    sys->stat = turn_stat;
    sys->readlink = turn_readlink;
    sys->sync = turn_sync;
    sys->sync_data = turn_sync_data;
    sys->link = turn_link;
    sys->rename = turn_rename;
    sys->chmod = turn_chmod;
    sys->grow_pipe = turn_grow_pipe;
    sys->chown = turn_chown;
}

static void fill_waits(weir_sys *sys)
{
    sys->read_now = turn_read_now;
    sys->write_now = turn_write_now;
    sys->send = turn_send;
    sys->pipe_room = turn_pipe_room;
    sys->poll = turn_poll;
    sys->eventfd = turn_eventfd;
    sys->epoll_create = turn_epoll_create;
    sys->epoll_ctl = turn_epoll_ctl;
    sys->epoll_pwait2 = turn_epoll_pwait2;
    sys->ring_setup = turn_ring_setup;
    sys->ring_knows = turn_ring_knows;
    sys->ring_submit = turn_ring_submit;
    sys->ring_look = turn_ring_look;
    sys->ring_wait = turn_ring_wait;
    sys->signal_mask = turn_signal_mask;
}

static void turn_begin(unsigned fail_at, int error)
{
    turn = (struct turn){.fail_at = fail_at, .error = error};
    weir_sys_wrap(&turn.sys, NULL);
    fill_files(&turn.sys);
    fill_waits(&turn.sys);
}

static struct verdict run_turn(const char *driver, unsigned fail_at, int error, unsigned short_at,
                               bool all_but_one, bool old)
{
    turn_begin(fail_at, error);
    turn.short_at = short_at;
    turn.all_but_one = all_but_one;
    unlink(rig_path("b"));
    if (old)
        rig_write(rig_path("b"), "old", 3);
    struct verdict verdict = {0};
    weir_rt *rt =
        weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &turn.sys}, &verdict.error);
    verdict.state = rt ? copy_on(rt, &verdict.n, &verdict.error) : WEIR_ERROR;
    weir_rt_drop(rt);
    check_outcome(&verdict, SMALL, old);
    return verdict;
}

static void each_call_of_a_copy_fails(void)
{
    static const int errors[] = {EIO,    ENOSPC, EINTR,  ENOMEM, EACCES,
                                 EDQUOT, EEXIST, EINVAL, EAGAIN};
    rig_make(rig_path("a"), SMALL);
    unsigned fds = rig_open_fds(), runs = 0, errors_seen = 0;
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (int old = 0; old < 2; old++) {
            assert_int_equal(run_turn(rig_drivers[d], 0, 0, 0, false, old).state, WEIR_READY);
            unsigned calls = turn.calls;
            for (unsigned k = 1; k <= calls; k++)
                for (size_t e = 0; e < sizeof errors / sizeof *errors; e++) {
                    struct verdict verdict = run_turn(rig_drivers[d], k, errors[e], 0, false, old);
                    runs++;
                    errors_seen += verdict.state == WEIR_ERROR;
                    if (verdict.state == WEIR_ERROR)
                        assert_int_equal(verdict.error.number, errors[e]);
                }
        }
    print_message("%u runs with one failure, %u of them told it\n", runs, errors_seen);
    assert_int_equal(rig_open_fds(), fds);
}

static void each_call_fails(void **state)
{
    (void)state;
    for (int how = 0; how < 2; how++) {
        unmoved = how;
        each_call_of_a_copy_fails();
    }
}

static void each_call_falls_short(void **state)
{
    (void)state;
    rig_make(rig_path("a"), SMALL);
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (int how = 0; how < 4; how++) {
            bool all_but_one = how % 2;
            unmoved = how / 2;
            run_turn(rig_drivers[d], 0, 0, 0, false, false);
            unsigned calls = turn.short_calls;
            for (unsigned k = 1; k <= calls + 1; k++)
                assert_int_equal(run_turn(rig_drivers[d], 0, 0, k, all_but_one, k % 2).state,
                                 WEIR_READY);
        }
}

/* ---- the same for descriptors that wait ---- */

struct late {
    int fd;
    unsigned turns;
};

/* Writes after some turns, and closes. */
static weir_poll write_late(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct late *late = arg;
    (void)demand;
    if (late->turns && late->turns--)
        return weir_wait_turn(cx);
    assert_int_equal(write(late->fd, "late bytes", 10), 10);
    close(late->fd);
    late->fd = -1;
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static weir_state run_waiting(weir_rt *rt, int in[2], int out, weir_error *error)
{
    struct late late = {.fd = in[1], .turns = 3};
    assert_true(weir_rt_spawn(rt, weir_future_fn(&weir_type_i64, write_late, &late)));
    weir_stream *copy = weir_copy(weir_fd_reader(in[0], "in"), weir_fd_writer(out, "out"));
    weir_state ran = weir_rt_run(rt, copy, NULL, error);
    in[1] = late.fd;
    return ran;
}

/* The call that would have given the mask back may be the one that failed. */
static void let_sigpipe(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    assert_int_equal(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
}

static weir_state waiting_turn(const char *driver, bool sockets, unsigned fail_at, int error_at)
{
    int in[2], out[2];
    assert_int_equal(pipe(in), 0);
    assert_int_equal(sockets ? socketpair(AF_UNIX, SOCK_STREAM, 0, out) : pipe(out), 0);
    turn_begin(fail_at, error_at);
    weir_error error = {0};
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &turn.sys}, &error);
    weir_state ran = rt ? run_waiting(rt, in, out[1], &error) : WEIR_ERROR;
    weir_rt_drop(rt);
    let_sigpipe();
    close(out[1]);
    char bytes[16] = "";
    ssize_t n = read(out[0], bytes, sizeof bytes);
    if (ran == WEIR_READY)
        assert_true(n == 10 && memcmp(bytes, "late bytes", 10) == 0);
    else
        assert_int_equal(error.number, error_at);
    close(in[0]);
    close(in[1]);
    close(out[0]);
    return ran;
}

static void each_call_of_waiting_fails(void **state)
{
    (void)state;
    static const int errors[] = {EIO, EINTR, ENOMEM, EPERM, ENOSYS, EAGAIN, EMFILE};
    unsigned fds = rig_open_fds(), runs = 0, told = 0;
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (int how = 0; how < 3; how++) {
            bool sockets = how == 2; /* to which nothing is moved */
            unmoved = how;
            assert_int_equal(waiting_turn(rig_drivers[d], sockets, 0, 0), WEIR_READY);
            unsigned calls = turn.calls;
            for (unsigned k = 1; k <= calls; k++)
                for (size_t e = 0; e < sizeof errors / sizeof *errors; e++, runs++)
                    told += waiting_turn(rig_drivers[d], sockets, k, errors[e]) == WEIR_ERROR;
        }
    print_message("%u runs with one failure, %u of them told it\n", runs, told);
    assert_int_equal(rig_open_fds(), fds);
}

static void space_runs_out(void **state)
{
    (void)state;
    rig_make(rig_path("a"), SMALL);
    unmoved = true;
    run_turn("epoll", 0, 0, 0, false, false);
    bool seen = false;
    for (unsigned k = 1; k <= 40 && !seen; k++) {
        struct verdict verdict = run_turn("epoll", k, ENOSPC, 0, false, false);
        if (strstr(verdict.error.message, "cannot write") == NULL)
            continue;
        seen = true;
        assert_string_equal(verdict.error.message, "cannot write: no space left on device");
        assert_string_equal(verdict.error.cure, "free some space");
        assert_string_equal(verdict.error.place, rig_path("b"));
        assert_int_equal(verdict.error.byte, 0);
    }
    assert_true(seen);
}

int io_faults(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_hundred_seeds), cmocka_unit_test(no_faults_no_errors),
        cmocka_unit_test(each_call_fails),   cmocka_unit_test(each_call_falls_short),
        cmocka_unit_test(space_runs_out),    cmocka_unit_test(each_call_of_waiting_fails),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
