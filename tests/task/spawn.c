/* Handles: what a task comes to is theirs, once; dropped ones let it go, or end it. */

#include "../driver/rig.h"
#include "doubles.h"
#include "event.h"
#include "task/executor.h"
#include "task/thread.h"
#include "task/worker.h"

static const char *driver; /* the one under test */

/* A future that owns what it gives. */
static weir_stream *future_of(struct script *script, const char *text)
{
    *script = (struct script){.type = &tracked_type, .one = true};
    return script_stream(script, text);
}

/* Lets all that is ready have its turns. */
static void turns(weir_rt *rt)
{
    for (int i = 0; i < 8; i++)
        assert_true(weir_worker_turn(weir_rt_worker(rt), 0));
}

static weir_stream *spawn(weir_rt *rt, weir_stream *future)
{
    return weir_worker_spawn(weir_rt_worker(rt), future);
}

/* ---- what it came to ---- */

static void the_handle_gives_the_item(void **state)
{
    (void)state;
    static const char *const texts[] = {"7", "P* 7", "P* P* P* 7 $"};
    weir_rt *rt = rig_rt(driver);
    for (size_t i = 0; i < 3; i++) {
        for (int early = 0; early < 2; early++) { /* the task is over before it is asked */
            struct script script;
            weir_stream *handle = spawn(rt, future_of(&script, texts[i]));
            assert_int_equal(script.polls, 0);
            if (early)
                turns(rt);
            struct tracked item;
            assert_int_equal(weir_rt_run(rt, handle, &item, NULL), WEIR_READY);
            assert_int_equal(item.value, 7);
            tracked_drop(item);
            assert_int_equal(script.finis, 1);
        }
    }
    weir_rt_drop(rt);
    assert_int_equal(tracked_live, 0);
}

static void the_handle_ends_as_the_task_did(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    struct script script;
    weir_error error = {.code = WEIR_E_USER};
    weir_stream *handle = spawn(rt, future_of(&script, "P* $"));
    assert_int_equal(weir_rt_run(rt, handle, NULL, &error), WEIR_END);
    assert_int_equal(error.code, WEIR_OK);
    weir_rt_drop(rt);
}

