/* A runtime and the processes around it: a forked child may not run it, may drop it, and disturbs
 * nothing; nor may a task drop the runtime it runs on. */

#include "../driver/rig.h"
#include "driver/driver.h"
#include "task/worker.h"

#include <sys/wait.h>

static const char *driver;

enum { LINES = 20000 };

static void make_lines(void)
{
    FILE *file = fopen(rig_path("lines"), "w");
    for (int i = 0; i < LINES; i++)
        fprintf(file, "line %d\n", i);
    fclose(file);
}

static weir_state count_lines(weir_rt *rt, uint64_t *n, weir_error *error)
{
    return weir_rt_run(rt, weir_count(weir_lines(weir_file_reader(rig_path("lines")), 100)), n,
                       error);
}

/* The child's exit code, or -signal. */
static int code_of(pid_t child)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int in_child(weir_rt *rt)
{
    weir_error error;
    uint64_t n = 0;
    alarm(20);
    if (count_lines(rt, &n, &error) != WEIR_ERROR || error.code != WEIR_E_ARGUMENT)
        return 1;
    if (strcmp(error.message, "the runtime was made by another process: this one forked") != 0)
        return 2;
    if (!error.cure || count_lines(rt, &n, NULL) != WEIR_ERROR)
        return 3;
    weir_rt_drop(rt);
    rt = rig_rt(driver); /* the cure */
    if (count_lines(rt, &n, NULL) != WEIR_READY || n != LINES)
        return 4;
    weir_rt_drop(rt);
    return 0;
}

static void children_have_their_own(void **state)
{
    (void)state;
    make_lines();
    weir_rt *rt = rig_rt(driver);
    uint64_t n = 0;
    assert_int_equal(count_lines(rt, &n, NULL), WEIR_READY);
    for (int round = 0; round < 3; round++) {
        pid_t child = fork();
        if (!child)
            _exit(in_child(rt));
        for (int i = 0; i < 10; i++) {
            assert_int_equal(count_lines(rt, &n, NULL), WEIR_READY);
            assert_int_equal(n, LINES);
        }
        assert_int_equal(code_of(child), 0);
    }
    weir_rt_drop(rt);
}

/* Yields `left` times. */
static weir_poll yields(void *arg, weir_cx *cx, void *out, size_t demand)
{
    unsigned *left = arg;
    (void)demand;
    if (*left && (*left)--)
        return weir_wait_turn(cx);
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void some_turns(weir_rt *rt)
{
    unsigned left = 20;
    assert_int_equal(weir_rt_run(rt, weir_future_fn(&weir_type_i64, yields, &left), NULL, NULL),
                     WEIR_READY);
}

/* What is asked of the kernel's side, which parent and child share. */
static struct {
    weir_sys sys;
    unsigned calls;
} shared;

static int shared_submit(const weir_sys *sys, struct io_uring *ring)
{
    shared.calls++;
    return sys->base->ring_submit(sys->base, ring);
}

static int shared_wait(const weir_sys *sys, struct io_uring *ring, uint64_t timeout_ns)
{
    shared.calls++;
    return sys->base->ring_wait(sys->base, ring, timeout_ns);
}

static int shared_ctl(const weir_sys *sys, int epoll, int op, int fd, struct epoll_event *event)
{
    shared.calls++;
    return sys->base->epoll_ctl(sys->base, epoll, op, fd, event);
}

static weir_rt *shared_rt(void)
{
    weir_sys_wrap(&shared.sys, NULL);
    shared.sys.ring_submit = shared_submit;
    shared.sys.ring_wait = shared_wait;
    shared.sys.epoll_ctl = shared_ctl;
    return weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &shared.sys}, NULL);
}

static unsigned told; /* of partial files */

static void on_partial(void *arg, const char *path, int number)
{
    (void)arg;
    (void)path;
    (void)number;
    told++;
}

/* The child drops what waits, is queued, or is being written: the parent's operations go on, and
 * its file is not given up. */
static void children_drop_what_is_in_flight(void **state)
{
    (void)state;
    static const weir_file_options keep = {
        .size = sizeof keep, .keep_partial = true, .on_partial = on_partial};
    for (int how = 0; how < 4; how++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        rig_write(rig_path("copy"), "old", 3);
        weir_rt *rt = shared_rt();
        weir_stream *copy = weir_copy(weir_fd_reader(ends[0], "pipe"),
                                      weir_file_writer(rig_path("copy"), how & 1 ? &keep : NULL));
        assert_true(weir_rt_spawn(rt, weir_by_ref(copy)));
        assert_int_equal(write(ends[1], "first ", 6), 6);
        some_turns(rt);
        some_turns(rt);
        pid_t child = fork();
        if (!child) {
            alarm(20);
            shared.calls = 0;
            if (how & 2)
                weir_drop(copy);
            weir_rt_drop(rt);
            if (!(how & 2))
                weir_drop(copy);
            _exit(shared.calls != 0 || told);
        }
        assert_int_equal(code_of(child), 0);
        assert_int_equal(write(ends[1], "second", 6), 6);
        close(ends[1]);
        weir_error error;
        uint64_t n = 0;
        assert_int_equal(weir_rt_run(rt, weir_by_ref(copy), &n, &error), WEIR_READY);
        assert_int_equal(n, 12);
        assert_true(rig_is(rig_path("copy"), "first second", 12));
        assert_int_equal(rig_entries("partial"), 0);
        weir_rt_drop(rt);
        weir_drop(copy);
        close(ends[0]);
    }
}

/* ---- dropped inside ---- */

static weir_poll drop_it(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg;
    (void)demand;
    weir_rt_drop(cx->rt);
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void dropped_by_a_task(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (!child) {
        dup2(ends[1], STDERR_FILENO);
        weir_rt *rt = rig_rt(driver);
        weir_rt_run(rt, weir_future_fn(&weir_type_i64, drop_it, NULL), NULL, NULL);
        _exit(0);
    }
    close(ends[1]);
    char said[200] = "";
    ssize_t n = read(ends[0], said, sizeof said - 1);
    assert_true(n > 0);
    assert_int_equal(code_of(child), -SIGABRT);
    assert_string_equal(
        said, "weir: misuse: weir_rt_drop was called inside of one of the runtime's tasks\n");
    close(ends[0]);
}

int driver_processes(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_have_their_own),
        cmocka_unit_test(children_drop_what_is_in_flight),
        cmocka_unit_test(dropped_by_a_task),
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, tests, rig_setup, rig_teardown);
    }
    return failed;
}
