/* What nobody asked for and must not be lost: errors that nobody takes are told, once, before
 * whoever could take them is gone; loops that were left, and waits for nothing, say so. */

#include "../driver/rig.h"
#include "doubles.h"
#include "event.h"
#include "loop_rows.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static void fails_at(int item)
{
    weir_for_await (int, x, counted_stream(5, item))
        if (x >= item)
            abort();
}

/* ---- what a program says on stderr ---- */

static char said[4096];

/* It ends as programs do, not as a test. */
static void in_a_child(void (*act)(void))
{
    int ends[2], status = -1;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (!child) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        act();
        exit(0);
    }
    close(ends[1]);
    size_t n = 0;
    for (ssize_t got = 1; got > 0 && n < sizeof said - 1; n += (size_t)(got > 0 ? got : 0))
        got = read(ends[0], said + n, sizeof said - 1 - n);
    said[n] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (status)
        fail_msg("status %#x: %s", (unsigned)status, said);
}

/* Each of the sentences is there once, and nothing else is told. */
static void told(unsigned n, const char *const *sentences)
{
    unsigned all = 0;
    for (const char *at = said; (at = strstr(at, "weir: ")); at++)
        all++;
    for (unsigned i = 0; i < n; i++)
        if (!strstr(said, sentences[i]))
            fail_msg("'%s' is not in: %s", sentences[i], said);
    if (all != n)
        fail_msg("%u are told: %s", all, said);
}
#define TOLD(...)                                                                                  \
    told(sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *),                             \
         (const char *[]){__VA_ARGS__})

/* ---- loops on a thread ---- */

static void leaves_one(void)
{
    fails_at(1);
}

static void ends_its_thread(void)
{
    fails_at(1);
    weir_thread_end();
    fputs("ended\n", stderr);
}

static void *on_a_thread(void *arg)
{
    fails_at(1);
    return arg;
}

static void leaves_one_on_another_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, on_a_thread, NULL) || pthread_join(thread, NULL))
        abort();
    fputs("joined\n", stderr);
}

static void an_error_is_told_at_the_end(void **state)
{
    (void)state;
    in_a_child(leaves_one);
    TOLD("weir: an error that nobody took: item 1 is bad\n");
    in_a_child(ends_its_thread);
    TOLD("weir: an error that nobody took: item 1 is bad\n");
    assert_true(strstr(said, "ended") > strstr(said, "item 1"));
    in_a_child(leaves_one_on_another_thread);
    TOLD("weir: an error that nobody took: item 1 is bad\n");
    assert_true(strstr(said, "joined") > strstr(said, "item 1"));
}

static void takes_it(void)
{
    weir_error error;
    fails_at(1);
    if (!weir_take_error(&error) || weir_take_error(&error))
        abort();
}

/* It is the parent's. */
static void forks(void)
{
    fails_at(1);
    pid_t child = fork();
    if (!child)
        exit(0);
    if (waitpid(child, NULL, 0) != child)
        abort();
    weir_error error;
    if (!weir_take_error(&error))
        abort();
}

static void what_is_taken_is_not_told(void **state)
{
    (void)state;
    in_a_child(takes_it);
    told(0, NULL);
    in_a_child(forks);
    told(0, NULL);
}

/* The first is kept. */
static void fails_twice(void)
{
    weir_error error;
    fails_at(1);
    fails_at(2);
    fputs("both\n", stderr);
    if (!weir_take_error(&error) || strcmp(error.message, "item 1 is bad") != 0)
        abort();
    fails_at(3);
}

static void a_second_one_is_told_at_once(void **state)
{
    (void)state;
    in_a_child(fails_twice);
    TOLD("nobody took: item 2 is bad\n", "nobody took: item 3 is bad\n");
    assert_true(strstr(said, "item 2") < strstr(said, "both"));
    assert_true(strstr(said, "item 3") > strstr(said, "both"));
}

/* ---- a runtime that somebody made ---- */

static weir_error heard[3];
static unsigned heard_n;

/* The loop's own error is the sleeper's of this runtime. */
static void fails_when_told(weir_rt *rt, const weir_error *error, void *arg)
{
    (void)rt, (void)arg;
    heard[heard_n++ % 3] = *error;
    if (heard_n == 1)
        fails_at(0);
}

static void a_runtime_tells_by_its_hook(void **state)
{
    (void)state;
    uint64_t n;
    weir_error error;
    heard_n = 0;
    weir_rt *rt =
        weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll", .on_task_error = fails_when_told), NULL);
    assert_true(weir_rt_spawn(rt, weir_collect(weir_range(0, 3), 2)));
    assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 3)), &n, NULL), WEIR_READY);
    assert_int_equal(heard_n, 1);
    weir_rt_drop(rt);
    assert_int_equal(heard_n, 2);
    assert_true(heard[0].task);
    assert_string_equal(heard[1].message, "item 0 is bad");
    assert_int_equal(heard[1].task, 0);
    assert_false(weir_take_error(&error));
}

/* ---- inside of a poll, where error is NULL ---- */

