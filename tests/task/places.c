/* Where a task was spawned is known to it, and to who is told that it failed. */

#include "../driver/rig.h"
#include "doubles.h"
#include "task/executor.h"
#include "task/thread.h"
#include "task/worker.h"

static const weir_site *place_here(void)
{
    const weir_task *task = weir_worker_here ? weir_task_of(&weir_worker_here->cx) : NULL;
    return task ? task->place : NULL;
}

static struct script script;

static weir_stream *failing(void)
{
    script = (struct script){.one = true};
    return script_stream(&script, "P* !!7");
}

static void fails_at(weir_stream *handle, unsigned line)
{
    weir_error error;
    assert_int_equal(weir_run(handle, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_true(error.task);
    if (!line) {
        assert_null(error.spawned);
        return;
    }
    assert_non_null(error.spawned);
    assert_int_equal(error.spawned->line, line);
    assert_string_equal(error.spawned->file, __FILE__);
    assert_non_null(strstr(WEIR_ERROR_TEXT(&error), "\n  spawned at "));
}

static void handles_tell_where(void **state)
{
    (void)state;
    weir_error error;
    weir_executor_forget();
    fails_at(weir_spawn(failing()), __LINE__);
    fails_at(weir_spawn_local(failing()), __LINE__);
    fails_at(weir_worker_spawn(weir_thread_worker(&error), failing()), __LINE__);
    weir_stream *cancelled = weir_spawn(failing());
    weir_cancel(cancelled);
    assert_int_equal(weir_run(cancelled, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.spawned->line, __LINE__ - 3);
    assert_string_equal(error.spawned->function, __func__);
}

/* Whoever has an address of them, or no macros, says nothing of it. */
static void functions_do_not(void **state)
{
    (void)state;
    weir_error error;
    weir_stream *(*spawn)(weir_stream *) = weir_spawn;
    fails_at(spawn(failing()), 0);
    fails_at((weir_spawn_local)(failing()), 0);
    fails_at((weir_worker_spawn)(weir_thread_worker(&error), failing()), 0);
}

static void who_awaits_a_task_is_not_named(void **state)
{
    (void)state;
    weir_stream *inner = weir_spawn(failing());
    unsigned line = __LINE__ - 1;
    fails_at(weir_spawn(weir_by_ref(inner)), line);
    weir_drop(inner);
}

static void errors_that_nobody_waits_for_tell_it(void **state)
{
    (void)state;
    weir_error error;
    weir_rt *rt = weir_rt_new(NULL, NULL);
    assert_true(weir_rt_spawn(rt, failing()));
    unsigned line = __LINE__ - 1;
    weir_rt_run(rt, weir_sleep(1000), NULL, NULL);
    assert_int_equal(weir_rt_task_errors(rt, &error), 1);
    assert_int_equal(error.spawned->line, line);
    assert_true((weir_rt_spawn)(rt, failing()));
    weir_rt_run(rt, weir_sleep(1000), NULL, NULL);
    assert_int_equal(weir_rt_task_errors(rt, &error), 1);
    assert_null(error.spawned);
    weir_rt_drop(rt);
}

static void scopes_tell_it(void **state)
{
    (void)state;
    weir_error error;
    unsigned line = 0;
    weir_scope (s) {
        weir_scope_spawn(&s, failing());
        line = __LINE__ - 1;
    }
    assert_true(weir_take_error(&error));
    assert_int_equal(error.spawned->line, line);
    weir_scope (s) {
        (weir_scope_spawn)(&s, failing());
    }
    assert_true(weir_take_error(&error));
    assert_null(error.spawned);
}

/* ---- another executor ---- */

static unsigned its_own;

static weir_stream *without(void *self, weir_stream *future)
{
    its_own = __LINE__ + 1;
    return weir_worker_spawn(self, future);
}

static weir_stream *with(void *self, weir_stream *future, bool local, const weir_site *place)
{
    (void)local;
    return weir_worker_spawn_at(self, future, place);
}

static void executors_are_told(void **state)
{
    (void)state;
    weir_error error;
    weir_worker *worker = weir_thread_worker(&error);
    weir_executor_ops ops = {.size = sizeof ops, .spawn = without};
    weir_executor_forget();
    assert_true(weir_executor_set(&ops, worker));
    weir_stream *handle = weir_spawn(failing());
    fails_at(handle, its_own); /* all that is known */
    weir_executor_forget();
    ops.spawn_at = with;
    assert_true(weir_executor_set(&ops, worker));
    fails_at(weir_spawn(failing()), __LINE__);
    fails_at(weir_spawn_local(failing()), __LINE__);
    weir_executor_forget();
}

/* ---- parallel iteration: where the stage was made ---- */

static _Atomic unsigned lines[2]; /* seen; the second: of another place */

static void note(void)
{
    const weir_site *place = place_here();
    if (place && (!lines[0] || lines[0] == place->line))
        lines[0] = place->line;
    else
        lines[1] = place ? place->line : 1;
}

static int64_t plain(int64_t n, void *arg)
{
    (void)arg;
    note();
    return n;
}
WEIR_MAP_FN(plain_fn, plain, int64_t, int64_t)

static void each(int64_t n, void *arg)
{
    plain(n, arg);
}
WEIR_EACH_FN(each_fn, each, int64_t)

static bool keeps(int64_t n, void *arg)
{
    return plain(n, arg) >= 0;
}
WEIR_FILTER_FN(keeps_fn, keeps, int64_t)

static void add(int64_t *sum, int64_t n, void *arg)
{
    (void)arg;
    *sum += n;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

static void add_noting(int64_t *sum, int64_t n, void *arg)
{
    note();
    add(sum, n, arg);
}
WEIR_FOLD_FN(add_noting_fn, add_noting, int64_t, int64_t)

WEIR_PAR_FN(waits, int64_t, n, void *, arg)
{
    if (weir_pause())
        plain(n, arg);
}

static void all_at(weir_stream *stage, unsigned line)
{
    weir_error error;
    memset((void *)lines, 0, sizeof lines);
    if (weir_run(stage->stage.one ? stage : weir_count(stage), NULL, &error) != WEIR_READY)
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
    assert_int_equal(lines[0], line);
    assert_int_equal(lines[1], 0);
}

static void stages_say_it_to_their_tasks(void **state)
{
    (void)state;
    int64_t zero = 0;
    weir_par_options how = WEIR_PAR_OPTIONS(.local = true);
#define SOURCE weir_range(0, 50)
    all_at(weir_par_for_each(SOURCE, &each_fn, NULL, 4, &how), __LINE__);
    all_at(weir_par_for_each(SOURCE, &waits, NULL, 4, NULL), __LINE__);
    all_at(weir_par_map(SOURCE, &plain_fn, NULL, 4, NULL), __LINE__);
    all_at(weir_par_map_unordered(SOURCE, &plain_fn, NULL, 4, NULL), __LINE__);
    all_at(weir_par_filter(SOURCE, &keeps_fn, NULL, 4, NULL), __LINE__);
    all_at(weir_par_fold(SOURCE, &zero, &add_noting_fn, &add_fn, NULL, 4, NULL), __LINE__);
    /* each its own, and none that of the one below */
    weir_stream *below = weir_par_map(SOURCE, &plain_fn, NULL, 4, NULL);
    weir_stream *above = weir_par_filter(below, &keeps_fn, NULL, 4, NULL);
    weir_run(weir_count(above), NULL, NULL);
    assert_int_not_equal(lines[1], 0);
    assert_null(place_here());
}

int task_places(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handles_tell_where),
        cmocka_unit_test(functions_do_not),
        cmocka_unit_test(who_awaits_a_task_is_not_named),
        cmocka_unit_test(errors_that_nobody_waits_for_tell_it),
        cmocka_unit_test(scopes_tell_it),
        cmocka_unit_test(executors_are_told),
        cmocka_unit_test(stages_say_it_to_their_tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
