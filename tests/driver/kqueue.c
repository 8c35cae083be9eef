/* The kqueue driver over a kevent() that is scripted: which changes it is given and when, and what
 * comes of what it answers, for descriptors that are borrowed. */

#include "kqueue_said.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

static void waits_for(weir_driver *driver, weir_io *io, int fd, unsigned events)
{
    *io = (weir_io){.kind = WEIR_IO_POLL, .fd = fd, .events = events};
    weir_io_submit(driver, io);
    assert_int_equal(io->state, WEIR_IO_FLYING);
}

/* ---- changes ---- */

static void changes_go_with_the_wait(void **state)
{
    (void)state;
    weir_driver *driver = begin();
    int ends[2];
    make_full_pair(ends);
    weir_io in[3], out;
    for (int i = 0; i < 3; i++)
        waits_for(driver, &in[i], ends[0], POLLIN);
    waits_for(driver, &out, ends[0], POLLOUT);
    assert_int_equal(said.calls, 0);
    assert_int_equal(told(driver, 5000), 2); /* four operations */
    assert_int_equal(said.calls, 1);
    assert_true(is_change(0, ends[0], EVFILT_READ, EV_ADD | EV_ONESHOT));
    assert_true(is_change(1, ends[0], EVFILT_WRITE, EV_ADD | EV_ONESHOT));
    assert_int_equal(told(driver, 5000), 0); /* they hold */
    hears(ends[0], EVFILT_READ, EV_ONESHOT, 1);
    assert_int_equal(told(driver, 5000), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(in[i].result, POLLIN);
    assert_int_equal(out.state, WEIR_IO_FLYING);
    assert_int_equal(told(driver, 5000), 0); /* nobody waits to read any more */
    hears(ends[0], EVFILT_WRITE, EV_ONESHOT, 1);
    assert_int_equal(told(driver, 5000), 0);
    assert_int_equal(out.result, POLLOUT);
    end(driver);
    close_pair(ends);
}

/* What was given up before the kernel knew of it is never said. */
static void what_is_given_up_is_not_told(void **state)
{
    (void)state;
    weir_driver *driver = begin();
    int ends[2];
    make_pair(ends);
    weir_io first, second;
    waits_for(driver, &first, ends[0], POLLIN);
    waits_for(driver, &second, ends[1], POLLIN);
    driver->ops->cancel(driver, &first);
    assert_int_equal(first.result, -ECANCELED);
    assert_int_equal(told(driver, 5000), 1);
    assert_true(is_change(0, ends[1], EVFILT_READ, EV_ADD | EV_ONESHOT));
    driver->ops->cancel(driver, &second);
    hears(ends[1], EVFILT_READ, EV_ONESHOT, 1); /* nobody's */
    assert_int_equal(told(driver, 5000), 0);
    assert_int_equal(told(driver, 0), -1); /* nor is the kernel asked for what nobody waits for */
    end(driver);
    close_pair(ends);
}

/* A note that tells once is gone then; who still waits has it made again. */
static void notes_are_made_again(void **state)
{
    (void)state;
    weir_driver *driver = begin();
    int ends[2];
    make_pair(ends);
    char bytes[2][8];
    weir_io reads[2];
    for (int i = 0; i < 2; i++) {
        reads[i] = (weir_io){
            .kind = WEIR_IO_READ, .fd = ends[0], .out = bytes[i], .n = 8, .offset = WEIR_IO_HERE};
        weir_io_submit(driver, &reads[i]);
    }
    assert_int_equal(told(driver, 5000), 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(write(ends[1], "x", 1), 1);
        hears(ends[0], EVFILT_READ, EV_ONESHOT, 1);
        assert_int_equal(told(driver, 5000), i); /* one takes what is there, the other waits on */
        assert_int_equal(reads[i].result, 1);
        assert_int_equal(weir_io_busy(&reads[1]), !i);
    }
    hears(ends[0], EVFILT_READ, EV_ONESHOT, 1);
    assert_int_equal(told(driver, 5000), 0);
    end(driver);
    close_pair(ends);
}

/* Who waits for the end alone is not told of all that comes before it again and again. */
static void ends_alone(void **state)
{
    (void)state;
    weir_driver *driver = begin();
    int ends[2];
    make_pair(ends);
    weir_io gone, in;
    waits_for(driver, &gone, ends[0], POLLRDHUP);
    assert_int_equal(told(driver, 5000), 1);
    assert_true(is_change(0, ends[0], EVFILT_READ, EV_ADD | EV_CLEAR));
    hears(ends[0], EVFILT_READ, EV_CLEAR, 5);
    assert_int_equal(told(driver, 5000), 0);
    assert_int_equal(told(driver, 5000), 0); /* it stays */
    waits_for(driver, &in, ends[0], POLLIN); /* a note keeps its flags: another one is wanted */
    assert_int_equal(told(driver, 5000), 2);
    assert_true(is_change(0, ends[0], EVFILT_READ, EV_DELETE));
    assert_true(is_change(1, ends[0], EVFILT_READ, EV_ADD | EV_ONESHOT));
    hears(ends[0], EVFILT_READ, EV_ONESHOT, 5);
    assert_int_equal(told(driver, 5000), 0);
    assert_int_equal(in.result, POLLIN);
    assert_int_equal(told(driver, 5000), 1);
    assert_true(is_change(0, ends[0], EVFILT_READ, EV_ADD | EV_CLEAR));
    hears(ends[0], EVFILT_READ, EV_CLEAR | EV_EOF, 5);
    assert_int_equal(told(driver, 5000), 0);
    assert_int_equal(gone.result, POLLIN | POLLRDHUP);
    assert_int_equal(told(driver, 5000), 1); /* nobody waits: it is taken out */
    assert_true(is_change(0, ends[0], EVFILT_READ, EV_DELETE));
    hears(ends[0], EVFILT_READ, EV_ERROR, ENOENT); /* with its file, meanwhile */
    assert_int_equal(told(driver, 5000), 0);
    end(driver);
    close_pair(ends);
}

/* More than one call takes: only the last of them sleeps, and none behind one that found something.
 */
static void more_than_one_call(void **state)
{
    (void)state;
    enum { PAIRS = 40 };
    weir_driver *driver = begin();
    int ends[PAIRS][2];
    weir_io in[PAIRS], out[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        make_full_pair(ends[i]);
        waits_for(driver, &in[i], ends[i][0], POLLIN);
        waits_for(driver, &out[i], ends[i][0], POLLOUT);
    }
    hears(ends[3][0], EVFILT_READ, EV_ONESHOT, 1);
    assert_int_equal(told(driver, 5000), 62); /* room for four is kept, a descriptor's most */
    assert_int_equal(said.timeout_ns, 0);
    assert_int_equal(said.calls, 1);
    assert_int_equal(in[3].result, POLLIN);
    assert_int_equal(told(driver, 5000), 18);
    assert_int_equal(said.timeout_ns, 5000);
    assert_int_equal(said.calls, 2);
    end(driver);
    for (int i = 0; i < PAIRS; i++)
        close_pair(ends[i]);
}

/* ---- time ---- */

/* A system that cuts off what is less than a microsecond shall not wake too early. */
static void timeouts_are_rounded_up(void **state)
{
    (void)state;
    static const uint64_t cases[][2] = {{1, 1000},          {999, 1000},
                                        {1000, 1000},       {1001, 2000},
                                        {1999999, 2000000}, {WEIR_FOREVER, 3600000000000u}};
    weir_driver *driver = begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(told(driver, cases[i][0]), 0);
        assert_int_equal(said.timeout_ns, cases[i][1]);
    }
    assert_int_equal(told(driver, 0), -1); /* no call at all */
    said.through = true;
    const weir_sys *sys = &weir_sys_posix;
    for (int i = 0; i < 20; i++) {
        uint64_t begun_ns = sys->now_ns(sys);
        assert_int_equal(weir_driver_wait(driver, 100999), 0);
        assert_true(sys->now_ns(sys) - begun_ns >= 100999);
    }
    end(driver);
}

