/* Descriptors that wait: pipes and sockets on each driver, dropped, stopped and closed in the
 * middle. */

#include "../driver/rig.h"
#include "driver/driver.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

static const char *driver;

struct feeder {
    int fd;
    size_t n, piece;
    long pause_ns;
};

static void *feed(void *arg)
{
    struct feeder *feeder = arg;
    for (size_t at = 0; at < feeder->n;) {
        unsigned char piece[4096];
        size_t n = feeder->n - at < feeder->piece ? feeder->n - at : feeder->piece;
        for (size_t i = 0; i < n; i++)
            piece[i] = rig_byte(at + i);
        ssize_t done = write(feeder->fd, piece, n);
        at += done > 0 ? (size_t)done : 0;
        if (done < 0 && errno == EAGAIN)
            poll(&(struct pollfd){.fd = feeder->fd, .events = POLLOUT}, 1, 100);
        if (feeder->pause_ns)
            nanosleep(&(struct timespec){.tv_nsec = feeder->pause_ns}, NULL);
    }
    close(feeder->fd);
    return NULL;
}

static void make_pair(int ends[2], bool sockets, int flags)
{
    if (sockets)
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    else
        assert_int_equal(pipe(ends), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(fcntl(ends[i], F_SETFL, flags), 0);
}

static void check_feed(size_t n, size_t piece, long pause_ns, bool sockets, int flags)
{
    int ends[2];
    make_pair(ends, sockets, flags);
    struct feeder feeder = {.fd = ends[1], .n = n, .piece = piece, .pause_ns = pause_ns};
    pthread_t thread;
    pthread_create(&thread, NULL, feed, &feeder);
    weir_vec bytes = {0};
    uint64_t count = 0;
    weir_error error;
    weir_rt *rt = rig_rt(driver);
    weir_state ran = weir_rt_run(
        rt, weir_copy(weir_fd_reader(ends[0], "pipe"), weir_memory_writer(&bytes, 1 << 24)), &count,
        &error);
    assert_int_equal(ran, WEIR_READY);
    assert_int_equal(count, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(((unsigned char *)bytes.items)[i], rig_byte(i));
    assert_int_equal(fcntl(ends[0], F_GETFL) & O_NONBLOCK, flags);
    weir_rt_drop(rt);
    pthread_join(thread, NULL);
    weir_vec_drop(&bytes);
    close(ends[0]);
}

static void fed(void **state)
{
    (void)state;
    for (int sockets = 0; sockets < 2; sockets++)
        for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
            check_feed(0, 1, 0, sockets, flags);
            check_feed(20, 1, 100000, sockets, flags);
            check_feed(700000, 4096, 0, sockets, flags);
        }
}

static void in_flight(void **state)
{
    (void)state;
    for (int how = 0; how < 2; how++) {
        int ends[2];
        make_pair(ends, false, 0);
        weir_rt *rt = rig_rt(driver);
        /* the task is dropped with the runtime while the read waits */
        assert_true(
            weir_rt_spawn(rt, weir_copy(weir_fd_reader(ends[0], "pipe"), weir_null_writer())));
        weir_stream *first = weir_lines(weir_fd_reader(ends[0], "pipe"), 1000);
        /* ... or after it: the chain stays ours */
        assert_true(weir_rt_spawn(rt, weir_count(weir_by_ref(first))));
        if (how)
            weir_rt_stop(rt);
        for (int i = 0; i < 3; i++)
            assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 9)), NULL, NULL), WEIR_READY);
        weir_rt_drop(rt);
        if (!how) { /* and goes on with another runtime */
            assert_int_equal(write(ends[1], "a\nb\n", 4), 4);
            close(ends[1]);
            ends[1] = -1;
            rt = rig_rt(driver);
            uint64_t n = 0;
            assert_int_equal(weir_rt_run(rt, weir_count(weir_by_ref(first)), &n, NULL), WEIR_READY);
            assert_int_equal(n, 2);
            weir_rt_drop(rt);
        }
        weir_drop(first);
        close(ends[0]);
        close(ends[1]);
    }
}

static int read_from;

static bool all_is_read(void)
{
    int left = 1;
    return ioctl(read_from, FIONREAD, &left) == 0 && !left;
}

static void *stop_later(void *arg)
{
    rig_until(all_is_read);
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    weir_rt_stop(arg);
    return NULL;
}

static void stopped_while_waiting(void **state)
{
    (void)state;
    int ends[2];
    make_pair(ends, false, 0);
    assert_int_equal(write(ends[1], "abc", 3), 3);
    weir_rt *rt = rig_rt(driver);
    pthread_t thread;
    read_from = ends[0];
    pthread_create(&thread, NULL, stop_later, rt);
    uint64_t n = 0;
    assert_int_equal(
        weir_rt_run(rt, weir_copy(weir_fd_reader(ends[0], "pipe"), weir_null_writer()), &n, NULL),
        WEIR_READY);
    assert_int_equal(n, 3);
    pthread_join(thread, NULL);
    weir_rt_drop(rt);
    close(ends[0]);
    close(ends[1]);
}