static void the_handle_fails_as_the_task_did(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    for (int early = 0; early < 2; early++) {
        struct script script = {0};
        weir_error error;
        weir_stream *first = spawn(rt, weir_count(weir_range(0, 3)));
        weir_stream *handle = spawn(rt, weir_count(script_stream(&script, "1 P* !!9")));
        if (early)
            turns(rt);
        weir_stream *kept = handle;
        assert_int_equal(weir_rt_next(rt, kept, NULL, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_USER);
        assert_int_equal(error.number, 9);
        assert_int_equal(error.trail_n, 3);
        assert_string_equal(error.trail[0], "script");
        assert_string_equal(error.trail[1], "count");
        assert_string_equal(error.trail[2], "task");
        assert_true(error.task > 1);
        assert_int_equal(weir_rt_next(rt, kept, NULL, &error), WEIR_END);
        weir_drop(kept);
        assert_int_equal(weir_rt_run(rt, first, NULL, NULL), WEIR_READY);
    }
    weir_rt_drop(rt);
}

static int64_t twice(int64_t x, void *arg)
{
    (void)arg;
    return 2 * x;
}
WEIR_MAP_FN(twice_fn, twice, int64_t, int64_t)

/* It is a future like any other: stages stand on it, and tasks wait for it. */
static void handles_are_futures(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    struct script script = {.one = true};
    weir_stream *inner = spawn(rt, script_stream(&script, "P* P* 21"));
    assert_ptr_equal(inner->type, &weir_type_i64);
    assert_true(inner->stage.one);
    weir_stream *outer = spawn(rt, weir_map(inner, &twice_fn, NULL));
    int64_t out = 0;
    assert_int_equal(weir_rt_run(rt, outer, &out, NULL), WEIR_READY);
    assert_int_equal(out, 42);
    weir_rt_drop(rt);
}

/* ---- items of any shape ---- */

struct wide {
    _Alignas(64) char bytes[4096];
};
static const weir_type wide_type = {.size = sizeof(struct wide), .align = 64, .name = "wide"};

static weir_poll give_wide(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg, (void)cx, (void)demand;
    assert_int_equal((uintptr_t)out % 64, 0);
    memset(out, 'w', sizeof(struct wide));
    return (weir_poll){1, WEIR_END};
}

static void wide_items_have_their_place(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    static struct wide wide;
    wide = (struct wide){{0}};
    weir_stream *handle = spawn(rt, weir_future_fn(&wide_type, give_wide, NULL));
    assert_int_equal(weir_rt_run(rt, handle, &wide, NULL), WEIR_READY);
    assert_int_equal(wide.bytes[4095], 'w');
    weir_rt_drop(rt);
}

/* ---- letting go ---- */

static void a_dropped_handle_lets_the_task_go_on(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    for (int begun = 0; begun < 3; begun++) { /* not begun, waiting, over */
        struct script script;
        weir_stream *handle = spawn(rt, future_of(&script, begun == 2 ? "5" : "P 5"));
        if (begun)
            turns(rt);
        weir_drop(handle);
        turns(rt);
        doubles_wake_all();
        turns(rt);
        assert_int_equal(script.given, 1);
        assert_int_equal(script.finis, 1);
        assert_int_equal(tracked_live, 0);
    }
    weir_rt_drop(rt);
}

struct told {
    unsigned n;
    weir_error last;
};

static void on_task_error(weir_rt *rt, const weir_error *error, void *arg)
{
    struct told *told = arg;
    (void)rt;
    told->n++;
    told->last = *error;
}

static void an_error_that_nobody_takes_is_told(void **state)
{
    (void)state;
    struct told told = {0};
    weir_rt *rt = weir_rt_new(
        &WEIR_RT_OPTIONS(.driver = driver, .on_task_error = on_task_error, .arg = &told), NULL);
    for (int late = 0; late < 2; late++) {
        struct script script;
        weir_stream *handle = spawn(rt, future_of(&script, "!!4"));
        if (late)
            turns(rt); /* it failed while somebody could have asked */
        weir_drop(handle);
        turns(rt);
        assert_int_equal(told.n, late + 1);
        assert_int_equal(told.last.number, 4);
        assert_true(told.last.task);
    }
    struct script script;
    weir_drop(weir_abort_on_drop(spawn(rt, future_of(&script, "!!4")))); /* it was given up */
    turns(rt);
    assert_int_equal(told.n, 2);
    assert_int_equal(weir_rt_task_errors(rt, NULL), 0);
    weir_rt_drop(rt);
}

/* What a call writes to stderr. */
static void begin_stderr(int *kept, FILE **file)
{
    fflush(stderr);
    *kept = dup(2);
    *file = tmpfile();
    dup2(fileno(*file), 2);
}

static void end_stderr(int kept, FILE *file, char *text, size_t size)
{
    fflush(stderr);
    dup2(kept, 2);
    close(kept);
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

static void without_a_hook_it_is_printed(void **state)
{
    (void)state;
    char text[2048];
    int kept;
    FILE *file;
    weir_rt *rt = rig_rt(driver);
    struct script script = {0};
    begin_stderr(&kept, &file);
    weir_drop(spawn(rt, weir_count(script_stream(&script, "1 !!4"))));
    turns(rt);
    end_stderr(kept, file, text, sizeof text);
    assert_int_equal(strncmp(text, "weir: a task failed: ", 21), 0);
    assert_null(strstr(text + 1, "weir: a task"));
    assert_non_null(strstr(text, "script"));
    assert_non_null(strstr(text, "count"));
    assert_int_equal(weir_rt_task_errors(rt, NULL), 0);
    weir_rt_drop(rt);
}

/* ---- giving up ---- */

enum moment { NOT_BEGUN, WAITING, WOKEN, OVER, MOMENTS };

static weir_stream *brought_to(weir_rt *rt, struct script *script, enum moment moment)
{
    weir_stream *handle = spawn(rt, future_of(script, moment == OVER ? "3" : "P 3"));
    if (moment != NOT_BEGUN)
        turns(rt);
    if (moment == WOKEN)
        assert_true(script_wake(script));
    return handle;
}

static void abort_on_drop_ends_the_task(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    for (enum moment moment = 0; moment < MOMENTS; moment++) {
        struct script script;
        weir_stream *handle = weir_abort_on_drop(brought_to(rt, &script, moment));
        weir_drop(handle);
        assert_int_equal(script.finis, 1); /* before this returned */
        turns(rt);
        doubles_wake_all();
        turns(rt);
        assert_int_equal(script.given, moment == OVER);
        assert_null(rt->worker.tasks);
        assert_int_equal(tracked_live, 0);
    }
    weir_rt_drop(rt);
}

static void cancelled_tasks_say_so(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    for (enum moment moment = 0; moment < MOMENTS; moment++) {
        struct script script;
        struct tracked item;
        weir_error error;
        weir_stream *handle = brought_to(rt, &script, moment);
        weir_cancel(handle);
        weir_cancel(handle);
        assert_int_equal(script.finis, 1);
        weir_state expected = moment == OVER ? WEIR_READY : WEIR_ERROR;
        assert_int_equal(weir_rt_run(rt, handle, &item, &error), expected);
        if (moment == OVER)
            tracked_drop(item);
        else
            assert_int_equal(error.code, WEIR_E_CANCELLED);
        turns(rt);
        assert_null(rt->worker.tasks);
        assert_int_equal(tracked_live, 0);
    }
    weir_rt_drop(rt);
}

static void who_waits_for_a_cancelled_task_is_woken(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    struct script script;
    weir_error error;
    weir_stream *inner = spawn(rt, future_of(&script, "P 3")), *kept = inner;
    weir_stream *outer = spawn(rt, weir_by_ref(inner));
    turns(rt);
    weir_cancel(kept);
    assert_int_equal(weir_rt_run(rt, outer, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_CANCELLED);
    assert_string_equal(error.message, "task 1 was cancelled");
    assert_int_equal(error.task, 1);
    weir_drop(kept);
    weir_rt_drop(rt);
}

/* Its own handle, out of its own poll. */
struct suicide {
    weir_stream *handle;
    bool drops, gives;
};

static weir_poll end_oneself(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct suicide *self = arg;
    (void)demand;
    if (self->drops)
        weir_drop(self->handle);
    else
        weir_cancel(self->handle);
    if (!self->gives)
        return weir_wait_turn(cx);
    *(int64_t *)out = 8;
    return (weir_poll){1, WEIR_END};
}

static void a_task_may_end_itself(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    for (int way = 0; way < 8; way++) {
        struct suicide suicide = {.drops = way & 1, .gives = way & 2};
        suicide.handle = spawn(rt, weir_future_fn(&weir_type_i64, end_oneself, &suicide));
        if (way & 4)
            suicide.handle = weir_abort_on_drop(suicide.handle);
        int64_t out = 0;
        weir_error error = {0};
        if (suicide.drops && !suicide.gives && !(way & 4))
            suicide.gives = true; /* it would go on for ever */
        turns(rt);
        assert_null(rt->worker.tasks);
        if (suicide.drops)
            continue;
        weir_state got = weir_rt_run(rt, suicide.handle, &out, &error);
        assert_int_equal(got, suicide.gives ? WEIR_READY : WEIR_ERROR); /* what it gave is kept */
        assert_int_equal(error.code, suicide.gives ? WEIR_OK : WEIR_E_CANCELLED);
    }
    weir_rt_drop(rt);
}

/* Each owns the next: dropping the first ends all, without a stack as deep as they are many. */
enum { LINKS = 20000 };

static weir_stream *owner_of(weir_rt *rt, weir_stream *next)
{
    return weir_abort_on_drop(
        spawn(rt, weir_count(weir_chain(weir_pending(&weir_type_u64), next))));
}

static void drops_do_not_nest(void **state)
{
    (void)state;
    if (strcmp(driver, "epoll") != 0)
        skip(); /* the driver has no part in it; sim draws from so many slowly */
    weir_rt *rt = rig_rt(driver);
    weir_stream *handle = weir_abort_on_drop(spawn(rt, weir_count(weir_pending(&weir_type_i64))));
    for (int i = 0; i < LINKS; i++)
        handle = owner_of(rt, handle);
    for (int i = 0; i < LINKS / 32; i++)
        assert_true(weir_worker_turn(weir_rt_worker(rt), 0));
    weir_drop(handle);
    for (int i = 0; i < 2 * LINKS && rt->worker.tasks; i++)
        assert_true(weir_worker_turn(weir_rt_worker(rt), 0));
    assert_null(rt->worker.tasks);
    weir_rt_drop(rt);
}

static void what_is_no_handle_is_refused(void **state)
{
    (void)state;
    weir_error error;
    weir_stream *refused = weir_abort_on_drop(weir_count(weir_range(0, 3)));
    assert_int_equal(weir_run(refused, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_string_equal(error.message, "weir_abort_on_drop: 'count' is no handle of a task");
    weir_stream *failed = weir_chunks(weir_range(0, 3), 0);
    weir_cancel(failed); /* nothing */
    weir_drop(weir_abort_on_drop(failed));
}

/* ---- what cannot be spawned ---- */

static void refusals_come_with_the_handle(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    struct script script = {0};
    weir_stream *lines = weir_lines(weir_memory_reader("one\ntwo\n", 8), 9);
    const struct {
        weir_stream *future;
        weir_code code;
        const char *part;
    } cases[] = {
        {script_stream(&script, "1 2"), WEIR_E_ARGUMENT, "spawn"},
        {weir_next(lines), WEIR_E_TYPE, "lends its 'weir_line'"},
        {weir_chunks(weir_range(0, 3), 0), WEIR_E_ARGUMENT, "the limit 'n' is 0"},
    };
    for (size_t i = 0; i < 3; i++) {
        weir_error error;
        weir_stream *handle = spawn(rt, cases[i].future);
        assert_int_equal(weir_rt_run(rt, handle, NULL, &error), WEIR_ERROR);
        print_message("%s\n", error.message);
        assert_non_null(strstr(error.message, cases[i].part));
    }
    assert_int_equal(script.polls, 0);
    assert_int_equal(script.finis, 1);
    weir_drop(lines);
    weir_rt_drop(rt);
}

static void memory_fails(void **state)
{
    (void)state;
    bool failed = true;
    for (unsigned long k = 1; failed; k++) {
        assert_true(k < 100);
        memory_begin(0, false);
        weir_rt *rt = rig_rt(driver);
        memory.fail_at = memory.calls + k;
        struct script script = {0}, other = {0};
        weir_stream *good = spawn(rt, weir_count(script_stream(&script, "1 P* 2")));
        weir_stream *bad = spawn(rt, weir_count(script_stream(&other, "1 !!6")));
        uint64_t n = 0;
        weir_error error = {0};
        if (weir_rt_run(rt, good, &n, &error) == WEIR_READY)
            assert_int_equal(n, 2);
        else
            assert_int_equal(error.code, WEIR_E_MEMORY);
        assert_int_equal(weir_rt_run(rt, bad, &n, &error), WEIR_ERROR);
        assert_true(error.number == 6 || error.code == WEIR_E_MEMORY);
        failed = memory.failed;
        weir_rt_drop(rt);
        assert_int_equal(memory_end(), 0);
    }
}

/* ---- when the runtime goes first ---- */

static void handles_outlive_their_runtime(void **state)
{
    (void)state;
    struct script waiting, over, failed;
    struct tracked item;
    weir_error error;
    weir_rt *rt = rig_rt(driver), *other = rig_rt("epoll");
    weir_stream *one = spawn(rt, future_of(&waiting, "P 1"));
    weir_stream *two = spawn(rt, future_of(&over, "2"));
    weir_stream *three = spawn(rt, future_of(&failed, "!!3"));
    weir_stream *four = weir_abort_on_drop(spawn(rt, weir_pending(&weir_type_i64)));
    turns(rt);
    weir_rt_drop(rt);
    assert_int_equal(waiting.finis, 1);
    assert_int_equal(weir_rt_run(other, one, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_CANCELLED);
    assert_int_equal(weir_rt_run(other, two, &item, &error), WEIR_READY);
    assert_int_equal(item.value, 2);
    tracked_drop(item);
    assert_int_equal(weir_rt_run(other, three, &item, &error), WEIR_ERROR);
    assert_int_equal(error.number, 3);
    weir_cancel(four);
    weir_drop(four);
    weir_rt_drop(other);
}

/* A waker that is left keeps the memory, and wakes nothing. */
static void wakers_outlive_their_tasks(void **state)
{
    (void)state;
    memory_begin(0, false);
    struct event event;
    weir_rt *rt = rig_rt(driver);
    event_init(&event);
    weir_stream *handle = spawn(rt, event_future(&event));
    turns(rt);
    weir_waker *kept = event.slot.waker;
    weir_waker_ref(kept);
    weir_drop(weir_abort_on_drop(handle));
    weir_waker_slot_clear(&event.slot);
    weir_rt_drop(rt);
    weir_waker_wake_unref(kept);
    assert_int_equal(event.finis, 1);
    assert_int_equal(memory_end(), 0);
}

/* ---- who runs it ---- */

static weir_poll spawn_inside(void *arg, weir_cx *cx, void *out, size_t demand)
{
    weir_stream **handle = arg;
    if (!*handle)
        *handle = weir_spawn(weir_map(weir_once(&weir_type_i64, &(int64_t){20}), &twice_fn, NULL));
    assert_ptr_equal(weir_worker_here, cx->worker);
    return weir_poll_next(*handle, cx, out, demand);
}

static void inside_of_a_run_it_is_that_worker(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_stream *handle = NULL;
    int64_t out = 0;
    weir_stream *root = weir_future_fn(&weir_type_i64, spawn_inside, &handle);
    weir_executor_forget();
    assert_int_equal(weir_rt_run(rt, root, &out, NULL), WEIR_READY);
    assert_int_equal(out, 40);
    weir_drop(handle);
    assert_true(weir_executor_set(NULL, NULL) == false);
    weir_rt_drop(rt);
}

static void *spawn_on_a_thread(void *arg)
{
    int64_t *out = arg;
    struct script script = {.one = true}, other = {.one = true};
    weir_error error;
    weir_worker *mine = weir_thread_worker(&error);
    assert_ptr_equal(mine, weir_thread_worker(&error));
    weir_stream *handle = weir_spawn(script_stream(&script, "P* 5"));
    weir_stream *local = weir_spawn_local(script_stream(&other, "6"));
    assert_int_equal(script.polls, 0);
    assert_int_equal(weir_rt_run(mine->rt, handle, &out[0], NULL), WEIR_READY);
    assert_int_equal(weir_rt_run(mine->rt, local, &out[1], NULL), WEIR_READY);
    static struct script left; /* dropped with the thread */
    left = (struct script){.one = true};
    weir_drop(weir_spawn(script_stream(&left, "P 5")));
    assert_true(weir_worker_turn(mine, 0));
    return NULL;
}

static void elsewhere_it_is_the_threads_own(void **state)
{
    (void)state;
    pthread_t thread;
    int64_t out[2] = {0};
    weir_executor_forget();
    pthread_create(&thread, NULL, spawn_on_a_thread, out);
    pthread_join(thread, NULL);
    assert_int_equal(out[0], 5);
    assert_int_equal(out[1], 6);
}

int task_spawn(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_handle_gives_the_item),
        cmocka_unit_test(the_handle_ends_as_the_task_did),
        cmocka_unit_test(the_handle_fails_as_the_task_did),
        cmocka_unit_test(handles_are_futures),
        cmocka_unit_test(wide_items_have_their_place),
        cmocka_unit_test(a_dropped_handle_lets_the_task_go_on),
        cmocka_unit_test(an_error_that_nobody_takes_is_told),
        cmocka_unit_test(without_a_hook_it_is_printed),
        cmocka_unit_test(abort_on_drop_ends_the_task),
        cmocka_unit_test(cancelled_tasks_say_so),
        cmocka_unit_test(who_waits_for_a_cancelled_task_is_woken),
        cmocka_unit_test(a_task_may_end_itself),
        cmocka_unit_test(drops_do_not_nest),
        cmocka_unit_test(what_is_no_handle_is_refused),
        cmocka_unit_test(refusals_come_with_the_handle),
        cmocka_unit_test(memory_fails),
        cmocka_unit_test(handles_outlive_their_runtime),
        cmocka_unit_test(wakers_outlive_their_tasks),
        cmocka_unit_test(inside_of_a_run_it_is_that_worker),
        cmocka_unit_test(elsewhere_it_is_the_threads_own),
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, tests, NULL, NULL);
    }
    return failed;
}