/* ---- refusals ---- */

static void one_change_is_refused(void **state)
{
    (void)state;
    static const struct {
        int error, result;
    } cases[] = {{EBADF, -EBADF}, {ENOMEM, -ENOMEM}, {EINVAL, POLLIN}, {ENODEV, POLLIN}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        weir_driver *driver = begin();
        int ends[3][2];
        weir_io in[3];
        for (int k = 0; k < 3; k++) {
            make_pair(ends[k]);
            waits_for(driver, &in[k], ends[k][0], POLLIN);
        }
        hears(ends[1][0], EVFILT_READ, EV_ERROR, cases[i].error);
        assert_int_equal(told(driver, 5000), 3);
        assert_int_equal(in[1].result, cases[i].result); /* kinds of files without it never wait */
        assert_int_equal(in[0].state, WEIR_IO_FLYING);
        assert_int_equal(in[2].state, WEIR_IO_FLYING);
        assert_int_equal(told(driver, 5000), 0);
        hears(ends[2][0], EVFILT_READ, EV_ONESHOT, 1);
        hears(ends[0][0], EVFILT_READ, EV_ONESHOT, 1);
        assert_int_equal(told(driver, 5000), 0);
        assert_int_equal(in[0].result, POLLIN);
        assert_int_equal(in[2].result, POLLIN);
        end(driver);
        for (int k = 0; k < 3; k++)
            close_pair(ends[k]);
    }
}