struct drinker {
    int fd;
    size_t n;
    bool same;
};

static void *drink(void *arg)
{
    struct drinker *drinker = arg;
    unsigned char bytes[3000];
    drinker->same = true;
    for (ssize_t got; (got = read(drinker->fd, bytes, sizeof bytes)) != 0;) {
        if (got < 0) {
            poll(&(struct pollfd){.fd = drinker->fd, .events = POLLIN}, 1, 100);
            continue;
        }
        for (ssize_t i = 0; i < got; i++)
            drinker->same &= bytes[i] == rig_byte(drinker->n + (size_t)i);
        drinker->n += (size_t)got;
        nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
    }
    close(drinker->fd);
    return NULL;
}

static void drunk(void **state)
{
    (void)state;
    size_t size = 500000;
    rig_make(rig_path("a"), size);
    for (int sockets = 0; sockets < 2; sockets++)
        for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
            int ends[2];
            make_pair(ends, sockets, flags);
            struct drinker drinker = {.fd = ends[0]};
            pthread_t thread;
            pthread_create(&thread, NULL, drink, &drinker);
            weir_rt *rt = rig_rt(driver);
            uint64_t n = 0;
            assert_int_equal(weir_rt_run(rt,
                                         weir_copy(weir_file_reader(rig_path("a")),
                                                   weir_fd_writer(ends[1], "pipe")),
                                         &n, NULL),
                             WEIR_READY);
            assert_int_equal(n, size);
            assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, flags);
            close(ends[1]);
            pthread_join(thread, NULL);
            assert_int_equal(drinker.n, size);
            assert_true(drinker.same);
            weir_rt_drop(rt);
        }
}

static void readers_gone(void **state)
{
    (void)state;
    for (int sockets = 0; sockets < 2; sockets++) {
        int ends[2];
        make_pair(ends, sockets, 0);
        close(ends[0]);
        weir_rt *rt = rig_rt(driver);
        weir_error error;
        assert_int_equal(weir_rt_run(rt,
                                     weir_copy(weir_memory_reader("abc", 3),
                                               weir_fd_writer(ends[1], "the pipe")),
                                     NULL, &error),
                         WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_CLOSED);
        assert_int_equal(error.number, EPIPE);
        assert_string_equal(error.message, "cannot write: broken pipe");
        assert_string_equal(error.place, "the pipe");
        sigset_t pending; /* and the signal that came with it is gone too */
        sigpending(&pending);
        assert_false(sigismember(&pending, SIGPIPE));
        weir_rt_drop(rt);
        close(ends[1]);
    }
}

/* The writer is dropped while it waits for room. */
static void writers_dropped(void **state)
{
    (void)state;
    int ends[2];
    make_pair(ends, false, O_NONBLOCK);
    rig_make(rig_path("a"), 300000);
    weir_rt *rt = rig_rt(driver);
    assert_true(weir_rt_spawn(
        rt, weir_copy(weir_file_reader(rig_path("a")), weir_fd_writer(ends[1], "pipe"))));
    weir_reader *slow = weir_fd_reader(ends[0], "pipe");
    uint64_t n = 0;
    assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 5)), &n, NULL), WEIR_READY);
    weir_drop(slow);
    weir_rt_drop(rt);
    close(ends[0]);
    close(ends[1]);
}

static void one_reads_what_another_writes(void **state)
{
    (void)state;
    int ends[2];
    make_pair(ends, false, O_NONBLOCK);
    size_t size = 300000;
    rig_make(rig_path("a"), size);
    weir_rt *rt = rig_rt(driver);
    assert_true(weir_rt_spawn(
        rt, weir_copy(weir_file_reader(rig_path("a")), weir_fd_writer(ends[1], "pipe"))));
    assert_true(weir_rt_spawn(
        rt, weir_copy(weir_fd_reader(ends[0], "pipe"), weir_file_writer(rig_path("b"), NULL))));
    weir_rt *other = rig_rt(driver);
    weir_rt_drop(other);
    pthread_t thread;
    pthread_create(&thread, NULL, stop_later, rt);
    int silent[2];
    make_pair(silent, false, 0);
    assert_int_equal(weir_rt_run(rt,
                                 weir_copy(weir_fd_reader(silent[0], "silent"), weir_null_writer()),
                                 NULL, NULL),
                     WEIR_READY);
    pthread_join(thread, NULL);
    weir_rt_drop(rt);
    assert_int_equal(access(rig_path("b"), F_OK), -1); /* cut: it never had its end */
    for (int i = 0; i < 2; i++) {
        close(silent[i]);
        close(ends[i]);
    }
}

int io_pipes(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fed),
        cmocka_unit_test(in_flight),
        cmocka_unit_test(stopped_while_waiting),
        cmocka_unit_test(drunk),
        cmocka_unit_test(readers_gone),
        cmocka_unit_test(writers_dropped),
        cmocka_unit_test(one_reads_what_another_writes),
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, tests, rig_setup, rig_teardown);
    }
    return failed;
}
