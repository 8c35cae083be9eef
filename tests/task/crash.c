/* A function that crashes is named with its task and worker, and the program dies of that signal.
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "doubles.h"
#include "task/tools.h"
#include "waits.h"

static volatile char *volatile nowhere; /* NULL: SIGSEGV; behind the end of a file: SIGBUS */

static void crash(int64_t item, void *arg)
{
    (void)arg;
    if (item == 77)
        *nowhere = 1;
}
WEIR_EACH_FN(crash_fn, crash, int64_t)

WEIR_PAR_FN(crash_waiting, int64_t, item, void *, arg)
{
    if (weir_pause())
        crash(item, arg);
}

/* The first thread looked while cmocka had handlers. */
static void on_a_thread(void *(*run)(void *unused))
{
    static const int signals[] = {SIGBUS, SIGFPE, SIGILL, SIGSEGV};
    pthread_t thread;
    for (size_t i = 0; i < 4; i++)
        signal(signals[i], SIG_DFL);
    if (!pthread_create(&thread, NULL, run, NULL))
        pthread_join(thread, NULL);
}

static void *run_plain(void *unused)
{
    weir_run(weir_par_for_each(weir_range(0, 100), &crash_fn, NULL, 4, NULL), NULL, NULL);
    return unused;
}

static void *run_waiting(void *unused)
{
    weir_run(weir_par_for_each(weir_range(0, 100), &crash_waiting, NULL, 4, NULL), NULL, NULL);
    return unused;
}

static void *run_alone(void *unused)
{
    weir_run(weir_for_each(weir_range(0, 100), &crash_fn, NULL), NULL, NULL);
    return unused;
}

static void *run_spawned(void *unused)
{
    weir_run(weir_spawn(weir_for_each(weir_range(0, 100), &crash_fn, NULL)), NULL, NULL);
    return unused;
}

static void plain(void)
{
    on_a_thread(run_plain);
}

static void waiting(void)
{
    on_a_thread(run_waiting);
}

static void spawned(void)
{
    on_a_thread(run_spawned);
}

static void alone(void)
{
    on_a_thread(run_alone);
}

static void who_crashes_is_named(void **state)
{
    (void)state;
    if (WEIR_ASAN || WEIR_TSAN || getenv("EMULATED"))
        skip(); /* sanitizers have handlers of their own */
    nowhere = NULL;
    assert_true(dies_saying(plain, "in 'crash', spawned at "));
    assert_true(dies_saying(plain, ", in run_plain\n"));
    assert_true(dies_saying(waiting, "in 'crash_waiting', spawned at "));
    assert_true(dies_saying(waiting, ", in run_waiting\n"));
    assert_true(dies_saying(spawned, ", in run_spawned\n"));
    assert_true(dies_saying(spawned, "of worker 1, in 'for_each', spawned at tests/"));
    assert_true(dies_saying(alone, "weir: SIGSEGV in task 0 of worker 1, in 'its thread'\n"));
}

static void sent(int64_t item, void *arg)
{
    if (item == 77)
        raise(*(int *)arg);
}
WEIR_EACH_FN(sent_fn, sent, int64_t)

static int number_sent;

static void *run_sent(void *unused)
{
    weir_run(weir_for_each(weir_range(0, 100), &sent_fn, &number_sent), NULL, NULL);
    return unused;
}

static void is_sent(void)
{
    on_a_thread(run_sent);
}

/* What somebody sends is no fault of the function that runs. */
static void what_is_sent_is_not_told(void **state)
{
    (void)state;
    static const int numbers[] = {SIGBUS, SIGFPE, SIGILL};
    if (WEIR_ASAN || WEIR_TSAN || getenv("EMULATED"))
        skip();
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        number_sent = numbers[i];
        assert_true(dies_saying(is_sent, "")); /* nothing is said */
    }
}

static void behind_the_end_of_a_file_too(void **state)
{
    (void)state;
    if (WEIR_ASAN || WEIR_TSAN || getenv("EMULATED"))
        skip();
    int fd = memfd_create("empty", MFD_CLOEXEC);
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(fd >= 0 && at != MAP_FAILED);
    nowhere = at;
    assert_true(dies_saying(alone, "weir: SIGBUS in task 0 of worker 1, in 'its thread'\n"));
    munmap(at, 4096);
    close(fd);
}

int task_crash(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_crashes_is_named),
        cmocka_unit_test(what_is_sent_is_not_told),
        cmocka_unit_test(behind_the_end_of_a_file_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