/* The one side of a descriptor; the other waits on. */
static void one_side_is_refused(void **state)
{
    (void)state;
    for (int broken = 0; broken < 2; broken++) {
        weir_driver *driver = begin();
        int ends[2];
        make_full_pair(ends);
        weir_io in, out;
        waits_for(driver, &in, ends[0], POLLIN);
        waits_for(driver, &out, ends[0], POLLOUT);
        hears(ends[0], EVFILT_WRITE, EV_ERROR, broken ? EPIPE : ENOMEM);
        assert_int_equal(told(driver, 5000), 2);
        assert_int_equal(out.result,
                         broken ? POLLOUT : -ENOMEM); /* the write tells what is wrong */
        assert_int_equal(in.state, WEIR_IO_FLYING);
        end(driver);
        assert_int_equal(in.result, -ECANCELED);
        close_pair(ends);
    }
}

/* Nobody knows what was done of them: they are said once more. */
static void the_call_is_refused(void **state)
{
    (void)state;
    static const int errors[] = {-EINTR, -ENOMEM, -EIO};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        weir_driver *driver = begin();
        int ends[2];
        make_full_pair(ends);
        weir_io in, out;
        waits_for(driver, &in, ends[0], POLLIN);
        waits_for(driver, &out, ends[0], POLLOUT);
        said.error = errors[i];
        int got = weir_driver_wait(driver, 5000);
        assert_int_equal(got, errors[i] == -EINTR ? 0 : errors[i]);
        assert_int_equal(said.changes_n, 2);
        assert_int_equal(in.state, WEIR_IO_FLYING);
        said.error = 0;
        hears(ends[0], EVFILT_READ, EV_ONESHOT, 1);
        assert_int_equal(told(driver, 5000), 2);
        assert_true(is_change(0, ends[0], EVFILT_READ, EV_ADD | EV_ONESHOT));
        assert_int_equal(in.result, POLLIN);
        end(driver);
        close_pair(ends);
    }
}

static int refuse_queue(const weir_sys *sys)
{
    (void)sys;
    return -EMFILE;
}

static void it_is_tried(void **state)
{
    (void)state;
    static const struct {
        const char *call;
        int error, refused; /* the call, or its change */
    } cases[] = {{"kqueue", 0, 0}, {"kevent", -ENOMEM, 0}, {"kevent", 0, EINVAL}};
    static const int numbers[] = {-EMFILE, -ENOMEM, -EINVAL};
    for (size_t i = 0; i < 3; i++) {
        memset(&said, 0, sizeof said);
        weir_sys_wrap(&said.sys, NULL);
        said.sys.kevent = said_kevent;
        said.sys.kqueue = i == 0 ? refuse_queue : said.sys.kqueue;
        said.error = cases[i].error;
        if (cases[i].refused)
            hears(9, EVFILT_READ, EV_ERROR, cases[i].refused);
        unsigned fds = rig_open_fds();
        struct weir_refusal why = {NULL, 0};
        weir_driver_config config = {.sys = &said.sys, .interrupt_fd = 9};
        assert_null(weir_driver_kqueue(&config, &why));
        assert_string_equal(why.call, cases[i].call);
        assert_int_equal(why.error, numbers[i]);
        assert_int_equal(rig_open_fds(), fds);
    }
}

/* ---- lent ---- */

/* Whoever waits for the descriptor is no wait of ours: it must find all that is to be waited for,
 * and no event may be taken off it. */
