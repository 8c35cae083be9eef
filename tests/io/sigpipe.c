/* SIGPIPE: an error and no signal, whoever blocked, ignored or raised it before; and the mask of a
 * task is its own. */

#include "ends.h"
#include "io/sigpipe.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

static const char *driver;

static bool is_blocked(int signal)
{
    sigset_t now;
    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &now), 0);
    return sigismember(&now, signal) == 1;
}

static bool is_pending(void)
{
    sigset_t now;
    assert_int_equal(sigpending(&now), 0);
    return sigismember(&now, SIGPIPE) == 1;
}

static void set_mask(int how, int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    assert_int_equal(pthread_sigmask(how, &set, NULL), 0);
}

static weir_poll in_a_task(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg;
    (void)cx;
    (void)demand;
    assert_false(is_blocked(SIGPIPE)); /* nor do processes inherit it that are started here */
    set_mask(SIG_BLOCK, SIGUSR1);
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void masks_are_the_tasks(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_stream *task = weir_future_fn(&weir_type_i64, in_a_task, NULL);
    assert_int_equal(weir_rt_run(rt, task, NULL, NULL), WEIR_READY);
    assert_true(is_blocked(SIGUSR1));
    set_mask(SIG_UNBLOCK, SIGUSR1);
    weir_rt_drop(rt);
}

static void write_to_nobody(enum ends_kind kind, bool old_kernel)
{
    int ends[2];
    ends_make(kind, ends);
    close(ends[0]);
    weir_rt *rt = ends_rt(driver, old_kernel);
    weir_error error;
    weir_stream *copy = weir_copy(weir_memory_reader("abc", 3), weir_fd_writer(ends[1], "gone"));
    assert_int_equal(weir_rt_run(rt, copy, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_CLOSED);
    assert_int_equal(error.number, EPIPE);
    weir_rt_drop(rt);
    close(ends[1]);
}

static void write_to_nobody_at_all(void)
{
    for (int kind = 0; kind <= ENDS_FIFO; kind++)
        for (int old_kernel = 0; old_kernel < 2; old_kernel++)
            write_to_nobody((enum ends_kind)kind, old_kernel);
}

static void broken_pipes_are_errors(void **state)
{
    (void)state;
    write_to_nobody_at_all();
    assert_false(is_blocked(SIGPIPE));
    assert_false(is_pending());
}

/* Blocked by the program: what we raised is taken away, what was pending before stays. */
static void blocked_before(void **state)
{
    (void)state;
    set_mask(SIG_BLOCK, SIGPIPE);
    write_to_nobody_at_all();
    assert_true(is_blocked(SIGPIPE));
    assert_false(is_pending());
    raise(SIGPIPE);
    write_to_nobody_at_all();
    assert_true(is_blocked(SIGPIPE));
    assert_true(is_pending());
    signal(SIGPIPE, SIG_IGN); /* takes it away */
    set_mask(SIG_UNBLOCK, SIGPIPE);
    write_to_nobody_at_all();
    assert_false(is_pending());
    signal(SIGPIPE, SIG_DFL);
}

/* The pipe breaks after some pieces of one write have gone. */
static struct {
    weir_sys sys;
    int *reader;
    unsigned writes;
} breaking;

static int64_t break_at_third(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    if (++breaking.writes == 3)
        close(*breaking.reader);
    return sys->base->write(sys->base, fd, bytes, n);
}

static void broken_between_pieces(void **state)
{
    (void)state;
    int ends[2];
    ends_make(ENDS_PIPE, ends);
    weir_sys_wrap(&breaking.sys, NULL);
    breaking.sys.write_now = ends_refuse_write;
    breaking.sys.write = break_at_third;
    assert_int_equal(write(ends[1], "x", 1), 1); /* an empty one takes all at once */
    breaking.reader = &ends[0];
    breaking.writes = 0;
    unsigned char *bytes = rig_bytes(50000);
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &breaking.sys}, NULL);
    weir_error error;
    weir_stream *copy =
        weir_copy(weir_memory_reader(bytes, 50000), weir_fd_writer(ends[1], "pipe"));
    assert_int_equal(weir_rt_run(rt, copy, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, EPIPE);
    assert_int_equal(error.byte, 8192);
    assert_false(is_pending());
    weir_rt_drop(rt);
    free(bytes);
    close(ends[1]);
}

/* A program without handlers must live through it; the signal's default ends it. */
static void the_process_lives(void **state)
{
    (void)state;
    pid_t child = fork();
    if (!child) {
        signal(SIGPIPE, SIG_DFL);
        write_to_nobody_at_all();
        _exit(7);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

int io_sigpipe(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_are_the_tasks), cmocka_unit_test(broken_pipes_are_errors),
        cmocka_unit_test(blocked_before),      cmocka_unit_test(broken_between_pieces),
        cmocka_unit_test(the_process_lives),
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, tests, rig_setup, rig_teardown);
    }
    return failed;
}
