/* Several workers: what a runtime refuses, a process that forked, and workers that cannot begin. */

#include <sys/wait.h>

#include "jobs.h"

static int64_t same(int64_t n, void *arg)
{
    (void)arg;
    return n;
}
WEIR_MAP_FN(same_fn, same, int64_t, int64_t)

/* ---- limits ---- */

enum { MOST = 50 };

static bool spawn_to_the_limit(int *more, int64_t *refused, weir_error *error)
{
    static weir_stream *handles[2 * MOST];
    *refused = 0;
    for (int i = 0; i < MOST + *more; i++)
        handles[i] = weir_spawn(job_for_ever(0));
    for (int i = 0; i < MOST + *more; i++)
        weir_cancel(handles[i]);
    for (int i = 0; i < MOST + *more; i++) {
        if (weir_await(handles[i], NULL, error) != WEIR_ERROR)
            return false;
        *refused += error->code == WEIR_E_LIMIT;
    }
    return true;
}
WEIR_FIBER_FN(spawn_to_the_limit_fn, spawn_to_the_limit, int, int64_t)

/* Those that are run by weir_rt_run() do not count. */
static void tasks_have_a_limit(void **state)
{
    (void)state;
    for (uint32_t workers = 1; workers <= 2; workers++) {
        weir_rt *rt = weir_rt_new(
            &WEIR_RT_OPTIONS(.driver = "epoll", .workers = workers, .tasks_max = MOST), NULL);
        weir_error error;
        if (workers == 1) { /* weir_spawn() knows the runtime inside of its tasks */
            for (int i = 0; i < 100; i++)
                assert_int_equal(weir_rt_run(rt, job(0), NULL, NULL), WEIR_READY);
        }
        for (int more = 0; more < 6; more += 5) {
            int64_t refused = -1;
            weir_state state_of =
                weir_rt_run(rt, weir_fiber(&spawn_to_the_limit_fn, &more, NULL), &refused, &error);
            assert_int_equal(state_of, WEIR_READY);
            if (workers == 1)
                assert_int_equal(refused, more);
        }
        weir_rt_drop(rt);
    }
}