static void lending_tells_of_changes(void **state)
{
    (void)state;
    weir_driver *driver = begin();
    int ends[2];
    make_pair(ends);
    weir_io in;
    struct pollfd raised = {.fd = driver->interrupt_fd, .events = POLLIN};
    waits_for(driver, &in, ends[0], POLLIN);
    int fd = driver->ops->lend(driver);
    assert_true(fd >= 0);
    assert_int_equal(said.calls, 1);
    assert_true(is_change(0, ends[0], EVFILT_READ, EV_ADD | EV_ONESHOT | EV_RECEIPT));
    assert_int_equal(driver->ops->lend(driver), fd);
    assert_int_equal(said.calls, 1);
    assert_int_equal(poll(&raised, 1, 0), 0);
    hears(ends[0], EVFILT_READ, EV_ONESHOT, 1);
    assert_int_equal(told(driver, 0), 0); /* though it does not wait */
    assert_int_equal(in.result, POLLIN);
    waits_for(driver, &in, ends[0], POLLIN);
    hears(ends[0], EVFILT_READ, EV_ERROR, ENOMEM);
    assert_int_equal(driver->ops->lend(driver), fd);
    assert_int_equal(in.state, WEIR_IO_FLYING); /* nobody would notice now: a turn is called for */
    assert_int_equal(poll(&raised, 1, 0), 1);
    hears(ends[0], EVFILT_READ, EV_ERROR, ENOMEM);
    assert_int_equal(told(driver, 0), 1);
    assert_int_equal(in.result, -ENOMEM);
    end(driver);
    close_pair(ends);
}

/* ---- wakes ---- */

static void *raise_it(void *arg)
{
    usleep(20000);
    weir_interrupt_raise(((weir_driver *)arg)->interrupt_fd);
    return NULL;
}

static int signalled_fd;

static void on_signal(int signo)
{
    (void)signo;
    weir_interrupt_raise(signalled_fd);
}

static void others_wake_it(void **state)
{
    (void)state;
    const weir_sys *sys = &weir_sys_posix;
    for (int way = 0; way < 3; way++) {
        weir_driver *driver = begin();
        said.through = true;
        pthread_t thread;
        signalled_fd = driver->interrupt_fd;
        errno = 7;
        if (way == 0)
            assert_int_equal(pthread_create(&thread, NULL, raise_it, driver), 0);
        else if (way == 1)
            assert_int_equal(raise((signal(SIGUSR1, on_signal), SIGUSR1)), 0);
        else
            weir_interrupt_raise(signalled_fd), weir_interrupt_raise(signalled_fd);
        assert_int_equal(errno, 7);
        uint64_t begun_ns = sys->now_ns(sys);
        assert_int_equal(weir_driver_wait(driver, 10000000000u), 0);
        assert_true(sys->now_ns(sys) - begun_ns < 5000000000u);
        struct pollfd raised = {.fd = driver->interrupt_fd, .events = POLLIN};
        assert_int_equal(poll(&raised, 1, 0), 0); /* once for all of them */
        if (way == 0)
            pthread_join(thread, NULL);
        end(driver);
    }
    signal(SIGUSR1, SIG_DFL);
}

/* The child of a fork has neither queue; their numbers may be its own files. */
static void children_close_nothing(void **state)
{
    (void)state;
    weir_driver *driver = begin();
    unsigned forks = weir_forks();
    int queue = driver->ops->lend(driver), interrupt_fd = driver->interrupt_fd;
    pid_t child = fork();
    if (!child) {
        int top = queue > interrupt_fd ? queue : interrupt_fd, fd;
        do
            fd = open("/dev/null", O_RDONLY);
        while (fd >= 0 && fd < top);
        weir_driver_drop(driver);
        weir_interrupt_close(interrupt_fd, forks);
        _exit(fcntl(queue, F_GETFD) < 0 || fcntl(interrupt_fd, F_GETFD) < 0);
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    end(driver);
}

int driver_kqueue(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_go_with_the_wait), cmocka_unit_test(what_is_given_up_is_not_told),
        cmocka_unit_test(notes_are_made_again),     cmocka_unit_test(ends_alone),
        cmocka_unit_test(more_than_one_call),       cmocka_unit_test(timeouts_are_rounded_up),
        cmocka_unit_test(one_change_is_refused),    cmocka_unit_test(one_side_is_refused),
        cmocka_unit_test(the_call_is_refused),      cmocka_unit_test(it_is_tried),
        cmocka_unit_test(lending_tells_of_changes), cmocka_unit_test(others_wake_it),
        cmocka_unit_test(children_close_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