static int64_t waits(int64_t x, void *arg)
{
    (void)arg;
    int64_t item = 0;
    char byte;
    size_t n;
    weir_stream *range = weir_range(0, 3);
    weir_reader *reader = weir_memory_reader("a", 1);
    x += weir_await(weir_next(range), &item, NULL) == WEIR_ERROR;
    x += weir_await_next(range, &item, NULL) == WEIR_ERROR;
    x += weir_await_any(&range, 1, &item, NULL) == -1;
    x += weir_await_read(reader, &byte, 1, &n, NULL) == WEIR_ERROR;
    weir_drop(reader);
    weir_drop(range);
    return x + item;
}
WEIR_MAP_FN(waits_fn, waits, int64_t, int64_t)

static void waits_in_callbacks(void)
{
    int64_t got = 0;
    weir_stream *mapped = weir_map(weir_range(0, 1), &waits_fn, NULL);
    if (weir_run(weir_next(mapped), &got, NULL) != WEIR_READY || got != 4)
        abort();
    weir_drop(mapped);
}

static void a_refusal_is_told(void **state)
{
    (void)state;
    static const char *const sentence =
        "weir: an error that nobody could take: `waits` was called inside of a poll (by a "
        "stage): nothing can wait there\n";
    in_a_child(waits_in_callbacks);
    TOLD(sentence, "weir_then, weir_map_async, weir_co_await", sentence, "told.c");
}

/* ---- in a fiber that was dropped ---- */

static weir_error early[3];
static unsigned early_n;

/* The end of a plain loop says nothing: asked behind it, the waiter does. */
static bool leaves_early(char *state, int64_t *out, weir_error *error)
{
    (void)state, (void)error;
    for (int i = 0; i < 2; i++) {
        weir_for_await (int, x, counted_stream(3, -1))
            *out = x;
        early_n += weir_take_error(&early[i]);
    }
    weir_ignore(weir_await_next(NULL, (void *)NULL, NULL));
    early_n += weir_take_error(&early[2]);
    return true;
}
WEIR_FIBER_FN(leaves_early_fn, leaves_early, char, int64_t)

static void a_loop_that_was_left_is_told(void **state)
{
    (void)state;
    for (int dropped = 0; dropped < 2; dropped++) {
        struct test_cx test;
        test_cx_init(&test);
        int64_t out;
        weir_poll got = {0, WEIR_PENDING};
        loop_waits = 1;
        early_n = 0;
        weir_stream *fiber = weir_fiber(&leaves_early_fn, NULL, NULL);
        for (int i = 0; got.state == WEIR_PENDING && i < (dropped ? 2 : 100); i++)
            got = weir_poll_next(fiber, &test.cx, &out, 1);
        assert_int_equal(got.state, dropped ? WEIR_PENDING : WEIR_END);
        weir_drop(fiber);
        assert_int_equal(early_n, dropped ? 2 : 0);
        for (unsigned i = 0; i < early_n; i++) {
            assert_int_equal(early[i].code, WEIR_E_CANCELLED);
            assert_string_equal(early[i].message, "it was dropped while it waited");
        }
        test_cx_fini(&test);
    }
    loop_waits = 0;
}

/* ---- nothing to wait for ---- */

static void is_nothing(const weir_error *error)
{
    assert_int_equal(error->code, WEIR_E_ARGUMENT);
    assert_string_equal(error->message, "there is nothing to wait for");
    assert_string_equal(error->cure, "the future, or the stream, that a constructor gave");
    assert_non_null(strstr(error->place, "told.c"));
    assert_true(error->line);
}

static void nothing_is_no_stream(void **state)
{
    (void)state;
    int64_t out;
    weir_stream *none = NULL, *futures[2] = {weir_once(&weir_type_i64, &(int64_t){1}), NULL};
    weir_error error = {0}, errors[7];
    weir_rt *rt = rig_rt("epoll");
    assert_int_equal(weir_await(none, &out, &errors[0]), WEIR_ERROR);
    assert_int_equal(weir_await_next(none, &out, &errors[1]), WEIR_ERROR);
    assert_int_equal(weir_run(none, &out, &errors[2]), WEIR_ERROR);
    assert_int_equal(weir_rt_run(rt, none, &out, &errors[3]), WEIR_ERROR);
    assert_int_equal(weir_rt_next(rt, none, &out, &errors[4]), WEIR_ERROR);
    assert_int_equal(weir_await_any(futures, 2, &out, &errors[5]), -1);
    assert_int_equal(weir_await_any(futures, 0, &out, &errors[6]), -1);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        is_nothing(&errors[i]);
    assert_int_equal(weir_await(none, &out, NULL), WEIR_ERROR);
    weir_for_try (int64_t, x, none, error)
        fail_msg("%d", (int)x);
    is_nothing(&error);
    weir_for_await (int64_t, x, none)
        fail_msg("%d", (int)x);
    assert_true(weir_take_error(&error));
    is_nothing(&error);
    weir_for (int64_t, x, none)
        fail_msg("%d", (int)x);
    assert_true(weir_take_error(&error));
    is_nothing(&error);
    weir_drop(futures[0]);
    weir_rt_drop(rt);
}

int task_told(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_told_at_the_end),
        cmocka_unit_test(what_is_taken_is_not_told),
        cmocka_unit_test(a_second_one_is_told_at_once),
        cmocka_unit_test(a_runtime_tells_by_its_hook),
        cmocka_unit_test(a_refusal_is_told),
        cmocka_unit_test(a_loop_that_was_left_is_told),
        cmocka_unit_test(nothing_is_no_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