static void the_limit_has_a_message(void **state)
{
    (void)state;
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll", .tasks_max = 1), NULL);
    weir_stream *first = weir_worker_spawn(weir_rt_worker(rt), job_for_ever(0));
    weir_stream *second = weir_worker_spawn(weir_rt_worker(rt), job(0));
    assert_false(weir_rt_spawn(rt, job(0)));
    assert_int_equal(weir_rt_run(rt, second, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_string_equal(error.message, "spawn: the runtime has its 1 tasks already");
    weir_cancel(first);
    weir_drop(first);
    assert_true(weir_rt_spawn(rt, job(0)));
    weir_rt_drop(rt);
}

/* ---- processors that several runtimes would like to have ---- */

static void use_workers(weir_rt *rt)
{
    weir_stream *numbers = weir_par_map(weir_range(0, 100), &same_fn, NULL, 4, NULL);
    assert_int_equal(weir_rt_run(rt, weir_count(numbers), NULL, NULL), WEIR_READY);
}

static uint32_t workers_of_another(uint32_t asked)
{
    weir_rt *rt = runtime("epoll", asked);
    use_workers(rt);
    uint32_t n = weir_rt_workers(rt);
    weir_rt_drop(rt);
    return n;
}

static void one_runtime_has_them_unasked(void **state)
{
    (void)state;
    weir_thread_end();
    weir_rt *rt = runtime("epoll", 0);
    assert_int_equal(weir_rt_workers(rt), 1);
    assert_true(workers_of_another(0) >= 1); /* nobody has them yet */
    use_workers(rt);
    uint32_t cores = weir_rt_workers(rt);
    assert_int_equal(workers_of_another(0), 1);
    assert_int_equal(workers_of_another(3), 3);
    pid_t child = TSAN ? 0 : fork();
    if (!child && !TSAN) {
        alarm(20);
        _exit(workers_of_another(0) == cores ? 0 : 1);
    }
    int status = 0;
    assert_true(TSAN || (waitpid(child, &status, 0) == child && status == 0));
    weir_rt_drop(rt);
    assert_int_equal(workers_of_another(0), cores);
}

/* ---- forks ---- */

static weir_rt *forked;

static bool fork_in_the_middle(int *ignored, int64_t *status, weir_error *error)
{
    weir_stream *waits = weir_spawn(job_for_ever(0));
    int result = 0;
    (void)ignored;
    for (int i = 0; i < 50; i++)
        weir_drop(weir_spawn(job(i % 3)));
    pid_t child = fork();
    if (!child) {
        alarm(20);
        _exit(weir_rt_stopping(forked) ? 1 : 0);
    }
    /* weir-lint: allow(blocking_in_async) the child has an alarm */
    waitpid(child, &result, 0);
    *status = result;
    weir_cancel(waits);
    return weir_await(waits, NULL, error) == WEIR_ERROR;
}
WEIR_FIBER_FN(fork_in_the_middle_fn, fork_in_the_middle, int, int64_t)

static void fork_on(weir_rt *rt, uint32_t workers)
{
    int64_t status;
    (void)workers;
    forked = rt;
    assert_int_equal(
        weir_rt_run(rt, weir_fiber(&fork_in_the_middle_fn, &(int){0}, NULL), &status, NULL),
        WEIR_READY);
    assert_int_equal(status, 0);
    assert_true(weir_rt_spawn(rt, job_for_ever(0)));
    assert_true(weir_rt_spawn(rt, job_for_ever(0)));
    pid_t child = fork();
    if (!child) {
        weir_error error;
        alarm(20);
        bool refused = weir_rt_run(rt, job(0), NULL, &error) == WEIR_ERROR;
        weir_rt_drop(rt);
        _exit(refused && error.code == WEIR_E_ARGUMENT ? 0 : 1);
    }
    int result = 0;
    waitpid(child, &result, 0);
    assert_int_equal(result, 0);
    assert_int_equal(weir_rt_run(rt, job(1), NULL, NULL), WEIR_READY);
    weir_rt_drop(rt);
}

static void forks_leave_the_workers_alone(void **state)
{
    (void)state;
    if (!TSAN) /* it allows no threads after a fork */
        with_each(fork_on);
}

/* ---- what fails ---- */

static void each_allocation_fails(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        weir_error error = {0};
        bool made = false;
        for (unsigned long fail_at = 1; !made; fail_at++) {
            memory_begin(fail_at, false);
            weir_rt *rt =
                weir_rt_new(&WEIR_RT_OPTIONS(.driver = rig_drivers[d], .workers = 3), &error);
            made = rt && !memory.failed;
            assert_true(rt || error.code == WEIR_E_MEMORY || error.code == WEIR_E_SYSTEM);
            weir_rt_drop(rt);
            assert_int_equal(memory_end(), 0);
            assert_true(fail_at < 200);
        }
    }
}

static struct {
    weir_sys sys;
    int fail_at, calls, open;
} failing;

static bool fails_now(void)
{
    return __atomic_add_fetch(&failing.calls, 1, __ATOMIC_RELAXED) == failing.fail_at;
}

static int eventfd_or_not(const weir_sys *sys, int flags)
{
    return fails_now() ? -EMFILE : sys->base->eventfd(sys->base, flags);
}

static int epoll_or_not(const weir_sys *sys, int flags)
{
    return fails_now() ? -EMFILE : sys->base->epoll_create(sys->base, flags);
}

static unsigned descriptors(void)
{
    unsigned n = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static void each_descriptor_fails(void **state)
{
    (void)state;
    weir_error error;
    bool made = false;
    unsigned before = descriptors();
    for (int fail_at = 1; !made; fail_at++) {
        weir_sys_wrap(&failing.sys, NULL);
        failing.sys.eventfd = eventfd_or_not;
        failing.sys.epoll_create = epoll_or_not;
        failing.calls = 0;
        failing.fail_at = fail_at;
        memory_begin(0, false);
        weir_rt *rt = weir_rt_new(
            &WEIR_RT_OPTIONS(.driver = "epoll", .workers = 3, .sys = &failing.sys), &error);
        made = failing.calls < fail_at;
        assert_int_equal(!rt, !made);
        if (!rt) {
            assert_int_equal(error.code, WEIR_E_SYSTEM);
            assert_int_equal(error.number, EMFILE);
        }
        weir_rt_drop(rt);
        assert_int_equal(memory_end(), 0);
        assert_int_equal(descriptors(), before);
        assert_true(fail_at < 20);
    }
}

/* The default size of a stack that no thread can have. */
static void no_thread_can_be_made(void **state)
{
    (void)state;
    pthread_attr_t usual, huge;
    weir_error error = {0};
    unsigned before = descriptors();
    pthread_getattr_default_np(&usual);
    pthread_attr_init(&huge);
    if (TSAN || pthread_attr_setstacksize(&huge, (size_t)1 << 46) ||
        pthread_setattr_default_np(&huge))
        return;
    memory_begin(0, false);
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll", .workers = 2), &error);
    pthread_setattr_default_np(&usual);
    assert_null(rt);
    assert_int_equal(error.code, WEIR_E_SYSTEM);
    assert_non_null(strstr(error.message, "no thread for worker 2 of a runtime"));
    assert_non_null(error.cure);
    assert_int_equal(memory_end(), 0);
    assert_int_equal(descriptors(), before);
    pthread_attr_destroy(&huge);
    pthread_attr_destroy(&usual);
}

int task_workers_refused(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_have_a_limit),
        cmocka_unit_test(the_limit_has_a_message),
        cmocka_unit_test(one_runtime_has_them_unasked),
        cmocka_unit_test(forks_leave_the_workers_alone),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(each_descriptor_fails),
        cmocka_unit_test(no_thread_can_be_made),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
